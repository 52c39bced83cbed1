"""A run folder: its settings, its figures, its checkpoints."""

import csv
from pathlib import Path

from magenta_reg.compat import tf
from magenta_reg.config import read_yaml, write_yaml
from magenta_reg.errors import UserError
from magenta_reg.files import make_folder, replacing

CONFIG_KEYS = ('name', 'method', 'config', 'seed', 'hparams', 'data', 'warm_start')


class Run:
    """The folder of one training run.

    Attributes:
        folder: Path.
        config_path: Path of config.yaml, the resolved experiment.
        metrics_path: Path of metrics.csv.
        train_dir: Path of checkpoints and TensorBoard events, where stock Magenta looks, too.
        eval_dir: Path of evaluation's TensorBoard events.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.config_path = self.folder / 'config.yaml'
        self.metrics_path = self.folder / 'metrics.csv'
        self.train_dir = self.folder / 'train'
        self.eval_dir = self.folder / 'eval'

    def exists(self):
        """Returns whether a run was started here."""
        return self.config_path.exists()

    def read_config(self):
        """Returns the content of config.yaml.

        Raises:
            UserError: If no run was started here.
        """
        if not self.exists():
            raise UserError(f'{self.folder} is no run folder: it has no config.yaml '
                            '(melody_rnn_reg_train makes one)')
        content = read_yaml(self.config_path, CONFIG_KEYS)
        missing = [key for key in CONFIG_KEYS[:5] if key not in content]
        if missing:
            raise UserError(f'{self.config_path} has no {missing[0]!r}')
        return content

    def check(self, config):
        """Raises UserError if the run was started with other settings than `config`, a dict."""
        stored = self.read_config()
        differences = list(_differences({key: stored.get(key) for key in config}, config))
        if differences:
            raise UserError(f'{self.folder} was started with other settings: '
                            f'{"; ".join(differences)}. Give its own settings or another --run_dir')

    def start(self, config):
        """Makes the folder and writes config.yaml, or checks that it holds the same settings.

        Args:
            config: dict, as config.yaml holds it.

        Raises:
            UserError: If the run was started with other settings; nothing is changed then.
        """
        is_new = not self.exists()
        if not is_new:
            self.check(config)
        for folder in (self.folder, self.train_dir, self.eval_dir):
            make_folder(folder)
        if is_new:
            write_yaml(self.config_path, config)

    def latest_checkpoint(self):
        """Returns the newest checkpoint's path prefix as str, or None."""
        return tf.train.latest_checkpoint(str(self.train_dir))

    def require_checkpoint(self):
        """Returns the newest checkpoint's path prefix.

        Raises:
            UserError: If there is none.
        """
        checkpoint = self.latest_checkpoint()
        if not checkpoint:
            raise UserError(f'{self.folder} has no checkpoint in train/: train it first '
                            '(melody_rnn_reg_train)')
        return checkpoint


def checkpoint_step(checkpoint):
    """Returns the global step in a checkpoint's name, 'model.ckpt-300'."""
    return int(str(checkpoint).rsplit('-', 1)[1])


def _differences(old, new, prefix=''):
    """Yields 'name: old value, now new value' for each leaf in which two mappings differ."""
    for key in dict.fromkeys([*old, *new]):
        old_value, new_value = old.get(key), new.get(key)
        if isinstance(old_value, dict) and isinstance(new_value, dict):
            yield from _differences(old_value, new_value, f'{prefix}{key}.')
        elif old_value != new_value:
            yield f'{prefix}{key}: {old_value!r}, now {new_value!r}'


class Metrics:
    """metrics.csv: one row a step and split, written as training goes.

    Columns: step, split (train or eval), loss (nats per event), accuracy, perplexity, then the
    method's own figures, empty where they do not apply.
    """

    COLUMNS = ('step', 'split', 'loss', 'accuracy', 'perplexity')

    def __init__(self, path, own_columns=()):
        """Opens the file for appending, and makes it if there is none.

        Args:
            path: Path.
            own_columns: sequence of str, the method's own figures.
        """
        self._path = Path(path)
        rows = read_metrics(path)
        self._columns = list(rows[0]) if rows else [*self.COLUMNS, *own_columns]
        self._known = {(row['step'], row['split']) for row in rows}
        if not rows:
            self._write([])

    def drop_after(self, last_step):
        """Drops the rows after `last_step`: training goes on from there."""
        rows = [row for row in read_metrics(self._path) if int(row['step']) <= last_step]
        self._known = {(row['step'], row['split']) for row in rows}
        self._write(rows)

    def append(self, step, split, **figures):
        """Adds a row, unless the step and split have one; floats keep all their digits."""
        key = (str(step), split)
        if key in self._known:
            return
        self._known.add(key)
        with open(self._path, 'a', newline='') as file:
            self._writer(file).writerow({'step': step, 'split': split, **figures})

    def _write(self, rows):
        with replacing(self._path) as temporary, open(temporary, 'w', newline='') as file:
            writer = self._writer(file)
            writer.writeheader()
            writer.writerows(rows)

    def _writer(self, file):
        return csv.DictWriter(file, self._columns, restval='', lineterminator='\n')


def read_metrics(path):
    """Returns the rows of a metrics.csv as dicts of str; none if there is no file."""
    path = Path(path)
    if not path.exists():
        return []
    with open(path, newline='') as file:
        return list(csv.DictReader(file))
