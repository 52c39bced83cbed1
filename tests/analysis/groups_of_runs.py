"""Groups with run folders and small models, without TensorFlow."""

from types import SimpleNamespace

from magenta_reg.analysis.comparison.runs import Group
from tests.analysis.fake_runs import MarkovModel


def make_group(method, models=(), run_dirs=None, encoding='basic_rnn'):
    """Returns a Group of one run a model, or a folder."""
    run_dirs = list(run_dirs or [None] * len(models))
    models = list(models) or [MarkovModel(None, method, seed) for seed in range(len(run_dirs))]
    runs = [SimpleNamespace(label=f'{method} (seed {seed})', method=method, run_dir=run_dir,
                            model=model)
            for seed, (model, run_dir) in enumerate(zip(models, run_dirs, strict=True))]
    return Group(method, method, encoding, runs, list(range(len(runs))), 'aa')


def write_evaluations(folder, evaluation, training=None, magenta=None, start=100):
    """Writes a metrics.csv with evaluation rows every 100 updates; returns the folder."""
    folder.mkdir(parents=True)
    lines = ['step,split,loss,train_loss_exact,loss_magenta', '50,train,9,,']
    blank = [''] * len(evaluation)
    for index, row in enumerate(zip(evaluation, training or blank, magenta or blank,
                                    strict=True)):
        lines.append(','.join(map(str, [start + 100 * index, 'eval', *row])))
    (folder / 'metrics.csv').write_text('\n'.join(lines) + '\n')
    return folder
