"""Recurrent layers over whole sequences, fast; knows tensors only: weights, inputs and masks."""
