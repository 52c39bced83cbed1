"""The section on hidden states: its tables against distances computed by themselves."""

import csv
import io
import json

import numpy as np
import pytest

from magenta_reg.analysis.report.claim_tests import claim_parts
from magenta_reg.analysis.report.claims import STATES
from magenta_reg.analysis.report.tables import csv_text
from magenta_reg.analysis.states import states as state_views
from magenta_reg.analysis.states.distances import DISTANCES
from magenta_reg.analysis.states.estimates import estimate_distances
from magenta_reg.analysis.states.measure import VIEW_DISTANCES, cached_states, long_melodies
from magenta_reg.analysis.states.section import make_section
from magenta_reg.analysis.states.states import ALL_LAYERS, NetworkParts, read_modes
from tests.analysis.fake_comparison import make_comparison
from tests.analysis.fake_runs import UNITS, MarkovModel, make_melodies, make_transitions

TRUTH = make_transitions(0)
# Nearly always the highest pitch.
FAR = 0.1 * TRUTH + 0.9 * np.eye(6)[5]
MELODIES = make_melodies(TRUTH, 30, 48)
MODELS = [MarkovModel(FAR, 'baseline'), MarkovModel(FAR * 0.9 + TRUTH * 0.1, 'baseline', seed=1),
          MarkovModel(TRUTH, 'scheduled_sampling')]


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """Comparison of a method with two seeds and one with one, and its section."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        comparison = make_comparison(tmp_path_factory.mktemp('states'), monkeypatch, MODELS,
                                     MELODIES)
        weights = np.random.default_rng(0).normal(size=[8, 5]).astype(np.float32)
        monkeypatch.setattr(state_views, 'read_network', lambda run_dir, checkpoint: NetworkParts(
            [UNITS - 8, 8], weights, np.zeros(5, np.float32)))
        yield comparison, make_section(comparison)


def rows_of(section, name):
    table = next(table for table in section.tables if table.name == name)
    return list(csv.DictReader(io.StringIO(csv_text(table))))


def mean_of(estimates, name):
    found = [getattr(each, name) for each in estimates]
    return np.mean([each.value for each in found] if name == 'floor' else found)


def test_claims_get_a_distance_a_seed_of_the_same_melodies_and_resamples(made):
    comparison, section = made
    distances = section.measured['basic_rnn'].distances
    assert set(distances) == set(DISTANCES)
    for group in comparison.groups:
        for index, run in enumerate(group.runs):
            modes = read_modes(run.model, comparison.held_out, comparison.generated[run.label])
            for measure, each in estimate_distances(*modes, comparison.seed).items():
                np.testing.assert_equal(distances[measure][group.label][index], each)


def test_the_table_has_the_mean_of_seeds_and_what_compares_with_its_floor(made):
    _, section = made
    distances = section.measured['basic_rnn'].distances
    rows = {(row['method'], row['measure']): row for row in rows_of(section, 'state_distances')}
    assert len(rows) == 2 * len(DISTANCES)
    for measure, of_groups in distances.items():
        for label, own in of_groups.items():
            row = rows[label, DISTANCES[measure].title]
            for column, name in (('excess', 'value'), ('distance', 'on_all'),
                                 ('on_half_the_melodies', 'at_floor_size'),
                                 ('floor_on_half_95_of_halvings', 'floor')):
                assert float(row[column]) == pytest.approx(mean_of(own, name))
            assert float(row['p_holm']) >= float(row['p'])
            assert int(row['seeds']) == len(own)


def test_a_network_that_plays_like_the_melodies_is_closer_and_the_claim_can_be_tested(made):
    comparison, section = made
    rows = {row['quantity']: row for row in rows_of(section, 'state_differences')}
    assert float(rows['centroid distance']['difference_low']) > 0
    parts = [part for part in claim_parts(comparison.groups, section.measured['basic_rnn'], 0)
             if part.claim == 'closer_states_scheduled_sampling']
    assert {part.unit for part in parts} == set(DISTANCES)
    tested = next(part for part in parts if part.name.startswith(f'{STATES}, centroid')).effect
    assert tested.value == pytest.approx(-float(rows['centroid distance']['difference']))
    # By another draw of the two seeds' effects.
    assert tested.low == pytest.approx(
        -float(rows['centroid distance']['difference_high']), rel=0.2)


def test_every_run_and_view_is_in_the_file(made):
    _, section = made
    rows = rows_of(section, 'state_distances_runs')
    views = {(row['run'], row['states'], row['measure']) for row in rows}
    assert len(views) == len(rows) == len(MODELS) * (len(DISTANCES) + 3 * len(VIEW_DISTANCES))
    assert {row['states'] for row in rows} == {ALL_LAYERS, 'layer 1', 'layer 2', 'discriminator'}
    assert not any(row['reason'] for row in rows)


def test_numbers_are_plain_and_have_the_classifier_with_its_floor(made):
    comparison, section = made
    numbers = json.loads(json.dumps(section.numbers, allow_nan=False))
    own = section.measured['basic_rnn'].distances['classifier']
    for group in comparison.groups:
        found = numbers['groups'][group.label]['classifier']
        assert found['low'] < found['value'] < found['high']
        for name in ('value', 'floor'):
            assert found[name] == pytest.approx(mean_of(own[group.label], name))
    assert set(numbers['runs']) == {run.label for run in comparison.runs}


def test_free_running_goes_on_for_four_times_as_long(made):
    comparison, section = made
    for curves in section.numbers['curves'].values():
        assert {curve['reference']: curve['edges'][-1] for curve in curves} == {
            'same positions': 40 - 16 - 1, 'all positions': 4 * 40 - 16 - 1}
        assert {curve['n'] for curve in curves} == {len(long_melodies(comparison))} == {20}
    assert {figure.name for figure in section.figures} == {
        'states_tsne', 'states_distances', 'states_positions', 'states_tsne_repeats'}


def test_only_a_changed_run_is_measured_again(made):
    comparison, _ = made
    before = comparison.cache.num_computed
    first = cached_states(comparison, comparison.runs[0])
    assert comparison.cache.num_computed == before
    keys = comparison.keys | {comparison.runs[0].label: 'other'}
    again = cached_states(comparison._replace(keys=keys), comparison.runs[0])
    assert comparison.cache.num_computed == before + 3
    np.testing.assert_equal(first.distances['layer 1'], again.distances['layer 1'])


class BrokenModel(MarkovModel):
    """A network whose states are all the same number."""

    def __init__(self, name, constant):
        super().__init__(TRUTH, name)
        self.constant = constant

    def score(self, melodies, batch_size=64, states=False, with_noise=False):
        scores = super().score(melodies, batch_size, states, with_noise)
        return scores._replace(states=scores.states and [
            np.full_like(each, self.constant) for each in scores.states])


def test_networks_gone_wrong_are_named_and_have_no_number(tmp_path, monkeypatch):
    models = [MODELS[2], BrokenModel('dropout', 0.5), BrokenModel('professor_forcing', np.nan)]
    section = make_section(make_comparison(tmp_path, monkeypatch, models, MELODIES))
    notes = [note for note in section.notes if 'classifier accuracy (all layers)' in note]
    assert len(notes) == 2
    assert notes[0].startswith('Hidden states of dropout')
    assert 'are all the same' in notes[0]
    assert notes[1].startswith('Hidden states of professor forcing')
    assert 'not finite' in notes[1]
    assert all('classifier accuracy (against position)' in note for note in notes)
    groups = json.loads(json.dumps(section.numbers, allow_nan=False))['groups']
    assert groups['dropout']['classifier']['value'] is None
    assert groups['professor_forcing']['classifier']['value'] is None
    assert groups['scheduled_sampling']['classifier']['value'] > 0
    assert {row['p'] for row in rows_of(section, 'state_differences')} == {''}
