"""Runs on a real Ray cluster of two nodes on this machine: all of them end, whatever crashes."""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.examples import read_examples
from magenta_reg.dataset.folder import REPORT_NAME
from magenta_reg.runs.checkpoints import list_checkpoints, read_checkpoint, weights_sha256
from magenta_reg.study import local, ray_node
from magenta_reg.study.ray_cluster import LOG, check_address, run_tasks
from magenta_reg.study.ray_node import HIDDEN, Job, library_versions, pack, unpack
from magenta_reg.study.study import run_study
from magenta_reg.study.tasks import Task, execute, is_finished
from tests.small import make_experiment, make_melodies, write_examples
from tests.study.conftest import TINY, here

ray = pytest.importorskip('ray')

TOP = Path(__file__).parent.parent.parent
STORE = {'object_store_memory': 80 * 2 ** 20}
ELSEWHERE = Path('/a/folder/that/no/node/sees')
NUM_LINES = 8
SHARED_OR_NOT = pytest.mark.parametrize(
    'node_folder', [None, ELSEWHERE], ids=['shared', 'not_shared'])


@pytest.fixture(scope='module')
def node_temp(tmp_path_factory):
    """The temporary folder of nodes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('RAY_TMPDIR', '/tmp')  # The names of sockets must be short.
        patch.setenv('RAY_AUTH_MODE', 'disabled')  # No token is written into the home folder.
        patch.setenv('TMPDIR', str(tmp_path_factory.mktemp('nodes')))
        yield Path(os.environ['TMPDIR'])


@pytest.fixture(scope='module')
def cluster(node_temp):
    """A cluster whose head, which the study is connected to, takes no runs."""
    from ray.cluster_utils import Cluster
    cluster = Cluster(initialize_head=True, head_node_args={
        'num_cpus': 0, 'include_dashboard': False, **STORE})
    yield cluster
    cluster.shutdown()


@pytest.fixture
def nodes(cluster):
    """The ids of two nodes with a CPU each."""
    while len(cluster.worker_nodes) < 2:
        cluster.add_node(num_cpus=1, **STORE)
    return [node.node_id for node in cluster.worker_nodes]


@pytest.fixture
def study(tmp_path):
    """A study's folder with two data files, and dataset.json beside them."""
    hashes = {}
    for name in ('training', 'eval'):
        path = write_examples(tmp_path / f'{name}.tfrecord', make_melodies(12, seed=len(name)),
                              ENCODINGS['basic_rnn'])
        hashes[name] = {'sha256': hashlib.sha256(Path(path).read_bytes()).hexdigest()}
    (tmp_path / REPORT_NAME).write_text(json.dumps({'parts': hashes}))
    return tmp_path


def stub_tasks(count):
    return [Task(f'runs/run{index}', {'seed': index}, 'training.tfrecord', 'eval.tfrecord', {}, {})
            for index in range(count)]


def note_node(folder, task):
    """Writes who works on a run, and where."""
    (folder / task.name).mkdir(parents=True, exist_ok=True)
    with open(folder / task.name / 'nodes.txt', 'a') as file:
        file.write(f'{ray.get_runtime_context().get_node_id()} {os.getpid()} {folder}\n')


def stub(folder, task):
    """Writes the data's size again and again, from where a killed run stopped.

    Seed 8 waits for ever the first time, seed 9 fails.
    """
    note_node(folder, task)
    if task.experiment['seed'] == 9:
        raise UserError('the loss is not\nfinite')
    if task.experiment['seed'] == 8 and len(nodes_of(folder, task)) == 1:
        time.sleep(600)
    size = sum((folder / name).stat().st_size for name in (task.training_file, task.eval_file))
    path = folder / task.name / 'metrics.csv'
    for step in range(path.read_text().count('\n') if path.exists() else 0, NUM_LINES):
        time.sleep(0.05)
        with open(path, 'a') as file:
            file.write(f'{step},{size},{len(os.sched_getaffinity(0))}\n')


def noted_execute(folder, task):
    note_node(folder, task)
    execute(folder, task)


def places(study, node_temp=None):
    """Returns the folders in which runs may be: the study's, and those of nodes."""
    return [study, *(node_temp.glob('*') if node_temp else ())]


def nodes_of(study, task, node_temp=None):
    """Returns the rows of `note_node`: list of [node id, process id, folder]."""
    paths = [place / task.name / 'nodes.txt' for place in places(study, node_temp)]
    return [line.split(' ', 2) for path in paths if path.exists()
            for line in path.read_text().splitlines()]


def expected_lines(study):
    size = sum((study / f'{name}.tfrecord').stat().st_size for name in ('training', 'eval'))
    return ''.join(f'{step},{size},1\n' for step in range(NUM_LINES))


def wait_until(condition, secs=60.0):
    deadline = time.monotonic() + secs
    while not condition():
        assert time.monotonic() < deadline, 'waited too long'
        time.sleep(0.05)


@contextmanager
def beside(function):
    """Calls a function in a thread while the block runs."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(function)
        yield
        future.result()


@SHARED_OR_NOT
def test_all_runs_end_on_both_nodes_and_a_failed_one_says_why(
        cluster, nodes, study, node_folder, capfd):
    tasks = stub_tasks(4)
    tasks[2] = tasks[2]._replace(experiment={'seed': 9})
    errors = {task.name: error for task, error in run_tasks(
        study, tasks, cluster.address, function=stub, node_folder=node_folder)}
    assert errors == {task.name: 'the loss is not finite' if task is tasks[2] else None
                      for task in tasks}
    for task in (tasks[0], tasks[1], tasks[3]):
        assert (study / task.name / 'metrics.csv').read_text() == expected_lines(study)
    rows = [nodes_of(study, task) for task in tasks]
    assert [len(row) for row in rows] == [1] * 4, 'no run is made twice, not even a failed one'
    assert {row[0][0] for row in rows} == set(nodes)
    assert {row[0][2] == str(study) for row in rows} == {node_folder is None}
    assert sorted(path.name for path in study.iterdir()) == [
        REPORT_NAME, 'eval.tfrecord', LOG, 'runs', 'training.tfrecord']
    assert capfd.readouterr() == ('', '')


def test_a_cluster_that_is_not_there_is_one_line_at_once(study):
    start = time.monotonic()
    with pytest.raises(UserError) as caught:
        list(run_tasks(study, stub_tasks(1), '127.0.0.1:9', function=stub))
    assert str(caught.value).startswith('cannot connect to the Ray cluster 127.0.0.1:9: ')
    assert time.monotonic() - start < 15


@pytest.mark.parametrize('address', ['here', 'ray://head:10001', 'head:', ':6379', 'head:x'])
def test_an_address_that_is_none_is_named(address):
    with pytest.raises(UserError, match=f'^--ray_address={re.escape(address)} is none: give '):
        check_address(address)


def test_without_ray_one_line_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, 'ray', None)
    with pytest.raises(UserError, match=r"run pip install 'magenta_reg\[ray\]'$"):
        check_address('auto')


def test_a_node_with_another_version_of_a_library_is_named(study):
    job = Job(study, 'token', stub, 1, 0, {**library_versions(), 'numpy': '1.0'})
    assert ray_node.version_error(job).startswith(f'the node {socket.gethostname()} has ')


def test_runs_side_by_side_have_cores_of_their_own_as_long_as_there_are_some(
        monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, 'gettempdir', lambda: str(tmp_path))
    monkeypatch.setattr(ray_node, '_all_cores', lambda: [1, 3, 5])
    with ray_node.own_cores(2) as first, ray_node.own_cores(1) as second:
        assert first == [1, 3]
        assert second == [5]
        with ray_node.own_cores(2) as third:
            assert len(set(third)) == 2
    with ray_node.own_cores(8) as everything:
        assert everything == [1, 3, 5]


def test_who_loses_a_run_to_another_ends_before_that_one_begins(study, monkeypatch):
    monkeypatch.setattr(ray_node, '_TAKEOVER_SECS', 2.5)
    [task] = stub_tasks(1)
    (study / HIDDEN).mkdir()
    code = ('import sys, time; from pathlib import Path; from magenta_reg.study import ray_node\n'
            'from magenta_reg.study.tasks import Task\n'
            f'with ray_node.claimed(Path(sys.argv[1]), Task({task.name!r}, *[None] * 6)):\n'
            '    print(flush=True); time.sleep(600)')
    with subprocess.Popen([sys.executable, '-c', code, study], stdout=subprocess.PIPE) as first:
        first.stdout.readline()
        with ray_node.claimed(study, task):
            assert first.poll() == 1
    assert not list((study / HIDDEN).iterdir())


def test_a_folder_that_was_packed_is_unpacked_in_place_of_another(tmp_path):
    for name in ('a', 'b'):
        (tmp_path / name / name).mkdir(parents=True)
        (tmp_path / name / name / 'file').write_text(name * 3)
    unpack(pack(tmp_path / 'a'), tmp_path / 'b')
    assert [path.relative_to(tmp_path / 'b').as_posix() for path in sorted(
        (tmp_path / 'b').rglob('*'))] == ['a', 'a/file']
    assert (tmp_path / 'b/a/file').read_text() == 'aaa'
    assert {path.name for path in tmp_path.iterdir()} == {'a', 'b'}


@pytest.mark.slow
def test_more_cpus_or_gpus_than_any_node_has_is_one_line(cluster, nodes, study):
    with pytest.raises(UserError, match=r'--cpus_per_run=2 and --gpus_per_run=0; they have '
                                        '0 and 0, 1 and 0, 1 and 0$'):
        list(run_tasks(study, stub_tasks(1), cluster.address, cpus_per_run=2, function=stub))
    with pytest.raises(UserError, match=r'--cpus_per_run=1 and --gpus_per_run=1; they have '):
        list(run_tasks(study, stub_tasks(1), cluster.address, gpus_per_run=1, function=stub))


@pytest.mark.slow
def test_something_else_that_listens_at_the_address_is_one_line_within_a_minute(study):
    with subprocess.Popen([sys.executable, '-m', 'http.server', '18765'],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        time.sleep(1.0)
        try:
            with pytest.raises(UserError, match=r'the Ray cluster 127\.0\.0\.1:18765 '):
                list(run_tasks(study, stub_tasks(1), '127.0.0.1:18765', function=stub))
        finally:
            server.kill()


@pytest.mark.slow
@SHARED_OR_NOT
def test_a_process_that_is_killed_is_replaced_and_its_run_ends(
        cluster, nodes, study, node_temp, node_folder):
    [task] = stub_tasks(1)

    def kill():
        wait_until(lambda: nodes_of(study, task, node_temp))
        os.kill(int(nodes_of(study, task, node_temp)[0][1]), signal.SIGKILL)

    with beside(kill):
        results = list(run_tasks(study, [task], cluster.address, function=stub,
                                 node_folder=node_folder))
    assert results == [(task, None)]
    assert (study / task.name / 'metrics.csv').read_text() == expected_lines(study)
    assert len(nodes_of(study, task)) == (2 if node_folder is None else 1)


@pytest.mark.slow
def test_a_node_that_falls_silent_is_left(cluster, nodes, study):
    [task] = stub_tasks(1)
    task = task._replace(experiment={'seed': 8})
    frozen = []

    def freeze():
        """Stops all processes of the run's node: as if its cable was cut."""
        wait_until(lambda: nodes_of(study, task))
        [node] = [node for node in cluster.worker_nodes
                  if node.node_id == nodes_of(study, task)[0][0]]
        raylet = psutil.Process(node.all_processes['raylet'][0].process.pid)
        frozen.extend([node, raylet, *raylet.children(recursive=True)])
        for process in frozen[1:]:
            process.suspend()

    with beside(freeze):
        results = list(run_tasks(study, [task], cluster.address, function=stub))
    for process in frozen[1:]:
        process.kill()
    cluster.remove_node(frozen[0], allow_graceful=False)
    assert results == [(task, None)]
    assert {row[0] for row in nodes_of(study, task)} == set(nodes)
    assert (study / task.name / 'metrics.csv').read_text() == expected_lines(study)


def make_tasks(study):
    """Two real runs with checkpoints, metrics and melodies."""
    sha = {part: read_examples(study / f'{name}.tfrecord', ENCODINGS['basic_rnn']).sha256
           for part, name in (('train', 'training'), ('eval', 'eval'))}
    return [Task(f'runs/{method}', make_experiment(method, seed=3, batch_shards=2).to_dict(),
                 'training.tfrecord', 'eval.tfrecord', sha,
                 {'num_training_steps': 600, 'eval_every': 50, 'save_checkpoints_steps': 25,
                  'num_checkpoints': 0}, {'num_outputs': 3, 'num_steps': 40})
            for method in ('teacher_forcing', 'professor_forcing')]


def result_of(study, task):
    """Returns what a run is: metrics, settings, the weights of each checkpoint, the melodies."""
    folder = study / task.name
    weights = {Path(prefix).name: weights_sha256(read_checkpoint(prefix))
               for part in ('train', 'best') for prefix in list_checkpoints(folder / part)}
    # Their names begin with the time.
    melodies = {path.name.rpartition('_')[2]: path.read_bytes()
                for path in (folder / 'generated').rglob('*.mid')}
    tables = [(folder / name).read_bytes() for name in ('metrics.csv', 'config.yaml')]
    return tables, weights, melodies


def local_results(study, tasks):
    """Returns dict of name to `result_of` of the same runs in a process of this machine."""
    folder = study / 'local'
    folder.mkdir()
    for name in ('training.tfrecord', 'eval.tfrecord', REPORT_NAME):
        shutil.copy(study / name, folder)
    assert list(local.run_tasks(folder, tasks, jobs=1)) == [(task, None) for task in tasks]
    return {task.name: result_of(folder, task) for task in tasks}


def with_checkpoint(tasks, folders):
    """Returns the Tasks that have a checkpoint after the first hundred updates."""
    return [task for task in tasks for folder in folders
            if list((folder / task.name / 'train').glob('model.ckpt-1??.index'))]


@pytest.mark.slow
@SHARED_OR_NOT
def test_a_node_that_crashes_costs_no_run_and_no_bit(
        cluster, nodes, study, node_temp, node_folder):
    tasks = make_tasks(study)
    crashed = []

    def crash_a_node():
        """Removes the node of the first run that has a checkpoint."""
        wait_until(lambda: with_checkpoint(tasks, places(study, node_temp)), 120)
        task = with_checkpoint(tasks, places(study, node_temp))[0]
        node_id = nodes_of(study, task, node_temp)[0][0]
        [node] = [node for node in cluster.worker_nodes if node.node_id == node_id]
        cluster.remove_node(node, allow_graceful=False)
        crashed.append(task)

    with beside(crash_a_node):
        results = {task.name: error for task, error in run_tasks(
            study, tasks, cluster.address, function=noted_execute, node_folder=node_folder)}
    assert results == {task.name: None for task in tasks}
    if node_folder is None:
        assert {row[0] for row in nodes_of(study, crashed[0])} == set(nodes)
    expected = local_results(study, tasks)
    for task in tasks:
        assert is_finished(study, task)
        assert result_of(study, task) == expected[task.name]
        assert len(expected[task.name][1]) > 20, 'checkpoints were compared'
        assert len(expected[task.name][2]) == 3, 'melodies were compared'


@pytest.mark.slow
def test_a_study_that_loses_a_node_ends_with_the_same_numbers(
        cluster, nodes, write_study, tmp_path):
    path = write_study(experiments={name: {'method': name, 'hparams': TINY}
                                    for name in ('teacher_forcing', 'scheduled_sampling')},
                       grid={name: {'learning_rate': [0.01, 0.02]}
                             for name in ('teacher_forcing', 'scheduled_sampling')},
                       judge={'experiment': 'teacher_forcing'}, seeds=[5, 6],
                       num_training_steps=60, eval_every=10)

    def crash_a_node():
        """Removes the node of the second trial that goes on."""
        wait_until(lambda: len(list((tmp_path / 'cluster').glob('trials/*/*/nodes.txt'))) > 1)
        ids = {path.read_text().split()[0]
               for path in (tmp_path / 'cluster').glob('trials/*/*/nodes.txt')}
        cluster.remove_node(next(node for node in cluster.worker_nodes if node.node_id in ids),
                            allow_graceful=False)

    with beside(crash_a_node):
        run_study(path, tmp_path / 'cluster', partial(
            run_tasks, address=cluster.address, function=noted_execute))
    run_study(path, tmp_path / 'local', here, jobs=1)
    found, expected = (numbers_of(tmp_path / name) for name in ('cluster', 'local'))
    assert found == expected
    assert len(found[0]['trials']) == 4
    assert not found[0]['missing']


def numbers_of(out):
    """Returns protocol.json and results.json of a study, wherever it lies."""
    return [json.loads((out / 'analysis' / name).read_text().replace(str(out), 'out'))
            for name in ('protocol.json', 'results.json')]
