"""Event codecs: Melody events to network inputs and class labels and back, in NumPy and TensorFlow.

A codec equals the note_seq encoder of its name exactly: every value it makes is an integer, 0 or
+-1. Events are note_seq's: -2 no event, -1 note-off, 0..127 the pitch of a note-on.
"""
