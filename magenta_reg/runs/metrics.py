"""metrics.csv, and the tables like it that grow by a row as training goes."""

import csv
from pathlib import Path

from magenta_reg.base.files import naming, replacing

# The column of every method that does more than maximize the likelihood: the share of the updates
# of a row in which it did, a mean of 0 and 1.
ACTED = 'acted'


def read_metrics(path):
    """Returns the rows of a metrics.csv as dicts of str, without a last line that is incomplete."""
    path = Path(path)
    if not path.exists():
        return []
    with open(path, newline='') as file:
        text = file.read()
    return list(csv.DictReader(text[:text.rfind('\n') + 1].splitlines()))


def acted_share(path, last_step=None):
    """Returns the share of a training's updates in which its method acted, by its metrics.csv.

    `last_step` is an int, the last of these updates; None takes all.

    Returns:
        float in [0, 1], or None without the column: the likelihood alone was to train, or the run
        is older than the column.
    """
    rows = {int(row['step']): row.get(ACTED) for row in read_metrics(path)
            if row['split'] == 'train' and (last_step is None or int(row['step']) <= last_step)}
    num_updates, num_acted, before = 0, 0.0, 0
    for step, share in sorted(rows.items()):
        if share:
            num_updates += step - before
            num_acted += (step - before) * float(share)
        before = step
    return num_acted / num_updates if num_updates else None


def plateau_step(losses, patience):
    """Returns the step of the first evaluation that is `patience` after the lowest until then.

    `losses` is a dict of step to loss in the order of steps. Returns None if there is none.
    """
    best_index, best = 0, None
    for index, (step, loss) in enumerate(losses.items()):
        if best is None or loss < best:
            best_index, best = index, loss
        if index - best_index >= patience:
            return step
    return None


class StepTable:
    """A CSV table with a column `step` that rows are appended to.

    Attributes:
        rows: list of dict of str, what the file held and keeps.
    """

    def __init__(self, path, columns, last_step=None):
        """Opens the file, or makes it, with its own columns before new ones.

        Args:
            path: Path.
            columns: iterable of str.
            last_step: int, the rows of later steps are dropped; None keeps all.
        """
        self._path, rows = Path(path), read_metrics(path)
        self._columns = list(dict.fromkeys([*(rows[0] if rows else ()), *columns]))
        self.rows = [row for row in rows if last_step is None or int(row['step']) <= last_step]
        with replacing(path) as temporary, open(temporary, 'w', newline='') as file:
            writer = self._writer(file)
            writer.writeheader()
            writer.writerows(self.rows)

    def append(self, row):
        """Adds a row: a dict, in which columns may be missing."""
        with naming(self._path), open(self._path, 'a', newline='') as file:
            self._writer(file).writerow(row)

    def _writer(self, file):
        return csv.DictWriter(file, self._columns, restval='', lineterminator='\n')


class Metrics:
    """metrics.csv: a row a step and split.

    Columns: step, split (train or eval), loss (nats per event), accuracy, perplexity, then the
    method's own metrics, empty where they do not apply.
    """

    COLUMNS = ('step', 'split', 'loss', 'accuracy', 'perplexity')

    def __init__(self, path, own_columns=(), last_step=None):
        """Opens the file as `StepTable` does; `own_columns` are the method's own metrics."""
        self._table = StepTable(path, [*self.COLUMNS, *own_columns], last_step)
        self._losses = {(int(row['step']), row['split']): float(row['loss'])
                        for row in self._table.rows}

    def losses(self, split):
        """Returns the losses of a split: dict of int, the step, to float."""
        return {step: loss for (step, row_split), loss in self._losses.items()
                if row_split == split}

    def append(self, step, split, **metrics):
        """Adds a row, unless the step and split have one; floats keep all their digits."""
        if (step, split) not in self._losses:
            self._losses[step, split] = metrics['loss']
            self._table.append({'step': step, 'split': split, **metrics})
