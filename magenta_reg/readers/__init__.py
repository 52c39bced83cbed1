"""One reader a format: bytes into Notes, and TFRecord files."""
