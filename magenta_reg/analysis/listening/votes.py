"""Votes as listening.html saves them: read from CSV files, and checked against the test."""

import csv
import glob
from typing import NamedTuple

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import printable, user_path

LEFT, RIGHT, NEITHER = WORDS = ('left', 'right', 'neither')
_COLUMNS = ('test', 'listener', 'pair', 'left', 'right', 'vote')


class Vote(NamedTuple):
    """What one listener said of one pair.

    Attributes:
        listener: str.
        pair: int, position in the test's pairs.
        word: str, LEFT, RIGHT or NEITHER.
    """

    listener: str
    pair: int
    word: str


def find_votes(text):
    """Returns the sorted Paths of --votes: paths and globs, separated by commas.

    Raises:
        UserError: If one of them names no file.
    """
    found = set()
    for name in filter(None, map(str.strip, text.split(','))):
        path = user_path(name)
        own = [path] if path.is_file() else [
            each for each in map(user_path, glob.glob(str(path))) if each.is_file()]
        if not own:
            raise UserError(f'--votes: no such file: {printable(name)}')
        found |= {each.resolve() for each in own}
    if not found:
        raise UserError('--votes is empty: name the CSV files that listening.html saved')
    return sorted(found)


def read_votes(paths, test):
    """Returns the Votes of all files, sorted: the order of the files does not matter.

    Raises:
        UserError: If a file holds no votes, votes of another test or what is not a vote, or if a
            listener voted twice on a pair, in one file or in two.
    """
    found = {}
    for path in paths:
        rows = list(_rows(path))
        if not rows:
            raise UserError(f'{path} holds no votes')
        for line, row in rows:
            vote = _checked(row, test, f'{path}, line {line}')
            key = vote.listener, vote.pair
            if key in found:
                raise UserError(
                    f'{vote.listener!r} voted twice on pair {vote.pair + 1}, in '
                    f'{found[key][1]} and {path}: keep one of the two, or rename one listener')
            found[key] = vote, path
    return [vote for _, (vote, _) in sorted(found.items())]


def _rows(path):
    """Yields (line, dict of column to text) of a CSV file."""
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise UserError(f'{path} has no column {missing[0]!r}: give a file that '
                                'listening.html saved, with commas between its columns')
            for row in reader:
                if None in row or None in row.values():
                    raise UserError(f'{path}, line {reader.line_num}: not as many cells as columns')
                yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f'{path} is no CSV file in UTF-8: {error}') from error


def _checked(row, test, place):
    """Returns the Vote of a row."""
    if row['test'] != test.id:
        raise UserError(
            f'{place}: a vote on the test {row["test"]!r}, and this comparison has '
            f'{test.id!r}: analyze the same runs, melodies and settings as for that listening.html')
    if not row['listener'].strip():
        raise UserError(f'{place}: no listener: give a name or a number')
    if not row['pair'].isascii() or not row['pair'].isdigit() or not (
            1 <= int(row['pair']) <= len(test.pairs)):
        raise UserError(f'{place}: pair {row["pair"]!r}: the test has the pairs 1 to '
                        f'{len(test.pairs)}')
    pair = test.pairs[int(row['pair']) - 1]
    for side in (LEFT, RIGHT):
        if row[side] != getattr(pair, side):
            raise UserError(f'{place}: {row[side]!r} on the {side} of pair '
                            f'{row["pair"]}, where the test has {getattr(pair, side)!r}')
    if row['vote'] not in WORDS:
        raise UserError(f'{place}: vote {row["vote"]!r}: valid are {", ".join(WORDS)}')
    return Vote(row['listener'].strip(), int(row['pair']) - 1, row['vote'])
