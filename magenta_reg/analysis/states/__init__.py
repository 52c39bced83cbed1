"""Are hidden states alike in training and in generation?"""
