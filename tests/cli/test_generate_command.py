"""melody_rnn_reg_generate and the Python API: the same melodies in every format, at any batch."""

import csv
import os
import subprocess
import sys

import numpy as np
import pytest

import magenta_reg
from magenta_reg.base.errors import UserError
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.measures.copied_passages import TrainingIndex
from magenta_reg.model.model import MelodyModel
from magenta_reg.readers.tfrecord import read_records
from tests.small import EXPERIMENT_FILES, make_melodies, write_examples

BASELINE = next(file for file in EXPERIMENT_FILES if file.stem == 'baseline')


@pytest.fixture(scope='module')
def run(trained_run):
    return trained_run(BASELINE, 'basic_rnn')


@pytest.fixture(scope='module')
def real_melodies(tmp_path_factory):
    """A file of melodies to begin with."""
    return write_examples(tmp_path_factory.mktemp('real') / 'eval.tfrecord',
                          make_melodies(4, seed=11), ENCODINGS['basic_rnn'])


@pytest.fixture
def generate(call, run, tmp_path):
    """A function of a folder's name and flags that generates into it: Path of the folder."""
    def generate(name, *argv):
        result = call('generate', f'--run_dir={run.run.folder}', f'--output_dir={tmp_path / name}',
                      '--num_steps=24', '--num_outputs=5', *argv)
        assert result.status == 0, result.err
        return tmp_path / name

    return generate


def table(folder):
    with open(folder / 'generated.csv', newline='') as file:
        return list(csv.DictReader(file))


def sequences(folder):
    """Returns the NoteSequences of generated.tfrecord, without what names them."""
    music = import_note_seq().NoteSequence
    found = [music.FromString(record) for record in read_records(folder / 'generated.tfrecord')]
    for sequence in found:
        for field in ('id', 'filename', 'sequence_metadata'):
            sequence.ClearField(field)
    return found


def test_a_seed_gives_the_same_melodies_whatever_the_batch_size(generate, real_melodies):
    folders = [generate(f'batch_{size}', f'--batch_size={size}', '--seed=5', '--qpm=90',
                        f'--primer_from={real_melodies}', '--primer_steps=8',
                        '--output_format=tfrecord') for size in (1, 3, 64)]
    first, *others = map(sequences, folders)
    assert len(first) == 5
    assert len({sequence.SerializeToString() for sequence in first}) == 5
    assert others == [first, first]
    first, *others = map(table, folders)
    for row, *same in zip(first, *others, strict=True):
        nats = [float(other.pop('log_likelihood_nats')) for other in (row, *same)]
        np.testing.assert_allclose(nats, nats[0], rtol=1e-5)
        for other in (row, *same):
            other.pop('nats_per_event')
        assert same == [row, row]


def test_the_python_api_gives_what_the_command_writes(generate, run, real_melodies):
    folder = generate('out', '--output_format=tfrecord,midi', '--seed=2', '--temperature=0.8',
                      '--top_k=9', '--top_p=0.95', f'--primer_from={real_melodies}', '--qpm=100')
    model = magenta_reg.load(run.run.folder)
    ours = model.generate_sequences(5, 24, seed=2, temperature=0.8, top_k=9, top_p=0.95,
                                    primer_from=real_melodies, qpm=100)
    assert ours == sequences(folder)
    note_seq = import_note_seq()
    for row, sequence in zip(table(folder), ours, strict=True):
        midi = note_seq.midi_file_to_sequence_proto(str(folder / row['file']))
        assert [note.pitch for note in midi.notes] == [note.pitch for note in sequence.notes]
        np.testing.assert_allclose([note.end_time for note in midi.notes],
                                   [note.end_time for note in sequence.notes], atol=2e-3)


def test_the_table_says_what_the_model_says(generate, run):
    path = write_examples(run.run.folder / 'training.tfrecord', run.melodies,
                          ENCODINGS['basic_rnn'])
    rows = table(generate('out', '--primer_melody=[60, -2, 64]', f'--training_file={path}'))
    model = MelodyModel.from_run(run.run.folder)
    melodies = model.generate([np.array([60, -2, 64], np.int32)] * 5, 24, seed=0)
    scores = model.log_likelihood(melodies, 3)
    np.testing.assert_allclose([float(row['log_likelihood_nats']) for row in rows],
                               scores.total_nats, rtol=1e-6)
    np.testing.assert_allclose([float(row['nats_per_event']) for row in rows], scores.per_event,
                               rtol=1e-6)
    shared = TrainingIndex(run.melodies).longest_passage_lengths(melodies, [3] * 5)
    assert [int(row['longest_shared_run']) for row in rows] == list(shared)
    assert {row['length'] for row in rows} == {'24'}
    assert {row['num_events'] for row in rows} == {'21'}


def test_every_format_is_written_and_not_over_what_is_there(generate, call, run):
    folder = generate('out', '--output_format=midi,wav,png,musicxml,tfrecord', '--html',
                      '--num_outputs=1', '--primer_melody=[60]')
    stem = table(folder)[0]['file'].removesuffix('.mid')
    assert {path.name for path in folder.iterdir()} == {
        'generated.csv', 'generated.tfrecord', 'index.html',
        *(f'{stem}{suffix}' for suffix in ('.mid', '.wav', '.png', '.musicxml'))}
    argv = ['generate', f'--run_dir={run.run.folder}', f'--output_dir={folder}', '--num_steps=24']
    refused = call(*argv)
    assert refused.status == 2
    assert 'generated.csv is there already' in refused.err
    assert '--overwrite' in refused.err
    assert call(*argv, '--overwrite', '--num_outputs=2').status == 0
    assert {path.name for path in folder.iterdir()} == {
        'generated.csv', *(row['file'] for row in table(folder))}


def test_stocks_primer_ends_its_last_note_and_ours_does_not(generate):
    stock = sequences(generate('stock', '--magenta_primer', '--output_format=tfrecord'))
    assert {sequence.notes[0].end_time for sequence in stock} == {0.125}
    rows = table(generate('as_stock', '--primer_melody=[60, -1, -2]', '--output_format=tfrecord'))
    # The same numbers of the seed continue the same three events.
    assert [row['log_likelihood_nats'] for row in rows] == [
        row['log_likelihood_nats'] for row in table(generate('stock', '--magenta_primer',
                                                             '--overwrite'))]
    assert {row['num_events'] for row in rows} == {'21'}
    assert {row['num_events'] for row in table(generate('ours'))} == {'23'}


def test_without_the_primer_the_rest_is_the_same_in_every_format(generate, run):
    formats = '--output_format=tfrecord,midi,wav,png,musicxml'
    primer = '--primer_melody=[60, -2, 55]'
    whole, rest = (generate(name, formats, primer, '--html', *flags) for name, flags in (
        ('whole', ()), ('rest', ('--omit_primer',))))
    music = import_note_seq()
    for before, after in zip(sequences(whole), sequences(rest), strict=True):
        start = 3 * 0.125
        expected = [(note.pitch, note.start_time - start, note.end_time - start)
                    for note in before.notes if note.start_time >= start]
        assert [(note.pitch, note.start_time, note.end_time) for note in after.notes] == expected
    for before, after in zip(table(whole), table(rest), strict=True):
        notes = music.midi_file_to_sequence_proto(str(rest / after['file'])).notes
        assert min((note.start_time for note in notes), default=0) < (24 - 3) * 0.125
        assert (after.pop('length'), after.pop('omit_primer')) == ('21', 'True')
        assert before.pop('length') == '24'
        assert before.pop('file')[-6:] == after.pop('file')[-6:]
        assert before == after
    assert 'primer of 0 steps' in (rest / 'index.html').read_text()
    model = magenta_reg.load(run.run.folder)
    assert model.generate_sequences(5, 24, primer_melody=[60, -2, 55], omit_primer=True) == (
        sequences(rest))


def test_score_writes_the_likelihood_of_given_music(call, run, real_melodies, tmp_path):
    result = call('generate', f'--run_dir={run.run.folder}', f'--score={real_melodies}',
                  f'--score_output={tmp_path}/scores.csv')
    assert result.status == 0, result.err
    assert '4 melodies' in result.out
    with open(tmp_path / 'scores.csv', newline='') as file:
        nats = [float(row['log_likelihood_nats']) for row in csv.DictReader(file)]
    expected = run.model.log_likelihood(make_melodies(4, seed=11)).total_nats
    np.testing.assert_allclose(nats, expected, rtol=1e-6)


def test_of_music_that_cannot_be_scored_the_first_says_why(call, run, tmp_path):
    (tmp_path / 'b\n.mid').write_bytes(b'MThd')
    result = call('generate', f'--run_dir={run.run.folder}', f'--score={tmp_path}',
                  f'--score_output={tmp_path}/scores.csv')
    assert result.status == 2
    assert '1 unreadable (the first, b\\n.mid: unreadable: ' in result.err
    assert not (tmp_path / 'scores.csv').exists()


def test_what_is_left_out_of_a_primer_midi_is_said_in_one_line(call, run, tmp_path):
    note_seq = import_note_seq()
    sequence = note_seq.NoteSequence()
    for pitch in (60, 64):
        sequence.notes.add(pitch=pitch, end_time=1.0, velocity=80)
    note_seq.sequence_proto_to_midi_file(sequence, str(tmp_path / 'chord.mid'))
    result = call('generate', f'--run_dir={run.run.folder}', f'--output_dir={tmp_path}/out',
                  '--num_outputs=1', f'--primer_midi={tmp_path}/chord.mid')
    assert result.status == 0
    assert result.err.splitlines()[0] == (
        f'--primer_midi={tmp_path}/chord.mid: 1 of 2 notes are left out: the highest is taken '
        'where several start together')


@pytest.mark.parametrize(('argv', 'words'), [
    (['--temperature=-1'], ['--temperature=-1']),
    (['--top_p=0'], ['--top_p=0']),
    (['--top_p=1.5'], ['--top_p=1.5']),
    (['--top_k=-2'], ['--top_k=-2']),
    (['--num_steps=0'], ['num_steps', '0']),
    (['--batch_size=0'], ['batch_size', '0']),
    (['--seed=-1'], ['seed', '-1']),
    (['--output_format=midi,ogg'], ["'ogg'"]),
    (['--checkpoint=best'], ['no checkpoint in best/']),
    (['--checkpoint=last'], ['checkpoint', 'last']),
    (['--primer_from=/nowhere/x.mid'], ['/nowhere/x.mid']),
    (['--primer_steps=200', '--primer_from=x'], ['--primer_steps=200']),
    (['--score_output=x.csv'], ['--score']),
    (['--score=x.mid'], ['--score_output is required']),
    (['--score=x.mid', '--score_output=x.csv'], ['--output_dir']),
    (['--training_file=/nowhere.tfrecord'], ['/nowhere.tfrecord']),
    (['--qpm=-3'], ['--qpm=-3']),
    (['--qpm=nan'], ['--qpm=nan']),
])
def test_flags_out_of_range_are_refused_in_one_line(call, run, tmp_path, argv, words):
    result = call('generate', f'--run_dir={run.run.folder}', f'--output_dir={tmp_path}/out', *argv)
    assert result.status == 2
    assert result.err.count('\n') == 1, result.err
    for word in words:
        assert word in result.err
    assert not (tmp_path / 'out').exists()


def test_load_opens_what_there_is_and_refuses_the_rest_in_one_line(run, tmp_path):
    events = magenta_reg.load(run.run.latest_checkpoint()).model.generate(
        [np.array([60], np.int32)], 12, seed=0)
    np.testing.assert_array_equal(
        events, MelodyModel.from_run(run.run.folder).generate([np.array([60])], 12, seed=0))
    for path, options, words in ((tmp_path, {}, 'no checkpoint'),
                                 (tmp_path / 'none.mag', {}, 'none.mag'),
                                 (run.run.folder, {'checkpoint': 'best'}, 'best/'),
                                 (run.run.folder, {'checkpoint': 'first'}, "'first'")):
        with pytest.raises(UserError, match=words) as refusal:
            magenta_reg.load(path, **options)
        assert '\n' not in str(refusal.value)


def test_importing_the_package_loads_nothing_heavy():
    code = ('import sys, magenta_reg, magenta_reg.api\n'
            'heavy = ["tensorflow", "note_seq", "magenta", "matplotlib", "music21", "soundfile"]\n'
            'assert not [name for name in heavy if name in sys.modules]')
    subprocess.run([sys.executable, '-c', code], check=True)


def test_the_python_api_is_quiet_unless_the_user_set_how_loud(run):
    code = (f'import magenta_reg\nmodel = magenta_reg.load({str(run.run.folder)!r})\n'
            'print(len(model.generate_sequences(num_steps=20)))')
    unset = {name: value for name, value in os.environ.items() if name != 'TF_CPP_MIN_LOG_LEVEL'}
    for level, is_quiet in (({}, True), ({'TF_CPP_MIN_LOG_LEVEL': '0'}, False)):
        done = subprocess.run([sys.executable, '-c', code], env={**unset, **level}, check=True,
                              capture_output=True, text=True)
        assert done.stdout == '1\n'
        assert (done.stderr == '') == is_quiet
