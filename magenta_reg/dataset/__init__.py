"""Data sets: music into SequenceExamples by part, and these back into melodies and batches."""
