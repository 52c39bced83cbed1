"""A whole study on made-up music, started again, changed, and with runs that fail."""

import json

import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.generation.primer_pool import choose_primers
from magenta_reg.generation.stream import Request
from magenta_reg.generation.to_files import generate_files
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.metrics import read_metrics
from magenta_reg.runs.run import Run
from magenta_reg.study.study import run_study
from tests.study.conftest import TINY, here


def assert_generated_by_seed(run_dir, step, seed, other):
    """Asserts that a run has the melodies that it gives with a seed, made in `other` again."""
    model, request = MelodyModel.from_run(run_dir), Request(2, 48, seed)
    generate_files(model, choose_primers(model.encoding, request).by_row, other, request)
    found, again = ([path.read_bytes() for path in sorted(each.glob('*.mid'))]
                    for each in (run_dir / 'generated' / f'step_{step}', other))
    assert found == again
    assert len(found) == 2


def steps_of(run_dir):
    """Returns the steps of a run's evaluations, list of str."""
    return [row['step'] for row in read_metrics(Run(run_dir).metrics_path)
            if row['split'] == 'eval']


def assert_test_reports_and_the_judge_takes_no_side(out, numbers):
    """Asserts which part of a study's data was used for what, by the hashes that runs recorded."""
    dataset = json.loads((out / 'dataset' / 'basic_rnn' / 'dataset.json').read_text())
    hashes = {part: summary['sha256'] for part, summary in dataset['parts'].items()}
    assert set(hashes) == {'training', 'judge', 'eval', 'test'}
    assert numbers['settings']['sequence_example_sha256'] == hashes['test']
    run, judge = (Run(out / name).read_config() for name in
                  ('runs/basic_rnn/small_seed5', 'judges/basic_rnn/small_seed6'))
    assert (run['data']['train'], run['data']['eval']) == (hashes['training'], hashes['eval'])
    assert (judge['data']['train'], judge['data']['eval']) == (hashes['judge'], hashes['eval'])
    assert (run['seed'], judge['seed']) == (5, 6)
    (recorded,) = numbers['judges']
    assert recorded['run_dir'] == str(out / 'judges/basic_rnn/small_seed6')
    assert [each['label'] for each in numbers['groups']] == ['small']
    assert not [note for note in numbers['notes'] if 'Validation is reported' in note]


def test_a_study_goes_from_music_to_report_and_starts_again_where_it_was(write_study, tmp_path):
    out, path = tmp_path / 'out', write_study()
    first = run_study(path, out, here, jobs=1)
    run, judge = out / 'runs/basic_rnn/small_seed5', out / 'judges/basic_rnn/small_seed6'
    assert (out / 'analysis' / 'report.html').exists()
    assert json.loads((out / 'analysis' / 'results.json').read_text()) == first['']
    assert_test_reports_and_the_judge_takes_no_side(out, first[''])
    assert_generated_by_seed(run, 3, 5, tmp_path / 'again')
    files = {path: path.stat().st_mtime_ns for path in out.rglob('*')
             if path.is_file() and ('runs' in path.parts or 'dataset' in path.parts)}

    assert run_study(out / 'study.yaml', out, here, jobs=1) == first
    assert {path: path.stat().st_mtime_ns for path in files} == files
    assert steps_of(judge) == ['2', '3']


def made_by(path, out):
    """Runs a study and returns the names of the runs that were not there, in order."""
    made = []

    def noting(folder, tasks):
        made.extend(task.name.split('/')[0] + '/' + task.label for task in tasks)
        yield from here(folder, tasks)
    run_study(path, out, noting, jobs=1)
    return sorted(made)


def test_a_changed_file_makes_what_changed_and_nothing_else(write_study, tmp_path, monkeypatch):
    monkeypatch.setattr('magenta_reg.study.report.analyze', lambda *args, **options: {})
    out, plain = tmp_path / 'out', {'hparams': TINY}
    sampled = {'method': 'scheduled_sampling', 'hparams': TINY}
    options = {'experiments': {'small': sampled, 'plain': plain}, 'num_training_steps': 2}
    assert made_by(write_study(**options), out) == [
        'judges/small_seed6', 'runs/plain_seed5', 'runs/small_seed5']
    assert made_by(write_study(**options, seeds=[5, 7], judge={
        'experiment': 'small', 'seeds': [6]}), out) == ['runs/plain_seed7', 'runs/small_seed7']
    options['experiments'] = {'small': sampled, 'plain': {'hparams': {**TINY, 'batch_size': 4}}}
    assert made_by(write_study(**options), out) == ['runs/plain_seed5']
    assert Run(out / 'runs/basic_rnn/plain_seed5').read_config()['hparams']['batch_size'] == 4
    before = (out / 'runs/basic_rnn/plain_seed5/metrics.csv').read_bytes()
    options['num_training_steps'] = 4  # Training goes on from step 2.
    assert len(made_by(write_study(**options), out)) == 3
    assert steps_of(out / 'runs/basic_rnn/plain_seed5') == ['2', '4']
    assert (out / 'runs/basic_rnn/plain_seed5/metrics.csv').read_bytes().startswith(before[:60])


def test_a_run_that_fails_twice_is_left_out_and_named_and_retry_failed_tries_again(
        write_study, tmp_path, monkeypatch):
    compared, attempts, out = [], [], tmp_path / 'out'
    monkeypatch.setattr('magenta_reg.study.report.analyze',
                        lambda run_dirs, *args, **options: compared.append(run_dirs) or {})

    def failing(folder, tasks):
        for task in tasks:
            if task.name == 'runs/basic_rnn/small_seed6':
                attempts.append(task.name)
                yield task, 'the loss is nan'
            else:
                yield from here(folder, [task])

    def missing():
        return json.loads((out / 'analysis' / 'protocol.json').read_text())['missing']

    path = write_study(seeds=[5, 6])
    for _ in range(2):
        run_study(path, out, failing, jobs=1)
        assert len(attempts) == 2
        assert compared.pop() == [out / 'runs/basic_rnn/small_seed5']
        assert missing() == [{'name': attempts[0], 'error': 'the loss is nan'}]
    run_study(path, out, here, jobs=1, retry_failed=True)
    assert compared.pop() == [out / f'runs/basic_rnn/small_seed{seed}' for seed in (5, 6)]
    assert missing() == []


def test_a_trial_chooses_the_number_of_jobs_wherever_a_run_is_to_be_made(
        write_study, tmp_path, monkeypatch):
    monkeypatch.setattr('magenta_reg.study.report.analyze', lambda *args, **options: {})
    monkeypatch.setattr('magenta_reg.study.study.local.run_tasks',
                        lambda folder, tasks, jobs: here(folder, tasks))
    asked = []
    monkeypatch.setattr('magenta_reg.study.study.choose_jobs',
                        lambda folder, task, num_runs: asked.append(num_runs) or (2, ''))
    for changes in ({}, {}, {'hparams': 'clip_norm=1.0'}):
        run_study(write_study(**changes), tmp_path / 'out')
    assert asked == [2, 2], 'not where all is there'


def test_a_study_of_too_many_runs_is_refused(write_study, tmp_path):
    with pytest.raises(UserError, match='3 runs, more than --max_runs=2'):
        run_study(write_study(seeds=[5, 6]), tmp_path / 'out', here, jobs=1, max_runs=2)
