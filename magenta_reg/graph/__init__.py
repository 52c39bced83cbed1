"""Networks as TensorFlow graphs: cells, dropout, passes, the feedback loop, generation, updates."""
