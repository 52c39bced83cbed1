"""Fixtures that many tests use."""

import functools
import gc
import io
import os
import signal

import note_seq
import pytest
from hypothesis import settings

from magenta_reg.base import compat
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.batches import make_batch
from tests.small import make_melodies, train_tiny

compat.quiet()
# Graphs are thousands of objects: looking for garbage that often takes a tenth of the time.
gc.set_threshold(100_000, 20, 100)
# Under nohup it is ignored, also by all that a test starts, and nothing would stop by it.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
settings.register_profile('magenta_reg', deadline=None, derandomize=True, print_blob=True)
settings.load_profile('magenta_reg')


@pytest.fixture
def melodies():
    """Ten melodies of 20 to 48 events."""
    return make_melodies(10, seed=0)


@pytest.fixture
def small_batch(melodies):
    """A padded batch of four melodies, for basic_rnn."""
    return make_batch(melodies[:4], ENCODINGS['basic_rnn'].codec)


@pytest.fixture(scope='session')
def ecompetition():
    """The folder of real performances that MAGENTA_REG_ECOMPETITION names."""
    folder = os.environ.get('MAGENTA_REG_ECOMPETITION')
    if not folder:
        pytest.skip('MAGENTA_REG_ECOMPETITION names no folder of real performances')
    return folder


@pytest.fixture(scope='session')
def trained_run(tmp_path_factory):
    """A function of an experiment file and a config that trains a tiny run, once a session.

    Returns TrainedRun; '--hparams' may follow.
    """
    @functools.cache
    def train_once(file, config, hparams=''):
        folder = tmp_path_factory.mktemp(f'{file.stem}_{config}')
        return train_tiny(folder, file, config, hparams)

    return train_once


@pytest.fixture
def midi_bytes():
    """Returns a function that makes a MIDI file of one voice of pitches, each half a second."""
    def make(pitches, instruments=1):
        sequence = note_seq.NoteSequence()
        for instrument in range(instruments):
            for index, pitch in enumerate(pitches):
                sequence.notes.add(pitch=pitch, velocity=64, start_time=index * 0.5,
                                   end_time=index * 0.5 + 0.5, instrument=instrument)
        buffer = io.BytesIO()
        note_seq.note_sequence_to_pretty_midi(sequence).write(buffer)
        return buffer.getvalue()

    return make


@pytest.fixture
def tune(midi_bytes):
    """A MIDI file that gives one melody of 10 bars."""
    return midi_bytes([60, 62, 64, 65, 67, 69, 71, 72] * 10)


@pytest.fixture
def fill(tmp_path):
    """Returns a function that writes a dict of relative paths and bytes into a new folder."""
    def write(files, name='music'):
        for path, content in files.items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return tmp_path / name

    return write
