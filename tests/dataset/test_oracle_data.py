"""Data sets drawn from an oracle: nothing about the melodies is changed, and the oracle is kept."""

import json

import numpy as np
import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.create import create_dataset
from magenta_reg.dataset.examples import read_examples
from magenta_reg.dataset.oracle_data import find_oracle
from magenta_reg.extraction.melodies import MAGENTA_RULES
from magenta_reg.oracles.table import ORACLES, draw_melodies, make_oracle

BASIC = ENCODINGS['basic_rnn']
INPUT = 'oracle:{},num_melodies=60,max_steps=130'


def read(folder, part='eval', encoding=BASIC):
    return read_examples(folder / f'{part}_melodies.tfrecord', encoding)


@pytest.mark.parametrize('config', ENCODINGS)
@pytest.mark.parametrize('name', ORACLES)
def test_the_parts_hold_every_melody_as_it_was_drawn(name, config, tmp_path):
    encoding, text = ENCODINGS[config], INPUT.format(name)
    dataset = create_dataset(text, encoding, tmp_path, eval_ratio=0.3, seed=2)
    parts = [read(tmp_path, part, encoding) for part in ('training', 'eval')]
    assert min(len(part.events) for part in parts) > 5
    oracle = make_oracle(text, encoding, 2)
    drawn = sorted(events.tobytes() for events in draw_melodies(oracle, 2))
    assert sorted(events.tobytes() for part in parts for events in part.events) == drawn
    for part in parts:
        kept = find_oracle(part)
        sample = np.stack([events[:20] for events in part.events])
        np.testing.assert_array_equal(kept.log_probs(sample), oracle.log_probs(sample))
    report = json.loads((tmp_path / 'dataset.json').read_text())
    assert report['oracle'] == dataset.oracle
    assert report['oracle']['settings'] == oracle.settings
    assert report['settings']['seed'] == 2


def test_equal_melodies_stay_in_the_training_part(tmp_path):
    """Taking them out would leave another distribution than the oracle's."""
    text = 'oracle:markov,order=0,concentration=0.001,num_melodies=200,min_steps=2,max_steps=2'
    dataset = create_dataset(text, BASIC, tmp_path)
    assert dataset.num_removed == 0
    assert sum(part.num_melodies for part in dataset.parts.values()) == 200
    assert dataset.settings['keep_duplicates']
    assert dataset.duplicates.leaks


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_processes(tmp_path):
    for name, seed, num_workers in (('a', 0, 1), ('b', 0, 2), ('c', 1, 1)):
        create_dataset(INPUT.format('lstm'), BASIC, tmp_path / name, seed=seed,
                       num_workers=num_workers)
    for name in ('training_melodies.tfrecord', 'eval_melodies.tfrecord', 'oracle.npz',
                 'dataset.json'):
        first, again, other = ((tmp_path / folder / name).read_bytes() for folder in 'abc')
        assert first == again != other, name


def test_a_training_share_keeps_some_of_the_melodies_and_the_same_oracle(tmp_path):
    text = INPUT.format('motif')
    for share in (0.3, 1.0):
        create_dataset(text, BASIC, tmp_path / str(share), test_ratio=0.2, training_share=share)
    few, all_melodies = ([events.tobytes() for events in read(tmp_path / name, 'training').events]
                         for name in ('0.3', '1.0'))
    assert 0 < len(few) < len(all_melodies) / 2
    assert few == [events for events in all_melodies if events in few]
    for name in ('eval_melodies.tfrecord', 'test_melodies.tfrecord', 'oracle.npz'):
        one, other = ((tmp_path / share / name).read_bytes() for share in ('0.3', '1.0'))
        assert one == other
    report = json.loads((tmp_path / '0.3' / 'dataset.json').read_text())
    assert len(few) + report['discarded_melodies_by_reason']['not_in_training_share'] == len(
        all_melodies)


def test_the_entropy_is_what_melodies_cost_under_their_oracle(tmp_path):
    dataset = create_dataset('oracle:markov,order=1,num_melodies=2000', BASIC, None)
    oracle = make_oracle('oracle:markov,order=1,num_melodies=2000', BASIC, 0)
    melodies = np.stack([events[:20] for events in draw_melodies(oracle, 0)])
    nll = -oracle.log_probs(melodies)[:, 1:].mean(axis=1)
    wanted = dataset.oracle['entropy_nats_per_event']
    assert abs(nll.mean() - wanted) < 4 * nll.std() / np.sqrt(500)
    assert 'file' not in dataset.oracle


def test_music_has_no_oracle_and_takes_that_of_an_earlier_data_set_away(tune, fill, tmp_path):
    create_dataset(INPUT.format('lstm'), BASIC, tmp_path / 'D')
    assert (tmp_path / 'D' / 'oracle.npz').exists()
    create_dataset(fill({'tune.mid': tune}), BASIC, tmp_path / 'D', eval_ratio=0.0)
    assert not (tmp_path / 'D' / 'oracle.npz').exists()
    assert find_oracle(read(tmp_path / 'D', 'training')) is None
    assert 'oracle' not in json.loads((tmp_path / 'D' / 'dataset.json').read_text())


def test_a_file_that_dataset_json_does_not_list_has_no_oracle(tmp_path):
    create_dataset(INPUT.format('lstm'), BASIC, tmp_path / 'D')
    create_dataset(INPUT.format('motif'), BASIC, tmp_path / 'E')
    path = tmp_path / 'D' / 'eval_melodies.tfrecord'
    path.write_bytes((tmp_path / 'E' / 'eval_melodies.tfrecord').read_bytes())
    assert find_oracle(read(tmp_path / 'D')) is None
    assert find_oracle(read(tmp_path / 'E')).name == 'motif'
    both = read_examples(tmp_path / 'E' / '*.tfrecord', BASIC)
    assert find_oracle(both).name == 'motif'


def test_an_oracle_that_is_missing_or_another_one_is_named(tmp_path):
    create_dataset(INPUT.format('lstm'), BASIC, tmp_path)
    path = tmp_path / 'oracle.npz'
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(UserError, match=r'oracle.npz is another file than it was; .*again'):
        find_oracle(read(tmp_path))
    path.unlink()
    with pytest.raises(UserError, match=r'oracle.npz is missing; .* from oracle:lstm'):
        find_oracle(read(tmp_path))


@pytest.mark.parametrize(('options', 'flag'), [
    ({'rules': MAGENTA_RULES._replace(max_steps=40)}, '--max_steps'),
    ({'transpositions': (0, 1)}, '--transpositions')])
def test_what_would_change_the_melodies_is_refused(options, flag):
    with pytest.raises(UserError, match=f'{flag} would change what --input=oracle:lstm draws'):
        create_dataset('oracle:lstm', BASIC, None, **options)
