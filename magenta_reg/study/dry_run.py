"""What a study would cost: runs, time and disk, from a few updates of each experiment."""

import os
import shutil
import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from magenta_reg.study.file import read_study
from magenta_reg.study.live import duration
from magenta_reg.study.study import check_number, make_plan
from magenta_reg.study.trial import choose_jobs, measure_speeds


def describe(path, output_dir, jobs=None, max_runs=None):
    """Returns what a study would cost, a text of several lines. It writes nothing that stays.

    Args:
        path, output_dir: as `run_study`; data sets that are there are used.
        jobs: int, runs at a time, or None for what a short trial chooses.
        max_runs: int or None, as `check_number`.
    """
    study = read_study(path)
    with _scratch(output_dir) as folder:
        plan = make_plan(study, folder)
        # The settings hardly change the time: those of the first trial stand for all.
        finals = plan.likely_final_runs()
        tasks = [*plan.first(), *finals]
        check_number(len(tasks), max_runs)
        jobs, said = (jobs, f'{jobs} at a time, as asked') if jobs else choose_jobs(
            folder, finals[0], len(tasks))
        # Trials and judges train as the final runs do.
        own = {_kind(task)[1:]: task for task in tasks}
        speeds = dict(zip(own, measure_speeds(folder, list(own.values()), jobs), strict=True))
        data_bytes = sum(file.stat().st_size for file in (folder / 'dataset').rglob('*')
                         if file.is_file())
    return '\n'.join(_lines(tasks, speeds, jobs, said, data_bytes))


def _lines(tasks, speeds, jobs, said, data_bytes):
    counts = Counter(task.name.split('/')[0] for task in tasks)
    yield ', '.join(f'{kind} {count}' for kind, count in counts.items()) + f'; {said}'
    total_secs = total_bytes = 0
    yield f'{"runs":>5}  {"updates/s":>9}  {"a run":>12}  {"disk a run":>10}'
    for kind in dict.fromkeys(map(_kind, tasks)):
        own, speed = [task for task in tasks if _kind(task) == kind], speeds[kind[1:]]
        secs = sum(speed.run_secs(task.schedule) for task in own)
        size = sum(speed.run_bytes(task.schedule) for task in own)
        total_secs, total_bytes = total_secs + secs, total_bytes + size
        yield (f'{len(own):>5}  {1 / speed.secs_per_step:>9.2f}  {duration(secs / len(own)):>12}  '
               f'{size / len(own) / 1e6:>7.0f} MB  {" ".join(kind)}')
    yield (f'about {duration(total_secs / jobs)} of training, then the analysis; '
           f'{(total_bytes + data_bytes) / 1e6:,.0f} MB of disk, of these {data_bytes / 1e6:,.0f} '
           'MB data sets')


def _kind(task):
    """Returns what tasks of about the same time have in common: tuple of str."""
    kind, cell = task.name.split('/', 1)
    return kind, cell.rpartition('/')[0], task.experiment['name']


@contextmanager
def _scratch(output_dir):
    """Yields a folder for the time of the block, with links to the data sets of a study."""
    there = Path(output_dir) / 'dataset'
    with tempfile.TemporaryDirectory(prefix='.dry_run_',
                                     dir=output_dir if there.is_dir() else None) as folder:
        if there.is_dir():  # Hard links: what is replaced here stays there.
            shutil.copytree(there, Path(folder) / 'dataset', copy_function=os.link)
        yield Path(folder)
