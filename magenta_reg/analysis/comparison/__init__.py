"""What is compared: the runs in groups, the held-out melodies, continuations, the cache."""
