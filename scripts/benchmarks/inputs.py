"""What several jobs read, made once: data sets of one config, melodies, and a short run."""

import functools
import random
from typing import NamedTuple

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.examples import example_record, read_examples
from magenta_reg.extraction.melodies import extract_melodies
from magenta_reg.extraction.squash import squash
from magenta_reg.sources.known_sets import folk_source

from .harness import Peer, run_peer
from .job import command

# Several batches, and more than the 100 that stock's queue keeps for its shuffle.
_BATCHES_OF_EQUAL = 4
# Speed hardly depends on how well a network is trained; the number of notes it writes does.
_TRAINING_STEPS = 30
_NUM_TUNES = 256
_MAX_TUNE_STEPS = 128


class DataSets(NamedTuple):
    """Two data sets of one config, as TFRecords that both sides read.

    Attributes:
        natural: Path, melodies of all lengths.
        equal: Path, the longest melodies, cut to the shortest of them: without padding a step
            takes the same time however batches are formed.
        equal_steps: int, events of each melody in `equal` after its first.
        num_natural: int, melodies in `natural`.
    """

    natural: object
    equal: object
    equal_steps: int
    num_natural: int


@functools.cache
def make_data_sets(config, settings):
    """Makes the DataSets of a config, of folk tunes if there is no `settings.input`.

    Raises:
        UserError: If the music has too few melodies for a batch.
    """
    folder, encoding = settings.work_dir / 'data' / config, ENCODINGS[config]
    run_peer(Peer(f'data set for {config}', [[
        command('create_dataset'), f'--config={config}', f'--input={settings.input or "folk"}',
        f'--output_dir={folder}', '--noplot']]))
    melodies = read_examples(parts(config, settings)[0], encoding).events
    random.Random(0).shuffle(melodies)
    natural = melodies[:settings.num_melodies]
    equal = equal_lengths(melodies, _BATCHES_OF_EQUAL * settings.batch_size, settings.max_steps)
    paths = [folder / 'natural', folder / 'equal']
    for path, chosen in zip(paths, (natural, equal), strict=True):
        write_examples(path, chosen, encoding.codec)
    return DataSets(*paths, len(equal[0]) - 1, len(natural))


def parts(config, settings):
    """Returns the Paths of the training and the evaluation part of a config's whole data set."""
    folder = settings.work_dir / 'data' / config
    return folder / 'training_melodies.tfrecord', folder / 'eval_melodies.tfrecord'


def equal_lengths(melodies, count, max_steps):
    """Returns the `count` longest melodies, cut to the shortest of them, at most `max_steps`.

    Raises:
        UserError: If there are fewer.
    """
    if len(melodies) < count:
        raise UserError(f'{len(melodies)} melodies for training, {count} are needed: give more '
                        'music with --input, or a lower --batch_size')
    longest = sorted(melodies, key=len, reverse=True)[:count]
    length = min(len(longest[-1]), max_steps)
    return [events[:length] for events in longest]


def write_examples(path, melodies, codec):
    """Writes melodies, list of int32 [steps + 1], as a TFRecord of SequenceExamples."""
    with open(path, 'wb') as file:
        for events in melodies:
            file.write(example_record(events, codec))


@functools.cache
def make_run(config, settings):
    """Trains a short run of a config on folk tunes. Returns the Path of its folder."""
    examples = settings.work_dir / f'{config}.tfrecord'
    run_dir = settings.work_dir / 'runs' / config
    write_examples(examples, [events[:_MAX_TUNE_STEPS] for events in real_melodies(_NUM_TUNES)],
                   ENCODINGS[config].codec)
    run_peer(Peer(f'run of {config}', [[
        command('train'), f'--config={config}', f'--run_dir={run_dir}',
        f'--sequence_example_file={examples}', f'--num_training_steps={_TRAINING_STEPS}',
        f'--hparams=batch_size={settings.batch_size},rnn_layer_sizes=[128,128],'
        'learning_rate=0.005', '--free_running_melodies=0', '--train_loss_melodies=0']]))
    return run_dir


def real_melodies(count):
    """Returns `count` melodies of folk tunes in the key and range that all configs have."""
    source, encoding, melodies = folk_source(), ENCODINGS['basic_rnn'], []
    codec = encoding.codec
    for book in source.items:
        for piece in source.read(book):
            found = extract_melodies(piece.notes).melodies if piece.notes is not None else []
            melodies += [squash(events, codec.min_note, codec.max_note, encoding.transpose_to_key)
                         for events in found]
        if len(melodies) >= count:
            break
    return melodies[:count]
