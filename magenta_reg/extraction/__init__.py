"""From Notes to melodies, as Magenta's data set pipeline makes them, and into a key and range."""
