"""melody_rnn_reg_study: a whole comparison from one file."""

from functools import partial

from magenta_reg.base.errors import UserError
from magenta_reg.cli.analyze import summary
from magenta_reg.cli.command import Command

COMMAND = Command('melody_rnn_reg_study', 'Data sets, search, training of every method, '
                  'generation and analysis, from one file. Started again, it goes on.')
COMMAND.string('study', None, 'YAML file of the study, or the name of one that comes with the '
               'package: quick. With --run and --collect that of an earlier start is taken.')
COMMAND.string('output_dir', None, 'Folder for study.yaml (the study with all its defaults), '
               'dataset/, trials/, judges/, runs/ and analysis/.')
COMMAND.integer('jobs', None, 'Runs at a time, each on cores of its own; if not given, what a '
                'short trial shows to be fastest here.', lower_bound=1)
COMMAND.boolean('retry_failed', False, 'Try runs again that failed twice in an earlier start.')
COMMAND.boolean('dry_run', False, 'Train nothing; say how many runs there are, and from a few '
                'updates of each method how long they take and how much disk.')
COMMAND.integer('max_runs', 200, 'Refuse a study of more runs.', lower_bound=1)

COMMAND.string('ray_address', None, 'Make the runs on a Ray cluster (docs/scale.md): auto for the '
               'one that this machine belongs to, local for a Ray of its own here, or HOST:PORT.')
COMMAND.integer('cpus_per_run', 1, 'With --ray_address, cores a run.', lower_bound=1)
COMMAND.float('gpus_per_run', 0, 'With --ray_address, GPUs a run.', lower_bound=0)
COMMAND.boolean('print_commands', False, 'Train nothing; make the data sets, and write one command '
                'a run and sbatch files into commands/.')
COMMAND.string('run', None, 'Make this run alone: what --print_commands writes.')
COMMAND.boolean('collect', False, 'Train nothing; compare the runs that are finished.')

_INSTEAD = ('dry_run', 'print_commands', 'run', 'collect')


def main(flags):
    COMMAND.require('output_dir')
    from magenta_reg.study import study as module
    from magenta_reg.study.commands import write_commands
    from magenta_reg.study.dry_run import describe
    from magenta_reg.study.file import read_study
    from magenta_reg.study.report import analyze_study

    output_dir = COMMAND.path('output_dir')
    chosen = [f'--{name}' for name in _INSTEAD if flags[name].value]
    if len(chosen) > 1:
        raise UserError(f'{" and ".join(chosen)} exclude each other: give one')
    if flags.run:
        print(f'finished: {module.run_one(output_dir, flags.run).name}')
        return
    if not flags.collect:
        COMMAND.require('study')
    path = COMMAND.path('study') or output_dir / module.STUDY
    if flags.dry_run:
        print(describe(path, output_dir, flags.jobs, flags.max_runs))
    elif flags.print_commands:
        print(write_commands(module.prepare(read_study(path), output_dir, flags.max_runs)))
    elif flags.collect:
        _show(analyze_study(module.prepare(read_study(path), output_dir)), output_dir)
    else:
        _show(module.run_study(path, output_dir, _executor(flags), flags.jobs, flags.retry_failed,
                               flags.max_runs), output_dir)


def _executor(flags):
    """Returns what makes the runs on a cluster, or None for this machine."""
    if not flags.ray_address:
        return None
    if flags.jobs:
        raise UserError('--jobs is for this machine alone: on a Ray cluster --cpus_per_run says '
                        'how many runs there are at a time')
    from magenta_reg.study import ray_cluster

    ray_cluster.check_address(flags.ray_address)
    return partial(ray_cluster.run_tasks, address=flags.ray_address,
                   cpus_per_run=flags.cpus_per_run, gpus_per_run=flags.gpus_per_run)


def _show(reports, output_dir):
    from magenta_reg.analysis.analyze import REPORT

    for name, numbers in reports.items():
        print(summary(numbers))
        print(f'Report: {output_dir / "analysis" / name / REPORT}')


def console_entry_point():
    """What the console script calls."""
    COMMAND.run(main)


if __name__ == '__main__':
    console_entry_point()
