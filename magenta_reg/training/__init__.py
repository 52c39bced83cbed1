"""The training loop, the same for every method, and what it writes."""
