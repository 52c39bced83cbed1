"""melody_rnn_reg_create_dataset as a user types it."""

import csv
import functools
import json
import os
import subprocess
import sys

import pytest
import symusic

from magenta_reg.codec.encodings import get_encoding
from magenta_reg.dataset.examples import read_examples

SCALE = [60, 62, 64, 65, 67, 69, 71, 72]


def midi(pitches, lower=None):
    """Returns a MIDI file of quarter notes, with a second voice at `lower` if that is given."""
    score = symusic.Score(480)
    score.tracks.append(symusic.Track())
    for index, pitch in enumerate(pitches):
        for sounding in [pitch] if lower is None else [pitch, lower]:
            score.tracks[0].notes.append(symusic.Note(index * 480, 480, sounding, 64))
    return score.dumps_midi()


@pytest.fixture
def music(tmp_path):
    """A folder of music: six tunes in six folders, none of them another one transposed."""
    for number in range(6):
        folder = tmp_path / 'music' / f'tune{number}'
        folder.mkdir(parents=True)
        (folder / 'it.mid').write_bytes(midi([*SCALE[number:], *SCALE[:number], *SCALE * 4]))
    return tmp_path / 'music'


@pytest.fixture
def create(call):
    """A function that runs the command: create('--config=...') returns a Result."""
    return functools.partial(call, 'create_dataset')


@pytest.fixture
def refused(create):
    """A function that runs the command and returns the one line it refuses its input with."""
    def run(*argv):
        status, out, err = create(*argv)
        lines = [line for line in err.replace('\r', '\n').splitlines()
                 if line.startswith('melody_rnn_reg_create_dataset: ')]
        assert status == 2
        assert len(lines) == 1
        assert out == ''
        assert 'Traceback' not in err
        return lines[0]

    return run


def test_a_command_line_of_magentas_makes_the_two_files(create, music, tmp_path):
    out = tmp_path / 'out'
    status, output, _ = create('--config=basic_rnn', f'--input={music}', f'--output_dir={out}',
                             '--eval_ratio=0.5')
    assert status == 0
    encoding = get_encoding('basic_rnn')
    num_melodies = {part: len(read_examples(out / f'{part}_melodies.tfrecord', encoding).events)
                    for part in ('training', 'eval')}
    assert sum(num_melodies.values()) == 6
    assert '6 pieces read' in output
    for part, number in num_melodies.items():
        assert f'{part}: {number} melodies' in output
    assert str(out / 'dataset.json') in output


def test_the_output_says_what_was_discarded_and_why(create, music, tmp_path):
    (music / 'cut.mid').write_bytes(midi(SCALE * 5)[:-9])
    (music / 'empty.mid').touch()
    (music / 'text.mid').write_text('This is no music at all.')
    (music / 'short.mid').write_bytes(midi(SCALE))
    (music / 'chords.mid').write_bytes(midi(SCALE[::-1] * 5, lower=48))
    status, output, _ = create('--config=basic_rnn', f'--input={music}', '--eval_ratio=0.5',
                             f'--output_dir={tmp_path / "out"}')
    assert status == 0
    assert '11 pieces read; 1 of those with melodies are polyphonic' in output
    assert 'melodies discarded: 1 too_short' in output
    assert 'pieces without a melody: 4 (3 unreadable, 1 too_short)' in output
    for name in ('cut.mid', 'empty.mid', 'text.mid'):
        assert f'{name}: unreadable: ' in output


def test_one_piece_of_each_reason_is_named_first(create, music, tmp_path):
    for number in range(20):
        (music / f'broken{number}.mid').touch()
    (music / 'short.mid').write_bytes(midi(SCALE))
    _, output, _ = create('--config=basic_rnn', f'--input={music}', '--eval_ratio=0.5',
                        f'--output_dir={tmp_path / "out"}')
    assert 'pieces without a melody: 21 (20 unreadable, 1 too_short)' in output
    assert 'short.mid: 1 too_short' in output
    assert output.count('broken') == 9


def test_polyphonic_tracks_are_discarded_as_magenta_does_if_that_is_asked_for(
        create, music, tmp_path):
    (music / 'chords.mid').write_bytes(midi(SCALE[::-1] * 5, lower=48))
    _, output, _ = create('--config=basic_rnn', f'--input={music}', '--eval_ratio=0.5',
                        f'--output_dir={tmp_path / "out"}', '--noignore_polyphonic_notes')
    assert 'melodies discarded: 1 polyphonic' in output
    assert 'chords.mid: 1 polyphonic' in output


def test_an_experiment_file_gives_the_config_unless_the_flag_does(create, music, tmp_path):
    experiment = tmp_path / 'experiment.yaml'
    experiment.write_text('method: teacher_forcing\nconfig: mono_rnn\n')
    for flags, expected in (([], 'mono_rnn'), (['--config=basic_rnn'], 'basic_rnn')):
        create(f'--experiment={experiment}', f'--input={music}', '--eval_ratio=0.5',
             f'--output_dir={tmp_path / "out"}', *flags)
        settings = json.loads((tmp_path / 'out/dataset.json').read_text())['settings']
        assert settings['config'] == expected


def test_another_seed_parts_otherwise(create, music, tmp_path):
    parts = set()
    for seed in range(4):
        create('--config=basic_rnn', f'--input={music}', '--eval_ratio=0.5', f'--seed={seed}',
             f'--output_dir={tmp_path / "out"}')
        pieces = json.loads((tmp_path / 'out/dataset.json').read_text())['pieces']
        parts.add(tuple(piece['part'] for piece in pieces))
    assert len(parts) > 1


def test_the_split_of_a_csv_is_used_unless_a_ratio_is_given(create, music, tmp_path):
    splits = ['train', 'train', 'train', 'validation', 'test', 'test']
    with open(music / 'list.csv', 'w', newline='') as file:
        table = csv.writer(file)
        table.writerow(['canonical_composer', 'canonical_title', 'split', 'midi_filename'])
        table.writerows(['N. N.', f'Tune {number}', split, f'tune{number}/it.mid']
                        for number, split in enumerate(splits))
    argv = ['--config=basic_rnn', f'--input={music}', f'--output_dir={tmp_path / "out"}']
    _, output, _ = create(*argv)
    for part, number in (('training', 3), ('eval', 1), ('test', 2)):
        assert f'{part}: {number} melodies' in output
    _, output, _ = create(*argv, '--eval_ratio=0.5')
    assert 'test:' not in output


def test_bad_input_is_refused_with_what_it_is_and_nothing_is_written(refused, music, tmp_path):
    out = tmp_path / 'out'
    argv = [f'--input={music}', f'--output_dir={out}']
    (tmp_path / 'no_music').mkdir()
    assert '--input is required' in refused('--config=basic_rnn', f'--output_dir={out}')
    assert '--output_dir is required' in refused('--config=basic_rnn', f'--input={music}')
    assert '--config is required' in refused(*argv)
    assert "did you mean 'basic_rnn'" in refused('--config=basic_rn', *argv)
    assert 'eval_ratio' in refused('--config=basic_rnn', *argv, '--eval_ratio=1.5')
    assert 'has no music files' in refused(
        '--config=basic_rnn', f'--input={tmp_path / "no_music"}', f'--output_dir={out}')
    assert 'nowhere does not exist' in refused(
        '--config=basic_rnn', f'--input={tmp_path / "nowhere"}', f'--output_dir={out}')
    assert not out.exists()
    assert 'cannot write to the folder' in refused(
        '--config=basic_rnn', f'--input={music}',
        f'--output_dir={music / "tune0" / "it.mid" / "out"}')


def test_a_data_set_that_comes_out_empty_is_refused_by_reason(refused, tmp_path):
    worthless = tmp_path / 'worthless'
    worthless.mkdir()
    for number in range(2):
        (worthless / f'short{number}.mid').write_bytes(midi(SCALE))
    (worthless / 'empty.mid').touch()
    message = refused('--config=basic_rnn', f'--input={worthless}',
                      f'--output_dir={tmp_path / "out"}')
    assert '3 pieces read' in message
    assert '2 too_short' in message
    assert 'empty.mid: unreadable: the file is empty' in message
    assert os.listdir(tmp_path / 'out') == []


def test_midi_files_become_a_data_set_without_tensorflow_note_seq_or_magenta(music, tmp_path):
    code = ('import sys; from magenta_reg.cli import create_dataset as command; '
            'command.COMMAND.flags(["x", *sys.argv[1:]]); command.main(command.COMMAND.flags); '
            'heavy = ["tensorflow", "note_seq", "magenta", "matplotlib", "sklearn", "music21"]; '
            'print("heavy:", [name for name in heavy if name in sys.modules])')
    done = subprocess.run(
        [sys.executable, '-c', code, '--config=attention_rnn', f'--input={music}',
         f'--output_dir={tmp_path / "out"}', '--eval_ratio=0.5', '--noplot'],
        capture_output=True, text=True, check=True)
    assert '6 pieces read' in done.stdout
    assert done.stdout.splitlines()[-1] == 'heavy: []'


def test_the_flags_are_in_the_report(create, music, tmp_path):
    out = tmp_path / 'out'
    status, _, _ = create(
        '--config=basic_rnn', f'--input={music}', f'--output_dir={out}', '--eval_ratio=0.3',
        '--test_ratio=0.4', '--split_by=file', '--seed=7', '--min_bars=3', '--max_steps=100',
        '--min_unique_pitches=2', '--gap_bars=2', '--window_steps=64', '--window_hop_steps=32',
        '--transpositions=-1..1', '--keep_duplicates', '--steps_per_quarter=4', '--noplot',
        '--num_workers=1', '--training_share=0.9')
    assert status == 0
    report = json.loads((out / 'dataset.json').read_text())
    assert report['settings'] == {
        'config': 'basic_rnn', 'input': str(music), 'eval_ratio': 0.3, 'test_ratio': 0.4,
        'split_by': 'file', 'seed': 7, 'steps_per_quarter': 4, 'min_bars': 3, 'max_steps': 100,
        'min_unique_pitches': 2, 'gap_bars': 2.0, 'ignore_polyphonic_notes': True,
        'window_steps': 64, 'window_hop_steps': 32, 'transpositions': [0, -1, 1],
        'keep_duplicates': True, 'training_share': 0.9}
    assert set(report['parts']) == {'training', 'eval', 'test'}
    assert report['plot'] is None


@pytest.mark.parametrize('flag', [
    '--window_steps=0', '--window_hop_steps=3', '--transpositions=6..-5', '--transpositions=x',
    '--min_bars=-1', '--min_unique_pitches=13', '--gap_bars=0', '--max_steps=0',
    '--steps_per_quarter=0', '--split_by=composer', '--test_ratio=2', '--judge_ratio=-1',
    '--training_share=0', '--training_share=1.1', '--num_workers=0'])
def test_a_flag_out_of_bounds_is_refused_by_name(refused, music, flag):
    message = refused('--config=basic_rnn', f'--input={music}', '--dry_run', flag)
    assert flag.split('=')[0].strip('-') in message


def test_a_dry_run_prints_the_table_and_writes_nothing(create, music, tmp_path):
    before = sorted(tmp_path.rglob('*'))
    status, output, _ = create('--config=basic_rnn', f'--input={music}', '--eval_ratio=0.5',
                               '--dry_run')
    assert status == 0
    assert '6 pieces read' in output
    assert 'training: ' in output
    assert output.splitlines()[-2] == 'dry run: nothing was written'
    assert sorted(tmp_path.rglob('*')) == before


def test_strict_names_the_first_unreadable_file(refused, music, tmp_path):
    (music / 'tune3' / 'it.mid').write_bytes(b'')
    (music / 'tune4' / 'it.mid').write_bytes(b'')
    argv = ['--config=basic_rnn', f'--input={music}', '--eval_ratio=0.5', '--strict']
    for where in ('--dry_run', f'--output_dir={tmp_path / "out"}'):
        assert '--strict: tune3/it.mid: unreadable: the file is empty' in refused(*argv, where)
    assert os.listdir(tmp_path / 'out') == []


def test_duplicates_are_told_and_kept_if_that_is_asked_for(create, refused, music, tmp_path):
    for number in range(6):
        (music / f'tune{number}' / 'it.mid').write_bytes(
            midi([pitch + number for pitch in SCALE * 5]))
    argv = ['--config=basic_rnn', f'--input={music}', '--eval_ratio=0.5', '--dry_run']
    assert 'all of its 3 melodies are in another part, too' in refused(*argv)
    _, output, _ = create(*argv, '--keep_duplicates')
    assert ('melodies of training that eval has, too: 3 transposed, 0 exact, kept in training'
            in output)


def test_the_plot_is_named_where_it_is(create, music, tmp_path):
    _, output, _ = create('--config=basic_rnn', f'--input={music}', '--eval_ratio=0.5',
                          f'--output_dir={tmp_path / "out"}', '--num_workers=1')
    assert f'plot: {tmp_path / "out" / "dataset.png"}' in output
    assert (tmp_path / 'out' / 'dataset.png').exists()


def test_files_that_are_not_read_are_counted_in_the_report_and_said_in_a_line(
        create, music, tmp_path):
    for name in ('1.gp5', '2.GP5', 'notes.txt'):
        (music / name).touch()
    _, output, _ = create('--config=basic_rnn', f'--input={music}', '--eval_ratio=0.5',
                          f'--output_dir={tmp_path / "out"}', '--noplot')
    assert 'files that are not read: 2 .gp5; save such music as MIDI, ABC or MusicXML' in output
    report = json.loads((tmp_path / 'out' / 'dataset.json').read_text())
    assert report['files_not_read_by_suffix'] == {'.gp5': 2, '.txt': 1}


def test_songs_in_two_folders_are_split_by_title_and_a_line_says_so(create, tmp_path):
    for number in range(27):
        path = tmp_path / 'pop' / ('old' if number < 12 else 'new') / f'song {number}.mid'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(midi([*SCALE[number % 7:], 50 + number, *SCALE * 4]))
    argv = ['--config=basic_rnn', f'--input={tmp_path / "pop"}', '--eval_ratio=0.2', '--noplot',
            '--keep_duplicates', f'--output_dir={tmp_path / "out"}']

    def made(*flags):
        _, output, _ = create(*argv, *flags)
        report = json.loads((tmp_path / 'out' / 'dataset.json').read_text())
        assert all(note in output for note in report['notes'])
        return report['parts']['eval'], report['notes']

    evaluation, notes = made()
    assert notes == ['2 folders hold 27 files of 27 titles: the files of a title count as one '
                     'composition; if a folder is one, give --split_by=folder']
    assert 3 <= evaluation['pieces'] == evaluation['compositions'] <= 8
    evaluation, (note,) = made('--split_by=folder', '--seed=8')
    assert (evaluation['pieces'], evaluation['compositions']) == (12, 1)
    assert note.startswith('eval has 12 of 27 pieces, 44%, where --eval_ratio=0.2 asks for 20%: 2 '
                           'folder(s) are few')
