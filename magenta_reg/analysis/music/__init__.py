"""Does generated music sound like the held-out music? Features, distances, a classifier."""
