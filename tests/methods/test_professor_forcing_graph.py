"""The graph that trains by professor forcing equals an independent computation in NumPy.

Costs, gates and what each of the Adams is given, in rows of different lengths.
"""

import functools

import numpy as np
import pytest

from magenta_reg.codec.encodings import ENCODINGS
from tests.graph.test_training_graph import NOISES, training_experiment
from tests.reference import draws, network
from tests.reference.professor_forcing import behaviour, costs, decisions, free_events
from tests.reference.training import STEP, assert_gradients, fed_loss, run_update
from tests.small import make_melodies

MELODIES = make_melodies(3, seed=31, min_steps=18, max_steps=26)
WEIGHT = 5.0
DRAWS_APART = 2 ** 40


def forcing_experiment(config='basic_rnn', **hparams):
    return training_experiment('professor_forcing', config, **{
        'adversarial_weight': WEIGHT, 'gate_generator': 0.0, 'gate_discriminator': 1.0, 'seed': 3,
        'discriminator_gru_units': 4, 'rnn_layer_sizes': [7, 7], **hparams})


class Expected:
    """What an update of an experiment should be, as functions of weights."""

    def __init__(self, experiment, update, draw=0):
        self.experiment, self.weights = experiment, update.weights
        self.discriminator = {
            name: value.astype(np.float64) for name, value in update.before.items()
            if name.startswith('discriminator/') and 'Adam' not in name
            and not name.endswith(('_power', 'average', 'count'))}
        noise = draws.layer_noise(experiment, MELODIES, STEP)
        truth = [melody[:-1] for melody in MELODIES]
        own, where = free_events(experiment, MELODIES, self.weights, noise,
                                 STEP + draw * DRAWS_APART)
        # Masks of every pass are the longest pass's first ones.
        self.own, self.where = own, where
        self.likelihood = fed_loss(experiment, truth, MELODIES, noise)
        self._real, self._free = (behaviour(experiment, fed, where, noise) for fed in (truth, own))

    @functools.cached_property
    def rows(self):
        """Both behaviours at the weights of the update, which the discriminator is given."""
        return self._real(self.weights), self._free(self.weights)

    def costs(self, discriminator=None, scope='discriminator'):
        return costs(*(decisions(discriminator or self.discriminator, self.experiment.hparams,
                                 rows, scope) for rows in self.rows))

    def adversarial(self, weights, discriminator=None, scope='discriminator'):
        """Returns weight (C_f + C_t) as a function of the generator's weights."""
        judged = [decisions(discriminator or self.discriminator, self.experiment.hparams,
                            rows(weights), scope) for rows in (self._real, self._free)]
        found = costs(*judged)
        return WEIGHT * (found.c_f + (found.c_t if self.experiment.hparams['use_c_t'] else 0))


def of_own_adam(update):
    """Returns an Update whose moments are those of the adversarial cost's own Adam."""
    return update._replace(after={
        name: update.after.get(f'discriminator/{name}', value)
        for name, value in update.after.items()})


OPTIONS = [
    ('basic_rnn', {'use_c_t': True}, 'none'),
    ('lookback_rnn', {'use_c_t': True}, 'dropout'),
    ('basic_rnn', {'behaviour': 'states'}, 'all'),
    ('attention_rnn', {'behaviour': 'all_states_logits'}, 'dropout'),
    ('basic_rnn', {'behaviour': 'readout_logits', 'discriminator_gru_stack': 'alternating',
                   'discriminator_gru_layers': 3, 'discriminator_mlp_layer_sizes': [9, 8]}, 'none'),
    ('basic_rnn', {'discriminator_gru_layers': 2, 'discriminator_mlp_layer_sizes': []}, 'none'),
    ('basic_rnn', {'free_running_steps': 22, 'batch_shards': 2}, 'variational'),
    ('lookback_rnn', {'free_running_steps': 11, 'free_running_start': 'random',
                      'use_c_t': True}, 'dropout'),
    ('basic_rnn', {'free_running_steps': 22, 'free_running_start': 'random'}, 'none'),
]


@pytest.mark.parametrize(('config', 'hparams', 'noise'), [
    *[(config, {}, 'none') for config in ENCODINGS], *OPTIONS])
def test_one_update_of_professor_forcing_equals_numpy(config, hparams, noise):
    experiment = forcing_experiment(config, **hparams, **NOISES[noise])
    update = run_update(experiment, MELODIES)
    expected = Expected(experiment, update)
    found = expected.costs()
    metrics = update.metrics
    assert metrics['loss'] == pytest.approx(expected.likelihood(update.weights), abs=2e-5)
    for name, value in (('discriminator_loss', found.c_d), ('c_f', found.c_f), ('c_t', found.c_t),
                        ('discriminator_accuracy', found.accuracy)):
        assert metrics[name] == pytest.approx(value, abs=3e-5), name
    assert (metrics['generator_gate'], metrics['discriminator_gate'], metrics['acted']) == (1, 1, 1)
    lengths = [len(row) for row in expected.own]
    assert hparams.get('free_running_steps') or len(set(lengths)) > 1
    assert max(np.abs(real - free).max() for real, free in zip(*expected.rows, strict=True)) > 0.01

    assert_gradients(update, lambda weights: expected.costs(weights).c_d, expected.discriminator)
    assert_gradients(update, lambda weights: expected.likelihood(weights)
                     + expected.adversarial(weights))
    # What the comparison above could overlook is far smaller than what the adversary adds.
    assert metrics['adversarial_gradient_norm'] > 0.05 * metrics['gradient_norm']


def test_with_an_adam_of_its_own_the_costs_are_minimized_apart():
    experiment = forcing_experiment(adversarial_learning_rate_ratio=0.1, learning_rate=0.01)
    update = run_update(experiment, MELODIES)
    expected = Expected(experiment, update)
    assert_gradients(update, expected.likelihood)
    assert_gradients(of_own_adam(update), expected.adversarial)
    for name in update.weights:
        likelihood, adversarial = (each.gradient(name) for each in (update, of_own_adam(update)))
        moved = adam_step(likelihood, 0.01) + adam_step(adversarial, 0.001)
        np.testing.assert_allclose(update.after[name] - update.before[name], moved, atol=2e-6)


def adam_step(gradient, rate):
    """Returns what a first update by Adam adds, in its authors' notation with their epsilon-hat."""
    return -rate * np.sqrt(1 - 0.999) / (1 - 0.9) * 0.1 * gradient / (
        np.sqrt(0.001) * np.abs(gradient) + 1e-8)


def test_the_likelihood_can_be_summed_over_the_sequence():
    experiment = forcing_experiment(likelihood_reduction='sum')
    update = run_update(experiment, MELODIES)
    expected = Expected(experiment, update)
    mean_steps = np.mean([len(melody) - 1 for melody in MELODIES])
    assert update.metrics['loss'] == pytest.approx(expected.likelihood(update.weights), abs=2e-5)
    assert_gradients(update, lambda weights: mean_steps * expected.likelihood(weights)
                     + expected.adversarial(weights))


@pytest.mark.parametrize('ratio', [0.0, 0.1])
def test_a_shut_generators_gate_leaves_the_likelihood_alone(ratio):
    experiment = forcing_experiment(gate_generator=1.0, adversarial_learning_rate_ratio=ratio)
    update = run_update(experiment, MELODIES)
    expected = Expected(experiment, update)
    assert (update.metrics['generator_gate'], update.metrics['acted']) == (0, 0)
    assert_gradients(update, expected.likelihood)
    assert_gradients(update, lambda weights: expected.costs(weights).c_d, expected.discriminator)
    own = [value for name, value in update.after.items()
           if name.startswith('discriminator/rnn') and 'Adam' in name and 'gru_cell' not in name]
    assert bool(own) == bool(ratio)
    assert not any(value.any() for value in own)


def test_further_updates_of_the_discriminator_come_first_on_draws_of_their_own():
    experiment = forcing_experiment(discriminator_updates=2, discriminator_learning_rate=0.02)
    update = run_update(experiment, MELODIES)
    first, last = (Expected(experiment, update, draw) for draw in (1, 0))
    assert any((a != b).any() for a, b in zip(first.own, last.own, strict=True))
    # The first update by hand, along each variable's entries.
    moved = {name: value + adam_step(gradient_of(
        lambda weights: first.costs(weights).c_d, first.discriminator, name), 0.02)
        for name, value in first.discriminator.items()}
    found = last.costs(moved)
    assert update.metrics['discriminator_loss'] == pytest.approx(found.c_d, abs=3e-5)
    assert abs(found.c_d - last.costs().c_d) > 1e-3
    assert update.metrics['c_f'] == pytest.approx(found.c_f, abs=3e-5)
    assert_gradients(update, lambda weights: last.likelihood(weights)
                     + last.adversarial(weights, moved))


def gradient_of(function, weights, name):
    """Returns the gradient by one variable, entry by entry."""
    value = weights[name]
    gradient = np.empty(value.shape)
    for index in np.ndindex(value.shape):
        direction = np.zeros(value.shape)
        direction[index] = 1
        gradient[index] = network.directional_derivative(function, weights, {name: direction})
    return gradient


def test_a_placebos_gradient_has_the_other_ones_norm_and_comes_from_random_weights():
    options = {'adversarial_learning_rate_ratio': 0.1, 'use_c_t': True}
    trained, placebo = (of_own_adam(run_update(forcing_experiment(adversary=adversary, **options),
                                               MELODIES)) for adversary in ('trained', 'placebo'))
    names = list(trained.weights)
    norms = [np.sqrt(sum((each.gradient(name) ** 2).sum() for name in names))
             for each in (trained, placebo)]
    assert norms[0] == pytest.approx(norms[1], rel=1e-5)
    assert placebo.metrics['adversarial_gradient_norm'] == pytest.approx(norms[0], rel=1e-5)
    dot = sum((trained.gradient(name) * placebo.gradient(name)).sum() for name in names)
    assert abs(dot) < 0.9 * norms[0] ** 2
    # In every direction it is the same multiple of what a discriminator of other weights gives.
    expected = Expected(forcing_experiment(**options), placebo)
    own = {name: value for name, value in expected.discriminator.items() if '/placebo/' in name}
    ratios = []
    for name in names:
        direction = placebo.gradient(name)
        ratios.append((direction ** 2).sum() / network.directional_derivative(
            lambda weights: expected.adversarial(weights, own, 'discriminator/placebo'),
            placebo.weights, {name: direction}))
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-3)
    assert ratios[0] > 0
    for name, value in own.items():
        np.testing.assert_array_equal(placebo.after[name], value.astype(np.float32))


def test_held_out_accuracy_is_the_share_of_right_decisions():
    from magenta_reg.model.model import MelodyModel

    experiment = forcing_experiment('lookback_rnn')
    update = run_update(experiment, MELODIES, step=0)
    model = MelodyModel(experiment, update.before)
    found = model.held_out_metrics(MELODIES)
    # evaluation_batches sorts rows by length; the numbers are those of the batch's number, 0.
    assert found.keys() == {'discriminator_accuracy_held_out'}
    order = np.argsort([len(melody) for melody in MELODIES], kind='stable')
    melodies = [MELODIES[index] for index in order]
    own, where = free_events(experiment, melodies, update.weights, None, 0)
    weights = Expected(experiment, update).discriminator
    rows = [behaviour(experiment, fed, where, None)(update.weights)
            for fed in ([melody[:-1] for melody in melodies], own)]
    expected = costs(*(decisions(weights, experiment.hparams, each) for each in rows))
    assert found['discriminator_accuracy_held_out'] == pytest.approx(expected.accuracy)
