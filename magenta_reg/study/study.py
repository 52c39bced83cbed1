"""A study from end to end: data, search, judge, final runs, analysis."""

import functools
from pathlib import Path
from typing import NamedTuple

from magenta_reg.base.errors import UserError, explain, unknown_name
from magenta_reg.base.files import Locked, locked, make_folder
from magenta_reg.runs.config import write_yaml
from magenta_reg.study import local
from magenta_reg.study.datasets import make_datasets
from magenta_reg.study.file import read_study
from magenta_reg.study.live import LiveView
from magenta_reg.study.plan import (
    choose_settings,
    plan_final_runs,
    plan_judges,
    plan_trials,
)
from magenta_reg.study.report import analyze_study, check_held_out
from magenta_reg.study.tasks import (
    execute,
    is_finished,
    is_given_up,
    write_failure,
)
from magenta_reg.study.trial import choose_jobs

STUDY = 'study.yaml'


class Plan(NamedTuple):
    """A study, its data sets, and the runs that do not depend on a choice."""

    study: object  # Study.
    folder: object  # Path.
    data: dict  # As `make_datasets` returns.
    trials: list  # Of Trial.
    judges: list  # Of Task.

    def first(self):
        """Returns the Tasks that need no choice: trials and judges."""
        return [trial.task for trial in self.trials] + self.judges

    def final_runs(self):
        """Returns the Tasks of the final runs; UserError while a trial is not finished."""
        chosen = choose_settings(self.study, self.data, self.trials, self.folder)
        return plan_final_runs(self.study, self.data, chosen)

    def likely_final_runs(self):
        """Returns the final runs as they would be at the settings of each first trial.

        Their names and schedules are those of the final runs, whatever is chosen.
        """
        first = {(cell, name): self.study.trials(name)[0]
                 for cell in self.data for name in self.study.experiments}
        return plan_final_runs(self.study, self.data, first)

    def final_names(self):
        """Returns the names of the final runs."""
        return [task.name for task in self.likely_final_runs()]


def make_plan(study, output_dir):
    """Makes the data sets of a Study where they are not there. Returns the Plan.

    `output_dir` is the Path of the study's folder.
    """
    folder = make_folder(output_dir)
    data = make_datasets(study, folder)
    return Plan(study, folder, data, plan_trials(study, data), plan_judges(study, data))


def prepare(study, output_dir, max_runs=None):
    """Returns the Plan as `make_plan`, checked for the analysis, its resolved file written."""
    plan = make_plan(study, output_dir)
    check_number(len(plan.first()) + len(plan.final_names()), max_runs)
    check_held_out(plan)
    write_yaml(plan.folder / STUDY, plan.study._asdict())
    return plan


def check_number(count, most):
    """Raises UserError if a study has more runs than `most`; None is any number."""
    if most and count > most:
        raise UserError(f'the study has {count:,} runs, more than --max_runs={most}: give fewer '
                        'seeds or trials, or a larger --max_runs')


def run_study(path, output_dir, run_tasks=None, jobs=None, retry_failed=False, max_runs=None):
    """Runs a study: data sets, trials, judges, final runs, analysis.

    Killed and started again, it goes on; what is finished with the same settings is not repeated.
    A run that fails is tried once more, then left out.

    Args:
        path: Path of the study file, or the name of one that comes with the package ('quick').
        output_dir: Path of a folder, which gets study.yaml, dataset/, trials/, judges/, runs/
            and analysis/.
        run_tasks: function of folder and list of Task, as `local.run_tasks`, which it is by
            default.
        jobs: int, runs at a time; None is what a short trial chooses, or `run_tasks`.
        retry_failed: bool, whether runs that failed in an earlier start are tried again.
        max_runs: int, refuse a study of more runs; None is any number.

    Returns:
        dict, as `analyze_study` does.

    Raises:
        UserError: If the study is wrong, another process runs it, or nothing is left to compare.
        Stopped: If a signal ended it.
    """
    study = read_study(path)
    with _only_one(output_dir):
        plan = prepare(study, output_dir, max_runs)
        jobs = jobs or (None if run_tasks else _choose_jobs(plan))
        run_tasks = run_tasks or functools.partial(local.run_tasks, jobs=jobs)
        run = functools.partial(_run_all, plan.folder, run_tasks, jobs, retry_failed)
        if plan.trials:
            run('search and judges' if plan.judges else 'search', plan.first(),
                plan.likely_final_runs())
            run('final runs', plan.final_runs())
        else:
            run('runs', [*plan.final_runs(), *plan.judges])
        return analyze_study(plan)


def run_one(output_dir, name):
    """Makes one run of a study that `prepare` has seen, by its name.

    Returns:
        Task.

    Raises:
        UserError: If there is no such run, it is final and a trial is not finished, its settings
            all failed in the search, or another process trains it.
    """
    plan = make_plan(read_study(Path(output_dir) / STUDY), output_dir)
    tasks = {task.name: task for task in plan.first()}
    if name not in tasks:
        if name not in plan.final_names():
            raise unknown_name('run', name, [*tasks, *plan.final_names()])
        tasks = {task.name: task for task in plan.final_runs()}
        if name not in tasks:
            raise UserError(f'{name}: all trials of its experiment failed, there are no settings '
                            'to train it with')
    try:
        execute(plan.folder, tasks[name])
    except UserError as error:
        if not isinstance(error, Locked):
            write_failure(plan.folder, tasks[name], explain(error))
        raise
    write_failure(plan.folder, tasks[name], None)
    return tasks[name]


def _choose_jobs(plan):
    likely = plan.likely_final_runs()
    if all(is_finished(plan.folder, task) for task in plan.first()) and all(
            is_finished(plan.folder, task) for task in plan.final_runs()):
        return 1
    jobs, said = choose_jobs(plan.folder, likely[0], len(likely) + len(plan.first()))
    print(f'jobs: {said}', flush=True)
    return jobs


def _only_one(output_dir):
    return locked(make_folder(output_dir) / '.lock', lambda process: (
        f'{output_dir} is in use by the study of process {process}: wait for it or stop it'))


def _run_all(folder, run_tasks, jobs, retry_failed, what, tasks, later=()):
    """Makes all Tasks that are not finished, each as often as it is tried; the rest go on.

    `later` are the Tasks after these, for the time that is left.
    """
    left = [task for task in tasks if not is_finished(folder, task)]
    print(f'{what}: {len(tasks)}, of which {len(tasks) - len(left)} are there', flush=True)
    for task in left if retry_failed else ():
        write_failure(folder, task, None)
    while left := [task for task in left if not is_given_up(folder, task)
                   and not is_finished(folder, task)]:
        with LiveView(folder, left, what, jobs, later) as view:
            for task, error in run_tasks(folder, left):
                write_failure(folder, task, error)
                view.done(task, error)
