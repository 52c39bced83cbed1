"""A folder of generated files and generated.csv, which lists what is there, and nothing else."""

import contextlib
import csv
import re
import time
from pathlib import Path

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import make_folder
from magenta_reg.outputs.formats import OUTPUT_FORMATS

GENERATED_TABLE = 'generated.csv'
PARTIAL_TABLE = 'generated.partial.csv'
GENERATED_RECORDS = 'generated.tfrecord'
PLAYER_PAGE = 'index.html'

_STEM = re.compile(r'(\d{4}-\d{2}-\d{2}_\d{6})_\d+')
_SUFFIXES = [kind.suffix for kind in OUTPUT_FORMATS.values()]


class OutputFolder:
    """Where one call of the command writes.

    Attributes:
        path: Path.
        prefix: str, date and time, in front of every file's name, as stock Magenta's are.
    """

    def __init__(self, path, overwrite=False):
        """Makes the folder if it is not there, and changes nothing in one that is.

        Args:
            path: Path.
            overwrite: bool, whether what an earlier call wrote there may go.

        Raises:
            UserError: If it cannot be written, or holds what an earlier call wrote.
        """
        self.path = make_folder(path)
        self.prefix = time.strftime('%Y-%m-%d_%H%M%S')
        self._overwrite = overwrite
        if not overwrite:
            self._check_clear()

    def stem(self, row, num_outputs):
        """Returns the name without a suffix of the files of a row: DATE_TIME_NN, NN from 1."""
        return f'{self.prefix}_{row + 1:0{len(str(num_outputs))}}'

    def clear(self):
        """Removes what an earlier call wrote: its table, the files of its rows, page and records.

        Whatever else lies in the folder stays. Call it when there is something to take its place.

        Raises:
            UserError: If there is such a thing and nothing is to be overwritten.
        """
        if not self._overwrite:
            self._check_clear()
        tables = self._there(GENERATED_TABLE, PARTIAL_TABLE)
        for path in [*self._listed(tables), *self._own_names(), *tables]:
            path.unlink(missing_ok=True)

    def _check_clear(self):
        there = self._there(PARTIAL_TABLE, GENERATED_TABLE, GENERATED_RECORDS, PLAYER_PAGE)
        there += self.path.glob(f'{self.prefix}_*')
        if not there:
            return
        why = ''
        if there[0].name == PARTIAL_TABLE:
            why = ', of a call that was killed or is at work'
        raise UserError(f'{there[0]} is there already{why}: give another --output_dir, or '
                        '--overwrite to replace what was generated there')

    def _own_names(self):
        """Returns the Paths of a page, of records, and of what was being written when killed."""
        return [*self._there(PLAYER_PAGE, GENERATED_RECORDS),
                *(path for name in (GENERATED_RECORDS, PLAYER_PAGE)
                  for path in self.path.glob(f'.{name}.*.partial'))]

    def _listed(self, tables):
        """Returns the Paths of the files that belong to the rows of tables, in any format."""
        prefixes = {match[1] for table in tables for match in map(_STEM.match, _names_in(table))
                    if match}
        # Not the names of the rows alone: killed, a call may have begun a file without a row.
        return [path for path in self.path.iterdir()
                if (match := _STEM.match(path.name.removeprefix('.'))) and match[1] in prefixes
                and (path.suffix in _SUFFIXES or path.suffix == '.partial')]

    def _there(self, *names):
        return [self.path / name for name in names if (self.path / name).exists()]


def _names_in(table):
    """Returns the column 'file' of a table that may end within a line."""
    with open(table, newline='', errors='replace') as file:
        return [row.get('file') or '' for row in csv.DictReader(file)]


class GeneratedTable:
    """Writes generated.csv row by row.

    While it grows it is called generated.partial.csv, and whoever kills the process finds it under
    that name. However the block ends, rows that were added stay; without any there is no table.
    """

    def __init__(self, folder, columns):
        """Takes over the names.

        Args:
            folder: Path.
            columns: sequence of str, keys of the rows.
        """
        self._partial, self._path = Path(folder) / PARTIAL_TABLE, Path(folder) / GENERATED_TABLE
        self._columns = columns
        self._num_rows = 0

    def __enter__(self):
        """Opens the table.

        Raises:
            UserError: If another call writes one there, or none can be written.
        """
        try:
            self._file = open(self._partial, 'x', newline='')
        except OSError as error:
            raise _cannot_write(self._partial, error) from error
        self._writer = csv.DictWriter(self._file, self._columns, lineterminator='\n')
        self._write(self._writer.writeheader)
        return self

    def add(self, row):
        """Adds a row, a dict; it is on disk when this returns.

        Raises:
            UserError: If there is no room.
        """
        self._write(self._writer.writerow, row)
        self._num_rows += 1

    def drop(self):
        """Forgets all rows: what they name was not written."""
        self._num_rows = 0

    def __exit__(self, *_):
        self._close()
        if self._num_rows:
            self._partial.replace(self._path)
        else:
            self._partial.unlink(missing_ok=True)

    def _write(self, write, *args):
        end = self._file.tell()
        try:
            write(*args)
            self._file.flush()
        except OSError as error:
            self._close()
            with open(self._partial, 'r+b') as file:
                file.truncate(end)  # Not half a row.
            raise _cannot_write(self._path, error) from error

    def _close(self):
        # What is left in its buffer after an error has no room; the rows before are on disk.
        with contextlib.suppress(OSError):
            self._file.close()


def _cannot_write(path, error):
    return UserError(f'cannot write {path}: {error.strerror}')
