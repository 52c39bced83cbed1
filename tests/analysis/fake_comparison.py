"""What sections work on, of fake_runs' models."""

from magenta_reg.analysis.comparison.cache import Cache
from magenta_reg.analysis.comparison.comparison import compare
from magenta_reg.analysis.comparison.held_out import choose_held_out
from magenta_reg.analysis.comparison.runs import group_runs, load_runs, read_melodies
from tests.analysis.fake_runs import make_runs


def make_comparison(folder, monkeypatch, models, melodies, *, has_training=False, num_melodies=20,
                    num_steps=40, num_continuations=2):
    """Returns the Comparison of a comparison of models, with 16 events of each melody given.

    Args:
        folder: Path, empty.
        monkeypatch: pytest.MonkeyPatch.
        models: list of MarkovModel.
        melodies: list of int32 arrays, held out and, with `has_training`, trained on.
    """
    runs, checkpoint, _ = load_runs(make_runs(folder, monkeypatch, models, melodies))
    examples = read_melodies('D/eval.tfrecord', runs)
    training = read_melodies('D/training.tfrecord', runs) if has_training else None
    held_out = choose_held_out(examples.events, num_melodies, num_steps, 16, 0)
    return compare(group_runs(runs), held_out, examples, training, 0, Cache(folder / 'cache'),
                   lambda: None, num_continuations=num_continuations, checkpoint=checkpoint)


def table_of(section, name):
    """Returns dict of a table's rows by their first cell, each a dict of column to cell."""
    table = next(table for table in section.tables if table.name == name)
    return {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
