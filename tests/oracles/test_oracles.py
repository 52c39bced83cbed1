"""What oracles draw is what they say: exact probabilities, by independent computations."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.oracles.lstm import LstmOracle
from magenta_reg.oracles.markov import MarkovOracle
from magenta_reg.oracles.motif import MotifOracle
from magenta_reg.oracles.table import (
    ORACLES,
    draw_melodies,
    load_oracle,
    make_oracle,
    save_oracle,
)

EVENTS = [-2, -1, 60, 62]
TINY = {'lstm': (LstmOracle, {'units': 3}),
        'motif': (MotifOracle, {'period': 2, 'num_pitches': 1, 'change_probability': 0.3}),
        'markov': (MarkovOracle, {'order': 2, 'concentration': 0.5}),
        'memoryless': (MarkovOracle, {'order': 0, 'concentration': 0.5})}


def tiny_oracle(name, seed=0, events=EVENTS):
    kind, own = TINY[name]
    settings = kind.SETTINGS | own
    arrays = kind.draw_arrays(len(events), settings, np.random.default_rng(seed))
    return kind(events, settings, arrays)


@pytest.mark.parametrize('name', TINY)
def test_the_probabilities_of_all_melodies_sum_to_1_and_are_how_often_they_are_drawn(name):
    oracle, steps, num_drawn = tiny_oracle(name), 4, 40_000
    melodies = np.array(list(itertools.product(EVENTS, repeat=steps)))
    probs = np.exp(oracle.log_probs(melodies).sum(axis=1))
    assert probs.sum() == pytest.approx(1, abs=1e-12)
    drawn = np.stack(oracle.draw([steps] * num_drawn, 1))
    found = [np.sum(np.all(drawn == melody, axis=1)) for melody in melodies]
    # Of 256 melodies, five standard deviations of the binomial distribution, and one count.
    margin = 5 * np.sqrt(num_drawn * probs * (1 - probs)) + 1
    assert np.all(np.abs(found - num_drawn * probs) <= margin)
    assert probs[melodies[:, 0] < 0].sum() == 0
    assert (probs[melodies[:, 0] >= 0] > 0).all()


def test_the_lowest_pitch_can_be_the_first_event():
    oracle = tiny_oracle('memoryless', events=[-2, -1, 0, 1])
    first, second = oracle.distributions([[0, 0]])[0]
    np.testing.assert_allclose(first, [0, 0, *second[2:] / second[2:].sum()])
    assert first[2] > 0


@pytest.mark.parametrize('name', TINY)
def test_a_distribution_is_that_of_the_next_event_and_does_not_see_it(name):
    oracle = tiny_oracle(name)
    melodies = np.stack(oracle.draw([9] * 50, 2))
    found = oracle.distributions(melodies)
    np.testing.assert_allclose(found.sum(axis=2), 1, rtol=1e-12)
    rows, steps = np.indices(melodies.shape)
    of_events = found[rows, steps, oracle.classes(melodies)]
    np.testing.assert_allclose(np.log(of_events), oracle.log_probs(melodies), rtol=1e-12)
    for step in (0, 3, 8):
        other = melodies.copy()
        other[:, step:] = 60
        np.testing.assert_array_equal(oracle.distributions(other)[:, :step + 1],
                                      found[:, :step + 1])
    each = np.stack(list(oracle.next_events(melodies)))
    np.testing.assert_allclose(each, found[:, 1:], rtol=1e-12)


def test_the_lstm_is_a_plain_loop_over_one_melody():
    """Numbers, one by one, in Python's own float arithmetic."""
    encoding = ENCODINGS['basic_rnn']
    oracle = make_oracle('oracle:lstm,units=5', encoding, 3)
    weights = {name: array.tolist() for name, array in oracle.arrays.items()}
    melody = [60, -2, 48, 83, -1, 60]
    classes = [0 if event == -2 else 1 if event == -1 else event - 46 for event in melody]
    cell, hidden, found = [0.0] * 5, [0.0] * 5, []
    for last, label in zip([0, *classes[:-1]], classes, strict=True):
        inputs = weights['embedding'][last] + hidden
        gates = [bias + sum(each * row[column] for each, row in
                            zip(inputs, weights['kernel'], strict=True))
                 for column, bias in enumerate(weights['bias'])]
        sigmoid = [1 / (1 + math.exp(-gate)) for gate in gates]
        cell = [sigmoid[5 + unit] * cell[unit] + sigmoid[unit] * math.tanh(gates[15 + unit])
                for unit in range(5)]
        hidden = [sigmoid[10 + unit] * math.tanh(cell[unit]) for unit in range(5)]
        logits = [bias + sum(each * row[column] for each, row in
                             zip(hidden, weights['projection'], strict=True))
                  for column, bias in enumerate(weights['projection_bias'])]
        odds = [math.exp(logit) for logit in logits]
        allowed = odds if found else odds[2:]
        found.append(math.log(odds[label] / sum(allowed)))
    np.testing.assert_allclose(oracle.log_probs([melody])[0], found, rtol=1e-10)


def test_the_lstms_weights_are_standard_normal_and_of_seqgans_sizes():
    oracle = make_oracle('oracle:lstm', ENCODINGS['basic_rnn'], 0)
    shapes = {name: array.shape for name, array in oracle.arrays.items()}
    assert shapes == {'embedding': (38, 32), 'kernel': (64, 128), 'bias': (128,),
                      'projection': (32, 38), 'projection_bias': (38,)}
    values = np.concatenate([array.ravel() for array in oracle.arrays.values()])
    assert abs(values.mean()) < 4 / np.sqrt(len(values))
    assert values.std() == pytest.approx(1, abs=4 / np.sqrt(2 * len(values)))


def test_a_motif_is_made_of_different_pitches_and_of_all_if_so_many_are_wanted():
    def pitches(count, seed):
        oracle = make_oracle(f'oracle:motif,num_pitches={count}', ENCODINGS['basic_rnn'], seed)
        return oracle.events[oracle.arrays['pitches']].tolist()

    assert pitches(36, 0) == list(range(48, 84))
    drawn = [pitches(3, seed) for seed in range(60)]
    assert all(len(set(each)) == 3 and sorted(each) == each for each in drawn)
    assert set(itertools.chain(*drawn)) == set(range(48, 84))


def test_unless_told_otherwise_oracles_have_the_sizes_of_seqgans_study_and_of_their_page():
    wanted = {'lstm': {'num_melodies': 10_000, 'min_steps': 20, 'max_steps': 32, 'units': 32},
              'motif': {'num_melodies': 2_000, 'min_steps': 128, 'max_steps': 128, 'period': 16,
                        'change_probability': 0.02},
              'markov': {'order': 2}}
    for name, sizes in wanted.items():
        assert sizes.items() <= make_oracle(f'oracle:{name}', ENCODINGS['basic_rnn'], 0
                                            ).settings.items()


@given(st.integers(1, 4), st.lists(st.sampled_from(EVENTS), min_size=1, max_size=9),
       st.floats(0.01, 1))
def test_the_motifs_conditionals_are_what_summing_over_changes_gives(period, melody, change):
    """Every event either is the motif's, or a random one: both ways are counted."""
    settings = MotifOracle.SETTINGS | {'period': period, 'change_probability': change}
    oracle = MotifOracle(EVENTS, settings, {'pitches': np.array([2, 3])})
    for step, probs in enumerate(oracle.distributions([melody])[0]):
        wanted = dict.fromkeys(EVENTS, 0.0)
        for event in EVENTS:
            wanted[event] += change / 4
        for event in [60, 62] if step < period else [melody[step - period]]:
            wanted[event] += (1 - change) / (2 if step < period else 1)
        wanted = np.array(list(wanted.values()))
        if step == 0:
            wanted[:2] = 0
            wanted /= wanted.sum()
        np.testing.assert_allclose(probs, wanted, rtol=1e-12)


def test_a_motifs_change_comes_again_in_every_repeat():
    oracle = make_oracle('oracle:motif,change_probability=0.001', ENCODINGS['basic_rnn'], 0)
    melodies = np.stack(draw_melodies(oracle, 0))
    assert melodies.shape == (2000, 128)
    changed = melodies[:, 16:] != melodies[:, :-16]
    rate, wanted = changed.mean(), 0.001 * 37 / 38
    assert abs(rate - wanted) < 5 * np.sqrt(wanted / changed.size)
    # What differs from the first bar at the end was changed somewhere in between, once or more.
    share = (melodies[:, :16] != melodies[:, -16:]).mean()
    assert share == pytest.approx(1 - (1 - wanted) ** 7, rel=0.2)


@pytest.mark.parametrize('order', [0, 1, 3])
def test_a_markov_chain_is_its_table(order):
    settings = MarkovOracle.SETTINGS | {'order': order}
    table = MarkovOracle.draw_arrays(4, settings, np.random.default_rng(0))['table']
    by_past = table.reshape([4] * (order + 1))
    found = MarkovOracle(EVENTS, settings, {'table': table}).distributions([[62, -1, 60, -2, 62]])
    past = [0, 0, 0, 3, 1, 2, 0]
    for step in range(1, 5):
        wanted = by_past[tuple(past[3 + step - order:3 + step])]
        np.testing.assert_array_equal(found[0, step], wanted)


@pytest.mark.parametrize('config', ENCODINGS)
@pytest.mark.parametrize('name', ORACLES)
def test_every_melody_is_one_of_the_config(name, config):
    encoding = ENCODINGS[config]
    oracle = make_oracle(f'oracle:{name},num_melodies=300', encoding, 1)
    melodies = draw_melodies(oracle, 1)
    least, most = oracle.settings['min_steps'], oracle.settings['max_steps']
    assert {least, most} <= {len(events) for events in melodies} <= set(range(least, most + 1))
    for events in melodies:
        assert events[0] >= 0
        np.testing.assert_array_equal(encoding.codec.decode(*encoding.codec.encode(events)),
                                      events)


@pytest.mark.parametrize('name', ORACLES)
def test_the_same_seed_is_the_same_file_and_the_same_melodies(name, tmp_path):
    oracles = [make_oracle(f'oracle:{name},num_melodies=20', ENCODINGS['basic_rnn'], seed)
               for seed in (5, 5, 6)]
    for index, oracle in enumerate(oracles):
        save_oracle(oracle, tmp_path / f'{index}.npz')
    first, again, other = (path.read_bytes() for path in sorted(tmp_path.glob('*.npz')))
    assert first == again != other
    loaded = load_oracle(tmp_path / '0.npz')
    assert loaded.settings == oracles[0].settings
    melodies = draw_melodies(loaded, 5)
    for events, same in zip(melodies, draw_melodies(oracles[0], 5), strict=True):
        np.testing.assert_array_equal(events, same)
    np.testing.assert_array_equal(loaded.log_probs(np.stack([each[:20] for each in melodies])),
                                  oracles[1].log_probs(np.stack([each[:20] for each in melodies])))
    assert not all(np.array_equal(*pair) for pair in
                   zip(melodies, draw_melodies(oracles[2], 6), strict=False))


def test_a_seed_gives_the_oracle_and_the_melodies_that_it_gave_to_published_runs():
    oracle = make_oracle('oracle:motif,min_steps=5,max_steps=9,num_melodies=4,num_pitches=5',
                         ENCODINGS['basic_rnn'], 7)
    assert oracle.events[oracle.arrays['pitches']].tolist() == [68, 71, 78, 79, 83]
    assert [events.tolist() for events in draw_melodies(oracle, 7)] == [
        [71, 78, 83, 79, 71, 71, 68, 71, 68], [79, 68, 68, 78, 83, 68, 79, 83],
        [79, 83, 71, 68, 79, 79, 71, 68, 71], [71, 71, 68, 79, 68]]


@pytest.mark.parametrize(('text', 'said'), [
    ('oracle:lstn', "unknown oracle 'lstn': did you mean 'lstm'?"),
    ('oracle:', "unknown oracle ''"),
    ('oracle:lstm,unit=3', "unknown setting 'unit': did you mean 'units'?"),
    ('oracle:lstm,units=0', 'units=0 is not in [1, 4096]'),
    ('oracle:lstm,units=many', "units='many'"),
    ('oracle:lstm,num_melodies=0', 'num_melodies=0 is not in'),
    ('oracle:lstm,min_steps=1', 'min_steps=1 is not in'),
    ('oracle:lstm,max_steps=1', 'max_steps=1 is not in'),
    ('oracle:motif,period=0', 'period=0 is not in'),
    ('oracle:motif,num_pitches=0', 'num_pitches=0 is not in'),
    ('oracle:motif,change_probability=0', 'change_probability=0.0 is not in'),
    ('oracle:motif,change_probability=1.5', 'change_probability=1.5 is not in'),
    ('oracle:markov,order=-1', 'order=-1 is not in'),
    ('oracle:markov,concentration=0', 'concentration=0.0 is not in'),
    ('oracle:lstm,min_steps=40', 'min_steps=40 is above max_steps=32'),
    ('oracle:lstm,min_steps', 'min_steps'),
    ('oracle:motif,change_probability=nan', 'change_probability=nan is not in'),
    ('oracle:motif,num_pitches=37', 'does not fit basic_rnn: num_pitches=37 of 36 pitches'),
    ('oracle:markov,order=4', 'does not fit basic_rnn: order=4 over 38 events is a table of 38^5'),
])
def test_what_is_no_oracle_is_one_line_that_names_it(text, said):
    with pytest.raises(UserError) as error:
        make_oracle(text, ENCODINGS['basic_rnn'], 0)
    assert said in str(error.value)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('text', [
    'oracle:lstm,units=1', 'oracle:motif,period=1,num_pitches=1,change_probability=1',
    'oracle:motif,num_pitches=36', 'oracle:markov,order=0,concentration=0.001'])
def test_the_least_of_everything_still_draws_a_melody(text):
    oracle = make_oracle(f'{text},num_melodies=1,min_steps=2,max_steps=2', ENCODINGS['basic_rnn'],
                         0)
    melody, = draw_melodies(oracle, 0)
    assert len(melody) == 2


def test_an_event_that_the_oracle_does_not_have_is_refused():
    with pytest.raises(ValueError, match='event 61 is none of oracle:lstm'):
        tiny_oracle('lstm').log_probs([[60, 61]])
    with pytest.raises(ValueError, match='event 90 '):
        tiny_oracle('lstm').log_probs([[60, 90]])


def test_a_file_that_holds_no_oracle_is_named(tmp_path):
    path = tmp_path / 'oracle.npz'
    with pytest.raises(UserError, match='is missing'):
        load_oracle(path)
    path.write_bytes(b'PK\x03\x04 no')
    with pytest.raises(UserError, match='holds no oracle'):
        load_oracle(path)
