"""Does a network play its training set back? The passages that melodies share with it."""
