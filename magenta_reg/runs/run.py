"""A run folder: which file is where, its settings, its lock."""

import shutil
from pathlib import Path

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import locked, make_folder
from magenta_reg.runs.checkpoints import newest_checkpoint
from magenta_reg.runs.config import read_yaml, write_yaml

CONFIG_KEYS = ('name', 'method', 'config', 'seed', 'hparams', 'data', 'warm_start',
               'num_training_steps')

NEWEST, BEST = 'newest', 'best'
CHECKPOINTS = (NEWEST, BEST)

_LOCK_NAME = '.lock'


class Run:
    """The folder of one training run; its attributes are Paths."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.config_path = self.folder / 'config.yaml'  # The resolved experiment.
        self.metrics_path = self.folder / 'metrics.csv'
        self.timing_path = self.folder / 'timing.csv'  # What differs between equal runs.
        # Checkpoints and TensorBoard events, where stock Magenta looks for them, too.
        self.train_dir = self.folder / 'train'
        self.eval_dir = self.folder / 'eval'
        self.best_dir = self.folder / 'best'  # The checkpoint of the lowest evaluation loss.

    def exists(self):
        """Returns whether a run was started here."""
        return self.config_path.exists()

    def read_config(self):
        """Returns the content of config.yaml; UserError if no run was started here."""
        if not self.exists():
            raise UserError(f'{self.folder} is no run folder: it has no config.yaml '
                            '(melody_rnn_reg_train makes one)')
        content = read_yaml(self.config_path, CONFIG_KEYS)
        missing = [key for key in CONFIG_KEYS[:5] if key not in content]
        if missing:
            raise UserError(f'{self.config_path} has no {missing[0]!r}')
        return content

    def check(self, config, default_hparams=None):
        """Raises UserError if the run was started with other settings.

        Args:
            config: dict.
            default_hparams: dict, what a run that is older than an hparam was started with.
        """
        content = self.read_config()
        content['hparams'] = {**(default_hparams or {}), **(content['hparams'] or {})}
        stored = {key: content.get(key) for key in config}
        if 'data' in config:  # The training file decides; what else is recorded of it may be new.
            stored['data'] = {'train': (stored['data'] or {}).get('train')}
            config = {**config, 'data': {'train': config['data']['train']}}
        differences = list(_differences(stored, config))
        if differences:
            raise UserError(f'{self.folder} was started with other settings: '
                            f'{"; ".join(differences)}. Give its own settings, another --run_dir, '
                            'or --overwrite to start anew')

    def start(self, config, default_hparams=None):
        """Makes the folder and writes config.yaml, or first checks one that is there."""
        is_new = not self.exists()
        if not is_new:
            self.check(config, default_hparams)
        for folder in (self.folder, self.train_dir, self.eval_dir):
            make_folder(folder)
        if is_new:
            write_yaml(self.config_path, config)

    def locked(self):
        """Returns a context in which no other process can train the run; `Locked` if one does."""
        return locked(self.folder / _LOCK_NAME, lambda process: (
            f'{self.folder} is being trained by process {process}: wait for it, stop it, or give '
            'another --run_dir'))

    def check_clear(self):
        """Raises UserError if the folder holds anything and is no run's."""
        if self.exists() or not self.folder.is_dir():
            return
        if any(path.name != _LOCK_NAME for path in self.folder.iterdir()):
            raise UserError(f'{self.folder} is no run folder and not empty: --overwrite leaves it '
                            'alone; give another --run_dir')

    def clear(self):
        """Removes what a run writes and nothing else; UserError as `check_clear`."""
        self.check_clear()
        for folder in (self.train_dir, self.eval_dir, self.best_dir):
            if folder.exists():
                shutil.rmtree(folder)
        # The settings go last: until then it is still a run's folder.
        for path in (self.metrics_path, self.timing_path, self.config_path):
            path.unlink(missing_ok=True)

    def latest_checkpoint(self):
        """Returns the path prefix of the newest undamaged checkpoint, or None."""
        return newest_checkpoint(self.train_dir)

    def require_checkpoint(self, which=NEWEST):
        """Returns the path prefix of the 'newest' or 'best' checkpoint; UserError for none."""
        if which not in CHECKPOINTS:
            raise UserError(f'checkpoint={which!r} is unknown: give {" or ".join(CHECKPOINTS)}')
        checkpoint = (newest_checkpoint(self.best_dir) if which == BEST
                      else self.latest_checkpoint())
        if not checkpoint:
            raise UserError(f'{self.folder} has no checkpoint in ' + (
                'best/: train it with --eval_sequence_example_file' if which == BEST else
                'train/: train it first (melody_rnn_reg_train)'))
        return checkpoint


def _differences(old, new, prefix=''):
    """Yields 'name: old value, now new value' for each leaf in which two mappings differ."""
    for key in dict.fromkeys([*old, *new]):
        old_value, new_value = old.get(key), new.get(key)
        if isinstance(old_value, dict) and isinstance(new_value, dict):
            yield from _differences(old_value, new_value, f'{prefix}{key}.')
        elif old_value != new_value:
            yield f'{prefix}{key}: {old_value!r}, now {new_value!r}'
