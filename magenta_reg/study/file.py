"""The study file: read, checked, and resolved to what decides every run."""

import inspect
import itertools
from pathlib import Path
from typing import NamedTuple

from magenta_reg import api
from magenta_reg.analysis.statistics.margins import choose_margins
from magenta_reg.base.errors import UserError, check_least, unknown_name
from magenta_reg.base.files import printable
from magenta_reg.base.shipped import find_file
from magenta_reg.model.experiment import FILE_KEYS, FOLDER, resolve_experiment
from magenta_reg.runs.config import parse_hparams, read_yaml

# Flags of create_dataset; the others do not change what is in a data set, or are the study's.
_DATA_KEYS = set(inspect.signature(api.create_dataset).parameters) - {
    'output_dir', 'config', 'experiment', 'hparams', 'dry_run', 'plot', 'num_workers', 'strict'}
_TEXTS = ('input', 'split_by', 'transpositions', 'training_share')
_ANALYSIS = {'num_melodies': 0, 'num_steps': 128, 'primer_steps': 16, 'num_continuations': 2,
             'checkpoint': 'best', 'seed': 0}
_GENERATE = {'num_outputs': 10, 'num_steps': 128}
_JUDGE = {'experiment': 'dropout', 'seeds': None}
# Validation chooses, test reports, and the judge learns from music that no method has seen.
_PARTS = {'test_ratio': 'auto', 'judge_ratio': 0.2}


class Study(NamedTuple):
    """What a study file says; `read_study` fills in all that is None."""

    data: dict  # Flags of create_dataset; training_share may be a list.
    # Files, relative to the study file, or names that come with the package; or a mapping of names
    # to what such a file holds. Read: dict of name to dict with method and hparams.
    experiments: dict
    configs: list = ('basic_rnn',)  # Each experiment is trained with each encoding.
    hparams: dict = ''  # Over those of every experiment: a mapping, or Magenta's text.
    # Of an experiment's name to a mapping of hparams to lists of values: all combinations are
    # tried, and the one of the lowest validation loss trains the final runs.
    grid: dict = {}
    unequal_trials: bool = False  # Whether experiments may have unequal numbers of trials.
    search_seeds: list = (0,)
    search_steps: int = None  # Updates of a trial; num_training_steps if not given.
    seeds: list = None  # Of the final runs, none that a search had; one if not given.
    num_training_steps: int = 400
    eval_every: int = 50
    early_stopping_patience: int = 0
    judge: dict = None  # An experiment and its seeds; False, the word no in a file, for none.
    generate: dict = {}  # num_outputs and num_steps of the melodies of each final run.
    margins: dict = None  # As --margins of the analysis: differences that do not matter.
    analysis: dict = {}  # Flags of melody_rnn_reg_analyze.

    @property
    def shares(self):
        """List of float, the shares of the training set."""
        share = self.data.get('training_share', 1.0)
        return share if isinstance(share, list) else [share]

    @property
    def has_search(self):
        """Whether any experiment has more than one trial."""
        return any(len(self.trials(name)) > 1 for name in self.experiments)

    def trials(self, name):
        """Returns the settings of an experiment's trials: list of dict of hparam to value."""
        grid = self.grid.get(name, {})
        combinations = itertools.product(*grid.values())
        return [dict(zip(grid, values, strict=True)) for values in combinations]

    def experiment(self, name, config, seed, settings=None):
        """Returns the Experiment of a name; `settings` go over all its other hparams."""
        return self._resolve(name, self.experiments[name], config, seed, settings)

    def judge_experiment(self, config, seed):
        """Returns the Experiment of a judge."""
        (name, content), = self.judge['experiment'].items()
        return self._resolve(name, content, config, seed)

    def _resolve(self, name, content, config, seed, settings=None):
        # One shard: runs come to the same bits on one core each and on all cores.
        hparams = {'batch_shards': 1, **content['hparams'], **self.hparams, **(settings or {})}
        experiment = resolve_experiment(None, config, '', seed, {
            'name': name, 'method': content['method'], 'hparams': hparams})
        experiment.builder(self.num_training_steps)
        return experiment


def read_study(path):
    """Returns the Study of a file, or of the one of that name that comes with the package.

    Raises:
        UserError: If the file is missing, a key is unknown, a value is out of range, or two
            contradict each other.
    """
    path = find_file(path, f'{FOLDER}/studies', '.yaml')
    content = read_yaml(path, Study._fields)
    try:
        study = _resolve(content, path.parent.absolute())
        _check(study)
    except UserError as error:
        raise UserError(f'{path}: {error}') from error
    return study


def _resolve(content, folder):
    """Returns the Study of a file's content, every default filled in."""
    content = {name: value for name, value in content.items() if value is not None}
    for name in ('data', 'experiments'):
        if not content.get(name):
            raise UserError(f'it has no {name!r}')
    for name, kind in Study.__annotations__.items():
        _check_kind(name, content.get(name), kind)
    study = Study(**content)
    study = study._replace(
        data=_resolve_data(study, folder), experiments=_experiments(study.experiments, folder),
        configs=list(study.configs), hparams=_hparams(study.hparams),
        search_seeds=list(study.search_seeds),
        search_steps=study.search_steps or study.num_training_steps,
        generate=_options('generate', study.generate, _GENERATE),
        analysis=_options('analysis', study.analysis, _ANALYSIS),
        margins=choose_margins(study.margins))
    _check_grid(study)
    first = max(study.search_seeds, default=0) + 1 if study.has_search else 0
    study = study._replace(seeds=study.seeds or [first])
    return study._replace(judge=_judge(study, folder))


def _check_kind(name, value, kind):
    """Raises UserError if a value of the file is of another kind than the field of Study."""
    kinds = {dict: 'mapping', list: 'list', int: 'whole number', bool: 'true or false'}
    allowed = {'experiments': (dict, list), 'hparams': (dict, str), 'judge': (dict, bool)}.get(
        name, (kind,))
    is_number = kind is int and isinstance(value, bool)
    if value is not None and (not isinstance(value, allowed) or is_number):
        raise UserError(f'{name} is {value!r}, which is no {kinds[kind]}')


def _options(name, given, defaults):
    for key in given:
        if key not in defaults:
            raise unknown_name(f'key of {name}', key, defaults)
    return {**defaults, **given}


def _resolve_data(study, folder):
    """Returns the flags of create_dataset: three parts and one for the judge if not said."""
    data = {name: value for name, value in study.data.items() if value is not None}
    for key in data:
        if key not in _DATA_KEYS:
            raise unknown_name('key of data', key, _DATA_KEYS)
        is_number = isinstance(data[key], int | float)
        if not (is_number or key in _TEXTS or data[key] == _PARTS.get(key)):
            raise UserError(f'data: {key} is {data[key]!r}, which is no number')
    if not data.get('input'):
        raise UserError("data has no 'input'")
    if study.judge is False and data.get('judge_ratio'):
        raise UserError(f'judge: no, but data has judge_ratio: {data["judge_ratio"]}')
    parts = {**_PARTS, **({'judge_ratio': 0} if study.judge is False else {})}
    for base in (folder, Path.cwd()):
        if (base / str(data['input'])).exists():
            data['input'] = str(base / str(data['input']))
    return {**parts, **data}


def _hparams(value):
    return parse_hparams(value) if isinstance(value, str) else value


def _experiments(value, folder):
    """Returns dict of name to dict with method and hparams."""
    if isinstance(value, list):
        named = [(printable(Path(str(each)).stem), each) for each in value]
    else:
        named = list(value.items())
    names = [name for name, _ in named]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f'experiments has {name!r} twice')
    return {name: _experiment(name, each, folder) for name, each in named}


def _experiment(name, content, folder):
    if not isinstance(content, dict):
        content = read_yaml(find_file(str(content), FOLDER, '.yaml', folder), FILE_KEYS)
    for key in content:
        if key not in FILE_KEYS:
            raise unknown_name(f'key of the experiment {name!r}:', key, FILE_KEYS)
    return {'method': content.get('method', 'teacher_forcing'),
            'hparams': _hparams(content.get('hparams') or {})}


def _check_grid(study):
    """Raises UserError for a grid that does not fit, or unequal numbers of trials."""
    for name, settings in study.grid.items():
        if name not in study.experiments:
            raise unknown_name('experiment of grid', name, study.experiments)
        if not isinstance(settings, dict) or not all(
                isinstance(values, list) and values for values in settings.values()):
            raise UserError(f'grid: {name} must be a mapping of hparams to lists of values')
    counts = {name: len(study.trials(name)) for name in study.experiments}
    if len(set(counts.values())) > 1 and not study.unequal_trials:
        said = ', '.join(f'{name} {count}' for name, count in counts.items())
        raise UserError(f'the experiments have unequal numbers of trials ({said}): a method that '
                        'is searched longer looks better; give each as many, or '
                        'unequal_trials: true')


def _judge(study, folder):
    """Returns the resolved judge, False where there is none."""
    if not study.data['judge_ratio']:
        if study.judge:
            raise UserError('there is a judge, but data has judge_ratio: 0')
        return False
    judge = _options('judge', study.judge if isinstance(study.judge, dict) else {}, _JUDGE)
    given = judge['experiment']
    if isinstance(given, str) and given in study.experiments:
        given = {given: study.experiments[given]}
    given = given if isinstance(given, dict) else [given]
    return {'experiment': _experiments(given, folder),
            'seeds': judge['seeds'] or [max([*study.search_seeds, *study.seeds]) + 1]}


def _check(study):
    """Raises UserError for the first value out of range, or that contradicts another."""
    check_least(study, num_training_steps=1, search_steps=1, eval_every=1,
                early_stopping_patience=0)
    seeds = {'seeds': study.seeds, 'search_seeds': study.search_seeds,
             **({'judge: seeds': study.judge['seeds']} if study.judge else {})}
    for name, values in seeds.items():
        if not values or len({*values}) < len(values) or not all(
                type(seed) is int and seed >= 0 for seed in values):
            raise UserError(f'{name}: {values} must be different whole numbers, 0 or more')
    both = sorted({*study.seeds} & {*study.search_seeds})
    if study.has_search and both:
        raise UserError(f'seed {both[0]} is in seeds and in search_seeds: final runs need fresh '
                        'seeds, or what was chosen by luck looks good again')
    for share in study.shares:
        if type(share) not in (int, float) or not 0 < share <= 1:
            raise UserError(f'data: training_share {share!r} is not in (0, 1]')
    for config in study.configs:
        for name in study.experiments:
            for settings in study.trials(name):
                study.experiment(name, config, 0, settings)
        if study.judge:
            study.judge_experiment(config, 0)
