"""Judges: networks that score the melodies of all, trained on what no compared network saw."""

from pathlib import Path

from magenta_reg.analysis.comparison.runs import load_runs, training_data
from magenta_reg.base.errors import UserError
from magenta_reg.base.files import printable
from magenta_reg.dataset.examples import read_examples
from magenta_reg.dataset.folder import read_report

# No group of the comparison has a label like this.
LABEL_PREFIX = 'judge '


def load_judges(run_dirs, groups, examples, training):
    """Loads the judges and checks that they take no side.

    Args:
        run_dirs: list of Path, perhaps empty.
        groups: list of Group, the compared runs.
        examples: Examples of the held-out melodies.
        training: Examples of the training file, or None.

    Returns:
        list of ComparedRun, each at its best checkpoint, whose labels no group has.
        list of str, sentences: what is not known of them, or common to them and the compared runs.

    Raises:
        UserError: If a judge is of another encoding than the runs, or was trained on the melodies
            of one of them or on the held-out ones.
    """
    if not run_dirs:
        return [], []
    runs, _, faults = load_runs(run_dirs, flag='judge_run_dirs')
    notes = [f'Of the judges: {fault}' for fault in faults]
    seen = _seen(groups, examples, training)
    for run in runs:
        _check(run, groups, seen)
        notes += [*_seed_notes(run, groups), *_notes(run, examples, training)]
    judges = [run._replace(label=f'{LABEL_PREFIX}{run.label}') for run in runs]
    return judges, list(dict.fromkeys(notes))


def _seen(groups, examples, training):
    """Returns dict of SHA-256 to what a judge with that training file was trained on, too."""
    seen = {group.training_data: f'{group.label} was trained on, too' for group in groups}
    for part, what in ((training, 'are the training file'), (examples, 'are held out')):
        for sha256 in (part.sha256, *part.file_sha256s) if part else ():
            seen[sha256] = what
    return seen


def _check(run, groups, seen):
    encodings = dict.fromkeys(group.encoding for group in groups)
    if run.model.encoding.name not in encodings:
        raise UserError(f'--judge_run_dirs: {run.run_dir} is {run.model.encoding.name}, the '
                        f'compared runs are {", ".join(encodings)}: likelihoods compare within one '
                        'encoding')
    data = training_data(run)
    if data and data in seen:
        raise UserError(f'--judge_run_dirs: {run.run_dir} was trained on melodies that {seen[data]}'
                        f' (data.train {data[:8]} in its config.yaml): train judges on the judge '
                        'part of a data set (melody_rnn_reg_create_dataset --judge_ratio)')


def _seed_notes(run, groups):
    if all(run.model.seed not in group.seeds for group in groups):
        return []
    return [f'The judge {printable(run.run_dir)} has seed {run.model.seed} as compared networks '
            'have: it began with the same weights.']


def _notes(run, examples, training):
    """Returns what is known of a judge's melodies: list of str, sentences."""
    data = training_data(run)
    if not data:
        return [f'What the judge {printable(run.run_dir)} was trained on is not known: its '
                'config.yaml does not say.']
    path = _find_part(data, [part.path for part in (training, examples) if part])
    if not path:
        return []
    known = {events.tobytes() for events in read_examples(path, run.model.encoding).events}
    notes = []
    for part in filter(None, (training, examples)):
        number = sum(events.tobytes() in known for events in part.events)
        if number:
            notes.append(printable(f'{number:,} of the {len(part.events):,} melodies in '
                                   f'{part.path} are in {path}, which a judge was trained on.'))
    return notes


def _find_part(sha256, paths):
    """Returns the Path of a part, by its hash, of a data set that one of the files is of; or None.
    """
    for folder in dict.fromkeys(Path(path).parent for path in paths):
        for part in read_report(folder)['parts'].values():
            if part.get('sha256') == sha256 and (folder / str(part.get('file'))).is_file():
                return folder / part['file']
    return None
