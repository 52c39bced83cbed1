"""Does a network take its own melodies for what real ones are to it?"""
