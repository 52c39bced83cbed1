"""Printed commands make what the study makes: in any order, from any folder, some of them twice."""

import json
import os
import shlex
import subprocess

import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.cli import study as cli
from magenta_reg.study.commands import write_commands
from magenta_reg.study.file import read_study
from magenta_reg.study.study import prepare, run_one, run_study
from tests.study.conftest import here

OPTIONS = {'num_training_steps': 2, 'seeds': [5],
           'grid': {'small': {'learning_rate': [0.01, 0.05]}}}


def contents(out):
    """Returns what a study's runs left, and what it says of its search: dict of path to bytes."""
    kept = ('metrics.csv', 'finished.json', 'protocol.json')
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob('*')
            if path.name in kept}


def call(line):
    """Runs a printed command in this process. Returns its exit status."""
    try:
        cli.COMMAND.run(cli.main, shlex.split(line)[1:])
    except SystemExit as end:
        return end.code
    return 0


@pytest.fixture
def compared(monkeypatch):
    """What the analysis, which takes its time, was called with: list of lists of run folders."""
    found = []
    monkeypatch.setattr('magenta_reg.study.report.analyze',
                        lambda run_dirs, *args, **options: found.append(run_dirs) or {})
    monkeypatch.setattr('magenta_reg.cli.study.summary', lambda numbers: '')
    return found


def test_commands_in_another_order_and_twice_come_to_the_studys_results(
        write_study, tmp_path, monkeypatch, compared):
    path = write_study(**OPTIONS)
    run_study(path, tmp_path / 'study', here, jobs=1)
    out = tmp_path / 'commands'
    text = write_commands(prepare(read_study(path), out))
    first, second = ((out / 'commands' / f'{name}.txt').read_text().splitlines()
                     for name in ('1_search', '2_runs'))
    assert (len(first), len(second)) == (3, 1)
    (tmp_path / 'elsewhere').mkdir()
    monkeypatch.chdir(tmp_path / 'elsewhere')
    assert call(second[0]) == 2, 'a final run waits for the trials'
    for line in (*first[::-1], first[0], *second, second[0]):
        assert call(line) == 0
    before = {path: path.stat().st_mtime_ns for path in out.glob('*/*/*/*')}
    assert call(text.splitlines()[-1]) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert contents(out) == contents(tmp_path / 'study')
    assert len(contents(out)) == 4 * 2 + 1
    assert compared[1] == [out / path.relative_to(tmp_path / 'study') for path in compared[0]]


def test_a_commands_failures_are_counted_as_the_studys(write_study, tmp_path, monkeypatch):
    path, out = write_study(**OPTIONS), tmp_path / 'out'
    prepare(read_study(path), out)

    def diverges(*args, **options):
        raise UserError('the loss is nan')
    monkeypatch.setattr('magenta_reg.study.tasks.train', diverges)
    name = 'trials/basic_rnn/small_learning_rate=0.01_seed0'
    for _ in range(2):
        with pytest.raises(UserError, match='nan'):
            run_one(out, name)
    failed = json.loads((out / name / 'failed.json').read_text())
    assert (failed['attempts'], failed['error']) == (2, 'the loss is nan')


@pytest.mark.parametrize('name', ['runs/basic_rnn/smal_seed5', 'runs/basic_rnn/small_seed7'])
def test_a_run_that_is_not_of_the_study_is_one_line(write_study, tmp_path, name):
    prepare(read_study(write_study(**OPTIONS)), tmp_path / 'out')
    with pytest.raises(UserError, match=f"unknown run '{name}': did you mean 'runs/basic_rnn"):
        run_one(tmp_path / 'out', name)


def test_a_job_of_the_array_is_its_line_and_gets_the_schedulers_signals(write_study, tmp_path):
    out = tmp_path / 'a folder'
    write_commands(prepare(read_study(write_study(num_training_steps=2)), out))
    (out / 'commands' / '1_runs.txt').write_text(
        'echo "not this one"\nbash -c \'kill -USR1 $$; sleep 9\'\necho "$0 is third"\n')
    ends = [subprocess.run(['bash', str(out / 'commands' / '1_runs.sbatch')], text=True,
                           env={**os.environ, 'SLURM_ARRAY_TASK_ID': str(number)},
                           capture_output=True, timeout=60) for number in (1, 0)]
    assert [end.returncode for end in ends] == [-10, 0]
    assert ends[1].stdout == 'not this one\n'
    header = (out / 'commands' / '1_runs.sbatch').read_text()
    assert '#SBATCH --array=0-1\n' in header, 'a judge and a final run'
