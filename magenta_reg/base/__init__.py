"""What every room stands on: TensorFlow as it must be loaded, errors, files, signals, progress."""
