"""A benchmark job: peers to run, metrics to compute from their readings."""

import sys
from pathlib import Path
from typing import NamedTuple

from magenta_reg.dataset.examples import serialize
from magenta_reg.readers.tfrecord import write_record

from .harness import Peer
from .metrics import Metric

PEERS = Path(__file__).parent / 'peers'


class Settings(NamedTuple):
    """The flags.

    Attributes:
        input: Path, str 'folk' or None, where the music comes from.
        work_dir: Path, a folder that is removed afterwards.
        num_files: int, how many MIDI files the data job converts.
        batch_size: int.
        warmup_steps: int, training steps before the clock starts.
        measured_steps: int, training steps under the clock.
        max_steps: int, maximum length of the melodies of equal length.
        num_outputs: int, melodies that ours generates in a round.
        stock_outputs: int, melodies that stock generates in a round.
        num_steps: int, events of a generated melody.
    """

    input: object
    work_dir: object
    num_files: int = 100
    batch_size: int = 64
    warmup_steps: int = 3
    measured_steps: int = 10
    max_steps: int = 512
    num_outputs: int = 100
    stock_outputs: int = 2
    num_steps: int = 512


class Job(NamedTuple):
    """Peers and metrics.

    Attributes:
        peers: list of Peer.
        metrics: list of Metric.
        observe: function without arguments, called after the last round, that returns a list of
            str: remarks below the table.
    """

    peers: list[Peer]
    metrics: list[Metric]
    observe: object = list


def command(name):
    """Returns the Path of one of our console commands."""
    return Path(sys.executable).with_name(f'melody_rnn_reg_{name}')


def empty(folder):
    """Returns the argument list of a process that removes a folder."""
    return [sys.executable, '-c', 'import shutil, sys; shutil.rmtree(sys.argv[1], True)', folder]


def write_examples(path, melodies, codec):
    """Writes melodies, list of int32 [steps + 1], as a TFRecord of SequenceExamples."""
    with open(path, 'wb') as file:
        for events in melodies:
            write_record(file, serialize(*codec.encode(events)))
