"""Groups: the runs of one method that differ in nothing but the seed."""

from typing import NamedTuple

from magenta_reg.config import read_yaml
from magenta_reg.runs import CONFIG_KEYS, Run

# What decides a group; the seed does not, nor do names of files.
_SETTINGS = ('name', 'method', 'config', 'hparams', 'data', 'warm_start')


class Group(NamedTuple):
    """Runs of one method and of the same settings.

    Attributes:
        label: str, unlike every other group's: the method, with what differs where needed.
        method: str, the runs' method.
        encoding: str, a MelodyRNN config.
        runs: list of ComparedRun, one a seed.
        seeds: list of int, of the runs.
        training_data: str, SHA-256 of the training examples; empty if it was not recorded.
    """

    label: str
    method: str
    encoding: str
    runs: list
    seeds: list
    training_data: str

    @property
    def n_seeds(self):
        """int, runs."""
        return len(self.runs)


def group_runs(runs):
    """Puts runs together that differ in their seed alone.

    Of several runs with the same settings and the same seed only the first is kept: they are one
    network twice. `notes_on` names what was left out.

    Args:
        runs: list of ComparedRun.

    Returns:
        list of Group, in the order in which they come first.
    """
    settings = [_settings(run) for run in runs]
    found = {}
    for run, own in zip(runs, settings, strict=True):
        seeds = found.setdefault(_key(own), (own, {}))[1]
        seeds.setdefault(run.model.seed, run)
    return [Group(label, first.method, first.model.encoding.name, list(seeds.values()),
                  list(seeds), own.get('data.train', ''))
            for label, (own, seeds) in zip(_labels([own for own, _ in found.values()]),
                                           found.values(), strict=True)
            for first in [next(iter(seeds.values()))]]


def by_encoding(groups):
    """Returns dict of encoding to list of Group: only within one do likelihoods compare."""
    found = {}
    for group in groups:
        found.setdefault(group.encoding, []).append(group)
    return found


def notes_on(groups, runs):
    """Says what limits a comparison, in sentences.

    Args:
        groups: list of Group, of `runs`.
        runs: list of ComparedRun.

    Returns:
        list of str, none if nothing does.
    """
    notes = []
    single = [group.label for group in groups if group.n_seeds == 1]
    if single:
        notes.append(f'One seed only of {", ".join(single)}: their intervals and tests are over '
                     'melodies alone and speak of these networks, not of the method.')
    encodings = by_encoding(groups)
    if len(encodings) > 1:
        notes.append(f'Runs of different encodings ({", ".join(encodings)}): these have other '
                     'classes, so their losses and likelihoods do not compare and are in '
                     'separate tables.')
    if len({group.training_data for group in groups if group.training_data}) > 1:
        notes.append('Runs trained on different data: differences between them may be those of '
                     'the data.')
    kept = {run.label for group in groups for run in group.runs}
    twice = [run.label for run in runs if run.label not in kept]
    if twice:
        notes.append(f'Left out, because a run of the same settings and seed is there: '
                     f'{", ".join(twice)}.')
    return notes


def _settings(run):
    """Returns the settings of a run's config.yaml, flat: dict of dotted name to value."""
    content = read_yaml(Run(run.run_dir).config_path, CONFIG_KEYS)
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


def _key(settings):
    return tuple(sorted((name, repr(value)) for name, value in settings.items()))


def _labels(all_settings):
    """Names each group: the method, with the settings in which it differs from its namesakes."""
    labels = []
    for own in all_settings:
        others = [each for each in all_settings if each['name'] == own['name']]
        names = dict.fromkeys(name for each in others for name in each)
        differing = [name for name in names
                     if len({repr(each.get(name)) for each in others}) > 1]
        said = ', '.join(_said(name, own.get(name)) for name in differing)
        labels.append(f'{own["name"]} ({said})' if said else own['name'])
    return labels


def _said(name, value):
    if name == 'config':
        return str(value)
    if name == 'data.train':
        return f'data {str(value)[:8]}'
    return f'{name.removeprefix("hparams.")}={value}'
