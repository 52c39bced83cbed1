"""A training run on disk: its folder, settings, metrics and checkpoints."""
