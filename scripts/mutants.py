#!/usr/bin/env python
"""Plants small mistakes in the code, one at a time, and lists those that no test notices.

    python scripts/mutants.py --part=statistics --count=100

cosmic-ray plants them in a copy of the project: a sum for a difference, >= for >, another number,
True for False. The seed draws which are tried. A killed run goes on where it was. Exit status 1 if
one lives. `make mutants` installs cosmic-ray in an environment of its own.
"""

import json
import random
import shlex
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from magenta_reg.base.errors import UserError, unknown_name
from magenta_reg.base.progress import progress
from magenta_reg.cli.command import Command

# The modules of each part, and the tests that should notice.
PARTS = {
    'statistics': (['magenta_reg/analysis/statistics', 'magenta_reg/measures/mmd.py'],
                   ['tests/analysis/statistics', 'tests/measures', 'tests/analysis/states']),
    'methods': (['magenta_reg/methods'], ['tests/reference', 'tests/methods']),
    'graph': (['magenta_reg/graph'], ['tests/reference', 'tests/graph', 'tests/methods']),
    'oracles': (['magenta_reg/oracles'], ['tests/oracles']),
}
# Of each kind of mistake cosmic-ray has dozens; these are slips that a programmer makes.
OPERATORS = [
    'AddNot', 'NumberReplacer', 'ReplaceTrueWithFalse', 'ReplaceFalseWithTrue',
    'ReplaceAndWithOr', 'ReplaceOrWithAnd', 'ZeroIterationForLoop',
    'ReplaceUnaryOperator_Delete_Not', 'ReplaceUnaryOperator_USub_UAdd',
    *(f'ReplaceBinaryOperator_{one}' for one in (
        'Add_Sub', 'Sub_Add', 'Mul_Div', 'Div_Mul', 'FloorDiv_Mul', 'Mod_Add', 'Pow_Mul')),
    *(f'ReplaceComparisonOperator_{one}' for one in (
        'Eq_NotEq', 'NotEq_Eq', 'Lt_LtE', 'LtE_Lt', 'Gt_GtE', 'GtE_Gt', 'Is_IsNot', 'IsNot_Is')),
]

COMMAND = Command('mutants', 'Lists planted mistakes that no test notices.')
COMMAND.string('part', 'statistics', f'Whose code: {", ".join(PARTS)}.')
COMMAND.integer('count', 100, 'How many mistakes are tried; 0 is all.', lower_bound=0)
COMMAND.integer('seed', 0, 'Decides which.')
COMMAND.string('cosmic_ray', '.venv-mutants/bin/cosmic-ray', 'The program.')
COMMAND.integer('timeout_secs', 900, 'A test run that takes longer counts as failed.',
                lower_bound=1)
COMMAND.string('output_dir', 'mutants', 'Folder of the copy and of the results; it goes on there.')


def main(flags):
    """Tries the mistakes and prints those that live; exit status 1 if one does."""
    if flags.part not in PARTS:
        raise unknown_name('part', flags.part, PARTS)
    folder = Path(flags.output_dir, f'{flags.part}_{flags.seed}_{flags.count}').resolve()
    session, config = folder / 'session.sqlite', folder / 'config.toml'
    if not session.exists():
        _prepare(flags, folder, config, session)
    _execute(flags, config, session)
    with closing(sqlite3.connect(session)) as database:
        rows = database.execute('select test_outcome, diff from work_results').fetchall()
    alive = [diff for outcome, diff in rows if outcome == 'SURVIVED']
    print('\n'.join([*alive, f'{len(alive)} of {len(rows)} planted mistakes live.']))
    if alive:
        sys.exit(1)


def _prepare(flags, folder, config, session):
    """Copies the project, checks that its tests pass there, and draws the mistakes."""
    modules, tests = PARTS[flags.part]
    copy = folder / 'copy'
    copy.mkdir(parents=True, exist_ok=True)
    files = subprocess.run(['git', 'ls-files', '-z'], capture_output=True, check=True).stdout
    subprocess.run(['cp', '--parents', '-t', copy, *files.decode().strip('\0').split('\0')],
                   check=True)
    command = shlex.join([sys.executable, '-m', 'pytest', '-q', '-x', '-p', 'no:cacheprovider',
                          '--rootdir', str(copy), *(str(copy / each) for each in tests)])
    config.write_text('\n'.join([
        '[cosmic-ray]', f'module-path = {json.dumps([str(copy / each) for each in modules])}',
        f'timeout = {flags.timeout_secs}', 'excluded-modules = []',
        f'test-command = {json.dumps(f"env PYTHONPATH={copy} {command}")}',
        '[cosmic-ray.distributor]', 'name = "local"']))
    if subprocess.run(['env', f'PYTHONPATH={copy}', *shlex.split(command)]).returncode:
        raise UserError(f'the tests of {flags.part} fail without any mistake: mend them first')
    temporary = session.with_suffix('.new')
    temporary.unlink(missing_ok=True)
    subprocess.check_call([flags.cosmic_ray, 'init', config, temporary])
    with closing(sqlite3.connect(temporary)) as database:
        names = [f'core/{name}' for name in OPERATORS]
        found = database.execute(
            'select job_id from mutation_specs where operator_name in '
            f'({", ".join("?" * len(names))}) order by module_path, start_pos_row, start_pos_col, '
            'operator_name, occurrence', names).fetchall()
        drawn = random.Random(flags.seed).sample(found, min(flags.count or len(found), len(found)))
        database.execute('create temporary table drawn (job_id)')
        database.executemany('insert into drawn values (?)', drawn)
        for table in ('mutation_specs', 'work_items'):
            database.execute(f'delete from {table} where job_id not in (select * from drawn)')
        database.commit()
    temporary.rename(session)


def _execute(flags, config, session):
    """Runs what is left, with a progress bar."""
    def count(table):
        with closing(sqlite3.connect(session)) as database:
            return database.execute(f'select count(*) from {table}').fetchone()[0]

    done = count('work_results')
    worker = subprocess.Popen([flags.cosmic_ray, 'exec', config, session])
    with progress(description='planting', unit='mistake', total=count('work_items'),
                  initial=done) as bar:
        while worker.poll() is None:
            time.sleep(1)
            bar.update(count('work_results') - bar.n)


if __name__ == '__main__':
    COMMAND.run(main)
