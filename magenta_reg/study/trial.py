"""Short measured runs: how fast each experiment trains here, and how many runs side by side."""

import os
import resource
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import read_json, write_json
from magenta_reg.runs.metrics import read_metrics
from magenta_reg.runs.run import Run
from magenta_reg.study.local import run_tasks
from magenta_reg.study.tasks import execute

JOBS = 'jobs.json'
_NUM_STEPS, _ROW_STEPS = 20, 5
# Of memory: the methods that need most over the baseline (docs/scale.md has the measured values).
_MEMORY_RATIO = 2.0
_MEMORY = 'memory.json'


class Speed(NamedTuple):
    """What a short run of an experiment took."""

    secs_per_step: float
    eval_secs: float  # Of one evaluation.
    start_secs: float  # Until the first update.
    checkpoint_bytes: int
    memory_bytes: int  # At most, of its process.

    def run_secs(self, schedule):
        """Returns the seconds of a training with a schedule, a Task's."""
        steps = schedule['num_training_steps']
        num_evals = -(-steps // schedule['eval_every'])
        return self.start_secs + steps * self.secs_per_step + num_evals * self.eval_secs

    def run_bytes(self, schedule):
        """Returns how much disk its checkpoints take, the best one too."""
        num_kept = schedule['num_checkpoints'] or -(
            -schedule['num_training_steps'] // schedule['eval_every'])
        return (num_kept + 1) * self.checkpoint_bytes


def measure_speeds(folder, tasks, jobs):
    """Trains each of some Tasks for a few updates.

    Args:
        folder: Path of the study, for its data sets.
        tasks: list of Task.
        jobs: int, how many at a time.

    Returns:
        list of Speed.

    Raises:
        UserError: For the first that fails.
    """
    with _beside(folder) as temporary:
        return _run_short(temporary, [_short(task, str(number))
                                      for number, task in enumerate(tasks)], jobs)


def choose_jobs(folder, task, num_runs):
    """Measures how many copies of a Task side by side train the most updates together.

    From one a core, or what fits into the memory, it goes down by halves as long as that is
    faster. What was measured is in the study's folder, and is not measured again.

    Returns:
        int, the number of processes.
        str, a line on what was measured.
    """
    cores = len(os.sched_getaffinity(0))
    if cores == 1 or num_runs == 1:
        return 1, f'1 at a time: there is one {"core" if cores == 1 else "run"}'
    known = read_json(folder / JOBS) or {}
    if known.get('cores') != cores:
        known = {'cores': cores, **_measure_jobs(folder, task, cores)}
        write_json(folder / JOBS, known)
    speeds = known['steps_per_sec']
    chosen = max(speeds, key=speeds.get)
    said = ', '.join(f'{count} train {speed:.1f}' for count, speed in speeds.items())
    return int(chosen), (
        f'{chosen} at a time: {said} updates of {task.experiment["name"]} a second together, in '
        f'{known["memory_bytes"] / 1e9:.1f} GB each (measured in {known["secs"]:.0f} s)')


def _measure_jobs(folder, task, cores):
    """Returns what JOBS holds: updates a second by number of jobs, str, and memory of one."""
    start_secs = time.monotonic()
    alone, memory_bytes = _together(folder, task, 1)
    speeds = {'1': alone}
    jobs, best = min(cores, int(_free_bytes() // (_MEMORY_RATIO * memory_bytes))), 0.0
    while jobs > 1:
        speed, _ = _together(folder, task, jobs)
        speeds[str(jobs)] = speed
        if speed < best:
            break
        jobs, best = jobs // 2, speed
    return {'steps_per_sec': {jobs: round(speed, 3) for jobs, speed in speeds.items()},
            'memory_bytes': memory_bytes, 'secs': round(time.monotonic() - start_secs, 1)}


def _together(folder, task, jobs):
    """Returns the updates a second of so many copies of a Task together, and memory of one."""
    with _beside(folder) as temporary:
        speeds = _run_short(temporary, [_short(task, str(number)) for number in range(jobs)], jobs)
    return (sum(1 / speed.secs_per_step for speed in speeds),
            max(speed.memory_bytes for speed in speeds))


@contextmanager
def _beside(folder):
    """Yields a temporary folder that has the data sets of a study."""
    with tempfile.TemporaryDirectory(prefix='magenta_reg_trial_') as temporary:
        (Path(temporary) / 'dataset').symlink_to((folder / 'dataset').absolute())
        yield Path(temporary)


def _short(task, name):
    schedule = {**task.schedule, 'num_training_steps': _NUM_STEPS, 'eval_every': _NUM_STEPS,
                'save_checkpoints_steps': 0, 'summary_frequency': _ROW_STEPS}
    return task._replace(name=f'runs/{name}', schedule=schedule, generate=None)


def _run_short(folder, tasks, jobs):
    for task, error in run_tasks(folder, tasks, jobs, _execute_measured):
        if error:
            raise UserError(f'a short trial of {task.experiment["name"]} failed: {error}')
    return [_speed(Run(folder / task.name)) for task in tasks]


def _execute_measured(folder, task):
    execute(folder, task)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    write_json(folder / task.name / _MEMORY, kilobytes * 1024)


def _speed(run):
    rows = read_metrics(run.timing_path)
    # The first updates are slower: TensorFlow is still arranging its memory.
    secs = median(float(row['secs_per_step']) for row in rows[1:])
    trained, evaluated = (path.stat().st_mtime for path in (run.timing_path, run.metrics_path))
    first = run.config_path.stat().st_mtime
    files = run.train_dir.glob('model.ckpt-*')
    return Speed(secs, max(0.0, evaluated - trained),
                 max(0.0, trained - first - secs * _NUM_STEPS),
                 sum(file.stat().st_size for file in files), read_json(run.folder / _MEMORY))


def _free_bytes():
    for line in Path('/proc/meminfo').read_text().splitlines():
        name, _, value = line.partition(':')
        if name == 'MemAvailable':
            return int(value.split()[0]) * 1024
    return float('inf')
