"""The benchmark's harness, with peers that cost nothing, and what its jobs are made of."""

import importlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.examples import Examples
from magenta_reg.interop.magenta import import_magenta
from magenta_reg.model.evaluate import evaluate
from magenta_reg.model.experiment import resolve_experiment
from scripts.benchmarks import (
    analysis,
    data,
    figure,
    generation,
    growth,
    harness,
    inputs,
    methods,
    page,
    pytorch,
    report,
    targets,
)
from scripts.benchmarks.flops import flops_per_event
from scripts.benchmarks.harness import Peer, run_peer, run_rounds
from scripts.benchmarks.job import EXPERIMENTS, HELP, QUICK, Job, Settings, Unavailable, joined
from scripts.benchmarks.jobs import JOBS
from scripts.benchmarks.metrics import Metric, Slope, Summary, summarize
from scripts.benchmarks.peers import stock
from scripts.benchmarks.peers.clock import StepClock
from scripts.benchmarks.targets import Target
from tests.small import EXPERIMENT_FILES, make_melodies, write_examples

SCRIPTS = Path(__file__).parent.parent / 'scripts'
TORCH_PYTHON = SCRIPTS.parent / '.venv-torch' / 'bin' / 'python'


def shell(name, *lines):
    """Returns a Peer with one shell command a line."""
    return Peer(name, [['/bin/sh', '-c', line] for line in lines])


def readings_of(**values):
    return {peer: [{'secs': value} for value in row] for peer, row in values.items()}


@pytest.fixture
def command(monkeypatch):
    """The module scripts/benchmark.py, as it is when run as a script."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    monkeypatch.delenv('MAGENTA_REG_ECOMPETITION', raising=False)
    sys.modules.pop('benchmark', None)
    return importlib.import_module('benchmark')


def call(command, *argv):
    """Returns the exit status of the command, 0 if it does not exit."""
    try:
        command.COMMAND.run(command.main, list(argv))
    except SystemExit as stop:
        return stop.code
    return 0


def test_peers_take_turns_in_an_order_reversed_from_round_to_round(tmp_path):
    log = tmp_path / 'log'
    run_rounds([shell(name, f'echo {name} >> {log}') for name in 'ABC'], 3)
    assert log.read_text().split() == list('ABC' 'CBA' 'ABC')


def test_readings_stay_in_the_order_of_the_rounds(tmp_path):
    count = f'echo . >> {tmp_path}/N; echo {{\\"n\\": $(wc -l < {tmp_path}/N)}}'
    readings = run_rounds([shell('A', count), shell('B', count)], 2)
    assert [reading['n'] for reading in readings['A']] == [1, 4]
    assert [reading['n'] for reading in readings['B']] == [2, 3]


def test_a_metric_is_the_median_of_each_rounds_own_ratio():
    metric = Metric('a / b', ('a', 'secs'), ('b', 'secs'))
    summary, = summarize([metric], readings_of(a=[10, 60, 100], b=[10, 20, 50]))
    assert summary.values == [1, 3, 2]
    assert summary.median == 2  # The ratio of the medians is 3.
    assert summary.to_dict()['min'] == 1
    assert summary.to_dict()['max'] == 3


def test_a_quantity_by_itself_is_read_as_it_is():
    summary, = summarize([Metric('a', ('a', 'secs'))], readings_of(a=[7, 5, 6]))
    assert summary.values == [7, 5, 6]


@pytest.mark.parametrize(('target', 'reached'), [
    (None, None), (Target('x'), None), (Target('x', 2), 'bar'), (Target('x', 2, 2), 'aim'),
    (Target('x', 2, 2.1), 'bar'), (Target('x', 2.1), 'no'), (Target('x', 2, at_most=True), 'bar'),
    (Target('x', 1.9, 1, at_most=True), 'no'), (Target('x', 3, 2, at_most=True), 'aim')])
def test_bar_and_aim_are_for_the_median(target, reached):
    metric = Metric('x', ('a', 'secs'), target=target)
    assert Summary(metric, [1, 2, 9]).reached() == reached


def test_files_a_second_are_their_number_over_the_seconds():
    metric = Metric('files/s', None, ('a', 'secs'), factor=100)
    assert metric.values(readings_of(a=[4, 50])) == [25, 2]


def test_a_quantity_that_grows_by_a_power_of_its_size_has_that_slope():
    slope = Slope('x', {size: (f'a{size}', 'secs') for size in (1, 3, 10)}, factor=2)
    readings = {f'a{size}': [{'secs': 5 * size ** 2}, {'secs': 7 * size ** 0.5}]
                for size in (1, 3, 10)}
    assert slope.values(readings) == pytest.approx([2, 0.5])
    points = slope.points(readings)
    assert [size for size, _ in points] == [1, 3, 10]
    assert points[0][1] == 2 * (5 + 7) / 2


def test_the_readings_of_a_peers_commands_are_added_up_but_for_memory():
    reading = run_peer(shell('A', 'echo \'{"secs": 2, "x_mib": 5}\'',
                             'echo \'{"secs": 3, "x_mib": 4}\''))
    assert reading['secs'] == 5
    assert reading['x_mib'] == 5
    assert reading['wall_secs'] > 0


def test_the_last_json_object_of_the_output_counts():
    lines = 'noise\n{"secs": 1}\n{"secs": 2}\n{no json\nmore noise'
    assert run_peer(shell('A', f"echo '{lines}'"))['secs'] == 2


def test_memory_counts_all_processes_of_a_command_and_not_the_parent():
    large = b'x' * (300 << 20)  # Wait4 would count it: the command's process begins as a copy.
    one = "import time; kept = b'x' * (60 << 20); time.sleep(0.6)"
    code = ('import subprocess, sys\n'
            f'both = [subprocess.Popen([sys.executable, "-Sc", {one!r}]) for _ in range(2)]\n'
            'for process in both: process.wait()')
    reading = run_peer(Peer('A', [[sys.executable, '-Sc', code]]))
    assert 120 < reading['all_processes_mib'] < 180
    assert 60 < reading['largest_process_mib'] < 100
    del large


def test_commands_keep_what_python_compiles_as_installed_packages_do(monkeypatch):
    monkeypatch.setenv('PYTHONDONTWRITEBYTECODE', '1')
    script = 'import json, sys; print(json.dumps({"off": sys.dont_write_bytecode}))'
    assert run_peer(Peer('p', [[sys.executable, '-c', script]]))['off'] == 0


def test_a_failing_command_is_named_with_its_last_line():
    with pytest.raises(UserError, match=r'A: .* ended with status 3: the reason'):
        run_rounds([shell('A', 'echo noise >&2; echo the reason >&2; exit 3')], 1)
    with pytest.raises(UserError, match='A: cannot run /no/such/command: No such file'):
        run_rounds([Peer('A', [['/no/such/command']])], 1)


def test_an_interrupt_ends_the_command_and_its_processes(monkeypatch):
    pids = []

    def interrupt(pid, options):
        pids.append(pid)
        raise KeyboardInterrupt

    monkeypatch.setattr(harness.os, 'wait4', interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_peer(shell('A', 'sleep 60'))
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_a_quantity_that_a_peer_did_not_print_is_named():
    with pytest.raises(UserError, match="A printed no 'step_secs'"):
        summarize([Metric('x', ('A', 'step_secs'))], {'A': [{'wall_secs': 1}]})


def test_the_table_shows_median_range_bar_aim_and_which_is_reached():
    lines = report.table([summary.to_dict() for summary in (
        Summary(Metric('fast', ('a', 'x'), ('b', 'x'), Target('b', 20, 40)), [1234, 19.95, 31.234]),
        Summary(Metric('slow step', ('a', 'x'), target=Target('b', 1.5, at_most=True)),
                [2, 1.61234, 1.5]),
        Summary(Metric('plain', ('a', 'x')), [0.5]))]).splitlines()
    assert lines[0].split() == ['metric', 'median', 'min', '..', 'max', 'bar', 'aim', 'reached']
    assert lines[2].split()[1:] == ['31.2', '19.9', '..', '1,234', '>=', '20', '>=', '40', 'bar']
    assert lines[3].split() == ['slow', 'step', '1.61', '1.5', '..', '2', '<=', '1.5', 'no']
    assert lines[4].split() == ['plain', '0.5', '0.5', '..', '0.5']


def fake_job(settings):
    """A job whose peers cost nothing: A needs 6 seconds, B 2."""
    assert settings.work_dir.is_dir()
    peers = [shell('A', 'echo \'{"secs": 6}\''), shell('B', 'echo \'{"secs": 2}\'')]
    metric = Metric('A / B', ('A', 'secs'), ('B', 'secs'), Target('B', 2, 4))
    return Job(peers, [metric, Metric('B', ('B', 'secs'))], lambda readings: ['observed'])


def test_the_command_writes_all_readings_commands_machine_and_versions(
        command, monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(command.JOBS, 'fake', fake_job)
    path = tmp_path / 'out.json'
    assert call(command, '--jobs=fake', '--rounds=2', f'--output={path}') == 0
    out = capsys.readouterr().out
    assert 'A / B' in out
    assert 'observed' in out
    assert out.splitlines()[-1].endswith(str(path))
    content = json.loads(path.read_text())
    assert content['machine']['num_cpus'] == len(os.sched_getaffinity(0))
    assert content['versions']['numpy'] == np.__version__
    assert content['is_quick'] is False
    job = content['jobs']['fake']
    assert job['rounds'] == 2
    assert job['peers']['A']['commands'] == [['/bin/sh', '-c', 'echo \'{"secs": 6}\'']]
    assert [reading['secs'] for reading in job['peers']['B']['readings']] == [2, 2]
    assert job['figures'][0]['values'] == [3, 3]
    assert job['figures'][0]['reached'] == 'bar'
    assert job['observations'] == ['observed']
    assert (tmp_path / 'out_fake.png').read_bytes().startswith(b'\x89PNG')


def test_an_interrupted_benchmark_keeps_its_finished_rounds_and_says_where(
        command, monkeypatch, tmp_path, capsys):
    calls, run = [], harness.run_peer

    def interrupt_in_the_third_round(peer):
        calls.append(peer.name)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return run(peer)

    monkeypatch.setitem(command.JOBS, 'fake', fake_job)
    # The command imports `benchmarks`, not `scripts.benchmarks`.
    monkeypatch.setitem(command.run_rounds.__globals__, 'run_peer', interrupt_in_the_third_round)
    path = tmp_path / 'out.json'
    assert call(command, '--jobs=fake', f'--output={path}') == 130
    err = capsys.readouterr().err.splitlines()[-1]
    assert err == (f'benchmark: interrupted: all readings of finished rounds: {path}')
    job = json.loads(path.read_text())['jobs']['fake']
    assert job['rounds'] == 2
    assert job['figures'][0]['values'] == [3, 3]
    assert len(job['peers']['A']['readings']) == 2


def test_a_terminated_benchmark_ends_its_peer_and_removes_its_folder(
        command, monkeypatch, tmp_path, capsys):
    def make_job(settings):
        line = (f'echo $$ {settings.work_dir} > {tmp_path}/peer; sleep 0.3; '
                f'kill -TERM {os.getpid()}; sleep 60')
        return Job([shell('A', line)], [Metric('x', ('A', 'wall_secs'))])

    monkeypatch.setitem(command.JOBS, 'fake', make_job)
    before = signal.getsignal(signal.SIGTERM)
    assert call(command, '--jobs=fake', f'--output={tmp_path}/out.json') == 130
    assert 'no round was finished, nothing was written' in capsys.readouterr().err
    pid, folder = (tmp_path / 'peer').read_text().split()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)
    assert not Path(folder).exists()
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_file_is_written_after_every_round(command, monkeypatch, tmp_path):
    path, rounds = tmp_path / 'out.json', []

    def count_rounds(settings):
        job = fake_job(settings)
        code = f"import json; print(json.load(open('{path}'))['jobs']['fake']['rounds'])"
        seen = shell('C', f'test ! -e {path} || {sys.executable} -c "{code}" >> {tmp_path}/seen')
        return job._replace(peers=[seen, *job.peers])

    monkeypatch.setitem(command.JOBS, 'fake', count_rounds)
    assert call(command, '--jobs=fake', '--rounds=3', f'--output={path}') == 0
    rounds = (tmp_path / 'seen').read_text().split()
    assert rounds == ['1', '2']


def test_an_interrupted_benchmark_goes_on_with_the_rounds_that_are_missing(
        command, monkeypatch, tmp_path, capsys):
    path, log = tmp_path / 'out.json', tmp_path / 'log'

    def logging(settings):
        lines = [f'echo {{\\"n\\": $(wc -l < {log})}}', f'echo . >> {log}']
        return Job([shell('A', *lines)], [Metric('x', ('A', 'n'))])

    log.touch()
    for name, make_job in (('fake', logging), ('other', fake_job)):
        monkeypatch.setitem(command.JOBS, name, make_job)
    arguments = '--jobs=fake,other', f'--output={path}'
    assert call(command, *arguments, '--rounds=1') == 0
    before = json.loads(path.read_text())['jobs']
    assert call(command, '--jobs=fake', f'--output={path}', '--rounds=3', '--resume') == 0
    after = json.loads(path.read_text())['jobs']
    assert after['fake']['rounds'] == len(log.read_text().split()) == 3
    assert after['fake']['figures'][0]['values'] == [0, 1, 2]
    assert after['other'] == before['other']
    capsys.readouterr()
    assert call(command, *arguments, '--rounds=1', '--resume') == 0
    assert capsys.readouterr().out.count('all rounds are there') == 2
    assert json.loads(path.read_text())['jobs'] == after
    assert call(command, *arguments, '--resume', '--num_files=7') == 2
    assert 'the settings of' in capsys.readouterr().err
    assert json.loads(path.read_text())['jobs'] == after


def test_rounds_of_other_peers_do_not_count(tmp_path):
    readings = run_rounds([shell('A', 'true'), shell('B', 'true')], 1, done={'A': [{'n': 1}] * 2})
    assert [len(own) for own in readings.values()] == [1, 1]
    assert 'n' not in readings['A'][0]


def test_a_job_that_cannot_run_or_fails_keeps_no_other_from_running(
        command, monkeypatch, tmp_path, capsys):
    def unavailable(settings):
        raise command.Unavailable('no such program here')

    def failing(settings):
        return Job([shell('A', 'echo the reason >&2; exit 3')], [Metric('x', ('A', 'wall_secs'))])

    path = tmp_path / 'out.json'
    for name, make_job in (('u', unavailable), ('f', failing), ('fake', fake_job)):
        monkeypatch.setitem(command.JOBS, name, make_job)
    assert call(command, '--jobs=u,fake', '--rounds=1', f'--output={path}') == 0
    assert 'u: left out: no such program here' in capsys.readouterr().out.splitlines()
    assert call(command, '--jobs=u,f,fake', '--rounds=1', f'--output={path}') == 2
    err = capsys.readouterr().err
    assert 'benchmark: f: A: ' in err
    assert 'the reason' in err
    jobs = json.loads(path.read_text())['jobs']
    assert jobs['u']['left_out'] == 'no such program here'
    assert 'the reason' in jobs['f']['left_out']
    assert jobs['fake']['rounds'] == 1


def test_the_markdown_table_is_made_from_the_file_alone(command, monkeypatch, tmp_path, capsys):
    path = tmp_path / 'bench.json'
    figures = [Summary(Metric('A / B', ('A', 's'), target=Target('peer B', 2, 4)), [3, 2.5, 9]),
               Summary(Metric('update', ('A', 's'), target=Target('C', 1.2, at_most=True)), [1.3]),
               Summary(Metric('stated', ('A', 's'), target=Target('D')), [7]),
               Summary(Metric('no row', ('A', 's')), [1])]
    job = {'rounds': 3, 'figures': [each.to_dict() for each in figures], 'left_out': None}
    path.write_text(json.dumps({
        'machine': {'cpu': 'Z80', 'num_cpus': 1, 'memory_mib': 2048, 'python': '3.11'},
        'versions': {'tensorflow': '2.21'}, 'is_quick': True,
        'jobs': {'data': job, 'torch': report.job_left_out('no PyTorch')}}))
    assert call(command, f'--table={path}') == 0
    assert capsys.readouterr().out.splitlines() == [
        '| job | against | median [range] | bar | aim | reached |',
        '|---|---|---|---|---|---|',
        '| data: A / B | peer B | 3 [2.5 to 9] of 3 rounds | >= 2 | >= 4 | bar |',
        '| data: update | C | 1.3 [1.3 to 1.3] of 1 round | <= 1.2 |  | no |',
        '| data: stated | D | 7 [7 to 7] of 1 round |  |  |  |',
        '', 'Quick: small sizes, so these are no measurements.', 'torch: no PyTorch',
        'Z80, 1 core, 2 GiB, Python 3.11, TensorFlow 2.21.']


@pytest.fixture
def published(command, monkeypatch, tmp_path):
    """A benchmark's JSON file, with pages to bring it to."""
    folder, readme, docs = tmp_path / 'benchmarks', tmp_path / 'README.md', tmp_path / 'page.md'
    readme.write_text('a\n| generates a melody slowly | 1 times as fast |\n'
                      '| batches | 1 times as fast |\nb\n')
    docs.write_text('a\n<!-- benchmark -->\nold\n<!-- end -->\nb\n')
    for name, value in (('FOLDER', folder), ('README', readme), ('PAGE', docs)):
        monkeypatch.setattr(command.page, name, value)
    source = ('A', 's')
    figures = {
        'generation': [
            Summary(Metric('basic_rnn, seconds a melody of stock / ours', source,
                           target=Target('stock', 700)), [1234]),
            Summary(Metric('basic_rnn, the same with stock at batch_size=1', source), [123]),
            Summary(Metric('basic_rnn, seconds of stock, a melody', source), [4.44])],
        'training': [Summary(Metric(f'{config}, events/s of ours / stock, whole epochs', source),
                             [value]) for config, value in (('basic_rnn', 1.66), ('x_rnn', 2.04))]}
    peers = {'A': {'commands': [['/a/b/python', '--c=/tmp/x/d', 'e/f'], ['sh', '-c', 'cat /x/y']],
                   'readings': [{'s': 1}]}}
    content = {
        'machine': {'cpu': 'Z80', 'num_cpus': 1, 'memory_mib': 2048, 'python': '3.11'},
        'versions': {'tensorflow': '2.21'}, 'is_quick': False,
        'settings': {'num_steps': 512, 'num_outputs': 100, 'configs': ['basic_rnn', 'x_rnn']},
        'jobs': {name: {'rounds': 1, 'figures': [each.to_dict() for each in figures.get(name, [])],
                        'left_out': None, 'peers': peers} for name in [*JOBS][::-1]}}
    path = tmp_path / 'bench.json'
    path.write_text(json.dumps(content))
    return path


def test_a_published_benchmark_is_what_the_pages_say(command, published, tmp_path):
    assert call(command, f'--publish={published}') == 0
    assert (tmp_path / 'README.md').read_text() == (
        'a\n| generates a melody of 512 steps in 4.4 s | about 1,200 times as fast, 100 at once; '
        '120 times with Magenta at `batch_size=1` ([docs/benchmarks.md](docs/benchmarks.md)) |\n'
        '| batches melodies as its queue holds them | batches by length, a backward pass of its '
        'own: trains 1.7 to 2.0 times as fast |\nb\n')
    assert {path.name for path in (tmp_path / 'benchmarks').iterdir()} == {
        'bench.json', 'generation.png'}
    kept = json.loads((tmp_path / 'benchmarks' / 'bench.json').read_text())
    assert list(kept['jobs']) == list(JOBS)
    assert (tmp_path / 'page.md').read_text() == (
        f'a\n<!-- benchmark -->\n\n{report.markdown(kept)}\n\n<!-- end -->\nb\n')
    assert kept['jobs']['training']['peers']['A']['commands'] == [
        ['python', '--c=d', 'e/f'], ['sh', '-c', 'cat y']]


@pytest.mark.parametrize(('change', 'words'), [
    ({'is_quick': True}, 'it is --quick'),
    ({'jobs': {'torch': {'left_out': 'no PyTorch', 'figures': []}}}, 'left out: data, training')])
def test_what_is_no_whole_measurement_is_not_published(
        command, published, tmp_path, capsys, change, words):
    published.write_text(json.dumps({**json.loads(published.read_text()), **change}))
    before = (tmp_path / 'README.md').read_text()
    assert call(command, f'--publish={published}') == 2
    assert words in capsys.readouterr().err
    assert (tmp_path / 'README.md').read_text() == before
    assert not (tmp_path / 'benchmarks').exists()


def test_a_page_without_a_place_for_the_numbers_is_an_error_before_anything_is_written(
        command, published, tmp_path, capsys):
    (tmp_path / 'README.md').write_text('| generates slowly | 1 times as fast |\n')
    before = (tmp_path / 'page.md').read_text()
    assert call(command, f'--publish={published}') == 2
    assert 'README.md has no place for the numbers' in capsys.readouterr().err
    assert (tmp_path / 'page.md').read_text() == before
    assert not (tmp_path / 'benchmarks').exists()


def test_readme_and_the_page_have_places_for_the_numbers(command, published, monkeypatch):
    top = SCRIPTS.parent
    monkeypatch.setattr(command.page, 'README', top / 'README.md')
    monkeypatch.setattr(command.page, 'PAGE', top / 'docs' / 'benchmarks.md')
    found = command.page.pages(json.loads(published.read_text()))
    assert 'about 1,200 times as fast' in found[top / 'README.md']
    assert '| 1,234 [' in found[top / 'docs' / 'benchmarks.md']


def test_readme_and_the_page_say_what_the_published_benchmark_says():
    content = report.read_json(page.FOLDER / page.BENCH)
    assert set(content['jobs']) == set(JOBS)
    assert content['settings'] == json.loads(json.dumps(Settings(
        None, None, methods=tuple(methods.METHODS)).to_dict()))
    for path, text in page.pages(content).items():
        assert path.read_text() == text, path


def test_the_published_numbers_are_medians_of_three_rounds_or_more():
    content = report.read_json(page.FOLDER / page.BENCH)
    for name, job in content['jobs'].items():
        assert job['rounds'] >= 3, name
        assert not job['left_out']
        for each in job['figures']:
            assert len(each['values']) == job['rounds']
            assert each['median'] == pytest.approx(np.median(each['values'])), each['name']


def test_the_page_shows_every_plot_of_the_published_benchmark():
    plots = {path.name for path in page.FOLDER.glob('*.png')}
    assert plots == {f'{name}.png' for name in JOBS}
    shown = re.findall(r'\]\(benchmarks/(\w+\.png)\)', page.PAGE.read_text())
    assert sorted(shown) == sorted(plots)


def test_a_plot_is_drawn_of_what_has_a_target_or_grows(tmp_path):
    path = tmp_path / 'plot.png'
    plain = Summary(Metric('x', ('A', 's')), [1, 2]).to_dict()
    row = Summary(Metric('y', ('A', 's'), target=Target('z', 2, 3)), [1, 2, 4]).to_dict()
    slope = Slope('files', {1: ('A', 's'), 2: ('A', 's')}, Target('linear'))
    grown = Summary(slope, [0.5], [[1, 3], [2, 4]]).to_dict()
    assert not figure.draw(path, 'title', [plain])
    assert not path.exists()
    heights = []
    for figures in ([row], [row, row, plain], [grown], [row, grown]):
        assert figure.draw(path, 'title', figures)
        heights.append(int.from_bytes(path.read_bytes()[20:24], 'big'))
    assert heights[0] < heights[1] < heights[2] < heights[3]


def test_jobs_configs_and_methods_are_chosen_and_quick_is_smaller(command, monkeypatch, tmp_path):
    found = []

    def keep(settings):
        found.append(settings)
        raise command.Unavailable('seen')

    monkeypatch.setitem(command.JOBS, 'fake', keep)
    out = f'--output={tmp_path}/out.json'
    call(command, '--jobs=fake', out, '--configs=lookback_rnn, basic_rnn', '--methods=seqgan',
         '--num_files=7')
    call(command, '--jobs=fake', out, '--quick', '--num_files=7')
    call(command, '--jobs=fake', out)
    chosen, quick, full = found
    assert chosen.configs == ('lookback_rnn', 'basic_rnn')
    assert chosen.methods == ('seqgan',)
    assert chosen.num_files == quick.num_files == 7
    assert chosen.batch_size == full.batch_size == 64
    assert full.configs == ('basic_rnn', 'lookback_rnn', 'attention_rnn')
    assert full.methods == tuple(methods.METHODS)
    assert quick.configs == ('basic_rnn',)
    for name in set(HELP) - {'num_files'}:
        assert getattr(quick, name) == QUICK[name] < getattr(full, name)


@pytest.mark.parametrize(('argv', 'words'), [
    (['--jobs=dada'], "unknown job 'dada': did you mean 'data'?"),
    (['--jobs=data'], 'MAGENTA_REG_ECOMPETITION'),
    (['--jobs=data', '--input=/no/such/folder'], '--input=/no/such/folder is no folder'),
    (['--jobs=data', '--input={folder}'], '2 MIDI files: lower --num_files=100'),
    (['--rounds=0'], '--rounds'),
    (['--configs=basic'], "unknown config 'basic': did you mean 'basic_rnn'?"),
    (['--methods=seqgun'], "unknown method 'seqgun': did you mean 'seqgan'?"),
    (['--table=/no/such.json'], 'No such file or directory: /no/such.json'),
    (['--table={folder}/c.txt'], 'c.txt is no JSON file of this benchmark'),
])
def test_bad_flags_are_one_line_and_status_2(command, tmp_path, capsys, argv, words):
    for name in ('a.mid', 'b.MIDI', 'c.txt'):
        (tmp_path / name).touch()
    out = f'--output={tmp_path}/out.json'
    assert call(command, out, *[argument.format(folder=tmp_path) for argument in argv]) == 2
    message = capsys.readouterr().err
    assert words in message
    assert message.count('\n') == 1


def test_small_midi_files_are_different_melodies_of_eight_bars(tmp_path):
    data.write_small_files(tmp_path / 'small', 3)
    note_seq = import_note_seq()
    found = set()
    for path in (tmp_path / 'small').iterdir():
        sequence = note_seq.midi_file_to_sequence_proto(str(path))
        assert len(sequence.notes) == 32
        assert sequence.total_time == pytest.approx(16)  # 8 bars at 120 quarter notes a minute.
        found.add(tuple(note.pitch for note in sequence.notes))
    assert len(found) == 3


def test_the_same_files_are_drawn_each_time_under_their_own_names(tmp_path):
    for number in range(12):
        path = tmp_path / 'music' / str(number % 3) / f'{number}.mid'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(number))
    drawn = []
    for name in ('one', 'two'):
        data.copy_files(tmp_path / 'music', tmp_path / name, 5)
        drawn.append({str(path.relative_to(tmp_path / name)): path.read_text()
                      for path in (tmp_path / name).rglob('*.mid')})
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 5
    assert all(Path(name).stem == content for name, content in drawn[0].items())


def test_both_sides_of_the_data_job_read_the_same_files(tmp_path):
    folder = tmp_path / 'music'
    folder.mkdir()
    (folder / 'a.mid').touch()
    work_dir = tmp_path / 'bench'
    midi = work_dir / 'midi'
    job = data.make_job(Settings(folder, work_dir, num_files=1, num_small_files=10))
    peers = {peer.name: peer for peer in job.peers}
    for config in ('basic_rnn', 'lookback_rnn', 'attention_rnn'):
        convert, create = peers[f'stock {config}'].commands
        ours, = peers[f'ours {config}'].commands
        assert f'--input_dir={midi}' in convert
        assert f'--input={midi}' in ours
        assert f'--config={config}' in create
        assert f'--config={config}' in ours
        assert 'main' in peers[f'ours {config}, main'].name
    assert {name for metric in job.metrics for name in metric.peers} == set(peers)


def test_stocks_extractor_takes_the_highest_note_once_patched(monkeypatch):
    extractor = import_magenta('magenta.pipelines.melody_pipelines').MelodyExtractor
    monkeypatch.setattr(extractor, '__init__', extractor.__init__)
    stock.take_highest_notes()
    note_seq = import_note_seq()
    sequence = note_seq.NoteSequence()
    for beat in range(40):
        for pitch in (60 + beat % 12, 40):
            sequence.notes.add(pitch=pitch, velocity=80, start_time=beat / 2,
                               end_time=(beat + 1) / 2)
    sequence.total_time = 20
    sequence.tempos.add(qpm=120)
    quantized = note_seq.quantize_note_sequence(sequence, 4)
    melody, = extractor(min_bars=7, max_steps=512, min_unique_pitches=5, gap_bars=1.0,
                        ignore_polyphonic_notes=False, name='x').transform(quantized)
    assert [event for event in melody if event >= 0] == [60 + beat % 12 for beat in range(40)]


def test_melodies_of_equal_length_are_the_longest_cut_to_their_shortest():
    melodies = make_melodies(9, seed=0)
    lengths = sorted(map(len, melodies))
    chosen = inputs.equal_lengths(melodies, 4, 512)
    assert [len(events) for events in chosen] == [lengths[-4]] * 4
    for events in chosen:
        assert any(np.array_equal(events, whole[:len(events)]) for whole in melodies)
    assert len(inputs.equal_lengths(melodies, 4, 10)[0]) == 10
    with pytest.raises(UserError, match='9 melodies for training, 10 are needed'):
        inputs.equal_lengths(melodies, 10, 512)


@pytest.fixture
def no_inputs(monkeypatch, tmp_path):
    """Settings for which no job makes data sets or runs."""
    made = {'make_data_sets': lambda config, settings: inputs.DataSets('natural', 'equal', 99, 70),
            'make_run': lambda config, settings: tmp_path / config,
            'make_runs': lambda settings: tmp_path / 'compared',
            'real_melodies': lambda count: make_melodies(count, seed=0),
            'read_examples': lambda *arguments: Examples(make_melodies(3, seed=0), '', ''),
            'copy_files': lambda *arguments: None, 'check_available': lambda python: None,
            'write_batches': lambda *arguments: None, 'check_losses': lambda *arguments: None,
            '_midi_files': lambda folder: ['one'] * 7}
    for make_job in JOBS.values():
        module = sys.modules[make_job.__module__]
        for name, replacement in made.items():
            if hasattr(module, name):
                monkeypatch.setattr(module, name, replacement)
    return Settings(tmp_path, tmp_path, methods=tuple(methods.METHODS), torch_python='python',
                    num_small_files=20, growth_points=2)


@pytest.mark.parametrize('is_quick', [False, True])
@pytest.mark.parametrize('name', JOBS)
def test_every_peer_of_a_job_is_read_by_a_metric_and_every_metric_has_its_peers(
        no_inputs, monkeypatch, name, is_quick):
    for size in ('_FILES', '_MELODIES', '_BATCH'):
        monkeypatch.setattr(growth, size, 2)
    job = JOBS[name](no_inputs._replace(is_quick=is_quick))
    names = [peer.name for peer in job.peers]
    assert len(set(names)) == len(names)
    assert {peer for metric in job.metrics for peer in metric.peers} == set(names)
    titles = [metric.name for metric in job.metrics]
    assert len(set(titles)) == len(titles)
    assert any(metric.target for metric in job.metrics)


def test_an_aim_is_never_easier_than_its_bar():
    found = [value for value in vars(targets).values() if isinstance(value, Target)]
    found += [each for value in vars(targets).values() if isinstance(value, dict)
              for each in value.values() if isinstance(each, Target)]
    assert len(found) > 20
    for each in found:
        if each.aim is not None:
            assert each.aim < each.bar if each.at_most else each.aim > each.bar


@pytest.mark.parametrize(('num_runs', 'num_methods', 'num_seeds'), [(20, 4, 5), (4, 2, 2),
                                                                    (2, 1, 2)])
def test_compared_runs_are_methods_by_seeds(num_runs, num_methods, num_seeds):
    found, seeds = analysis.runs_shape(Settings(None, None, num_runs=num_runs))
    assert (len(found), seeds) == (num_methods, num_seeds)


def test_without_pytorch_its_job_says_so_in_one_line(tmp_path):
    no_torch = tmp_path / 'python'
    no_torch.write_text('#!/bin/sh\necho "ModuleNotFoundError: no torch" >&2\nexit 1\n')
    no_torch.chmod(0o755)
    for python, words in ((None, 'make bench makes one'), (tmp_path / 'none', 'none'),
                          (no_torch, 'has no PyTorch: ModuleNotFoundError: no torch')):
        with pytest.raises(Unavailable, match=words) as error:
            pytorch.check_available(python)
        assert '\n' not in str(error.value)


@pytest.mark.slow
@pytest.mark.skipif(not TORCH_PYTHON.exists(), reason='make bench makes .venv-torch')
def test_pytorch_computes_our_losses_and_no_other_weights_do(monkeypatch, tmp_path):
    examples = write_examples(tmp_path / 'examples', make_melodies(8, seed=0, min_steps=40,
                                                                   max_steps=40),
                              ENCODINGS[pytorch.CONFIG])
    batches, weights = tmp_path / 'batches.npz', tmp_path / 'weights.npz'
    pytorch.write_batches(batches, examples, 4)
    pytorch.check_losses(TORCH_PYTHON, batches, weights)
    arrays = dict(np.load(weights))
    kernel = 'rnn/multi_rnn_cell/cell_1/basic_lstm_cell/kernel'
    arrays[kernel] = arrays[kernel][:, ::-1]  # Gates in another order.
    run = pytorch.run_peer

    def run_with_other_weights(peer):
        if peer.name.startswith('torch'):
            np.savez(weights, **arrays)
        return run(peer)

    monkeypatch.setattr(pytorch, 'run_peer', run_with_other_weights)
    with pytest.raises(UserError, match='not the same network: the loss is'):
        pytorch.check_losses(TORCH_PYTHON, batches, weights)


@pytest.mark.slow
def test_stocks_evaluation_ends_with_its_numbers_of_the_part_which_are_ours(trained_run, tmp_path):
    file, = [file for file in EXPERIMENT_FILES if file.stem == 'baseline']
    trained = trained_run(file, 'basic_rnn')
    melodies = make_melodies(8, seed=3)
    examples = write_examples(tmp_path / 'examples', melodies, ENCODINGS['basic_rnn'])
    reading = run_peer(Peer('stock', [[
        sys.executable, SCRIPTS / 'benchmarks' / 'peers' / 'stock_eval.py', '--eval',
        '--config=basic_rnn', f'--run_dir={trained.run.folder}',
        f'--sequence_example_file={examples}',
        '--hparams=batch_size=4,rnn_layer_sizes=[8,7],dropout_keep_prob=1.0']]))
    assert reading['loss'] == pytest.approx(evaluate(trained.model, melodies).loss, rel=1e-4)
    assert 0 < reading['main_secs'] < reading['wall_secs']


@pytest.mark.parametrize('name', methods.METHODS)
def test_the_methods_under_the_clock_are_experiments_and_start_at_once(name):
    method = methods.METHODS[name]
    experiment = resolve_experiment(EXPERIMENTS / f'{method.experiment}.yaml', methods.CONFIG,
                                    joined(method.hparams))
    assert experiment.name == method.experiment
    assert experiment.hparams.get('gate_generator', 0) == 0
    assert experiment.hparams.get('discriminator_warmup_steps', 0) == 0


def test_the_clock_starts_after_the_warm_up(monkeypatch, capsys):
    ends = iter([100.0, 101.0, 103.0, 105.0, 200.0])
    monkeypatch.setattr('time.perf_counter', lambda: next(ends))
    clock = StepClock(2, 2)
    for num_events in (1000, 1000, 30, 50, 1000):
        clock.step_ended(num_events)
    clock.print_reading()
    assert json.loads(capsys.readouterr().out) == {
        'step_secs': 2.0, 'steps_per_sec': 0.5, 'events_per_sec': 20.0}


def test_a_training_that_ended_early_has_no_reading():
    clock = StepClock(1, 2)
    clock.step_ended(5)
    with pytest.raises(RuntimeError, match='1 steps ran, not 3'):
        clock.print_reading()


def test_operations_are_those_of_a_plain_backpropagation_that_counts_its_products():
    rng, sizes, num_classes, batch, steps = np.random.default_rng(0), [5, 3, 4], 6, 2, 3
    count = 0

    def product(left, right):
        nonlocal count
        count += 2 * left.shape[0] * left.shape[1] * right.shape[1]
        return left @ right

    inputs = [rng.random((batch, sizes[0])) for _ in range(steps)]
    weights = [(rng.random((below, 4 * units)), rng.random((units, 4 * units)))
               for below, units in itertools.pairwise(sizes)]
    layers = [inputs]
    for to_gates, recurrent in weights:
        h, outputs = np.zeros((batch, len(recurrent))), []
        for x in layers[-1]:
            gates = product(x, to_gates) + product(h, recurrent)
            h = np.tanh(gates[:, :len(recurrent)])  # The products are what counts, not the cell.
            outputs.append(h)
        layers.append(outputs)
    projection = rng.random((sizes[-1], num_classes))
    grads = []
    for h in layers[-1]:
        grad_logits = product(h, projection)
        product(h.T, grad_logits)
        grads.append(product(grad_logits, projection.T))
    for depth in (1, 0):
        to_gates, recurrent = weights[depth]
        below = []
        for x, h, grad in zip(layers[depth], layers[depth + 1], grads, strict=True):
            grad_gates = np.tile(grad, 4)
            product(x.T, grad_gates)
            product(h.T, grad_gates)
            product(grad_gates, recurrent.T)
            below += [product(grad_gates, to_gates.T)] if depth else []
        grads = below
    assert count == batch * steps * flops_per_event(sizes[0], sizes[1:], num_classes)


@pytest.mark.slow
@pytest.mark.parametrize('side', ['stock', 'ours'])
def test_training_runs_under_the_clock(tmp_path, side):
    examples = write_examples(tmp_path / 'examples', make_melodies(8, seed=0),
                              ENCODINGS['basic_rnn'])
    flags = ['--config=basic_rnn', f'--sequence_example_file={examples}',
             '--hparams=batch_size=4,rnn_layer_sizes=[8,8]']
    steps = {'stock': ['1', '2', f'--run_dir={tmp_path}/run'],
             'ours': ['--warmup_steps=1', '--measured_steps=2']}[side]
    script = SCRIPTS / 'benchmarks' / 'peers' / f'{side}_train.py'
    done = subprocess.run([sys.executable, script, *steps, *flags], check=True,
                          capture_output=True, text=True)
    reading = json.loads(done.stdout.splitlines()[-1])
    assert reading['steps_per_sec'] == pytest.approx(1 / reading['step_secs'])
    events = reading['events_per_sec'] * 2 * reading['step_secs']
    assert events == pytest.approx(round(events))
    assert 2 * 4 * 19 <= events <= 2 * 4 * 47


def test_both_sides_of_the_generation_job_open_the_same_run(monkeypatch, tmp_path):
    configs = Settings(None, None).configs
    runs = {config: tmp_path / config for config in configs}
    monkeypatch.setattr(generation, 'make_run', lambda config, settings: runs[config])
    job = generation.make_job(Settings(None, tmp_path, num_outputs=7, stock_outputs=3,
                                       num_steps=40))
    peers = {peer.name: peer for peer in job.peers}
    for config in configs:
        stock_command, = peers[f'stock {config}'].commands
        _, ours_command = peers[f'ours {config}'].commands
        for command, num_outputs in ((stock_command, 3), (ours_command, 7)):
            assert f'--run_dir={runs[config]}' in command
            assert f'--num_outputs={num_outputs}' in command
            assert {'--num_steps=40', '--primer_melody=[60]'} <= set(command)
        fastest, = peers[f'stock {config}, batch_size=1'].commands
        assert '--hparams=batch_size=1,rnn_layer_sizes=[128,128]' in fastest
    assert '--num_outputs=70' in peers['ours basic_rnn, ten times the melodies'].commands[1]
    assert {name for metric in job.metrics for name in metric.peers} == set(peers)
    bars = {metric.target.bar for metric in job.metrics if metric.target}
    assert bars == {737, 672, 384}


def test_the_generation_job_trains_on_real_melodies_that_all_its_configs_can_encode():
    melodies = inputs.real_melodies(20)
    assert len(melodies) == 20
    for config in Settings(None, None).configs:
        for events in melodies:
            ENCODINGS[config].codec.check_range(events)


@pytest.mark.slow
@pytest.mark.parametrize('side', ['stock', 'ours'])
def test_generation_runs_under_the_clock(trained_run, tmp_path, side):
    file, = [file for file in EXPERIMENT_FILES if file.stem == 'baseline']
    run_dir = trained_run(file, 'basic_rnn').run.folder
    options = {'stock': ['10', '--config=basic_rnn',
                         '--hparams=batch_size=4,rnn_layer_sizes=[8,7]'], 'ours': []}[side]
    script = SCRIPTS / 'benchmarks' / 'peers' / f'{side}_generate.py'
    start = time.perf_counter()
    done = subprocess.run([
        sys.executable, script, *options, f'--run_dir={run_dir}', f'--output_dir={tmp_path}/out',
        '--num_outputs=2', '--num_steps=40', '--primer_melody=[60]'], check=True,
        capture_output=True, text=True)
    wall_secs = time.perf_counter() - start
    reading = json.loads(done.stdout.splitlines()[-1])
    assert len(list((tmp_path / 'out').glob('*.mid'))) == 2
    parts = reading['import_secs'], reading['graph_secs'], 2 * reading['melody_secs']
    assert min(parts) > 0
    assert sum(parts) < wall_secs
    if side == 'stock':
        assert reading['reckoned_secs'] == pytest.approx(sum(parts) + 8 * reading['melody_secs'])
    else:
        assert reading['melodies_per_sec'] == pytest.approx(1 / reading['melody_secs'])
