"""Measures of melodies and samples: notes, repetition, copied passages, MMD."""
