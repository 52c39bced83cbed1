"""Generation to files, in any format, and a table of what each melody is like."""

from contextlib import ExitStack
from typing import NamedTuple

from magenta_reg.base.errors import UserError, unknown_name
from magenta_reg.base.interrupts import Stopped, deferred_signals
from magenta_reg.base.progress import progress
from magenta_reg.generation.output_folder import (
    GENERATED_RECORDS,
    GENERATED_TABLE,
    PLAYER_PAGE,
    GeneratedTable,
    OutputFolder,
)
from magenta_reg.generation.stream import generate_outputs
from magenta_reg.outputs.formats import OUTPUT_FORMATS
from magenta_reg.outputs.player_page import PlayerPage
from magenta_reg.outputs.sequence_writer import NoteSequenceWriter

__all__ = ['FORMAT_NAMES', 'GENERATED_TABLE', 'Generated', 'generate_files', 'parse_formats']

RECORDS = 'tfrecord'
FORMAT_NAMES = (*OUTPUT_FORMATS, RECORDS)

_COLUMNS = ('file', 'primer', 'seed', 'row', 'length', 'num_events', 'log_likelihood_nats',
            'nats_per_event', 'repetition')


class Generated(NamedTuple):
    """What was written, summed up.

    Attributes:
        num_melodies: int.
        num_events: int, generated events of all of them: primers are left out.
        total_nats: float, log-likelihood of these events under the model, at temperature 1.
    """

    num_melodies: int = 0
    num_events: int = 0
    total_nats: float = 0.0

    def plus(self, output):
        """Returns the sum with one more Output."""
        return Generated(self.num_melodies + 1, self.num_events + output.num_events,
                         self.total_nats + output.log_likelihood)


def parse_formats(text):
    """Returns the names in a comma list such as 'midi,wav', each once.

    Raises:
        UserError: If one is unknown or there is none.
    """
    names = list(dict.fromkeys(name.strip() for name in text.split(',') if name.strip()))
    for name in names:
        if name not in FORMAT_NAMES:
            raise unknown_name('--output_format', name, FORMAT_NAMES)
    if not names:
        raise UserError(f'--output_format is empty: give some of {", ".join(FORMAT_NAMES)}')
    return names


def generate_files(model, primers, output_dir, request, formats=('midi',), *, html=False,
                   training_index=None, overwrite=False):
    """Generates melodies and writes them as they come, with their rows in generated.csv.

    On Ctrl-C and SIGTERM the melody at hand is finished, and table, page and records are closed
    with what is there. Every file is there whole or not at all, however the process ends.

    Args:
        model: MelodyModel.
        primers: iterable of Primer, one a melody or more.
        output_dir: Path; made if it is not there.
        request: Request.
        formats: sequence of FORMAT_NAMES.
        html: bool, whether to write index.html, a page with a player for each melody.
        training_index: TrainingIndex to look for shared runs in, or None.
        overwrite: bool, whether to replace what was generated in `output_dir` before.

    Returns:
        Generated.

    Raises:
        UserError: If the folder cannot be written or holds generated files, or a primer or the
            request does not fit.
        Stopped: If a signal ended it.
    """
    folder = OutputFolder(output_dir, overwrite)
    outputs = generate_outputs(model, primers, request, training_index)
    generated = Generated()
    with deferred_signals() as stop, ExitStack() as stack:
        bar = stack.enter_context(progress(description='generating', unit='melody',
                                           total=request.num_outputs))
        files = None
        for output in outputs:
            # Nothing of an earlier call is touched before there is something in its place.
            files = files or stack.enter_context(
                _Files(folder, model, request, formats, html, training_index is not None))
            files.add(output)
            generated = generated.plus(output)
            bar.update()
            if stop.number is not None:
                break
    if generated.num_melodies < request.num_outputs:
        raise Stopped(stop.number, f'stopped after {generated.num_melodies} of '
                      f'{request.num_outputs} melodies, which are whole and in '
                      f'{folder.path / GENERATED_TABLE}')
    return generated


class _Files:
    """The open files of one call."""

    def __init__(self, folder, model, request, formats, html, has_index):
        self._folder, self._model, self._request = folder, model, request
        self._kinds = [OUTPUT_FORMATS[name] for name in formats if name != RECORDS]
        self._has_records, self._html = RECORDS in formats, html
        self._columns = (*_COLUMNS, 'longest_shared_run') if has_index else _COLUMNS
        self._records = self._page = None

    def __enter__(self):
        self._folder.clear()
        path = self._folder.path
        with ExitStack() as stack:
            self._table = stack.enter_context(GeneratedTable(path, self._columns))
            if self._has_records:
                stack.push(self._drop_rows_without_records)
                self._records = stack.enter_context(NoteSequenceWriter(path / GENERATED_RECORDS))
            if self._html:
                self._page = PlayerPage(path / PLAYER_PAGE, f'Generated by {self._model.name}')
                stack.callback(self._page.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        # Whatever ended the block, what was written until then is closed and stays.
        self._stack.close()

    def _drop_rows_without_records(self, error_type, *_):
        if error_type and not self._kinds:
            self._table.drop()

    def add(self, output):
        """Writes one Output in every format, then its row."""
        stem = self._folder.stem(output.row, self._request.num_outputs)
        piece = output.piece(stem, f'{self._model.name}, seed {self._request.seed}, '
                             f'melody {output.row + 1}', f'Primer: {output.primer.source}')
        for kind in self._kinds:
            kind.writer(piece, self._folder.path / f'{stem}{kind.suffix}')
        if self._records:
            self._records.write(piece)
        name = f'{stem}{self._kinds[0].suffix}' if self._kinds else GENERATED_RECORDS
        row = _row(output, name, self._request.seed, self._columns)
        self._table.add(row)
        if self._page:
            self._page.add(piece, _shown(row))


def _row(output, name, seed, columns):
    """Returns the row of generated.csv: a dict in the order of `columns`."""
    return dict(zip(columns, (
        name, output.primer.source, seed, output.row, len(output.events), output.num_events,
        output.log_likelihood, output.log_likelihood / output.num_events, output.repetition,
        output.longest_shared_run), strict=False))


def _shown(row):
    """Returns what the page shows of a row: dict of str to str."""
    shown = {'nats per event': f'{row["nats_per_event"]:.3f}'}
    if row['repetition'] is not None:
        shown['repetition'] = f'{row["repetition"]:.2f}'
    if row.get('longest_shared_run') is not None:
        shown['longest run shared with the training set'] = (
            f'{row["longest_shared_run"]} events')
    return shown
