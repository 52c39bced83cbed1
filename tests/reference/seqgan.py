"""SeqGAN in NumPy: what is played, rollouts, rewards and the discriminator; float64.

Rows are judged one by one, each as long as it is, so that there is no padding to be read. Weights
may be complex, as in `network`.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.graph.sampling import FREE_RUNNING, POSITIONS, ROLLOUTS
from tests.reference import draws, histories, network
from tests.reference.professor_forcing import dense, gru

_DRAWS_APART = 2 ** 40


class Played(NamedTuple):
    """What the policy played, of as many steps in every row as the longest has."""

    events: list  # Of int array [steps + 1].
    classes: np.ndarray  # int [batch, steps], those that were drawn.


def play_on(weights, experiment, starts, uniforms):
    """Returns Played: rows of given first events, and then what uniforms [batch, steps] draw."""
    num_steps = uniforms.shape[1]
    classes = np.zeros(uniforms.shape, int)
    padded = [[*start, *[60] * (num_steps + 2 - len(start))] for start in starts]
    use_truth = np.array([np.arange(num_steps + 1) < len(start) for start in starts])

    def choose(row, time, logits):
        classes[row, time] = histories.draw_class(logits, uniforms[row, time])
        return classes[row, time]

    return Played(histories.feed_back(weights, experiment, padded, use_truth, choose), classes)


def play(weights, experiment, melodies, step):
    """Returns what is Played in an update from the first events of melodies."""
    shape = len(melodies), max(map(len, melodies)) - 1
    return play_on(weights, experiment, [melody[:1] for melody in melodies],
                   draws.uniforms(shape, experiment.seed, step, FREE_RUNNING))


def decisions(weights, experiment, events):
    """Returns [len(events)], the discriminator's logit after each event of a melody."""
    codec, scope = experiment.encoding.codec, 'discriminator'
    vocabulary = [-2, -1, *range(codec.min_note, codec.max_note)]
    one_hots = np.eye(len(vocabulary))[[vocabulary.index(event) for event in events]]
    states = gru(weights, f'{scope}/rnn', one_hots)
    summary = np.cumsum(states, axis=0) / np.arange(1, len(events) + 1)[:, np.newaxis]
    for index, _ in enumerate(experiment.hparams['discriminator_mlp_layer_sizes']):
        summary = dense(weights, f'{scope}/mlp_{index}', summary)
        summary = np.where(summary.real > 0, summary, 0)
    return dense(weights, f'{scope}/decision', summary)[:, 0]


def judged(weights, experiment, melodies):
    """Returns all decisions that count on melodies, one array: the last, or those after actions."""
    rows = [decisions(weights, experiment, melody) for melody in melodies]
    return np.concatenate([row[-1:] if experiment.hparams['rollouts'] else row[1:]
                           for row in rows])


def actions(experiment, lengths, step):
    """Returns for each row the steps whose actions are learned from, and what each stands for."""
    count = experiment.hparams['rollout_positions']
    if not count or not experiment.hparams['rollouts']:
        return [(np.arange(length), np.ones(length)) for length in lengths]
    uniforms = draws.uniforms([len(lengths), count], experiment.seed, step, POSITIONS)
    return [(np.floor((uniforms[row] + np.arange(count)) * length / count).astype(int),
             np.full(count, length / count)) for row, length in enumerate(lengths)]


def rewards(weights, experiment, played, lengths, step):
    """Returns for each row the rewards of its `actions`."""
    count = experiment.hparams['rollouts']
    chosen = [steps for steps, _ in actions(experiment, lengths, step)]
    if not count:
        return [network.sigmoid(decisions(weights, experiment, events[:length + 1])[1:])
                for events, length in zip(played.events, lengths, strict=True)]
    found = [[] for _ in lengths]
    for number in range(max(map(len, chosen))):
        starts = [events[:steps[min(number, len(steps) - 1)] + 2]
                  for events, steps in zip(played.events, chosen, strict=True)
                  for _ in range(count)]
        uniforms = draws.uniforms([len(starts), played.classes.shape[1]], experiment.seed,
                                  step + number * _DRAWS_APART, ROLLOUTS)
        rolled = play_on(weights, experiment, starts, uniforms).events
        for row, length in enumerate(lengths):
            if number < len(chosen[row]):
                found[row].append(np.mean([
                    network.sigmoid(decisions(weights, experiment, events[:length + 1])[-1])
                    for events in rolled[row * count:(row + 1) * count]]))
    return [np.array(row) for row in found]
