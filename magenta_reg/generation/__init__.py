"""Generation: primers, melodies as a stream, files and their table; scores of given music."""
