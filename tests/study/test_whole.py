"""A study of four methods on a part of the folk tunes, by processes, by commands, and killed."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import yaml

from magenta_reg.base.files import read_json

pytestmark = pytest.mark.slow

METHODS = ['baseline', 'dropout', 'scheduled_sampling', 'professor_forcing']
CONTENT = {
    'data': {'input': 'folk', 'eval_ratio': 0.01, 'test_ratio': 0.03, 'judge_ratio': 0.02,
             'training_share': 0.05},
    'experiments': METHODS, 'hparams': 'batch_size=16,rnn_layer_sizes=[16]',
    'grid': {name: {'learning_rate': [0.003, 0.01]} for name in METHODS},
    'seeds': [1, 2, 3], 'num_training_steps': 20, 'eval_every': 10,
    'analysis': {'num_melodies': 24, 'num_continuations': 1}}


def command(*flags):
    return [sys.executable, '-m', 'magenta_reg.cli.study', *flags]


def results(out):
    """Returns results.json without the study's own folder in it."""
    text = (out / 'analysis' / 'results.json').read_text()
    return json.loads(text.replace(str(out), 'OUT'))


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A folder with study.yaml, and with the study by two processes in `jobs`."""
    folder = tmp_path_factory.mktemp('whole')
    (folder / 'study.yaml').write_text(yaml.safe_dump(CONTENT, sort_keys=False))
    subprocess.run(command(f'--study={folder}/study.yaml', f'--output_dir={folder}/jobs',
                           '--jobs=2'), check=True)
    return folder


def test_four_methods_three_seeds_and_two_trials_each_are_all_there(folder):
    numbers = results(folder / 'jobs')
    assert [(run['method'], run['seed']) for run in numbers['runs']] == [
        (name, seed) for name in METHODS for seed in (1, 2, 3)]
    trials = read_json(folder / 'jobs' / 'analysis' / 'protocol.json')['trials']
    assert len(trials) == 8
    assert sum(trial['chosen'] for trial in trials) == 4


def test_printed_commands_in_any_order_come_to_equal_results(folder):
    out = folder / 'commands'
    subprocess.run(command(f'--study={folder}/study.yaml', f'--output_dir={out}',
                           '--print_commands'), check=True)
    for name in ('1_search', '2_runs'):
        lines = (out / 'commands' / f'{name}.txt').read_text().splitlines()
        random.Random(name).shuffle(lines)
        for line in [*lines, lines[0]]:
            subprocess.run(line, shell=True, check=True, cwd='/')
    subprocess.run(command(f'--output_dir={out}', '--collect'), check=True)
    assert results(out) == results(folder / 'jobs')


def test_a_ray_cluster_comes_to_equal_results(folder):
    pytest.importorskip('ray')
    out = folder / 'ray'
    subprocess.run(command(f'--study={folder}/study.yaml', f'--output_dir={out}',
                           '--ray_address=local'), check=True)
    assert results(out) == results(folder / 'jobs')


def workers(pid):
    """Returns the ids of the processes in which a study's runs go on."""
    found = subprocess.run(['pgrep', '-f', '-P', str(pid), 'spawn_main'], capture_output=True,
                           text=True).stdout
    return [int(each) for each in found.split()]


def test_killed_workers_and_a_killed_study_change_nothing(folder):
    out, rng = folder / 'killed', random.Random(0)
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, None):
        process = subprocess.Popen(command(f'--study={folder}/study.yaml', f'--output_dir={out}',
                                           '--jobs=2'))
        before = len(list(out.rglob('finished.json')))
        while len(list(out.rglob('finished.json'))) <= before:
            assert process.poll() is None
            time.sleep(0.2)
        time.sleep(rng.uniform(0, 4))
        if number is None:
            os.kill(rng.choice(workers(process.pid)), signal.SIGKILL)
        else:
            process.send_signal(number)
        assert process.wait() == {signal.SIGKILL: -9, signal.SIGTERM: 143, None: 0}[number]
    assert results(out) == results(folder / 'jobs')
    assert not list(out.rglob('*.partial'))
