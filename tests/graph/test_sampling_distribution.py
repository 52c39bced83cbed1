"""Melodies out of the loop are draws from the softmax, independent of each other.

Every p-value here is of a fixed seed. A right sampler fails one in a thousand times at most when
the seed is changed; each claim is also tested from the other side, by what must be rejected.
"""

import numpy as np
import pytest
from scipy import stats
from scipy.special import softmax

from magenta_reg.base.compat import tf
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.model.model import MelodyModel
from tests.small import make_experiment

LEAST_P, ABSURD_P = 1e-3, 1e-9
NUM_ROWS = 4000
# Lookback and attention can repeat what was one bar ago: several classes are one event.
PRIMER = np.array([60, -2, 64, -2, 67, -1, -2, -2, 65, -2, 62, -2, -1, -2, 59, -2, 60, -2],
                  np.int32)


def make_model(config):
    """Returns a MelodyModel with random weights, its Experiment and the weights."""
    experiment = make_experiment(config=config)
    rng = np.random.default_rng(17)
    weights = {name: rng.normal(scale=0.6, size=shape).astype(np.float32)
               for name, shape in experiment.builder().variable_shapes().items()}
    return MelodyModel(experiment, weights), experiment, weights


def next_event_distribution(experiment, weights, events, temperature):
    """Returns the probability of each next event, in float64, classes read by note_seq."""
    codec = experiment.encoding.codec
    inputs, _ = codec.encode(np.append(events, -2))
    with tf.Graph().as_default(), sharded_session() as session:
        logits, _, _ = experiment.builder().build_steps(tf.constant(inputs[np.newaxis]))
        for variable in generator_variables():
            variable.load(weights[variable.op.name], session)
        last = session.run(logits)[0, -1].astype(np.float64)
    probabilities = {}
    for label, probability in enumerate(softmax(last / temperature)):
        event = codec.note_seq_encoder().class_index_to_event(label, list(events))
        probabilities[event] = probabilities.get(event, 0) + probability
    return probabilities


def p_value(events, probabilities):
    """Returns the chi-squared p-value of events; rare ones are one category."""
    expected = {event: share * len(events) for event, share in probabilities.items()}
    common = [event for event in expected if expected[event] >= 5]
    counts = np.array([(events == event).sum() for event in common])
    wanted = np.array([expected[event] for event in common])
    rest = len(events) - counts.sum(), len(events) - wanted.sum()
    assert set(events.tolist()) <= set(probabilities)
    if rest[1] >= 1:
        counts, wanted = np.append(counts, rest[0]), np.append(wanted, rest[1])
    return stats.chisquare(counts, wanted * counts.sum() / wanted.sum()).pvalue


@pytest.mark.parametrize('temperature', [1.0, 0.7])
@pytest.mark.parametrize('config', ENCODINGS)
def test_first_events_follow_the_softmax_and_no_other(config, temperature):
    model, experiment, weights = make_model(config)
    melodies = model.generate([PRIMER] * NUM_ROWS, len(PRIMER) + 1, 0, temperature, NUM_ROWS)
    events = np.array([melody[-1] for melody in melodies])
    distributions = {given: next_event_distribution(experiment, weights, PRIMER, given)
                     for given in (1.0, 0.7)}
    right = distributions.pop(temperature)
    wrong, = distributions.values()
    assert p_value(events, right) > LEAST_P
    assert p_value(events, wrong) < ABSURD_P


@pytest.fixture(scope='module')
def independent_draws():
    """Melodies [rows, steps] of a network that ignores its input: every event is the same draw."""
    _, experiment, weights = make_model('basic_rnn')
    blind = {name: value if name == 'fully_connected/biases' else np.zeros_like(value)
             for name, value in weights.items()}
    model = MelodyModel(experiment, blind)
    return [np.array(model.generate([PRIMER[:1]] * 400, 65, seed, batch_size=400))[:, 1:]
            for seed in (3, 4)]


def independence_p(one, other):
    """Returns the p-value of the table of pairs; events are in six groups that happen as often."""
    values, counts = np.unique(np.concatenate([one.ravel(), other.ravel()]), return_counts=True)
    groups = np.minimum(6 * (np.cumsum(counts) - counts) // counts.sum(), 5)
    table = np.zeros([6, 6])
    np.add.at(table, tuple(groups[np.searchsorted(values, part.ravel())] for part in (one, other)),
              1)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    return stats.chi2_contingency(table).pvalue


@pytest.mark.parametrize('lag', [1, 2, 16])
def test_draws_at_different_positions_are_independent(independent_draws, lag):
    first, _ = independent_draws
    assert independence_p(first[:, lag:], first[:, :-lag]) > LEAST_P


@pytest.mark.parametrize('lag', [1, 2, 16])
def test_draws_of_different_rows_are_independent(independent_draws, lag):
    first, _ = independent_draws
    assert independence_p(first[lag:], first[:-lag]) > LEAST_P


@pytest.mark.parametrize('shift', [0, 1])
def test_draws_of_different_seeds_are_independent(independent_draws, shift):
    first, second = independent_draws
    assert independence_p(first[shift:], second[:len(second) - shift]) > LEAST_P
    assert independence_p(second[shift:], first[:len(first) - shift]) > LEAST_P


def test_the_test_of_independence_finds_one_event_in_ten_copied_from_its_neighbour(
        independent_draws):
    draws = independent_draws[0].copy()
    copied = np.random.default_rng(0).random(draws[:, 1:].shape) < 0.1
    draws[:, 1:][copied] = independent_draws[0][:, :-1][copied]
    assert independence_p(draws[:, 1:], draws[:, :-1]) < ABSURD_P
