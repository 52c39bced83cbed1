"""The melodies of any input in an encoding's terms: music, NoteSequences or SequenceExamples."""

import glob
from pathlib import Path
from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.base.files import printable
from magenta_reg.base.progress import progress
from magenta_reg.dataset.examples import read_examples
from magenta_reg.extraction.melodies import extract_melodies
from magenta_reg.extraction.squash import squash
from magenta_reg.readers.formats import FORMATS, has_suffix
from magenta_reg.readers.tfrecord import read_records
from magenta_reg.sources.archive import ARCHIVE_SUFFIXES
from magenta_reg.sources.open_source import open_source


class PieceMelodies(NamedTuple):
    """What a piece gives.

    Attributes:
        name: str, of the piece: a file's path in its folder, or its record's place.
        melodies: list of int32 [steps + 1], Melody events in the encoding's key and range.
        reason: str or None, why there is no melody, for counting.
        is_reduced: bool, whether somewhere the highest of several notes was taken.
    """

    name: str
    melodies: list
    reason: str | None
    is_reduced: bool


def read_piece_melodies(path, encoding, rules):
    """Reads every piece of an input, with a progress bar.

    Args:
        path: str or Path, as `open_source` takes it: what data sets are made from; or a TFRecord
            of SequenceExamples or a pattern of such, as `read_examples` takes it.
        encoding: Encoding; SequenceExamples were made with it.
        rules: MelodyRules, for all but SequenceExamples.

    Yields:
        PieceMelodies, one a piece, in the order of the input.
    """
    if _holds_examples(path):
        examples = read_examples(path, encoding)
        for index, events in enumerate(progress(examples.events, description='reading melodies',
                                                unit='melody')):
            yield PieceMelodies(f'{printable(Path(path).name)}, record {index}', [events], None,
                                False)
        return
    try:
        source = open_source(path)
    except UserError as error:  # It speaks of another command's flag.
        raise UserError(str(error).removeprefix('--input=')) from error
    for item in progress(source.items, description='reading music', unit=source.unit,
                         total=source.num_items):
        for piece in source.read(item):
            yield _piece_melodies(piece, encoding, rules)


def _piece_melodies(piece, encoding, rules):
    if piece.reason:
        return PieceMelodies(piece.name, [], f'{piece.reason}: {piece.detail}', False)
    extraction, codec = extract_melodies(piece.notes, rules), encoding.codec
    squashed = [squash(events, codec.min_note, codec.max_note, encoding.transpose_to_key)
                for events in extraction.melodies]
    return PieceMelodies(piece.name, squashed, extraction.reason(), extraction.is_reduced)


def _holds_examples(path):
    """Returns whether a path is one of SequenceExamples, or a pattern."""
    path = Path(path)
    if not path.exists():
        return glob.has_magic(str(path))
    if not path.is_file() or has_suffix(path.name, (*ARCHIVE_SUFFIXES, *FORMATS)):
        return False
    from google.protobuf.message import DecodeError
    try:
        record = next(read_records(path), b'')
        lists = tf.train.SequenceExample.FromString(record).feature_lists.feature_list
        return 'inputs' in lists and 'labels' in lists
    except (UserError, DecodeError):  # No TFRecord, or one of something else.
        return False
