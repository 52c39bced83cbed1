"""The bundles in bundles/ are what their cards say, and stock Magenta opens them."""

import hashlib
from pathlib import Path

import pytest

from magenta_reg.interop.bundles import read_bundle
from magenta_reg.interop.magenta import import_magenta
from magenta_reg.interop.weights import experiment_of_weights
from magenta_reg.model.model import MelodyModel
from tests.small import make_melodies
from tests.stock import assert_same_softmax, stock_generator

FOLDER = Path(__file__).parents[2] / 'bundles'
CONFIGS = ['basic_rnn', 'lookback_rnn', 'attention_rnn']


def open_ours(config):
    weights = read_bundle(FOLDER / f'{config}.mag')
    return MelodyModel(experiment_of_weights(weights), weights.variables)


def test_there_is_one_of_each_config_and_a_card_of_each():
    assert {path.name for path in FOLDER.iterdir()} == {
        f'{config}.{kind}' for config in CONFIGS for kind in ('mag', 'md')}


@pytest.mark.parametrize('config', CONFIGS)
def test_a_bundle_is_small_and_its_card_has_its_hash(config):
    content = (FOLDER / f'{config}.mag').read_bytes()
    assert len(content) < 3e6
    assert hashlib.sha256(content).hexdigest() in (FOLDER / f'{config}.md').read_text()


@pytest.mark.parametrize('config', CONFIGS)
def test_stock_magenta_opens_it_and_gives_the_same_softmax(config):
    ours = open_ours(config)
    bundle = import_magenta('magenta.models.shared.sequence_generator_bundle').read_bundle_file(
        str(FOLDER / f'{config}.mag'))
    generator = stock_generator(ours.experiment, bundle=bundle)
    generator.initialize()
    session = generator._model._session
    batch_size = int(session.graph.get_collection('inputs')[0].shape[0])
    assert_same_softmax(session, ours, make_melodies(batch_size, seed=4))
    generator.close()


@pytest.mark.parametrize('config', CONFIGS)
def test_it_plays_tunes_and_not_one_note(config):
    for events in open_ours(config).generate([[60], [64], [67]], 64, seed=1):
        notes = [event for event in events if event >= 0]
        assert len(notes) > 8
        assert len(set(notes)) > 3
