"""The runs of a comparison: loaded, labelled, in groups that differ in nothing but the seed."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from magenta_reg.analysis.comparison.curves import check_metrics
from magenta_reg.base.errors import UserError, unknown_name
from magenta_reg.base.files import printable
from magenta_reg.dataset.examples import read_examples
from magenta_reg.model.experiment import default_hparams
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.checkpoints import newest_checkpoint
from magenta_reg.runs.config import read_yaml
from magenta_reg.runs.run import BEST, CONFIG_KEYS, Run

# At which checkpoint runs are compared: the lowest evaluation loss, or the end of training.
LAST = 'last'
CHECKPOINTS = (BEST, LAST)

# What decides a group; the seed does not, nor do names of files.
_SETTINGS = ('name', 'method', 'config', 'hparams', 'data', 'warm_start', 'num_training_steps')


class ComparedRun(NamedTuple):
    """One trained run at the checkpoint of the comparison.

    Attributes:
        label: str, the method, with the seed where others have the same.
        method: str.
        run_dir: Path.
        model: MelodyModel, at the checkpoint.
        checkpoint: str, its path prefix.
    """

    label: str
    method: str
    run_dir: Path
    model: MelodyModel
    checkpoint: str


class Group(NamedTuple):
    """Runs of one method and of the same settings.

    Attributes:
        label: str, unlike every other group's: the method, with what differs where needed.
        method: str, the runs' method.
        encoding: str, a MelodyRNN config.
        runs: list of ComparedRun, one a seed.
        seeds: list of int, of the runs.
        training_data: str, SHA-256 of the training examples; empty if it was not recorded.
        settings: dict of dotted name to value, of the runs' config.yaml without the seed.
    """

    label: str
    method: str
    encoding: str
    runs: list
    seeds: list
    training_data: str
    settings: dict = {}

    @property
    def n_seeds(self):
        return len(self.runs)


def load_runs(run_dirs, which=BEST, flag='run_dirs'):
    """Loads the runs that can be opened, all at one checkpoint, and says of the others why not.

    Args:
        run_dirs: list of Path.
        which: str, BEST or LAST. If one run has no best checkpoint, all are taken at the last one.
        flag: str, that names them.

    Returns:
        list of ComparedRun, in the order given.
        str, BEST or LAST: at which they are.
        list of str, a line for each run that is left out, and one if it is not `which`.

    Raises:
        UserError: If none is given, one is no folder or given twice, or none can be opened.
    """
    if which not in CHECKPOINTS:
        raise unknown_name('--checkpoint', which, CHECKPOINTS)
    opened, faults = _open(_checked(run_dirs, flag), which)
    without = [printable(run_dir) for run_dir, (_, checkpoint) in opened.items() if not checkpoint]
    if without:
        opened, more = _open(opened, LAST)
        faults += [*more, 'All networks are those at the end of training: there is no best '
                   f'checkpoint of {", ".join(without)}, never evaluated in training.']
        which = LAST
    if not opened:
        raise UserError(f'--{flag}: none of the runs can be opened; ' + '; '.join(faults))
    labels = _run_labels({run_dir: model for run_dir, (model, _) in opened.items()})
    return [ComparedRun(label, model.name, run_dir, model, checkpoint)
            for label, (run_dir, (model, checkpoint))
            in zip(labels, opened.items(), strict=True)], which, faults


def _open(run_dirs, which):
    """Returns dict of run folder to (MelodyModel, checkpoint), and a line for each of the others.

    The checkpoint is None where there is no best one, the network then that of the last.
    """
    opened, faults = {}, []
    for run_dir in run_dirs:
        try:
            check_metrics(run_dir)
            checkpoint = find_checkpoint(run_dir, which)
            opened[run_dir] = MelodyModel.from_run(run_dir, checkpoint), checkpoint
        except UserError as error:
            faults.append(printable(f'{run_dir} is left out: {error}'))
    return opened, faults


def find_checkpoint(run_dir, which):
    """Returns the path prefix of a run's BEST or LAST checkpoint, or None."""
    run = Run(run_dir)
    return newest_checkpoint(run.best_dir if which == BEST else run.train_dir)


def _checked(run_dirs, flag):
    run_dirs = [Path(run_dir) for run_dir in run_dirs]
    if not run_dirs:
        raise UserError(f'--{flag} is empty: name the run folders, separated by commas')
    for run_dir in run_dirs:
        if not run_dir.is_dir():
            raise UserError(f'no such run folder: {run_dir}')
    (most_common, count), *_ = Counter(run_dir.resolve() for run_dir in run_dirs).most_common()
    if count > 1:
        raise UserError(f'--{flag} names {most_common} twice')
    return run_dirs


def _run_labels(opened):
    """Names each run of a dict of Path to MelodyModel: as far as needed with seed and folder."""
    forms = [[model.name, f'{model.name} (seed {model.seed})',
              f'{model.name} (seed {model.seed}, {printable(run_dir.name)})',
              f'{model.name} (seed {model.seed}, {printable(run_dir)})']
             for run_dir, model in opened.items()]
    counts = [Counter(form) for form in zip(*forms, strict=True)]
    return [next(form for form, count in zip(own, counts, strict=True) if count[form] == 1)
            for own in forms]


def group_runs(runs):
    """Returns a list of Group: the ComparedRuns that differ in their seed alone, in their order.

    Of several runs with the same settings and the same seed only the first is kept: they are one
    network twice. `notes_on` names what was left out.
    """
    found = {}
    for run, own in _with_settings(runs):
        found.setdefault(_key(own), (own, {}))[1].setdefault(run.model.seed, run)
    labels = _group_labels([own for own, _ in found.values()])
    groups = []
    for label, (own, of_seeds) in zip(labels, found.values(), strict=True):
        runs = list(of_seeds.values())
        groups.append(Group(label, runs[0].method, runs[0].model.encoding.name, runs,
                            list(of_seeds), own.get('data.train', ''), own))
    return groups


def _with_settings(runs):
    """Returns a list of runs and their settings, a start that is each seed's own as one of them.

    So runs that differ in seed and in what they started from, such as the baseline of that seed,
    are one method; two of one seed are not.
    """
    found, alike = [(run, _settings(run)) for run in runs], {}
    for run, own in found:
        alike.setdefault(_key(_with_own_start(own)), set()).add((run.model.seed, _key(own)))
    joined = []
    for run, own in found:
        pairs = alike[_key(_with_own_start(own))]
        is_own = all(len(set(ends)) == len(pairs) > 1 for ends in zip(*pairs, strict=True))
        joined.append((run, _with_own_start(own) if is_own else own))
    return joined


def _with_own_start(settings):
    """Returns settings in which all that began from a network began from that of their seed."""
    found = {name: value for name, value in settings.items() if not name.startswith('warm_start')}
    return found if len(found) == len(settings) else {**found, 'warm_start': "each seed's own"}


def _key(settings):
    return tuple(sorted((name, repr(value)) for name, value in settings.items()))


def by_encoding(groups):
    """Returns dict of encoding to list of Group: only within one do likelihoods compare."""
    found = {}
    for group in groups:
        found.setdefault(group.encoding, []).append(group)
    return found


def seeds_of(groups):
    """Returns dict of label to list of int, the seeds of a group's runs: what pairs methods."""
    return {group.label: group.seeds for group in groups}


def training_data(run):
    """Returns the SHA-256 of what a ComparedRun was trained on; '' if it did not record it."""
    return _settings(run).get('data.train', '')


def _settings(run):
    """Returns the settings of a run's config.yaml, flat: dict of dotted name to value."""
    content = read_yaml(Run(run.run_dir).config_path, CONFIG_KEYS)
    if 'hparams' in content:  # A run older than an hparam had its default.
        defaults = default_hparams(run.model.encoding, content['method'])
        content['hparams'] = {**defaults, **content['hparams']}
    flat = {'name': run.method, 'config': run.model.encoding.name}
    for name in _SETTINGS:
        value = content.get(name)
        if isinstance(value, dict):
            flat |= {f'{name}.{key}': each for key, each in value.items()}
        elif value is not None:
            flat.setdefault(name, value)
    # Which files a data set came with is not what was trained on.
    return {name: value for name, value in flat.items()
            if not name.startswith('data.') or name == 'data.train'}


def _group_labels(all_settings):
    """Names each group: the method, with the settings in which it differs from its namesakes."""
    labels = []
    for own in all_settings:
        others = [each for each in all_settings if each['name'] == own['name']]
        names = dict.fromkeys(name for each in others for name in each)
        differing = [name for name in names if _differs(name, others)]
        if 'config' in differing:  # It says all that goes with it: hparams of its own, its files.
            alike = [[each for each in others if each['config'] == config]
                     for config in {each['config'] for each in others}]
            differing = ['config', *(name for name in differing
                                     if any(_differs(name, each) for each in alike))]
        said = ', '.join(_said(name, own.get(name)) for name in differing)
        labels.append(f'{own["name"]} ({said})' if said else own['name'])
    return labels


def _differs(name, all_settings):
    return len({repr(each.get(name)) for each in all_settings}) > 1


def _said(name, value):
    if name == 'config':
        return str(value)
    if name == 'data.train':
        return f'data {str(value)[:8]}'
    return f'{name.removeprefix("hparams.")}={value}'


def read_melodies(pattern, runs):
    """Returns the Examples of held-out melodies, read with the encoding that the file is for.

    A file of examples holds the inputs and labels of one encoding. Runs of another encoding can
    share its melodies only if they see the same pitches in the same transposition, as basic_rnn,
    lookback_rnn and attention_rnn do.

    Args:
        pattern: str, path or glob of SequenceExample files.
        runs: list of ComparedRun.

    Raises:
        UserError: If the file fits none of the runs, or fits one and its melodies not another.
    """
    encodings = {run.model.encoding.name: run.model.encoding for run in runs}
    read_by, examples = _read_with_any(pattern, encodings.values())
    for run in runs:
        encoding = run.model.encoding
        if _melody_space(encoding) != _melody_space(read_by):
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
