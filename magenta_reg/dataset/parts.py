"""The files of a data set while they grow: a TFRecord a part, and what is known of its melodies."""

import hashlib
import tempfile
from contextlib import ExitStack
from typing import NamedTuple

import numpy as np

from magenta_reg.base.files import naming, replacing
from magenta_reg.dataset.duplicates import MelodyPrint
from magenta_reg.dataset.folder import PART_FILES

_NUM_EVENTS = 2 + 128
_CHUNK_BYTES = 1 << 20


class PartStatistics(NamedTuple):
    """What a plot of a part shows.

    Attributes:
        lengths_steps: int64 [melodies], Melody events of each.
        counts: int64 [130], how often each Melody event comes: no event, note off, pitches 0..127.
    """

    lengths_steps: np.ndarray
    counts: np.ndarray


class _WrittenMelody(NamedTuple):
    """What is remembered of a melody that was written: about 300 bytes."""

    fingerprints: MelodyPrint
    lengths: tuple
    num_record_bytes: int


class PartFile:
    """One growing part; only its melodies' fingerprints and lengths are in memory.

    Attributes:
        name: str, one of PARTS.
        sha256: str or None, of the file, once it is finished; None where there is none.
    """

    def __init__(self, name, folder):
        """Opens a part, one of PART_FILES, in a folder; None to write nothing."""
        self.name = name
        self.sha256 = None
        self._path = folder / PART_FILES[name] if folder else None
        self._open = ExitStack()
        if folder:
            self._records = self._open.enter_context(open(self._path, 'wb'))  # noqa: SIM115
            self._events = self._scratch_file()
        self._digest = hashlib.sha256()
        self._melodies = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with naming(self._path):  # What is in the buffers is written now.
            self._open.close()

    def _scratch_file(self):
        file = tempfile.TemporaryFile(dir=self._path.parent)  # noqa: SIM115
        return self._open.enter_context(file)

    def write(self, piece_number, melodies):
        """Appends the MelodyExamples of a piece."""
        for index, melody in enumerate(melodies):
            self._melodies.append(_WrittenMelody(
                MelodyPrint(self.name, piece_number, index, melody.exact, melody.invariant),
                melody.lengths, len(melody.records)))
            if self._path:
                self._digest.update(melody.records)
                with naming(self._path):
                    self._records.write(melody.records)
                    self._events.write(melody.events)

    def fingerprints(self):
        """Returns the MelodyPrints of all melodies, with the piece's number as its name."""
        return (melody.fingerprints for melody in self._melodies)

    def finish(self):
        """Completes the file; its hash is known then."""
        if self._path:
            with naming(self._path):
                self._records.close()
            self.sha256 = self._digest.hexdigest()

    def drop(self, places):
        """Takes melodies out of the finished part, which is written again without them.

        Args:
            places: set of (piece number, index of the melody in the piece).

        Returns:
            list of (piece number, lengths) of the melodies taken out.
        """
        is_kept = [melody.fingerprints[1:3] not in places for melody in self._melodies]
        if self._path:
            self._write_again(is_kept)
        melodies = list(zip(self._melodies, is_kept, strict=True))
        self._melodies = [melody for melody, keep in melodies if keep]
        return [(melody.fingerprints.name, melody.lengths)
                for melody, keep in melodies if not keep]

    def _write_again(self, is_kept):
        events = self._scratch_file()
        digest = hashlib.sha256()
        self._events.seek(0)
        with replacing(self._path) as temporary, open(self._path, 'rb') as old, \
                open(temporary, 'wb') as new:
            for melody, keep in zip(self._melodies, is_kept, strict=True):
                records = old.read(melody.num_record_bytes)
                melody_events = self._events.read(sum(melody.lengths))
                if keep:
                    digest.update(records)
                    new.write(records)
                    events.write(melody_events)
        self._events.close()
        self._events, self.sha256 = events, digest.hexdigest()

    def statistics(self):
        """Returns PartStatistics of what is in the finished part."""
        lengths = [length for melody in self._melodies for length in melody.lengths]
        counts = np.zeros(_NUM_EVENTS, np.int64)
        self._events.seek(0)
        while chunk := self._events.read(_CHUNK_BYTES):
            events = np.frombuffer(chunk, np.int8)
            counts += np.bincount(events + np.int64(2), minlength=_NUM_EVENTS)
        return PartStatistics(np.array(lengths, np.int64), counts)
