"""Data sets hold what Magenta's pipeline makes, account for every piece, and are never half."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time

import matplotlib.colors
import matplotlib.image
import note_seq
import numpy as np
import pytest
import symusic
from magenta.common import sequence_example_lib
from magenta.models.melody_rnn import melody_rnn_model, melody_rnn_pipeline

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS, get_encoding
from magenta_reg.dataset import create as dataset_module
from magenta_reg.dataset.create import create_dataset
from magenta_reg.dataset.duplicates import fingerprint
from magenta_reg.dataset.examples import read_examples
from magenta_reg.dataset.folder import dataset_identity
from magenta_reg.extraction.melodies import MAGENTA_RULES
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.readers.tfrecord import read_records, write_record
from tests.dataset import awkward_readers
from tests.readers.musicxml_scores import FOUR_FOUR, notes, score

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
    with tf.Graph().as_default(), sharded_session() as session:
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


def test_an_automatic_test_part_is_that_of_the_table_or_by_hash(split_folder, folder, tmp_path):
    own = create_dataset(split_folder, BASIC, tmp_path / 'out', test_ratio='auto')
    create_dataset(split_folder, BASIC, tmp_path / 'expected')
    assert list(own.parts) == ['training', 'eval', 'test']
    assert contents(tmp_path / 'out') == contents(tmp_path / 'expected')
    options = {'eval_ratio': 0.3, 'judge_ratio': 0.3, 'seed': 1}
    create_dataset(folder, BASIC, tmp_path / 'out', test_ratio='auto', **options)
    create_dataset(folder, BASIC, tmp_path / 'expected', test_ratio=0.1, **options)
    assert report(tmp_path / 'out')['settings']['test_ratio'] == 0.1
    assert contents(tmp_path / 'out') == contents(tmp_path / 'expected')


def test_the_report_says_which_of_two_readers_read_a_tune(tmp_path):
    scale = 'CDEF GABc|cBAG FEDC|' * 4
    (tmp_path / 'book.abc').write_text('\n\n'.join(
        f'X:{number}\nT:{title}\nM:4/4\nL:1/8\nK:C\n{body}' for number, title, body in [
            (1, 'Plain', scale), (2, 'With a rest', f'z4 CDEF|{scale}')]) + '\n')
    create_dataset(tmp_path / 'book.abc', ENCODINGS['basic_rnn'], tmp_path / 'out', eval_ratio=0)
    content = report(tmp_path / 'out')
    assert content['pieces_by_reader'] == {'note_seq': 1, 'abc2midi': 1}
    assert [piece['reader'] for piece in content['pieces']] == ['note_seq', 'abc2midi']


def test_every_piece_says_what_read_it_be_it_taken_or_not(fill, tunes, midi_bytes, tmp_path):
    folder = fill({'1.mid': tunes[0], 'few.mid': midi_bytes([60] * 99), 'none.mid': b'no music'})
    create_dataset(folder, BASIC, tmp_path / 'out', eval_ratio=0)
    content = report(tmp_path / 'out')
    assert [piece['reader'] for piece in content['pieces']] == ['midi']
    assert [piece.get('reader') for piece in content['discarded_pieces']] == ['midi', None]


def changing(pitches, notes_a_section, tempos):
    """Returns a MIDI file of quarter notes that takes another tempo after so many notes each."""
    score = symusic.Score(480)
    score.tracks.append(symusic.Track())
    for index, pitch in enumerate(pitches):
        score.tracks[0].notes.append(symusic.Note(index * 480, 480, pitch, 64))
    for index, tempo in enumerate(tempos):
        score.tempos.append(symusic.Tempo(index * notes_a_section * 480, tempo))
    return score.dumps_midi()


def test_a_piece_that_tempo_changes_cut_says_into_how_many_sections(fill, tunes, tmp_path):
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    folder = fill({
        '1.mid': tunes[0], 'twice.mid': changing(scale * 8, 32, [100, 120]),
        'bars.mid': changing(scale * 8, 4, [100, 120] * 8), 'once.mid': changing(scale, 8, [90])})
    create_dataset(folder, BASIC, tmp_path / 'out', eval_ratio=0)
    content = report(tmp_path / 'out')
    assert content['pieces_cut_by_tempo_or_meter'] == 2
    assert {piece['name']: piece.get('sections') for piece in content['pieces']} == {
        '1.mid': None, 'twice.mid': 2}
    cut, once = content['discarded_pieces']
    assert (cut['name'], cut['sections']) == ('bars.mid', 16)
    assert cut['reason'] == '16 too_short; cut into 16 sections by changes of tempo or meter'
    assert (once['reason'], 'sections' in once) == ('1 too_short', False)


def test_an_empty_data_set_says_that_pieces_were_cut(fill, tmp_path):
    folder = fill({'bars.mid': changing([60, 62, 64, 65] * 8, 4, [100, 120] * 4)})
    with pytest.raises(UserError, match=r'cut into sections by changes of tempo or meter: 1 \(the '
                                        r'first, bars\.mid: 8 sections\)'):
        create_dataset(folder, BASIC, None)


def test_the_report_counts_the_notes_that_were_left_out_of_a_piece(fill, tmp_path):
    drums = [FOUR_FOUR + notes('xxxx')] * 8
    folder = fill({
        'both.xml': score([FOUR_FOUR + notes('CDEF'), *[notes('GABC')] * 7], drums),
        'short.xml': score([FOUR_FOUR + notes('CDEF')], drums), 'drums.xml': score(drums)})
    create_dataset(folder, BASIC, tmp_path / 'out', eval_ratio=0)
    found = report(tmp_path / 'out')
    left_out = '32 unpitched notes left out (in 1 of 2 parts)'
    assert [(row['name'], row['left_out']) for row in found['pieces']] == [('both.xml', left_out)]
    assert {row['name']: row['reason'] for row in found['discarded_pieces']} == {
        'short.xml': f'1 too_short; {left_out}',
        'drums.xml': 'unreadable: it has no other notes: 32 unpitched notes left out '
                     '(in 1 of 1 parts)'}


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
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


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
        create_dataset(fill({'one.mid': tunes[0]}, 'single'), BASIC, out, eval_ratio=1e-6)
    assert contents(out) == before


def test_nothing_is_read_where_nothing_can_be_written(folder, tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(UserError, match='cannot write to the folder'):
        create_dataset(folder, BASIC, tmp_path / 'file' / 'out')


def is_running(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize('num_workers', [1, 2])
@pytest.mark.parametrize('kind', ['SIGKILL', 'SIGINT'])
def test_a_killed_command_leaves_the_old_data_set_and_no_process(
        num_workers, kind, folder, tmp_path):
    out = tmp_path / 'out'
    create_dataset(folder, BASIC, out, eval_ratio=0.5)
    before = contents(out)
    with subprocess.Popen([sys.executable, '-m', 'tests.dataset.awkward_readers', folder, out,
                           str(num_workers)], stdout=subprocess.PIPE, text=True) as process:
        reader = int(process.stdout.readline())
        assert (out / '.dataset.partial').exists()
        process.send_signal(signal.Signals[kind])
        try:
            assert process.wait(timeout=30) == {'SIGKILL': -signal.SIGKILL, 'SIGINT': 130}[kind]
        finally:
            process.kill()
    deadline = time.monotonic() + 10
    while is_running(reader):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert contents(out) == before
    assert (out / '.dataset.partial').exists() == (kind == 'SIGKILL')
    create_dataset(folder, BASIC, out, eval_ratio=0.5)
    assert set(os.listdir(out)) == set(before)


def test_a_file_that_crashes_its_reader_is_named_and_the_rest_is_read(
        folder, tmp_path, monkeypatch):
    awkward_readers.use(awkward_readers.read_or_crash, monkeypatch.setattr)
    create_dataset(folder, BASIC, tmp_path / 'out', eval_ratio=0.5, num_workers=2)
    content = report(tmp_path / 'out')
    assert content['discarded_pieces_by_reason'] == {'unreadable': 1}
    assert content['discarded_pieces'] == [{
        'name': '3.mid',
        'reason': 'unreadable: its process ended with SIGSEGV while reading it'}]
    assert len(content['pieces']) == 7


def test_the_bytes_do_not_depend_on_the_number_of_workers(folder, tmp_path):
    for num_workers in (1, 4):
        create_dataset(folder, BASIC, tmp_path / str(num_workers), eval_ratio=0.5, plot=True,
                       transpositions=(0, 3), num_workers=num_workers)
    assert contents(tmp_path / '1') == contents(tmp_path / '4')
    assert len(contents(tmp_path / '1')) == 4


@pytest.fixture
def doubled_folder(fill, midi_bytes):
    """Training has the melodies of evaluation and test, one of them transposed."""
    rng = np.random.default_rng(1)
    tunes = rng.integers(50, 80, [4, 70])
    table = 'canonical_composer,canonical_title,split,midi_filename\n' + ''.join(
        f'A,{number},{split},{number}.mid\n' for number, split in enumerate(
            ['train', 'train', 'train', 'train', 'validation', 'test']))
    music = [tunes[0], tunes[1] + 2, tunes[2], tunes[0], tunes[1], tunes[2]]
    return fill({'list.csv': table.encode(), **{
        f'{number}.mid': midi_bytes(pitches.tolist()) for number, pitches in enumerate(music)}})


def test_what_another_part_has_is_taken_out_of_training_and_named(doubled_folder, tmp_path):
    out = tmp_path / 'out'
    dataset = create_dataset(doubled_folder, BASIC, out, transpositions=(0, 1))
    content = report(out)
    assert content['duplicates'] == {
        'training, eval': {'exact': 0, 'transposed': 1},
        'training, test': {'exact': 1, 'transposed': 0},
        'training, training': {'exact': 1, 'transposed': 0}}
    assert content['duplicates_removed_from_training'] == 2
    assert content['first_duplicates'][0] == {
        'kind': 'transposed', 'part': 'training', 'name': '1.mid', 'melody': 0,
        'other_part': 'eval', 'other_name': '4.mid', 'other_melody': 0}
    assert content['discarded_pieces_by_reason'] == {'duplicate': 2}
    assert content['discarded_melodies_by_reason'] == {'duplicate': 2}
    training = read_examples(dataset.parts['training'].path, BASIC)
    assert content['parts']['training'] == {
        'file': 'training_melodies.tfrecord', 'pieces': 2, 'compositions': 2, 'melodies': 4,
        'events': sum(map(len, training.events)), 'sha256': training.sha256}
    held_out = [events.tolist() for part in ('eval', 'test')
                for events in read_examples(dataset.parts[part].path, BASIC).events]
    assert not any(events.tolist() in held_out for events in training.events)


def test_a_judge_part_comes_out_of_training_and_leaves_the_other_parts_as_they_are(
        fill, tunes, midi_bytes, tmp_path):
    # Every tune twice, in two keys, so that parts share many.
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    music = fill({f'{kind}{number}.mid': midi_bytes([
        pitch + key for pitch in [*scale[number % 8:], *scale, *scale[:number % 7]] * 5])
        for number in range(24) for kind, key in (('a', 0), ('b', 2))})
    options = {'eval_ratio': 0.2, 'test_ratio': 0.2, 'seed': 1, 'transpositions': (0, 3)}
    without = create_dataset(music, BASIC, tmp_path / 'without', **options)
    dataset = create_dataset(music, BASIC, tmp_path / 'out', judge_ratio=0.3, **options)
    for part in ('eval', 'test'):
        assert dataset.parts[part].sha256 == without.parts[part].sha256
    melodies = {part: read_examples(summary.path, BASIC).events
                for part, summary in dataset.parts.items()}
    assert list(melodies) == ['training', 'judge', 'eval', 'test']
    prints = {part: {fingerprint(events) for events in own} for part, own in melodies.items()}
    for part, others in (('training', ('judge', 'eval', 'test')), ('judge', ('eval', 'test'))):
        for other in others:
            assert not prints[part] & prints[other], (part, other)
    assert prints['judge'] <= {fingerprint(events) for events in read_examples(
        without.parts['training'].path, BASIC).events}
    # In both transpositions.
    assert len(melodies['judge']) == 2 * dataset.parts['judge'].num_pieces
    content = report(tmp_path / 'out')
    assert content['settings']['judge_ratio'] == 0.3
    assert content['duplicates_removed_from_judge'] == dataset.num_removed_from_judge > 0
    assert content['duplicates_removed_from_training'] == dataset.num_removed
    assert 'removed from judge' in str(dataset)
    without = report(tmp_path / 'without')
    assert 'judge_ratio' not in without['settings']
    assert 'duplicates_removed_from_judge' not in without


def test_a_judge_part_of_which_nothing_is_left_is_an_error(fill, tunes):
    folder = fill({f'{number}.mid': tunes[0] for number in range(12)})
    with pytest.raises(UserError, match='the judge part came out empty: all of its'):
        create_dataset(folder, BASIC, None, eval_ratio=0.5, judge_ratio=0.5)


@pytest.fixture
def music_of_all_parts(fill, midi_bytes):
    """Forty pieces in a table's parts, most in training; evaluation and test have some of it."""
    rng = np.random.default_rng(2)
    tunes = rng.integers(50, 80, [40, 70])
    tunes[30:34], tunes[36:38] = tunes[:4] + 1, tunes[4:6]
    splits = ['train'] * 30 + ['validation'] * 5 + ['test'] * 5
    table = 'canonical_composer,canonical_title,split,midi_filename\n' + ''.join(
        f'A,{number},{split},{number}.mid\n' for number, split in enumerate(splits))
    return fill({'list.csv': table.encode(), 'bad.mid': b'', **{
        f'{number}.mid': midi_bytes(pitches.tolist()) for number, pitches in enumerate(tunes)}},
        'all_parts')


@pytest.mark.parametrize('eval_ratio', [None, 0.2])
def test_training_shares_are_nested_and_leave_the_other_parts_as_they_are(
        music_of_all_parts, eval_ratio, tmp_path):
    options = {'eval_ratio': eval_ratio, 'judge_ratio': 0.2, 'transpositions': (0, 3)}
    create_dataset(music_of_all_parts, BASIC, tmp_path / '1', **options)
    everything = report(tmp_path / '1')
    assert 'training_share' not in everything['settings']
    names_by_share, records_by_share = [], []
    for share in (0.2, 0.6, 1):
        dataset = create_dataset(music_of_all_parts, BASIC, tmp_path / 'out', training_share=share,
                                 **options)
        content = report(tmp_path / 'out')
        assert content['settings'].get('training_share', 1) == share
        for part in set(everything['parts']) - {'training'}:
            assert content['parts'][part] == everything['parts'][part]
        names_by_share.append([piece['name'] for piece in content['pieces']
                               if piece['part'] == 'training'])
        records_by_share.append(list(read_records(dataset.parts['training'].path)))
        # Every piece of the training part is in it, or a duplicate, or dropped for the share.
        reasons = content['discarded_pieces_by_reason']
        assert content['pieces_read'] == 41
        assert len(content['pieces']) + sum(reasons.values()) == 41
        num_dropped = reasons.get('not_in_training_share', 0)
        assert content['discarded_melodies_by_reason'].get('not_in_training_share',
                                                           0) == num_dropped
        drawn = sum(reasons.get(reason, 0) for reason in ('duplicate', 'not_in_training_share'))
        assert len(names_by_share[-1]) + drawn == (
            len([piece for piece in everything['pieces'] if piece['part'] == 'training'])
            + everything['discarded_pieces_by_reason']['duplicate'])
        line = f'--training_share={share:g} keeps '
        assert [note.startswith(line) for note in content['notes']].count(True) == (share < 1)
    assert contents(tmp_path / 'out') == contents(tmp_path / '1')
    for fewer, more in itertools.pairwise(names_by_share):
        assert 0 < len(fewer) < len(more)
        assert fewer == [name for name in more if name in fewer]
    assert records_by_share[0] == [record for record in records_by_share[2]
                                   if record in records_by_share[0]]


def test_a_training_share_that_keeps_nothing_is_an_error_that_names_one_that_does(
        music_of_all_parts):
    with pytest.raises(UserError, match=r'keeps none of the 30 composition.*one is ') as error:
        create_dataset(music_of_all_parts, BASIC, None, training_share=1e-6)
    dataset = create_dataset(music_of_all_parts, BASIC, None,
                             training_share=float(str(error.value).split()[-1]))
    assert dataset.parts['training'].num_compositions == 1
    assert 'keeps 1 of 30 composition(s) of the training part: 1 of 30 pieces' in str(dataset)


def test_a_training_share_of_duplicates_alone_is_an_error(doubled_folder):
    messages = set()
    for seed in range(12):
        try:
            create_dataset(doubled_folder, BASIC, None, seed=seed, training_share=0.3)
        except UserError as error:
            messages.add(str(error))
    assert ('the training part came out empty: all of its 1 melodies are in another part, too; '
            'give more music, a larger --training_share, or --keep_duplicates') in messages


def test_what_another_part_has_is_kept_if_that_is_asked_for(doubled_folder, tmp_path):
    create_dataset(doubled_folder, BASIC, tmp_path / 'out', keep_duplicates=True)
    content = report(tmp_path / 'out')
    assert content['duplicates']['training, test'] == {'exact': 1, 'transposed': 0}
    assert content['duplicates_removed_from_training'] == 0
    assert content['parts']['training']['melodies'] == 4


def test_the_plot_shows_what_is_in_the_parts(doubled_folder, tmp_path, monkeypatch):
    drawn = []
    draw = dataset_module.draw_dataset
    monkeypatch.setattr(dataset_module, 'draw_dataset',
                        lambda *given: drawn.append(given) or draw(*given))
    dataset = create_dataset(doubled_folder, BASIC, tmp_path / 'out', plot=True,
                             transpositions=(0, 2))
    (statistics, _), = drawn
    for name, part in dataset.parts.items():
        melodies = read_examples(part.path, BASIC).events
        assert statistics[name].lengths_steps.tolist() == [len(events) for events in melodies]
        np.testing.assert_array_equal(
            statistics[name].counts, np.bincount(np.concatenate(melodies) + 2, minlength=130))
    picture = matplotlib.image.imread(dataset.plot_path)[..., :3]
    for colour in ('#0072B2', '#E69F00', '#009E73'):
        is_colour = np.abs(picture - matplotlib.colors.to_rgb(colour)).max(axis=-1) < 0.01
        assert is_colour.sum() > 2000
    assert report(tmp_path / 'out')['plot'] == 'dataset.png'
    create_dataset(doubled_folder, BASIC, tmp_path / 'out')
    assert not dataset.plot_path.exists()


def test_training_alone_is_transposed(folder, tmp_path):
    plain = create_dataset(folder, BASIC, tmp_path / 'plain', eval_ratio=0.5)
    augmented = create_dataset(folder, BASIC, tmp_path / 'augmented', eval_ratio=0.5,
                               transpositions=(0, 1, 2))
    assert augmented.parts['training'].num_melodies == 3 * plain.parts['training'].num_melodies
    assert augmented.parts['eval'].sha256 == plain.parts['eval'].sha256
    once, thrice = (read_examples(dataset.parts['training'].path, BASIC).events
                    for dataset in (plain, augmented))
    for events, same in zip(once, thrice[::3], strict=True):
        np.testing.assert_array_equal(events, same)


def test_the_identity_of_the_data_set_is_in_its_report_and_found_beside_its_parts(
        folder, tmp_path):
    out = tmp_path / 'out'
    dataset = create_dataset(folder, BASIC, out, eval_ratio=0.5)
    other = create_dataset(folder, BASIC, tmp_path / 'other', eval_ratio=0.5, seed=1)
    assert dataset.sha256 == report(out)['sha256'] != other.sha256
    for part in dataset.parts.values():
        assert dataset_identity(part.path) == dataset.sha256


def test_strict_stops_at_the_first_unreadable_file_and_leaves_the_old_data_set(folder, tmp_path):
    out = tmp_path / 'out'
    create_dataset(folder, BASIC, out, eval_ratio=0.5)
    before = contents(out)
    (folder / '5.mid').write_bytes(b'')
    (folder / '6.mid').write_bytes(b'')
    for num_workers in (1, 2):
        with pytest.raises(UserError, match=r'--strict: 5\.mid: unreadable: the file is empty'):
            create_dataset(folder, BASIC, out, eval_ratio=0.5, strict=True,
                           num_workers=num_workers)
    assert contents(out) == before
    assert set(os.listdir(out)) == set(before)


def test_without_a_folder_nothing_is_written_but_all_is_counted(doubled_folder, tmp_path):
    written = create_dataset(doubled_folder, BASIC, tmp_path / 'out')
    before = sorted(tmp_path.rglob('*'))
    seen = create_dataset(doubled_folder, BASIC, None, plot=True)
    assert sorted(tmp_path.rglob('*')) == before
    assert seen.outcomes == written.outcomes
    assert seen.duplicates == written.duplicates
    assert [part[1:5] for part in seen.parts.values()] == [
        part[1:5] for part in written.parts.values()]


def test_an_interrupted_move_is_finished_when_the_examples_are_read(folder, tmp_path):
    out = tmp_path / 'out'
    create_dataset(folder, BASIC, out, eval_ratio=0.5)
    new = create_dataset(folder, BASIC, tmp_path / 'new', eval_ratio=0.5, seed=1)
    (tmp_path / 'new').rename(out / '.dataset.complete')
    examples = read_examples(out / 'training_melodies.tfrecord', BASIC)
    assert examples.sha256 == new.parts['training'].sha256
    assert report(out)['sha256'] == new.sha256


def test_duplicates_that_were_removed_do_not_count_as_a_share_that_is_off(fill, tunes, tmp_path):
    folder = fill({f'{number}.mid': tunes[max(0, number - 8)] for number in range(16)})
    nums_removed = set()
    for seed in range(8):
        dataset = create_dataset(folder, BASIC, None, eval_ratio=0.2, seed=seed)
        nums_removed.add(dataset.num_removed)
        assert bool(dataset.notes) == (not 2 <= dataset.parts['eval'].num_pieces <= 4)
    assert max(nums_removed) > 4
