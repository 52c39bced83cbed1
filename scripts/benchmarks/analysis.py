"""JOBS=analysis: a comparison of many small runs; JOBS=study: one run at a time against two."""

import functools

from . import targets
from .harness import Peer, run_peer
from .inputs import make_data_sets, parts
from .job import Job, command, empty, peer_script
from .metrics import Metric

CONFIG = 'basic_rnn'
_METHODS = ['baseline', 'dropout', 'scheduled_sampling', 'professor_forcing']


def make_job(settings):
    """Returns the Job `analysis`: seconds of a comparison, nothing of it cached."""
    methods, num_seeds = runs_shape(settings)
    peer, what = compare(settings, num_seeds), f'{len(methods) * num_seeds} runs'
    return Job([peer], [
        Metric(f'seconds for {what}', (peer.name, 'wall_secs'), None, targets.ANALYSIS_SECS),
        Metric(f'memory for {what}, MiB', (peer.name, 'all_processes_mib'))],
        lambda readings: [f'{", ".join(methods)}, {num_seeds} seeds each; {settings.num_compared} '
                          'held-out melodies of 128 events'])


def runs_shape(settings):
    """Returns the methods, list of str, and the number of seeds of the runs that are compared."""
    methods = _METHODS[:max(1, min(len(_METHODS), settings.num_runs // 2))]
    return methods, settings.num_runs // len(methods)


@functools.cache
def make_runs(settings):
    """Trains the runs. Returns the Path of their folder."""
    make_data_sets(CONFIG, settings)
    methods, num_seeds = runs_shape(settings)
    folder = settings.work_dir / 'compared'
    run_peer(Peer('runs to compare', [peer_script(
        'make_runs', folder, *parts(CONFIG, settings), ','.join(methods), num_seeds)]))
    return folder


def compare(settings, num_seeds):
    """Returns the Peer of a comparison of the first seeds of each method."""
    folder, output_dir = make_runs(settings), settings.work_dir / f'analysis_{num_seeds}'
    training, evaluation = parts(CONFIG, settings)
    runs = [folder / f'{method}_{seed}' for method in runs_shape(settings)[0]
            for seed in range(num_seeds)]
    return Peer(f'analysis of {num_seeds} seeds', [empty(output_dir), [
        command('analyze'), f'--run_dirs={",".join(map(str, runs))}',
        f'--sequence_example_file={evaluation}', f'--training_sequence_example_file={training}',
        f'--output_dir={output_dir}', f'--num_melodies={settings.num_compared}']])


def make_study_job(settings):
    """Returns the Job `study`: whole commands with one run at a time and with two."""
    study = settings.work_dir / 'study.yaml'
    steps = settings.study_steps
    study.write_text(f'''
data: {{input: 'folk:airdsAirs'}}
experiments: [baseline, dropout]
seeds: [0, 1]
judge: no
hparams: {{batch_size: 16}}
num_training_steps: {steps}
eval_every: {max(1, steps // 2)}
generate: {{num_outputs: 4, num_steps: 64}}
analysis: {{num_melodies: 16, num_steps: 64}}
''')
    peers = []
    for jobs in (1, 2):
        output_dir = settings.work_dir / f'study_{jobs}'
        peers.append(Peer(f'--jobs={jobs}', [empty(output_dir), [
            command('study'), f'--study={study}', f'--output_dir={output_dir}', f'--jobs={jobs}']]))
    one, two = ((peer.name, 'wall_secs') for peer in peers)
    return Job(peers, [Metric('seconds with --jobs=1 / --jobs=2', one, two, targets.STUDY),
                       Metric('seconds with --jobs=2', two)],
               lambda readings: [f'4 runs of {steps} updates; data set and analysis count'])
