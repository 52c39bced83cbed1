"""A study as commands for a scheduler: one a run, in two arrays, the second after the first."""

import shlex
import sys
from pathlib import Path

from magenta_reg.base.files import make_folder, replace_text

FOLDER = 'commands'


def write_commands(plan):
    """Writes the commands of a Plan, one a line, and an sbatch file for each array.

    Every command makes one run, writes into its folder alone, and can be killed and started again.

    Args:
        plan: Plan, of `prepare`.

    Returns:
        str, what to do with them.
    """
    out = plan.folder.absolute()
    folder = make_folder(out / FOLDER)
    stages = {'1_search': [task.name for task in plan.first()], '2_runs': plan.final_names()}
    if not plan.trials:
        stages = {'1_runs': [*stages['1_search'], *stages['2_runs']]}
    for stage, names in stages.items():
        lines = [_command(out, f'--run={name}') for name in names]
        replace_text(folder / f'{stage}.txt', '\n'.join(lines) + '\n')
        replace_text(folder / f'{stage}.sbatch', _sbatch(folder, stage, len(names)))
    return _instructions(folder, stages, _command(out, '--collect'))


def _command(out, flag):
    script = Path(sys.executable).with_name('melody_rnn_reg_study')
    program = [str(script)] if script.exists() else [sys.executable, '-m', 'magenta_reg.cli.study']
    return shlex.join([*program, f'--output_dir={out}', flag])


def _sbatch(folder, stage, count):
    commands = shlex.quote(str(folder / f'{stage}.txt'))
    return f"""#!/bin/bash
#SBATCH --job-name={stage}
#SBATCH --array=0-{count - 1}
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --signal=B:USR1@120
#SBATCH --output={folder}/{stage}_%a.log
# Two minutes before its time is over a run gets SIGUSR1 and writes a checkpoint; submitted again,
# the array goes on from there, and what is finished ends at once.
eval "exec $(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" {commands})"
"""


def _instructions(folder, stages, collect):
    first, *rest = [folder / stage for stage in stages]
    lines = [f'{len(names)} commands in {folder / stage}.txt' for stage, names in stages.items()]
    lines += ['Run them in any order, each file after the one before; or with Slurm:',
              f'  job=$(sbatch --parsable {first}.sbatch)',
              *(f'  sbatch --dependency=afterany:$job {each}.sbatch' for each in rest),
              'then compare what is finished:', f'  {collect}']
    return '\n'.join(lines)
