"""Data sets drawn from an oracle, and the oracle that such a data set has in a file beside it."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import UserError
from magenta_reg.dataset.folder import ORACLE_NAME, REPORT_NAME, read_report
from magenta_reg.dataset.items import PieceOutcome, melody_examples, not_in_share
from magenta_reg.dataset.split import Split
from magenta_reg.extraction.melodies import MAGENTA_RULES
from magenta_reg.oracles.table import draw_melodies, load_oracle, make_oracle, save_oracle
from magenta_reg.readers.notes import Piece
from magenta_reg.sources.source import Source

_NUM_OF_ENTROPY = 500


class OracleJob(NamedTuple):
    """What is done to a melody of an oracle, (name, events): it stays as it was drawn.

    Attributes are those of a Job.
    """

    split: Split
    encoding: object
    is_written: bool

    def __call__(self, item):
        """Returns [(PieceOutcome, list of MelodyExamples)]: each melody is its own composition."""
        name, events = item
        part = self.split.part_of(Piece(name, name))
        outcome = PieceOutcome(name, name, reader='oracle')
        if part is None:
            return [(not_in_share(outcome, 1), [])]
        outcome = outcome._replace(part=part, num_melodies=1, num_events=len(events))
        return [(outcome, [melody_examples(events, [events], self.encoding.codec,
                                           self.is_written)])]


def open_oracle(text, encoding, seed, rules, transpositions):
    """Returns the Oracle that a text names, and a Source of (name, events), its melodies.

    Raises:
        UserError: If there is no such oracle, or what would change its melodies is asked for.
    """
    changed = [name for name in rules._fields
               if getattr(rules, name) != getattr(MAGENTA_RULES, name)]
    if tuple(transpositions) != (0,):
        changed.append('transpositions')
    if changed:
        raise UserError(f'--{changed[0]} would change what --input={text} draws: leave it out')
    oracle = make_oracle(text, encoding, seed)
    items = [(f'oracle:{oracle.name}/{index}', events)
             for index, events in enumerate(draw_melodies(oracle, seed))]
    return oracle, Source(items, len(items), None, 'melody')


def describe_oracle(oracle, music, folder):
    """Returns what dataset.json says of an Oracle and its Source, and writes it into a folder.

    `folder` is a Path, or None to write nothing.
    """
    melodies = [events for _, events in music.items[:_NUM_OF_ENTROPY]]
    shortest = min(map(len, melodies))
    entropy = oracle.entropy_nats(np.stack([events[:shortest] for events in melodies]))
    about = {'name': oracle.name, 'settings': oracle.settings,
             'entropy_nats_per_event': float(entropy.mean())}
    if folder is None:
        return about
    save_oracle(oracle, folder / ORACLE_NAME)
    return about | {'file': ORACLE_NAME, 'sha256': _sha256(folder / ORACLE_NAME)}


def find_oracle(examples):
    """Returns the Oracle that Examples were drawn from; None if dataset.json beside them has none.

    Raises:
        UserError: If the oracle's file is missing or another one.
    """
    folder = Path(examples.path).parent
    report = read_report(folder)
    known = {part.get('sha256') for part in report['parts'].values()}
    about = report.get('oracle')
    if not about or not known.issuperset(examples.file_sha256s or [examples.sha256]):
        return None
    path = folder / ORACLE_NAME
    said = (f'{folder / REPORT_NAME} says that its melodies were drawn from '
            f'oracle:{about.get("name")}, which is in that file: put it back or make the data set '
            'again')
    if not path.is_file():
        raise UserError(f'{path} is missing; {said}')
    if _sha256(path) != about.get('sha256'):
        raise UserError(f'{path} is another file than it was; {said}')
    return load_oracle(path)


def _sha256(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()
