"""Fixtures that many tests use."""

import functools
import os

import pytest
from hypothesis import settings

from magenta_reg import compat
from magenta_reg.data.batches import make_batch
from magenta_reg.encodings import ENCODINGS
from tests.small import make_melodies, train_tiny

compat.quiet()
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
