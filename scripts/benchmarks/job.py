"""What a benchmark job hands to the harness."""

from typing import NamedTuple

from .figures import Figure
from .harness import Peer


class Settings(NamedTuple):
    """What the flags say.

    Attributes:
        input: Path, str 'folk' or None, where the music comes from.
        work_dir: Path, a folder that is removed afterwards.
        num_files: int, how many MIDI files the data job converts.
        batch_size: int.
        warmup_steps: int, training steps before the clock starts.
        measured_steps: int, training steps under the clock.
        max_steps: int, to which the melodies of equal length are cut at most.
        num_outputs: int, melodies that ours generates in a run.
        stock_outputs: int, melodies that stock generates in a run.
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
    """Peers and what is to be read from them.

    Attributes:
        peers: list of Peer.
        figures: list of Figure.
        observe: function without arguments, called after the last round, that returns a list of
            str: what is to be said beside the figures.
    """

    peers: list[Peer]
    figures: list[Figure]
    observe: object = list
