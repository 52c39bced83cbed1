"""Thirty made-up melodies as MIDI files, and a study on them that takes seconds."""

import pytest
import yaml

from magenta_reg.base.libraries import import_note_seq
from magenta_reg.study.tasks import execute
from tests.small import make_melodies

TINY = {'rnn_layer_sizes': [8], 'batch_size': 8, 'dropout_keep_prob': 1.0}


@pytest.fixture(scope='session')
def music(tmp_path_factory):
    """A folder of thirty melodies of 120 to 130 events."""
    note_seq, folder = import_note_seq(), tmp_path_factory.mktemp('music')
    for number, events in enumerate(make_melodies(30, seed=0, min_steps=120, max_steps=130)):
        melody = note_seq.Melody([int(event) for event in events])
        note_seq.sequence_proto_to_midi_file(
            melody.to_sequence(), str(folder / f'{number}.mid'))
    return folder


@pytest.fixture
def write_study(music, tmp_path):
    """A function that writes a study file with some keys changed, None for none, to its Path."""
    def write(name='study.yaml', **changes):
        content = {
            'data': {'input': str(music), 'eval_ratio': 0.15, 'test_ratio': 0.5,
                     'judge_ratio': 0.15},
            'experiments': {'small': {'method': 'scheduled_sampling', 'hparams': TINY}},
            'judge': {'experiment': 'small'}, 'num_training_steps': 3, 'eval_every': 2,
            'generate': {'num_outputs': 2, 'num_steps': 48}, 'seeds': [5],
            'analysis': {'num_melodies': 10, 'num_steps': 48}, **changes}
        (tmp_path / name).write_text(yaml.safe_dump(
            {key: value for key, value in content.items() if value is not None},
            sort_keys=False))
        return tmp_path / name
    return write


def here(folder, tasks):
    """Makes tasks in this process, which is faster than TensorFlow's import in others."""
    for task in tasks:
        execute(folder, task)
        yield task, None
