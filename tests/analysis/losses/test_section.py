"""The section on losses: its tables against means computed event by event."""

import json

import numpy as np
import pytest

from magenta_reg.analysis.comparison.runs import Group
from magenta_reg.analysis.losses import measure
from magenta_reg.analysis.losses.curves import loss_curves
from magenta_reg.analysis.losses.measure import cached_losses, draw_sample
from magenta_reg.analysis.losses.section import make_section
from magenta_reg.analysis.losses.tables import run_rows
from magenta_reg.analysis.report.claims import EVALUATION, TRAINING
from magenta_reg.base.errors import UserError
from tests.analysis.fake_comparison import make_comparison, table_of
from tests.analysis.fake_runs import MarkovModel, make_melodies, make_transitions

TRUTH, FAR = make_transitions(0), make_transitions(1)
# Of two lengths: means over melodies are not means over events.
MELODIES = [*make_melodies(TRUTH, 20, 48), *make_melodies(FAR, 10, 20), np.array([60], np.int32)]
MODELS = [MarkovModel(TRUTH, 'baseline'), MarkovModel(0.5 * (TRUTH + FAR), 'baseline', seed=1),
          MarkovModel(FAR, 'dropout'), MarkovModel(FAR, 'dropout', seed=1)]
for model in MODELS:
    model.step = 250
END = MarkovModel(0.8 * TRUTH + 0.2 * FAR)


def give_last_checkpoints(monkeypatch):
    """Lets every run end, at update 300, as END."""
    class Opener:
        from_run = staticmethod(lambda run_dir, checkpoint: {'300': END}[checkpoint[-3:]])

    monkeypatch.setattr(measure, 'MelodyModel', Opener)


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """Comparison of two methods with two seeds and its section."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        comparison = make_comparison(tmp_path_factory.mktemp('losses'), monkeypatch, MODELS,
                                     MELODIES, has_training=True)
        give_last_checkpoints(monkeypatch)
        return comparison, make_section(comparison)


def loss_per_event(*models):
    usable = [melody for melody in MELODIES if len(melody) > 1]
    return np.mean([-np.concatenate(model.score(usable).log_probs).mean() for model in models])


def test_losses_are_means_over_events_and_each_table_is_of_one_checkpoint(made):
    for name, own in (('held_out_losses', MODELS), ('held_out_losses_last', [END] * 4)):
        rows = table_of(made[1], name)
        for label, models in (('baseline', own[:2]), ('dropout', own[2:])):
            held_out, training = [cell for column, cell in rows[label].items()
                                  if '[95%]' in column]
            assert held_out.value == pytest.approx(loss_per_event(*models), rel=1e-5)
            assert training.value == pytest.approx(held_out.value)
            assert held_out.low < held_out.value < held_out.high
    groups = made[1].numbers['groups']
    assert groups['dropout']['at_last']['held_out']['value'] == pytest.approx(loss_per_event(END))


def test_the_end_of_training_as_the_comparison_has_the_best_checkpoint_beside(made, monkeypatch):
    give_last_checkpoints(monkeypatch)
    comparison = made[0]._replace(checkpoint='last')
    monkeypatch.setattr(measure, 'find_checkpoint', lambda run_dir, which: (
        {'best': 'x/model.ckpt-300'}[which]))
    section = make_section(comparison)
    assert table_of(section, 'held_out_losses_best')['dropout']['held out [95%]'].value == (
        pytest.approx(loss_per_event(END), rel=1e-5))
    assert 'end of training; where' in section.text


def test_networks_that_are_at_both_checkpoints_have_one_table(made, monkeypatch):
    monkeypatch.setattr(measure, 'find_checkpoint', lambda run_dir, which: 'x/model.ckpt-250')
    assert not [table for table in make_section(made[0]).tables if table.name.endswith('_last')]
    monkeypatch.setattr(measure, 'find_checkpoint', lambda run_dir, which: None)
    assert not [table for table in make_section(made[0]).tables if table.name.endswith('_last')]


def test_the_curves_table_has_what_was_written_in_training(made):
    row = table_of(made[1], 'losses')['baseline']
    # Runs 0 and 1 are 0.1 apart.
    best = 2 + 0.05 + 1.6 * np.exp(-250 / 60) + 0.1
    assert row['update'] == '250'
    assert row['evaluation loss'] == pytest.approx(best)
    assert row['training loss'] == pytest.approx(best - 0.2)
    assert row['gap'] == pytest.approx(0.2)
    assert [{each['update'] for each in table_of(made[1], name).values()}
            for name in ('loss_runs', 'loss_runs_last')] == [{250}, {300}]
    assert len(table_of(made[1], 'loss_runs')) == 4


def test_epochs_are_told_where_the_training_melodies_are_those_of_the_run(made):
    comparison = made[0]
    run = comparison.runs[0]
    (run.run_dir / 'config.yaml').write_text('name: baseline\nseed: 0\nhparams: {batch_size: 31}\n')
    group = Group('baseline', 'baseline', 'basic_rnn', [run], [0], '0' * 64)
    other = group._replace(training_data='1' * 64)

    def epoch(group):
        rows = run_rows(comparison, [group], [loss_curves(group)], {run.label: 300})
        return rows['baseline'][0]['epoch']

    assert (epoch(group), epoch(other)) == (pytest.approx(300), None)


def test_claims_get_both_losses_of_the_comparisons_checkpoint_with_events_as_weights(made):
    measured = made[1].measured['basic_rnn']
    for quantity in (EVALUATION, TRAINING):
        values, weights = measured.per_melody[quantity], measured.weights[quantity]
        assert values['dropout'].shape == (2, 30)
        assert np.average(values['dropout'].mean(axis=0), weights=weights) == pytest.approx(
            loss_per_event(*MODELS[2:]), rel=1e-5)


def test_differences_are_the_first_minus_the_second(made):
    numbers = made[1].numbers
    (found,) = numbers['differences']
    assert (found['first'], found['second']) == ('baseline', 'dropout')
    assert found['value'] == pytest.approx(
        loss_per_event(*MODELS[:2]) - loss_per_event(*MODELS[2:]), rel=1e-5)
    json.dumps(numbers, allow_nan=False)


def test_magentas_way_stands_beside_with_its_conclusion(made):
    figure = next(each for each in made[1].figures if each.name == 'magentas_way')
    assert figure.caption.endswith('The order is the same.')


def test_without_training_melodies_it_is_said(tmp_path, monkeypatch):
    comparison = make_comparison(tmp_path, monkeypatch, MODELS[:1], MELODIES)
    found, notes = cached_losses(comparison, comparison.groups)
    assert 'training' not in found
    assert any('--training_sequence_example_file' in note for note in notes)


def test_a_damaged_checkpoint_at_the_other_end_leaves_out_its_table_and_says_why(made, monkeypatch):
    def damaged(run_dir, which):
        raise UserError(f'none of the checkpoints in {which}/ is whole')

    monkeypatch.setattr(measure, 'find_checkpoint', damaged)
    assert ('No table of the last checkpoints: none of the checkpoints in last/ is whole.'
            in make_section(made[0]).notes)


def test_training_losses_are_of_the_melodies_that_a_run_was_trained_on(tmp_path, monkeypatch):
    comparison = make_comparison(tmp_path, monkeypatch, [MODELS[0], MODELS[2]], MELODIES,
                             has_training=True)
    groups = [comparison.groups[0], comparison.groups[1]._replace(training_data='another')]
    found, notes = cached_losses(comparison, groups)
    assert set(found['training'].loss_nats) == {'baseline'}
    assert any('No training loss of dropout' in note for note in notes)


@pytest.mark.parametrize(('max_melodies', 'max_events', 'number'), [
    (100, 10_000, 30), (7, 10_000, 7), (100, 150, 4), (100, 1, 1)])
def test_a_sample_is_whole_melodies_as_far_as_they_fit(max_melodies, max_events, number):
    melodies = [np.full(40, 60 + index, np.int32) for index in range(30)]
    if max_events == 150:
        melodies = [melody[:37] for melody in melodies]
    sample = draw_sample([*melodies, np.array([60])], 3, max_melodies, max_events)
    assert len(sample.melodies) == number
    assert sample.num_usable == 30
    assert {len(melody) for melody in sample.melodies} == {len(melodies[0])}
    assert sample.num_events.tolist() == [len(melodies[0]) - 1] * number


def test_held_out_losses_are_of_all_melodies_and_training_ones_of_a_sample(tmp_path, monkeypatch):
    melodies = make_melodies(TRUTH, 450, 24)
    comparison = make_comparison(tmp_path, monkeypatch, MODELS[:1], melodies, has_training=True,
                                 num_steps=24)
    found, _ = cached_losses(comparison, comparison.groups)
    assert {name: each.loss_nats['baseline'].shape for name, each in found.items()} == {
        'held_out': (1, 450), 'training': (1, 256)}
