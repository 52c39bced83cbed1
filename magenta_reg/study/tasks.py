"""One run of a study as plain data, and the function that makes it, wherever it is called."""

import shutil
from typing import NamedTuple

from threadpoolctl import threadpool_limits

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import make_folder, read_json, write_json
from magenta_reg.codec.encodings import get_encoding
from magenta_reg.dataset.examples import read_examples
from magenta_reg.generation.primer_pool import choose_primers
from magenta_reg.generation.stream import Request
from magenta_reg.generation.to_files import GENERATED_TABLE, generate_files
from magenta_reg.model.experiment import Experiment
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.metrics import Metrics
from magenta_reg.runs.run import Run
from magenta_reg.training.train import Schedule, train

TASK, FINISHED, FAILED = 'task.json', 'finished.json', 'failed.json'
GENERATED = 'generated'
_ATTEMPTS = 2


class Task(NamedTuple):
    """A run to train, and melodies to generate from it. It can be pickled, and is JSON."""

    name: str  # Its folder below the study's: 'runs/basic_rnn/dropout_seed1'.
    experiment: dict  # As Experiment.to_dict.
    training_file: str  # Below the study's folder, as eval_file.
    eval_file: str
    data: dict  # The SHA-256 of both files: train, eval.
    schedule: dict  # Of Schedule.
    generate: dict | None = None  # num_outputs and num_steps, or None for no melodies.

    @property
    def label(self):
        """Its name without the folders."""
        return self.name.rpartition('/')[2]


def execute(folder, task):
    """Trains a run as far as it is not yet, and generates its melodies.

    It writes in its own folder alone and can be killed anywhere and started again: it ends with
    the same bits. A run of other settings in its folder is replaced.

    Args:
        folder: Path of the study.
        task: Task.
    """
    if is_finished(folder, task):
        return
    run = Run(make_folder(folder / task.name))
    # Sums of NumPy's are rounded by thread, too.
    with threadpool_limits(1):
        result = _train(folder, run, task)
        if task.generate:
            _generate(run, task)
    losses = Metrics(run.metrics_path).losses('eval')
    write_json(run.folder / FINISHED, {
        'task': task._asdict(), 'step': result.step, 'best_step': result.best_step,
        'loss': losses[result.best_step], 'is_early': result.is_early, 'acted': result.acted})


def is_finished(folder, task):
    """Returns whether a Task is done with these settings and data."""
    return read_finished(folder, task) is not None


def read_finished(folder, task):
    """Returns what `execute` wrote of a Task at its end, or None."""
    found = read_json(folder / task.name / FINISHED)
    return found if found and found['task'] == task._asdict() else None


def read_failure(folder, task):
    """Returns how often a Task with these settings failed, and why the last time: (int, str)."""
    found = read_json(folder / task.name / FAILED)
    return (found['attempts'], found['error']) if found and found['task'] == task._asdict() else (
        0, None)


def write_failure(folder, task, error):
    """Adds to the failures of a Task, str of one line; None forgets them."""
    path = folder / task.name / FAILED
    if error is None:
        path.unlink(missing_ok=True)
        return
    attempts, _ = read_failure(folder, task)
    make_folder(path.parent)
    write_json(path, {'task': task._asdict(), 'attempts': attempts + 1, 'error': error})


def is_given_up(folder, task):
    """Returns whether a Task has failed as often as it is tried."""
    return read_failure(folder, task)[0] >= _ATTEMPTS


def _train(folder, run, task):
    """Trains, and returns the TrainingResult."""
    encoding = get_encoding(task.experiment['config'])
    examples = [read_examples(folder / file, encoding)
                for file in (task.training_file, task.eval_file)]
    for name, found in zip(('train', 'eval'), examples, strict=True):
        if found.sha256 != task.data[name]:
            raise UserError(f'{found.path} is not the file that the study was planned with')
    _clear_other(run, task)
    write_json(run.folder / TASK, task._asdict())
    experiment = Experiment(task.experiment['name'], task.experiment['method'], encoding,
                            task.experiment['hparams'], task.experiment['seed'])
    return train(run, experiment, *examples, Schedule(**task.schedule))


def _clear_other(run, task):
    """Removes what the folder holds of a run that does not go on as this one."""
    before = read_json(run.folder / TASK)
    with run.locked():
        (run.folder / FINISHED).unlink(missing_ok=True)
        if run.exists() and not (before and _goes_on(Task(**before), task)):
            run.clear()
            shutil.rmtree(run.folder / GENERATED, ignore_errors=True)


def _goes_on(before, task):
    """Returns whether training goes on from what an earlier Task of the same folder left.

    That is so if nothing changed, or more updates are asked for, none of the hparams is a share of
    them, and the earlier end left no row in metrics.csv that a longer training has not.
    """
    if before._replace(generate=task.generate) == task:
        return True
    steps = before.schedule['num_training_steps']
    longer = before._replace(
        schedule={**before.schedule, 'num_training_steps': task.schedule['num_training_steps']},
        generate=task.generate)
    shares = [value for name, value in task.experiment['hparams'].items()
              if name.endswith('_share') and value]
    schedule = Schedule(**task.schedule)
    return (longer == task and steps < schedule.num_training_steps and not shares
            and steps % schedule.eval_every == steps % schedule.summary_frequency == 0)


def _generate(run, task):
    """Generates melodies of a run's newest checkpoint, unless they are there."""
    model = MelodyModel.from_run(run.folder)
    folder = run.folder / GENERATED / f'step_{model.step}'
    request = Request(seed=model.seed, **task.generate)
    before = read_json(folder / TASK)
    if (folder / GENERATED_TABLE).exists() and before == task.generate:
        return
    primers = choose_primers(model.encoding, request)
    # Files without a record are of a study that was killed.
    generate_files(model, primers.by_row, folder, request, overwrite=True)
    write_json(folder / TASK, task.generate)
