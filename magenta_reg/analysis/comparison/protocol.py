"""How settings were searched for before the runs that are compared: a protocol file, as JSON."""

import json
from typing import NamedTuple

from magenta_reg.base.errors import UserError, explain, unknown_name
from magenta_reg.base.files import printable


class Trial(NamedTuple):
    """One training of the search, judged by its validation loss.

    Attributes:
        config, experiment: str, its encoding and its method.
        share: float, of the training melodies.
        settings: dict of name to value, what was searched for.
        seed, steps: int; steps are its updates.
        loss, best_step: float and int, the lowest validation loss in nats per event and its
            update; None if there is none.
        error: str, why it failed, or None.
        chosen: bool, whether final runs have its settings.
        run_dir: str.
    """

    config: str
    experiment: str
    share: float | int
    settings: dict
    seed: int
    steps: int
    loss: float | int | None
    best_step: int | None
    error: str | None
    chosen: bool
    run_dir: str


class MissingRun(NamedTuple):
    """A run that should be in the comparison and failed."""

    name: str
    error: str


class Protocol(NamedTuple):
    """What a protocol file says: lists of Trial and of MissingRun."""

    trials: list
    missing: list

    def num_trials(self, group, setting=None):
        """Returns how many trials a Group's method had; all of them must have had the setting."""
        own = [trial for trial in self.trials
               if (trial.config, trial.experiment) == (group.encoding, group.method)]
        return len(own) if all(setting in (None, *trial.settings) for trial in own) else 0

    def notes(self):
        """Returns a line for each missing run."""
        return [f'left out: {each.name}: {explain(each.error)}' for each in self.missing]


def read_protocol(path):
    """Returns the Protocol of a file, or UserError."""
    try:
        with open(path, encoding='utf-8') as file:
            content = json.load(file)
    except OSError as error:
        raise UserError(f'--protocol: cannot read {printable(path)}: {error.strerror}') from error
    except ValueError as error:
        raise UserError(f'--protocol: {printable(path)} is not valid JSON: {error}') from error
    place = f'--protocol: {printable(path)}'
    found = _record(Protocol, content, place)
    return Protocol(*([_record(kind, each, f'{place}, {name} {number}')
                       for number, each in enumerate(getattr(found, name), start=1)]
                      for name, kind in (('trials', Trial), ('missing', MissingRun))))


def _record(kind, content, place):
    """Returns a NamedTuple of a JSON object that has its fields, of their types, and no others."""
    if not isinstance(content, dict):
        raise UserError(f'{place} must be an object with {", ".join(kind._fields)}')
    for key in content:
        if key not in kind._fields:
            raise UserError(f'{place}: {unknown_name("key", key, kind._fields)}')
    for name, expected in kind.__annotations__.items():
        if name not in content:
            raise UserError(f'{place} has no {name!r}')
        if not isinstance(content[name], expected):
            raise UserError(f'{place}: {name} {content[name]!r} should be '
                            f'{getattr(expected, "__name__", expected)}')
    return kind(**content)
