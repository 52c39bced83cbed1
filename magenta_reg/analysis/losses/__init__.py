"""Do the losses show less overfitting?"""
