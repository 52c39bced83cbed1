"""The runs of a comparison: loaded, labelled, and the melodies that all of them can read."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from magenta_reg.analysis.curves import check_metrics
from magenta_reg.data.examples import read_examples
from magenta_reg.errors import UserError
from magenta_reg.model import MelodyModel


class ComparedRun(NamedTuple):
    """One trained run.

    Attributes:
        label: str, unlike every other run's: the method, with the seed where that is needed.
        method: str.
        run_dir: Path.
        model: MelodyModel.
    """

    label: str
    method: str
    run_dir: Path
    model: MelodyModel


def load_runs(run_dirs):
    """Loads the runs that can be opened, and says of the others why not.

    Args:
        run_dirs: list of Path.

    Returns:
        list of ComparedRun, in the order given.
        list of str, a line for each run that is left out.

    Raises:
        UserError: If none is given, one is no folder or given twice, or none can be opened.
    """
    run_dirs, opened, faults = _checked(run_dirs), {}, []
    for run_dir in run_dirs:
        try:
            opened[run_dir] = _open(run_dir)
        except UserError as error:
            faults.append(f'{run_dir} is left out: {error}')
    if not opened:
        raise UserError('none of the runs can be opened; ' + '; '.join(faults))
    return _compared(list(opened), list(opened.values())), faults


def _checked(run_dirs):
    run_dirs = [Path(run_dir) for run_dir in run_dirs]
    if not run_dirs:
        raise UserError('--run_dirs is empty: name the run folders, separated by commas')
    for run_dir in run_dirs:
        if not run_dir.is_dir():
            raise UserError(f'no such run folder: {run_dir}')
    resolved = Counter(run_dir.resolve() for run_dir in run_dirs)
    if max(resolved.values()) > 1:
        raise UserError(f'--run_dirs names {resolved.most_common(1)[0][0]} twice')
    return run_dirs


def _open(run_dir):
    check_metrics(run_dir)
    return MelodyModel.from_run(run_dir)


def _compared(run_dirs, models):
    return [ComparedRun(label, model.name, run_dir, model) for label, model, run_dir
            in zip(_labels(models, run_dirs), models, run_dirs, strict=True)]


def _labels(models, run_dirs):
    """Names each run: method, with the seed, and with the folder, as far as needed."""
    runs = list(zip(models, run_dirs, strict=True))
    forms = [
        [model.name for model, _ in runs],
        [f'{model.name} (seed {model.seed})' for model, _ in runs],
        [f'{model.name} (seed {model.seed}, {run_dir.name})' for model, run_dir in runs],
        [f'{model.name} (seed {model.seed}, {run_dir})' for model, run_dir in runs],
    ]
    counts = [Counter(form) for form in forms]
    return [next(form[i] for form, count in zip(forms, counts, strict=True) if count[form[i]] == 1)
            for i in range(len(runs))]


def read_melodies(pattern, runs):
    """Reads the held-out melodies with the encoding that their file was made for.

    A file of examples holds the inputs and labels of one encoding. Runs of another encoding can
    share its melodies only if they see the same pitches in the same transposition, as basic_rnn,
    lookback_rnn and attention_rnn do.

    Args:
        pattern: str, path or glob of SequenceExample files.
        runs: list of ComparedRun.

    Returns:
        Examples.

    Raises:
        UserError: If the file fits none of the runs, or fits one and its melodies not another.
    """
    encodings = {run.model.encoding.name: run.model.encoding for run in runs}
    read_by, examples = _read_with_any(pattern, encodings.values())
    for encoding in encodings.values():
        if _melody_space(encoding) != _melody_space(read_by):
            run = next(run for run in runs if run.model.encoding.name == encoding.name)
            raise UserError(
                f'{pattern} holds melodies for {read_by.name}, and the run {run.run_dir} is '
                f'{encoding.name}: these have other pitches, analyze them separately')
    return examples


def _read_with_any(pattern, encodings):
    """Returns the first of the encodings that can read the examples, and the Examples."""
    first_error = None
    for encoding in encodings:
        try:
            return encoding, read_examples(pattern, encoding)
        except UserError as error:
            first_error = first_error or error
    raise first_error


def _melody_space(encoding):
    """Returns what two encodings must share to read the same melodies."""
    codec = encoding.codec
    return codec.min_note, codec.max_note, encoding.transpose_to_key
