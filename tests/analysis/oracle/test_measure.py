"""Errors against an oracle, where they can be computed another way."""

import itertools

import numpy as np
import pytest
from scipy import stats

from magenta_reg.analysis.exposure.next_events import StepDistributions
from magenta_reg.analysis.oracle import measure
from magenta_reg.analysis.oracle.measure import kl_nats, network_errors, oracle_errors
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.oracles.table import ORACLES, make_oracle
from tests.analysis.oracle.networks import TINY_ENCODING, TINY_EVENTS, OracleNetwork, markov
from tests.small import make_experiment


@pytest.mark.parametrize('config', ENCODINGS)
@pytest.mark.parametrize('name', ORACLES)
def test_a_network_that_is_the_oracle_has_no_error(name, config):
    """In lookback_rnn and attention_rnn an event's labels add up to its probability."""
    text = 'oracle:markov,order=1' if name == 'markov' else f'oracle:{name}'
    oracle = make_oracle(text, ENCODINGS[config], 0)
    found = network_errors(OracleNetwork(oracle, ENCODINGS[config]), oracle, 2, 36,
                           primer_steps=17, temperatures=(0.8, 1.0))
    for error in (found.true_kl, found.own_kl, found.reverse_kl):
        assert error.shape == (2, 19)
        np.testing.assert_allclose(error, 0, atol=1e-12)
    np.testing.assert_allclose(found.oracle_nll[1], found.floor_nll)
    assert found.floor_nll.shape == (2,)


def test_errors_of_all_melodies_sum_to_the_divergence_of_whole_melodies():
    """KL(oracle || network) = sum of P(x) log P(x) / Q(x) over every melody x, and its reverse."""
    oracle, other = markov(2, 0), markov(1, 1)
    melodies = np.array(list(itertools.product(TINY_EVENTS, repeat=5)))[512:]  # From 60 and 61.
    p, q = (np.exp(each.log_probs(melodies)[:, 1:].sum(axis=1)) / 2 for each in (oracle, other))
    assert [p.sum(), q.sum()] == pytest.approx([1, 1])
    forward, reverse, _ = measure._compared(OracleNetwork(other), oracle, melodies, 1, ())
    assert p @ forward.sum(axis=1) == pytest.approx(stats.entropy(p, q), rel=1e-10)
    assert q @ reverse.sum(axis=1) == pytest.approx(stats.entropy(q, p), rel=1e-10)


def test_a_source_without_memory_gives_the_same_error_after_any_events():
    oracle, other = markov(0, 0), markov(0, 1)
    p, q = (each.arrays['table'][0] for each in (oracle, other))
    found = network_errors(OracleNetwork(other), oracle, 5, 12, primer_steps=2)
    np.testing.assert_allclose(found.true_kl, stats.entropy(p, q))
    np.testing.assert_allclose(found.own_kl, stats.entropy(p, q))
    np.testing.assert_allclose(found.reverse_kl, stats.entropy(q, p))
    assert found.summary()['ratio'] == pytest.approx(1)


def test_a_mistake_that_is_never_forgotten_is_exposure_bias():
    """A network that copies with too many changes: right about what it heard, if it hears right.

    It trusts the bar before where the bar before that agrees, and else knows nothing.
    """
    oracle = make_oracle('oracle:motif,period=4', ENCODINGS['basic_rnn'], 0)

    class Distrustful(OracleNetwork):
        def next_labels(self, melodies):
            for events in melodies:
                probs = np.full([len(events) - 1, 38], 1 / 38)
                for step in range(8, len(events)):
                    if events[step - 4] == events[step - 8]:
                        last = oracle.classes([[events[step - 4]]])[0, 0]
                        probs[step - 1] = 0.2 / 38
                        probs[step - 1, last] += 0.8
                yield np.log(probs)

        def generate(self, primers, num_steps, seed, temperature=1.0):
            rng, melodies = np.random.default_rng(seed), [list(primer) for primer in primers]
            for melody in melodies:
                while len(melody) < num_steps:
                    row = next(iter(self.next_labels([[*melody, 60]])))[-1]
                    melody.append(rng.choice(oracle.events, p=np.exp(row)))
            return [np.array(melody) for melody in melodies]

    network = Distrustful(oracle, ENCODINGS['basic_rnn'])
    found = network_errors(network, oracle, 20, 40, primer_steps=8)
    assert found.summary()['ratio'] > 2
    own = found.own_kl.mean(axis=0)
    assert own[-8:].mean() > own[:8].mean() + 0.2


def test_likelihoods_at_a_temperature_are_those_of_the_tempered_distribution():
    oracle, other = markov(0, 2), markov(0, 3)
    p, q = (each.arrays['table'][0] for each in (oracle, other))
    found = network_errors(OracleNetwork(other), oracle, 40, 51, temperatures=(0.5, 1.0, 2.0))
    real = np.stack(oracle.draw([51] * 40, [0, 3]))
    classes = np.searchsorted(TINY_EVENTS, real[:, 1:])
    for index, power in enumerate((2, 1, 0.5)):
        tempered = q ** power / np.sum(q ** power)
        np.testing.assert_allclose(found.oracle_nll[index],
                                   -np.log(tempered)[classes].mean(axis=1))
        # 2,000 independent events were generated.
        spread = np.sqrt(tempered @ np.log(p) ** 2 - (tempered @ np.log(p)) ** 2)
        wanted = -tempered @ np.log(p)
        assert abs(found.generated_nll[index].mean() - wanted) < 4 * spread / np.sqrt(2000)


@pytest.mark.parametrize('config', ENCODINGS)
def test_a_networks_likelihood_is_its_score_summed_over_the_labels_of_an_event(config):
    experiment = make_experiment(config=config)
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.3, shape).astype(np.float32)
               for name, shape in experiment.builder().variable_shapes().items()}
    oracle = make_oracle('oracle:motif', experiment.encoding, 0)
    network = StepDistributions(experiment, weights)
    found = network_errors(network, oracle, 3, 40, primer_steps=16, seed=4)
    real = oracle.draw([40] * 3, [4, 3])
    by_label = -np.array([row[15:].mean() for row in network.score(real).log_probs])
    if config in ('basic_rnn', 'mono_rnn'):
        np.testing.assert_allclose(found.oracle_nll[0], by_label, rtol=1e-5)
    else:
        assert np.all(found.oracle_nll[0] < by_label)
    again = network_errors(network, oracle, 3, 40, primer_steps=16, seed=4)
    np.testing.assert_array_equal(again.own_kl, found.own_kl)


def test_continuations_that_are_there_are_taken_at_temperature_1():
    oracle, other = markov(1, 0), markov(1, 1)
    real = np.stack(oracle.draw([9] * 4, 0))
    network = OracleNetwork(other)
    generated = np.stack(network.generate(list(real[:, :2]), 9, 5))
    given = oracle_errors(network, oracle, real, 2, 6, (0.7, 1.0), generated)
    np.testing.assert_allclose(given.generated_nll[1],
                               -oracle.log_probs(generated)[:, 2:].mean(axis=1))
    made = oracle_errors(network, oracle, real, 2, 5, (0.7, 1.0))
    np.testing.assert_array_equal(made.own_kl, given.own_kl)
    assert not np.array_equal(made.generated_nll[0], given.generated_nll[0])


def test_the_divergence_is_scipys():
    first, second = np.random.default_rng(0).dirichlet(np.ones(9), [2, 5, 3])
    first[0, 0] = np.eye(9)[2]  # With zeros.
    np.testing.assert_allclose(kl_nats(first, second), stats.entropy(first, second, axis=-1))


def test_an_oracle_over_other_events_is_a_bug():
    with pytest.raises(ValueError, match='oracle:markov has other events than tiny'):
        network_errors(OracleNetwork(markov(0, 0), TINY_ENCODING),
                       markov(0, 0, [-2, -1, 60, 62]), 2, 4)
