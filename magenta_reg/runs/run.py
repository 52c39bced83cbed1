"""A run folder: its settings, its figures, its checkpoints."""

import csv
import shutil
from pathlib import Path

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import LOCK_FILE, make_folder, replacing
from magenta_reg.runs.checkpoints import newest_checkpoint
from magenta_reg.runs.config import read_yaml, write_yaml

CONFIG_KEYS = ('name', 'method', 'config', 'seed', 'hparams', 'data', 'warm_start')


class Run:
    """The folder of one training run.

    Attributes:
        folder: Path.
        config_path: Path of config.yaml, the resolved experiment.
        metrics_path: Path of metrics.csv.
        timing_path: Path of timing.csv: what differs between equal runs.
        train_dir: Path of checkpoints and TensorBoard events, where stock Magenta looks, too.
        eval_dir: Path of evaluation's TensorBoard events.
        best_dir: Path of the checkpoint with the lowest evaluation loss.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.config_path = self.folder / 'config.yaml'
        self.metrics_path = self.folder / 'metrics.csv'
        self.timing_path = self.folder / 'timing.csv'
        self.train_dir = self.folder / 'train'
        self.eval_dir = self.folder / 'eval'
        self.best_dir = self.folder / 'best'

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
        stored = {key: self.read_config().get(key) for key in config}
        if 'data' in config:  # The training file decides; what else is recorded of it may be new.
            stored['data'] = {'train': (stored['data'] or {}).get('train')}
            config = {**config, 'data': {'train': config['data']['train']}}
        differences = list(_differences(stored, config))
        if differences:
            raise UserError(f'{self.folder} was started with other settings: '
                            f'{"; ".join(differences)}. Give its own settings, another --run_dir, '
                            'or --overwrite to start anew')

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

    def check_clear(self):
        """Raises UserError if the folder holds anything and is no run's."""
        if self.exists() or not self.folder.is_dir():
            return
        if any(path.name != LOCK_FILE for path in self.folder.iterdir()):
            raise UserError(f'{self.folder} is no run folder and not empty: --overwrite leaves it '
                            'alone; give another --run_dir')

    def clear(self):
        """Removes what a run writes and nothing else.

        Raises:
            UserError: If the folder holds anything and is no run's.
        """
        self.check_clear()
        for folder in (self.train_dir, self.eval_dir, self.best_dir):
            if folder.exists():
                shutil.rmtree(folder)
        # The settings go last: until then it is still a run's folder.
        for path in (self.metrics_path, self.timing_path, self.config_path):
            path.unlink(missing_ok=True)

    def latest_checkpoint(self):
        """Returns the newest whole checkpoint's path prefix as str, or None if there is none."""
        return newest_checkpoint(self.train_dir)

    def best_checkpoint(self):
        """Returns the path prefix of the checkpoint with the lowest evaluation loss.

        Raises:
            UserError: If there is none.
        """
        checkpoint = newest_checkpoint(self.best_dir)
        if not checkpoint:
            raise UserError(f'{self.folder} has no checkpoint in best/: train it with '
                            '--eval_sequence_example_file')
        return checkpoint

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
        self._columns = list(dict.fromkeys([*(rows[0] if rows else self.COLUMNS), *own_columns]))
        self._remember(rows)
        self._write(rows)

    def drop_after(self, last_step):
        """Drops the rows after `last_step`: training goes on from there."""
        rows = [row for row in read_metrics(self._path) if int(row['step']) <= last_step]
        self._remember(rows)
        self._write(rows)

    def losses(self, split):
        """Returns dict of int, the step, to float, the loss."""
        return {int(step): loss for (step, row_split), loss in self._known.items()
                if row_split == split}

    def append(self, step, split, **figures):
        """Adds a row, unless the step and split have one; floats keep all their digits."""
        key = (str(step), split)
        if key in self._known:
            return
        self._known[key] = figures['loss']
        with open(self._path, 'a', newline='') as file:
            self._writer(file).writerow({'step': step, 'split': split, **figures})

    def _remember(self, rows):
        self._known = {(row['step'], row['split']): float(row['loss']) for row in rows}

    def _write(self, rows):
        with replacing(self._path) as temporary, open(temporary, 'w', newline='') as file:
            writer = self._writer(file)
            writer.writeheader()
            writer.writerows(rows)

    def _writer(self, file):
        return csv.DictWriter(file, self._columns, restval='', lineterminator='\n')


def read_metrics(path):
    """Returns the rows of a metrics.csv as dicts of str; none if there is no file.

    A last line that is still being written is left out.
    """
    path = Path(path)
    if not path.exists():
        return []
    with open(path, newline='') as file:
        text = file.read()
    return list(csv.DictReader(text[:text.rfind('\n') + 1].splitlines()))
