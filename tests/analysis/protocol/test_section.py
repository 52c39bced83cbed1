"""What the page and the files say of the search for settings and of the three comparisons."""

import csv
import html
import json
from types import SimpleNamespace

import numpy as np
import pytest

from magenta_reg.analysis import analyze as analyze_module
from magenta_reg.analysis.analyze import analyze
from magenta_reg.analysis.comparison.protocol import Protocol, Trial
from magenta_reg.analysis.losses import measure as losses_measure
from magenta_reg.analysis.protocol import section
from magenta_reg.analysis.protocol.section import make_section, search_text
from magenta_reg.analysis.report import page
from tests.analysis.comparison.test_protocol import TRIAL, write
from tests.analysis.fake_runs import (
    MarkovModel,
    make_melodies,
    make_runs,
    make_transitions,
    write_timing,
)

TRUTH, FAR = make_transitions(0), make_transitions(1)
MELODIES = [*make_melodies(TRUTH, 12, 48), *make_melodies(FAR, 8, 20)]
MODELS = [MarkovModel(TRUTH, 'baseline'), MarkovModel(0.5 * (TRUTH + FAR), 'baseline', seed=1),
          MarkovModel(FAR, 'dropout'), MarkovModel(FAR, 'dropout', seed=1)]
TRIALS = [{**TRIAL, 'experiment': name, 'seed': 7, 'settings': {'learning_rate': rate},
           'loss': 1 + rate + 0.001 * index, 'chosen': rate == 0.003}
          for index, name in enumerate(('baseline', 'dropout')) for rate in (0.001, 0.003)]
TRIALS[0] |= {'loss': None, 'best_step': None, 'error': 'diverged at step 12 <nan>'}
MISSING = [{'name': 'runs/dropout_seed2', 'error': 'killed twice'}]


def network_at(step):
    """Returns the network that every run is at an update; the best one is of update 300."""
    return MarkovModel((1 - step / 1000) * FAR + step / 1000 * TRUTH)


def add_checkpoints(run_dir, steps, secs_per_step):
    (run_dir / 'train').mkdir(exist_ok=True)
    for step in steps:
        (run_dir / 'train' / f'model.ckpt-{step}.index').touch()
    write_timing(run_dir / 'timing.csv', secs_per_step)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Folders of two networks each of two methods; dropout takes twice as long."""
    class Opener:
        from_run = staticmethod(lambda run_dir, checkpoint: network_at(
            int(checkpoint.rpartition('-')[2])))

    run_dirs = make_runs(tmp_path, monkeypatch, MODELS, MELODIES)
    monkeypatch.setattr(losses_measure, 'MelodyModel', Opener)
    monkeypatch.setattr(analyze_module, 'SECTIONS', [make_section])
    # These take longer than all else, and have tests of their own.
    monkeypatch.setattr(section, 'draw_seconds', lambda curves, seconds: None)
    monkeypatch.setattr(page, 'draw_samples', lambda comparison: [])
    monkeypatch.setattr(analyze_module, 'render_test', lambda test, comparison: '')
    for run_dir, steps, secs in zip(run_dirs, [(100, 200, 300)] * 3 + [(100, 200)],
                                    (0.1, 0.1, 0.2, 0.2), strict=True):
        add_checkpoints(run_dir, steps, secs)
    return run_dirs


def analyzed(runs, folder, **options):
    numbers = analyze(runs, 'D', folder, num_steps=40, num_continuations=1, **options)
    assert json.loads((folder / 'results.json').read_text()) == json.loads(json.dumps(numbers))
    return numbers, json.loads((folder / 'compute.json').read_text())['protocol']


def loss_per_event(*models):
    return np.mean([-np.concatenate(model.score(MELODIES).log_probs).mean() for model in models])


def rows_of(path):
    with open(path, newline='') as file:
        return {row['method']: row for row in csv.DictReader(file)}


def test_one_table_has_the_three_comparisons_and_compute_json_what_is_of_seconds(runs, tmp_path):
    numbers, compute = analyzed(runs, tmp_path / 'A')
    groups = numbers['sections']['protocol']['groups']
    rows = rows_of(tmp_path / 'A' / 'tables' / 'three_comparisons.csv')
    for label, own, last in (('baseline', MODELS[:2], 300), ('dropout', MODELS[2:], 100)):
        expected = {'equal_updates': (loss_per_event(network_at(200)), [200, 200]),
                    'own_best': (loss_per_event(*own), [300, 300]),
                    'equal_seconds': (loss_per_event(*(own if last == 300 else [network_at(last)])),
                                      [last, last])}
        found = {**groups[label], 'equal_seconds': compute['groups'][label]['equal_seconds']}
        assert set(groups[label]) == {'equal_updates', 'own_best'}
        for name, (loss, updates) in expected.items():
            assert found[name]['value'] == pytest.approx(loss, rel=1e-5)
            assert found[name]['low'] < loss < found[name]['high']
            assert found[name]['updates'] == updates
        assert float(rows[label]['loss_at_equal_updates']) == groups[label]['equal_updates'][
            'value']
        assert rows[label]['updates_in_them'] == str(last)
    assert compute['budget_secs'] == {'basic_rnn': pytest.approx(30)}
    assert {label: (each['seconds'], each['seconds_in_all'])
            for label, each in compute['groups'].items()} == {
        'baseline': (pytest.approx(30), pytest.approx(30)),
        'dropout': (pytest.approx(20), pytest.approx(60))}
    assert [rows[label]['seconds_used'] for label in rows] == ['30', '20']
    (best,) = [each for each in numbers['sections']['protocol']['differences']
               if each['quantity'] == 'own best']
    assert (best['first'], best['second'], best['n_seeds']) == ('dropout', 'baseline', 2)
    assert best['value'] == pytest.approx(
        loss_per_event(*MODELS[2:]) - loss_per_event(*MODELS[:2]), rel=1e-5)


def test_no_number_of_results_json_depends_on_seconds(runs, tmp_path):
    first, first_compute = analyzed(runs, tmp_path / 'A')
    for run_dir, secs in zip(runs, (0.4, 0.7, 0.2, 0.1), strict=True):
        write_timing(run_dir / 'timing.csv', secs)
    again, compute = analyzed(runs, tmp_path / 'B')
    assert again == first
    assert compute != first_compute
    for run_dir in runs[:2]:
        (run_dir / 'timing.csv').unlink()
    assert analyzed(runs, tmp_path / 'C')[0] == first


def test_where_a_checkpoint_is_missing_the_cell_says_why_and_a_note_how_to_keep_it(runs, tmp_path):
    (runs[0] / 'train' / 'model.ckpt-100.index').rename(runs[0] / 'train' / 'model.ckpt-150.index')
    (runs[0] / 'train' / 'model.ckpt-200.index').unlink()
    (runs[3] / 'train' / 'model.ckpt-100.index').unlink()
    numbers, compute = analyzed(runs, tmp_path / 'A')
    groups = numbers['sections']['protocol']['groups']
    assert [groups[label]['equal_updates']['reason'] for label in groups] == [
        'no checkpoint in common'] * 2
    assert groups['dropout']['own_best']['reason'] == ''
    assert compute['groups']['dropout']['equal_seconds']['reason'] == 'no checkpoint so early'
    assert compute['groups']['dropout']['equal_seconds']['value'] is None
    text = (tmp_path / 'A' / 'report.html').read_text()
    for said in ('no checkpoint in common', 'no checkpoint so early',
                 '--num_checkpoints=0', '--save_checkpoints_steps'):
        assert said in text
    (runs[3] / 'timing.csv').unlink()
    numbers, compute = analyzed(runs, tmp_path / 'A')
    assert compute['groups']['dropout']['equal_seconds']['reason'] == 'no timing.csv'
    assert compute['groups']['baseline']['equal_seconds']['value'] > 0


def test_the_page_has_every_trial_and_every_missing_run(runs, tmp_path):
    path = write(tmp_path, *TRIALS, missing=MISSING)
    numbers, _ = analyzed(runs, tmp_path / 'A', protocol_file=path)
    assert numbers['sections']['protocol']['trials'] == TRIALS
    assert 'left out: runs/dropout_seed2: killed twice' in numbers['notes']
    assert numbers['settings']['protocol'] == str(path)
    text = html.unescape((tmp_path / 'A' / 'report.html').read_text())
    for said in ('the same number of them: 2', 'Of all trials 1 failed', 'validation part',
                 'left out: runs/dropout_seed2: killed twice', 'other seeds (0, 1) than the trials '
                 '(7)', 'diverged at step 12 <nan>', f'--protocol={path}'):
        assert said in text, said
    with open(tmp_path / 'A' / 'tables' / 'trials.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    for row, trial in zip(rows, TRIALS, strict=True):
        assert row['settings'] == f'learning_rate={trial["settings"]["learning_rate"]}'
        assert row['lowest_validation_loss'] == str(trial['loss'] or '')
        assert (row['chosen'] == 'chosen') == trial['chosen']
        assert (row['method'], row['error']) == (trial['experiment'], trial['error'] or '')
        assert text.count(f'learning rate={trial["settings"]["learning_rate"]}') == 2


GROUPS = [SimpleNamespace(label=name, method=name, encoding='basic_rnn', seeds=[0, 1])
          for name in ('baseline', 'dropout')]


@pytest.mark.parametrize(('numbers', 'seeds', 'said', 'not_said'), [
    ((2, 2), 7, ['In the search, 4 networks', 'the same number of them: 2', 'other seeds (0, 1)'],
     ['unequal', 'failed']),
    ((2, 3), 7, ['unequal numbers of trials (2 of baseline, 3 of dropout)'], ['same number']),
    ((2, 0), 7, ['unequal numbers of trials (2 of baseline, 0 of dropout)'], ['same number']),
    ((1, 1), 1, ['have seeds that trials had, too (1)'], ['other seeds']),
    ((0, 0), 0, ['No settings were searched for'], ['trials'])])
def test_the_text_says_how_long_each_method_was_searched_and_with_which_seeds(
        numbers, seeds, said, not_said):
    trials = [Trial(**{**TRIAL, 'experiment': group.method, 'seed': seeds})
              for group, number in zip(GROUPS, numbers, strict=True) for _ in range(number)]
    text = search_text(Protocol(trials, []), GROUPS)
    assert all(each in text for each in said)
    assert not any(each in text for each in not_said)


def test_without_a_protocol_nothing_is_said_to_be_known(runs, tmp_path):
    numbers, _ = analyzed(runs, tmp_path / 'A')
    assert 'trials' not in numbers['sections']['protocol']
    assert not (tmp_path / 'A' / 'tables' / 'trials.csv').exists()
    text = (tmp_path / 'A' / 'report.html').read_text()
    assert 'no protocol file was given' in text
    assert not any(each in text for each in ('machines:', 'times as long', 'began with'))


def test_what_makes_seconds_no_comparison_is_said(runs, tmp_path):
    for index, run_dir in enumerate(runs):
        (run_dir / 'train' / f'events.out.tfevents.1.node{index // 2}.000000000000').touch()
    write_timing(runs[1] / 'timing.csv', 0.15)
    for run_dir in runs[2:]:
        with open(run_dir / 'config.yaml', 'a', encoding='utf-8') as file:
            file.write('warm_start: {path: b, sha256: c}\n')
    analyzed(runs, tmp_path / 'A')
    text = (tmp_path / 'A' / 'report.html').read_text()
    for said in ('trained on 2 machines', 'up to 1.5 times as long', 'dropout began with the we'):
        assert said in text
