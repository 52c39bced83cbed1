"""Many melodies in one file: a TFRecord of NoteSequences."""

from contextlib import ExitStack

from magenta_reg.outputs.formats import writing
from magenta_reg.readers.tfrecord import write_record


class NoteSequenceWriter:
    """Streams NoteSequences into a TFRecord file, which is there when the block ends, and whole.

    If the block ends with an error nothing is written, and a file of that name stays as it was.
    """

    def __init__(self, path):
        """Makes a writer.

        Args:
            path: Path of the file to make or replace.
        """
        self._path = path
        self._stack = ExitStack()

    def __enter__(self):
        """Opens the file.

        Raises:
            UserError: If that cannot be done.
        """
        with ExitStack() as stack:
            temporary = stack.enter_context(writing(self._path))
            self._file = stack.enter_context(open(temporary, 'wb'))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        return self._stack.__exit__(*error)

    def write(self, piece):
        """Appends one Piece; its name becomes the NoteSequence's id and file name."""
        sequence = piece.sequence()
        sequence.id = sequence.filename = piece.name
        sequence.sequence_metadata.title = piece.title
        write_record(self._file, sequence.SerializeToString())
