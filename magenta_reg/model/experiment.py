"""An experiment: a method, an encoding, hparams and a seed, from files and flags."""

from pathlib import Path
from typing import NamedTuple

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import printable
from magenta_reg.base.shipped import find_file
from magenta_reg.codec.encodings import MAGENTA_HPARAMS, TRAINING_HPARAMS, Encoding, get_encoding
from magenta_reg.methods import get_method
from magenta_reg.runs.config import merge_hparams, parse_hparams, read_yaml

FILE_KEYS = ('method', 'config', 'hparams')
FOLDER = 'configs'


class Experiment(NamedTuple):
    """Everything that decides a training run but its data."""

    name: str  # For reports: the stem of the experiment file, or the method.
    method: str  # A key of METHODS.
    encoding: Encoding
    hparams: dict  # Every hparam of Magenta's and of the method.
    seed: int

    def builder(self, num_training_steps=None):
        """Returns the method's graph builder, see MelodyRnnGraph; UserError for a wrong hparam."""
        return get_method(self.method)(self.encoding, self.hparams, self.seed, num_training_steps)

    def to_dict(self):
        """Returns what config.yaml holds of it."""
        return {'name': self.name, 'method': self.method, 'config': self.encoding.name,
                'seed': self.seed, 'hparams': self.hparams}

    @classmethod
    def from_run(cls, run):
        """Returns the Experiment that a Run was started with; UserError if it cannot be read."""
        content = run.read_config()
        encoding, method = get_encoding(content['config']), content['method']
        hparams = merge_hparams(default_hparams(encoding, method), content['hparams'])
        return cls(content['name'], method, encoding, hparams, content['seed'])


def default_hparams(encoding, method):
    """Returns every hparam of an encoding and a method with its default."""
    return {**MAGENTA_HPARAMS, **TRAINING_HPARAMS, **encoding.hparams,
            **get_method(method).HPARAMS}


def resolve_experiment(file=None, config=None, hparams='', seed=0, implied=None):
    """Makes an Experiment; flags go over the file, the file over the defaults.

    Args:
        file: Path of a YAML file with method, config and hparams, the name of one that comes with
            the package ('dropout'), or None for Magenta's training.
        config: str or None, a MelodyRNN config.
        hparams: str, Magenta's 'name=value,...'.
        seed: int.
        implied: dict, name, method, config and hparams to take where neither says otherwise.

    Raises:
        UserError: If anything is unknown or out of range.
    """
    content = read_yaml(find_file(file, FOLDER, '.yaml'), FILE_KEYS) if file else {}
    implied = implied or {}
    config = config or content.get('config') or implied.get('config')
    if not config:
        raise UserError('--config is required (basic_rnn, mono_rnn, lookback_rnn or '
                        'attention_rnn), or an --experiment that names one')
    method = content.get('method', implied.get('method', 'teacher_forcing'))
    encoding = get_encoding(config)
    merged = merge_hparams(default_hparams(encoding, method), implied.get('hparams') or {},
                           content.get('hparams') or {}, parse_hparams(hparams))
    name = printable(Path(file).stem) if file else implied.get('name', method)
    experiment = Experiment(name, method, encoding, merged, seed)
    experiment.builder()
    return experiment


def experiment_of_run(run, file=None, config=None, hparams='', seed=None):
    """Returns the Experiment of a Run, or makes one for a run that is yet to start.

    The other arguments are those of `resolve_experiment`; None says nothing.

    Raises:
        UserError: If what is given contradicts the run that is there.
    """
    if not run.exists():
        return resolve_experiment(file, config, hparams, seed or 0)
    stored = Experiment.from_run(run)
    given = resolve_experiment(file, config or stored.encoding.name, hparams,
                               stored.seed if seed is None else seed,
                               None if file else stored.to_dict())
    run.check(given.to_dict(), default_hparams(given.encoding, given.method))
    return stored
