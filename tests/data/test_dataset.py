"""Data sets hold what Magenta's pipeline makes, account for every piece, and are never half."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import note_seq
import numpy as np
import pytest
from magenta.common import sequence_example_lib
from magenta.models.melody_rnn import melody_rnn_model, melody_rnn_pipeline

from magenta_reg.compat import tf
from magenta_reg.data.dataset import create_dataset
from magenta_reg.data.examples import read_examples
from magenta_reg.data.melodies import MAGENTA_RULES
from magenta_reg.data.tfrecord import read_records, write_record
from magenta_reg.encodings import ENCODINGS, get_encoding
from magenta_reg.errors import UserError

BASIC = get_encoding('basic_rnn')
CSV = ('canonical_composer,canonical_title,split,year,midi_filename\n'
       'Bach,Fugue,train,,1.mid\nBach,Fugue,train,,2.mid\nLiszt,Waltz,validation,,3.mid\n'
       'Chopin,Waltz,test,,4.mid\n')


@pytest.fixture
def tunes(midi_bytes):
    """Eight different tunes."""
    rng = np.random.default_rng(0)
    return [midi_bytes(rng.integers(40, 90, 70).tolist()) for _ in range(8)]


@pytest.fixture
def folder(fill, tunes):
    return fill({f'{number}.mid': tune for number, tune in enumerate(tunes)})


@pytest.fixture
def split_folder(fill, tunes):
    return fill({'list.csv': CSV.encode(), **{f'{n}.mid': tunes[n] for n in range(1, 5)}},
                'split_music')


def report(output_dir):
    return json.loads((output_dir / 'dataset.json').read_text())


@pytest.mark.parametrize('name', ENCODINGS)
def test_the_examples_are_those_of_magentas_pipeline(name, tunes, folder, tmp_path):
    create_dataset(folder, get_encoding(name), tmp_path / 'out', eval_ratio=0.5)
    pipeline = melody_rnn_pipeline.get_pipeline(melody_rnn_model.default_configs[name])
    expected = [example.SerializeToString(deterministic=True) for tune in tunes
                for example in pipeline.transform(
                    note_seq.midi_to_note_sequence(tune))['training_melodies']]
    written = [record for part in ('training', 'eval')
               for record in read_records(tmp_path / f'out/{part}_melodies.tfrecord')]
    assert sorted(written) == sorted(expected)
    assert len(written) == 8


def test_stock_magenta_reads_the_examples(folder, tmp_path):
    dataset = create_dataset(folder, BASIC, tmp_path / 'out', eval_ratio=0.5)
    path = str(dataset.parts['training'].path)
    melodies = read_examples(path, BASIC).events
    with tf.Graph().as_default(), tf.Session() as session:
        batch = sequence_example_lib.get_padded_batch(
            [path], len(melodies), BASIC.codec.input_size, num_enqueuing_threads=1)
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        inputs, labels, lengths = session.run(batch)
        coordinator.request_stop()
        coordinator.join(threads, stop_grace_period_secs=10)
    for events, row, label_row, length in zip(melodies, inputs, labels, lengths, strict=True):
        expected_inputs, expected_labels = BASIC.codec.encode(events)
        np.testing.assert_array_equal(row[:length], expected_inputs)
        np.testing.assert_array_equal(label_row[:length], expected_labels)


def test_the_split_of_a_csv_is_used_and_a_ratio_replaces_it(split_folder, tmp_path):
    out = tmp_path / 'out'
    create_dataset(split_folder, BASIC, out)
    parts = report(out)['parts']
    assert {part: summary['pieces'] for part, summary in parts.items()} == {
        'training': 2, 'eval': 1, 'test': 1}
    assert parts['training']['compositions'] == 1
    create_dataset(split_folder, BASIC, out, eval_ratio=0.5, seed=1)
    assert set(report(out)['parts']) == {'training', 'eval'}
    assert not (out / 'test_melodies.tfrecord').exists()


def test_the_report_accounts_for_every_piece(fill, tunes, midi_bytes, tmp_path):
    folder = fill({
        'a.mid': tunes[0], 'b.mid': tunes[1], 'cut.mid': tunes[2][:-9], 'empty.mid': b'',
        'text.mid': b'This is no music at all.', 'short.mid': midi_bytes([60, 62, 64, 65, 67]),
        'few.mid': midi_bytes([60, 62] * 40), 'silent.mid': midi_bytes([])})
    out = tmp_path / 'out'
    dataset = create_dataset(folder, BASIC, out, eval_ratio=0.0)
    content = report(out)
    assert content['pieces_read'] == 8
    assert [piece['name'] for piece in content['pieces']] == ['a.mid', 'b.mid']
    assert content['discarded_pieces_by_reason'] == {
        'unreadable': 3, 'too_few_pitches': 1, 'too_short': 1, 'no_notes': 1}
    assert content['discarded_melodies_by_reason'] == {'too_few_pitches': 1, 'too_short': 1}
    reasons = {piece['name']: piece['reason'] for piece in content['discarded_pieces']}
    assert reasons['empty.mid'] == 'unreadable: the file is empty'
    assert reasons['short.mid'] == '1 too_short'
    assert set(reasons) == {'cut.mid', 'empty.mid', 'text.mid', 'short.mid', 'few.mid',
                            'silent.mid'}
    training = content['parts']['training']
    examples = read_examples(dataset.parts['training'].path, BASIC)
    assert training['sha256'] == examples.sha256
    assert training['melodies'] == len(examples.events) == 2
    assert training['events'] == sum(map(len, examples.events))
    assert content['settings']['config'] == 'basic_rnn'
    assert content['pieces_reduced_to_the_highest_note'] == 0


def test_the_same_input_and_seed_give_the_same_bytes(folder, tmp_path):
    for name in ('one', 'two'):
        create_dataset(folder, BASIC, tmp_path / name, eval_ratio=0.5, seed=3)
    for path in (tmp_path / 'one').iterdir():
        assert path.read_bytes() == (tmp_path / 'two' / path.name).read_bytes()


def test_polyphony_is_reduced_or_discarded_as_asked(fill, midi_bytes, tmp_path):
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    chords = note_seq.midi_to_note_sequence(midi_bytes(scale * 8))
    for note in list(chords.notes):
        chords.notes.add(pitch=note.pitch - 12, velocity=60, start_time=note.start_time,
                         end_time=note.end_time)
    path = tmp_path / 'chords.tfrecord'
    with open(path, 'wb') as file:
        write_record(file, chords.SerializeToString())
    dataset = create_dataset(path, BASIC, tmp_path / 'out', eval_ratio=0.0)
    assert dataset.num_reduced() == 1
    assert report(tmp_path / 'out')['pieces_reduced_to_the_highest_note'] == 1
    (events,) = read_examples(dataset.parts['training'].path, BASIC).events
    assert events[events >= 0].tolist() == scale * 8
    with pytest.raises(UserError, match='1 polyphonic; --ignore_polyphonic_notes'):
        create_dataset(path, BASIC, tmp_path / 'out', eval_ratio=0.0,
                       rules=MAGENTA_RULES._replace(ignore_polyphonic_notes=False))


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_empty_result_says_why_and_leaves_the_old_data_set(
        folder, fill, midi_bytes, tmp_path):
    out = tmp_path / 'out'
    create_dataset(folder, BASIC, out, eval_ratio=0.5)
    before = contents(out)
    worthless = fill({'a.mid': midi_bytes([60, 62, 64]), 'b.mid': b'', 'c.mid': midi_bytes([])},
                     'worthless')
    with pytest.raises(UserError) as error:
        create_dataset(worthless, BASIC, out)
    assert str(error.value) == (
        f'no melody came out of --input={worthless}; 3 pieces read; melodies discarded: 1 '
        'too_short; pieces discarded: 1 unreadable, 1 no_notes (the first, b.mid: unreadable: '
        'the file is empty)')
    assert contents(out) == before


def test_an_empty_evaluation_part_leaves_the_old_data_set(folder, fill, tunes, tmp_path):
    out = tmp_path / 'out'
    create_dataset(folder, BASIC, out, eval_ratio=0.5)
    before = contents(out)
    with pytest.raises(UserError, match='the eval part came out empty'):
        create_dataset(fill({'one.mid': tunes[0]}, 'single'), BASIC, out, eval_ratio=1e-9)
    assert contents(out) == before


def test_nothing_is_read_where_nothing_can_be_written(folder, tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(UserError, match='cannot write to the folder'):
        create_dataset(folder, BASIC, tmp_path / 'file' / 'out')


def test_a_killed_command_leaves_the_old_data_set(folder, split_folder, tmp_path):
    out = tmp_path / 'out'
    create_dataset(folder, BASIC, out, eval_ratio=0.5)
    before = contents(out)
    (split_folder / '4.mid').unlink()
    os.mkfifo(split_folder / '4.mid')  # Who reads it waits until it is killed.
    process = subprocess.Popen(
        [sys.executable, '-c',
         'import sys; from magenta_reg.data.dataset import create_dataset; '
         'from magenta_reg.encodings import get_encoding; '
         'create_dataset(sys.argv[1], get_encoding("basic_rnn"), sys.argv[2])',
         str(split_folder), str(out)])
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size for path in out.glob('.*tfrecord*.partial')):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    after = contents(out)
    assert {name: after[name] for name in before} == before
    assert any(name.endswith('.partial') for name in after)
    for part, summary in report(out)['parts'].items():
        assert summary['sha256'] == hashlib.sha256(
            (out / f'{part}_melodies.tfrecord').read_bytes()).hexdigest()
