"""A folder of generated files and generated.csv, which lists them."""

import contextlib
import csv
import re
import time

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
        prefix: str, date and time, at the start of every file's name, as stock Magenta has it.
    """

    def __init__(self, path, overwrite=False):
        """Makes the folder if it is not there; UserError if it holds what an earlier call wrote."""
        self.path = make_folder(path)
        self.prefix = time.strftime('%Y-%m-%d_%H%M%S')
        self._overwrite = overwrite
        self._check_clear()

    def stem(self, row, num_outputs):
        """Returns the name without a suffix of the files of a row: DATE_TIME_NN, NN from 1."""
        return f'{self.prefix}_{row + 1:0{len(str(num_outputs))}}'

    def clear(self):
        """Removes what an earlier call wrote, and nothing else; UserError if that must stay."""
        self._check_clear()
        tables = self._existing(GENERATED_TABLE, PARTIAL_TABLE)
        # What was being written when a call was killed has a name of its own.
        partial = [path for name in (GENERATED_RECORDS, PLAYER_PAGE)
                   for path in self.path.glob(f'.{name}.*.partial')]
        for path in [*self._files_of_rows(tables), *partial, *tables,
                     *self._existing(PLAYER_PAGE, GENERATED_RECORDS)]:
            path.unlink(missing_ok=True)

    def _check_clear(self):
        found = self._existing(PARTIAL_TABLE, GENERATED_TABLE, GENERATED_RECORDS, PLAYER_PAGE)
        found += self.path.glob(f'{self.prefix}_*')
        if self._overwrite or not found:
            return
        why = ', of a call that was killed or is at work' if found[0].name == PARTIAL_TABLE else ''
        raise UserError(f'{found[0]} is there already{why}: give another --output_dir, or '
                        '--overwrite to replace what was generated there')

    def _files_of_rows(self, tables):
        """Returns the Paths of the files that belong to the rows of tables, in any format."""
        prefixes = {match[1] for table in tables for match in map(_STEM.match, _names_in(table))
                    if match}
        # A call that was killed may have begun a file without a row: prefixes, not names.
        return [path for path in self.path.iterdir()
                if (match := _STEM.match(path.name.removeprefix('.'))) and match[1] in prefixes
                and path.suffix in (*_SUFFIXES, '.partial')]

    def _existing(self, *names):
        return [self.path / name for name in names if (self.path / name).exists()]


def _names_in(table):
    """Returns the column 'file' of a table that may end within a line."""
    with open(table, newline='', encoding='utf-8', errors='replace') as file:
        return [row.get('file') or '' for row in csv.DictReader(file)]


class GeneratedTable:
    """Writes generated.csv row by row.

    Until it is closed it is called generated.partial.csv, which stays if the process is killed.
    However the block ends, rows that were added stay; without any there is no table.
    """

    def __init__(self, folder):
        self._partial, self._path = folder / PARTIAL_TABLE, folder / GENERATED_TABLE
        self._num_rows = 0

    def __enter__(self):
        """Opens the table; UserError if another call writes one there, or it cannot be written."""
        try:
            self._file = open(self._partial, 'x', newline='', encoding='utf-8')
        except OSError as error:
            raise _cannot_write(self._partial, error) from error
        return self

    def add(self, row):
        """Adds a row, a dict with the keys of the first one; it is on disk when this returns."""
        writer = csv.DictWriter(self._file, row, lineterminator='\n')
        end = self._file.tell()
        try:
            if not self._num_rows:
                writer.writeheader()
            writer.writerow(row)
            self._file.flush()
        except OSError as error:
            self._close()
            with open(self._partial, 'r+b') as file:
                file.truncate(end)  # No incomplete row.
            raise _cannot_write(self._path, error) from error
        self._num_rows += 1

    def drop(self):
        """Forgets all rows: the records that they name were not written."""
        self._num_rows = 0

    def __exit__(self, *_):
        self._close()
        if self._num_rows:
            self._partial.replace(self._path)
        else:
            self._partial.unlink(missing_ok=True)

    def _close(self):
        # After an error there is no room for what is still in the buffer.
        with contextlib.suppress(OSError):
            self._file.close()


def _cannot_write(path, error):
    return UserError(f'cannot write {path}: {error.strerror}')
