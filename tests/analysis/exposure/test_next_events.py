"""Next-event distributions: those of the network that scores, over events instead of classes."""

import numpy as np
import pytest

from magenta_reg.analysis.exposure.next_events import (
    StepDistributions,
    event_columns,
    event_probabilities,
)
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.model.model import MelodyModel
from tests.small import make_experiment, make_melodies


@pytest.mark.parametrize('config', ['basic_rnn', 'attention_rnn'])
def test_a_label_has_the_probability_that_scoring_gives_it(config):
    experiment = make_experiment(config=config)
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.3, shape).astype(np.float32)
               for name, shape in experiment.builder().variable_shapes().items()}
    melodies = np.stack([events[:20] for events in make_melodies(3, seed=1)])
    scored = MelodyModel(experiment, weights).score(list(melodies)).log_probs
    codec = experiment.encoding.codec
    columns = list(event_columns(codec))
    found = list(StepDistributions(experiment, weights).next_events(melodies))
    for events, probs, log_probs in zip(melodies, found, scored, strict=True):
        np.testing.assert_allclose(probs.sum(axis=1), 1, rtol=1e-5)
        labels = codec.encode(events)[1]
        of_events = probs[np.arange(19), [columns.index(event) for event in events[1:]]]
        # A repeated event has its plain class's probability on top of its label's.
        assert np.all(of_events >= np.exp(log_probs) * (1 - 1e-5))
        is_sure = labels < len(columns)
        if config == 'basic_rnn':
            np.testing.assert_allclose(of_events, np.exp(log_probs), rtol=1e-5)
            assert is_sure.all()


@pytest.mark.parametrize('config', list(ENCODINGS))
def test_classes_are_added_up_as_the_codec_decodes_them(config):
    codec = ENCODINGS[config].codec
    events = make_melodies(1, seed=3, min_steps=40)[0]
    inputs, labels = codec.encode(events)
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(codec.num_classes), len(labels))
    found = event_probabilities(codec, np.log(probs), events)
    columns = list(event_columns(codec))
    for step in (0, 3, 15, 16, 31, 32, 38):
        wanted = np.zeros(len(columns))
        for label in range(codec.num_classes):
            decoded = codec.decode(inputs[:1], [*labels[:step], label])[step + 1]
            wanted[columns.index(decoded)] += probs[step, label]
        np.testing.assert_allclose(found[step], wanted)


def test_more_melodies_than_a_batch_come_in_their_order():
    experiment = make_experiment()
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.3, shape).astype(np.float32)
               for name, shape in experiment.builder().variable_shapes().items()}
    melodies = rng.integers(50, 80, [103, 6]).astype(np.int32)
    model = StepDistributions(experiment, weights)
    found = list(model.next_events(melodies))
    assert len(found) == 103
    np.testing.assert_allclose(found[101], next(iter(model.next_events(melodies[101:]))),
                               rtol=1e-5)
