"""Melody events to inputs and labels and back, in NumPy and TensorFlow, as note_seq does."""
