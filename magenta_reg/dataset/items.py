"""What is done to one item of a source, in whichever process: from its music to its examples."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from magenta_reg.dataset.duplicates import exact_fingerprint, fingerprint
from magenta_reg.dataset.examples import example_record
from magenta_reg.dataset.split import NOT_IN_SHARE, TRAINED_ON, Split
from magenta_reg.extraction.melodies import extract_melodies
from magenta_reg.extraction.squash import transposed_examples
from magenta_reg.readers.notes import Piece

UNREADABLE = 'unreadable'


class PieceOutcome(NamedTuple):
    """Where a piece went, or why it gave no melody.

    Attributes:
        name, group, reader: as of the Piece.
        part: str, one of PARTS; None if it gave no melody.
        num_melodies, num_events: int, examples, transposed ones too, and their Melody events.
        reason: str, what kept it out, for counting; None if it gave a melody.
        detail: str, the reason in one line, or None.
        discarded_melodies: Counter of str, its melodies that were not taken, by reason.
        is_reduced: bool, whether the highest of several notes was taken somewhere.
        left_out: str, as of the Notes.
        num_sections: int, as of the Extraction.
    """

    name: str
    group: str
    part: str | None = None
    num_melodies: int = 0
    num_events: int = 0
    reason: str | None = None
    detail: str | None = None
    discarded_melodies: Counter = Counter()
    is_reduced: bool = False
    reader: str | None = None
    left_out: str = ''
    num_sections: int = 0


class MelodyExamples(NamedTuple):
    """The examples of one melody: itself, and what it is transposed to for training.

    Attributes:
        exact, invariant: bytes, its `exact_fingerprint` and its `fingerprint`.
        lengths: tuple of int, Melody events of each example.
        records: bytes, the examples as TFRecord stores them; empty where nothing is written.
        events: bytes, int8, the Melody events of all examples.
    """

    exact: bytes
    invariant: bytes
    lengths: tuple
    records: bytes
    events: bytes


class Job(NamedTuple):
    """What to do with items; it can be sent to another process.

    Attributes:
        read: function of an item that returns its Pieces.
        split: Split.
        encoding: Encoding.
        rules: MelodyRules.
        transpositions: tuple of int, semitones, for the parts that networks learn from.
        is_written: bool, whether the examples are needed or only what would become of them.
    """

    read: object
    split: Split
    encoding: object
    rules: object
    transpositions: tuple
    is_written: bool

    def __call__(self, item):
        """Returns (PieceOutcome, list of MelodyExamples) of each piece of an item."""
        return [self._piece(piece) for piece in self.read(item)]

    def _piece(self, piece):
        if piece.reason:
            return unread(piece), []
        extraction = extract_melodies(piece.notes, self.rules)
        discards = extraction.discards
        outcome = PieceOutcome(piece.name, piece.group, discarded_melodies=discards,
                               is_reduced=extraction.is_reduced, reader=piece.reader,
                               left_out=piece.notes.left_out, num_sections=extraction.num_sections)
        if reason := extraction.reason():
            cut = (f'cut into {extraction.num_sections:,} sections by changes of tempo or meter'
                   if extraction.num_sections > 1 else '')
            detail = '; '.join(filter(None, [counted(discards) or reason, outcome.left_out, cut]))
            return outcome._replace(reason=reason, detail=detail), []
        part = self.split.part_of(piece)
        if part is None:
            return not_in_share(outcome, len(extraction.melodies)), []
        examples = [self._examples(events, part) for events in extraction.melodies]
        lengths = [length for melody in examples for length in melody.lengths]
        return outcome._replace(part=part, num_melodies=len(lengths),
                                num_events=sum(lengths)), examples

    def _examples(self, events, part):
        codec, key = self.encoding.codec, self.encoding.transpose_to_key
        transpositions = self.transpositions if part in TRAINED_ON else ()
        examples = transposed_examples(events, codec.min_note, codec.max_note, key, transpositions)
        return melody_examples(events, examples, codec, self.is_written)


def melody_examples(events, examples, codec, is_written):
    """Returns the MelodyExamples of a melody, and of `examples`, what it becomes for a codec."""
    records = [example_record(example, codec) for example in examples] if is_written else []
    return MelodyExamples(exact_fingerprint(events), fingerprint(events),
                          tuple(map(len, examples)), b''.join(records),
                          np.concatenate(examples).astype(np.int8).tobytes())


def not_in_share(outcome, num_melodies):
    """Returns the PieceOutcome of a piece with melodies that the Split drops."""
    discards = outcome.discarded_melodies + Counter({NOT_IN_SHARE: num_melodies})
    return outcome._replace(reason=NOT_IN_SHARE, detail=counted(discards),
                            discarded_melodies=discards)


def unread(piece):
    """Returns the PieceOutcome of a Piece that has a reason instead of notes."""
    return PieceOutcome(piece.name, piece.group, reason=piece.reason,
                        detail=f'{piece.reason}: {piece.detail}')


def crashed(item, how):
    """Returns the PieceOutcome of an item of a Source whose process crashed with `how`."""
    members = item if isinstance(item, tuple) else (item,)
    piece = next((member for member in members if isinstance(member, Piece)), None)
    if piece is None:
        name = members[0].name if isinstance(members[0], Path) else str(members[0])
        piece = Piece(name, name)
    return unread(piece.failed(UNREADABLE, f'its process ended with {how} while reading it'))


def counted(counts):
    """Returns a Counter as text: '3 too_short, 1 polyphonic'."""
    return ', '.join(f'{count:,} {reason}' for reason, count in counts.most_common())
