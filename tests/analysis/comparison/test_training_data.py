from types import SimpleNamespace

import pytest

from magenta_reg.analysis.comparison.runs import Group
from magenta_reg.analysis.comparison.training_data import read_training
from magenta_reg.codec.encodings import ENCODINGS, get_encoding
from magenta_reg.dataset.create import create_dataset
from magenta_reg.dataset.examples import read_examples
from tests.small import write_examples

CONFIGS = ('basic_rnn', 'lookback_rnn', 'attention_rnn')


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """One data set made for each config: dict of config to the str path of its training part."""
    folder = tmp_path_factory.mktemp('data')
    (folder / 'tunes.abc').write_text(''.join(
        f'X:{number}\nM:4/4\nL:1/8\nK:C\n{tune}|]\n'
        for number, tune in enumerate(8 * bar for bar in (
            'CDEF GABc|', 'EGce gecG|', 'cBAG FEDC|', 'CECG cGEC|', 'cdcB AGAB|', 'FAcA FACF|'))))
    for config in CONFIGS:
        create_dataset(folder / 'tunes.abc', ENCODINGS[config], folder / config, eval_ratio=0.3,
                       seed=0)
    return {config: str(folder / config / 'training_melodies.tfrecord') for config in CONFIGS}


def sha256(files, config):
    return read_examples(files[config], ENCODINGS[config]).sha256


def groups_of(hashes):
    def run(config):
        return SimpleNamespace(model=SimpleNamespace(encoding=get_encoding(config)), run_dir='r')

    return [Group(config, 'baseline', config, [run(config)], [0], data)
            for config, data in hashes.items()]


@pytest.mark.parametrize('given', CONFIGS)
def test_data_sets_of_the_same_melodies_for_several_configs_are_one(files, given):
    hashes = {config: sha256(files, config) for config in CONFIGS}
    assert len(set(hashes.values())) == len(CONFIGS)
    training, groups = read_training(files[given], groups_of(hashes))
    assert training.sha256 == hashes[given]
    assert [(group.label, group.training_data) for group in groups] == [
        (config, hashes[given]) for config in CONFIGS]


@pytest.mark.parametrize('data', ['', '1' * 64])
def test_other_or_unknown_training_data_stay_what_they_are(files, data):
    groups = groups_of(dict.fromkeys(CONFIGS, data))
    assert read_training(files['basic_rnn'], groups)[1] == groups


def test_without_a_training_file_nothing_is_said_of_it():
    groups = groups_of({'basic_rnn': '1' * 64})
    assert read_training(None, groups) == (None, groups)


def test_one_melody_less_is_another_training_set(files, tmp_path):
    groups = groups_of({'lookback_rnn': sha256(files, 'lookback_rnn')})
    basic = ENCODINGS['basic_rnn']
    fewer = write_examples(tmp_path / 'fewer', read_examples(files['basic_rnn'], basic).events[1:],
                           basic)
    both = groups + groups_of({'basic_rnn': '1' * 64})
    assert read_training(fewer, both)[1] == both


def test_an_encoder_that_no_config_is_named_after_is_recognized_too(files):
    groups = groups_of({'lookback_rnn': sha256(files, 'lookback_rnn'),
                        'onehot': sha256(files, 'basic_rnn')})
    training, shared = read_training(files['lookback_rnn'], groups)
    assert [group.training_data for group in shared] == [training.sha256] * 2
