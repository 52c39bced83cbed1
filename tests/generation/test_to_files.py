"""Files of generated melodies: streamed, written atomically, never overwritten silently."""

import csv
import errno
import gc
import itertools
import subprocess
import sys
import weakref
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.generation import to_files
from magenta_reg.generation.stream import Request, generate_outputs
from magenta_reg.generation.to_files import generate_files, parse_formats
from magenta_reg.outputs.formats import OUTPUT_FORMATS, OutputFormat
from tests.generation import scripted_generation
from tests.generation.scripted_generation import PRIMER, WHOLE, ScriptedModel

REQUEST = Request(num_outputs=5, num_steps=20, batch_size=2)


def endless():
    return itertools.repeat(PRIMER)


@pytest.fixture(autouse=True)
def text_format(monkeypatch):
    """The format 'midi' is a file of text."""
    monkeypatch.setitem(OUTPUT_FORMATS, 'midi',
                        OutputFormat('.mid', scripted_generation.write_text))


def table(folder, name='generated.csv'):
    with open(folder / name, newline='') as file:
        return list(csv.DictReader(file))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def run_script(folder, how):
    """Runs a generation in a process of its own in which something happens."""
    command = [sys.executable, '-m', 'tests.generation.scripted_generation', folder, how]
    return subprocess.run(command, capture_output=True, text=True, check=False,
                          cwd=Path(__file__).parent.parent.parent)


class Watched(ScriptedModel):
    """Keeps weak references to the melodies it made."""

    def __init__(self):
        self.made = []

    def melody(self, *args):
        events = super().melody(*args)
        self.made.append(weakref.ref(events))
        return events


def test_no_more_melodies_are_held_than_two_batches_however_many_are_asked_for(tmp_path,
                                                                             monkeypatch):
    model, held = Watched(), []

    def write(melody, path):
        gc.collect(0)
        held.append(sum(reference() is not None for reference in model.made))

    monkeypatch.setitem(OUTPUT_FORMATS, 'midi', OutputFormat('.mid', write))
    generate_files(model, endless(), tmp_path, Request(200, 20, batch_size=4))
    assert len(held) == len(model.made) == 200
    assert max(held) <= 8


def test_files_are_there_before_the_next_batch_is_generated(tmp_path):
    class Spy(ScriptedModel):
        seen = []

        def melody(self, seed, row, primer, num_steps):
            self.seen.append(len(list(tmp_path.glob('*.mid'))))
            return super().melody(seed, row, primer, num_steps)

    generate_files(Spy(), endless(), tmp_path, REQUEST)
    assert Spy.seen == [0, 0, 2, 2, 4]


def test_the_table_has_a_row_a_file(tmp_path):
    generated = generate_files(ScriptedModel(), endless(), tmp_path, REQUEST._replace(seed=7))
    rows = table(tmp_path)
    assert [row['file'] for row in rows] == sorted(path.name for path in tmp_path.glob('*.mid'))
    assert names(tmp_path) == [row['file'] for row in rows] + ['generated.csv']
    assert [row['row'] for row in rows] == list('01234')
    assert {(row['seed'], row['primer'], row['length'], row['num_events'],
             float(row['nats_per_event'])) for row in rows} == {('7', '[60, -2]', '20', '18', -1.5)}
    assert generated == (5, 90, -135.0)
    assert {path.read_text() for path in tmp_path.glob('*.mid')} == {WHOLE}


def test_repetition_is_of_the_generated_events_and_left_out_of_three_or_fewer():
    class Held(ScriptedModel):
        def melody(self, seed, row, primer, num_steps):
            return np.concatenate([primer, np.full(num_steps - len(primer), -2, np.int32)])

    outputs = generate_outputs(Held(), endless(), Request(1, 12))
    assert next(outputs).repetition == 1 - 1 / 7  # Seven 4-grams in ten events, all the same.
    assert next(generate_outputs(Held(), endless(), Request(1, 5))).repetition is None


def test_what_was_generated_before_is_not_overwritten_silently(tmp_path):
    generate_files(ScriptedModel(), endless(), tmp_path, REQUEST)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(UserError, match=r'generated\.csv is there already: .*--overwrite'):
        generate_files(ScriptedModel(), endless(), tmp_path, REQUEST._replace(seed=1))
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_overwriting_replaces_what_an_earlier_call_wrote_and_nothing_else(tmp_path):
    old = '2001-02-03_040506'
    (tmp_path / 'generated.csv').write_text(f'file,seed\n{old}_1.mid,0\n../kept.mid,0\n')
    for name in (f'{old}_1.mid', f'{old}_1.wav', f'{old}_2.mid', f'.{old}_3.mid.17.partial',
                 'index.html', 'generated.tfrecord', '.generated.tfrecord.17.partial'):
        (tmp_path / name).touch()
    kept = ['kept.mid', f'{old}_1.txt', '2001-02-03_040507_1.mid', 'notes.html']
    for name in kept:
        (tmp_path / name).touch()
    generate_files(ScriptedModel(), endless(), tmp_path, REQUEST, overwrite=True)
    rows = table(tmp_path)
    assert len(rows) == 5
    assert names(tmp_path) == sorted([*kept, *(row['file'] for row in rows), 'generated.csv'])


def test_overwriting_removes_nothing_before_there_is_something_in_its_place(tmp_path):
    class Fails(ScriptedModel):
        def likelihoods(self, *_):
            raise UserError('no')

    generate_files(ScriptedModel(), endless(), tmp_path, REQUEST)
    before = names(tmp_path)
    with pytest.raises(UserError, match='no'):
        generate_files(Fails(), endless(), tmp_path, REQUEST, overwrite=True)
    assert names(tmp_path) == before


@pytest.mark.parametrize('name', ['index.html', 'generated.tfrecord', 'generated.partial.csv'])
def test_a_file_of_a_name_that_would_be_written_is_refused(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(UserError, match=f'{name} is there already'):
        generate_files(ScriptedModel(), endless(), tmp_path, REQUEST)
    assert names(tmp_path) == [name]


def test_killed_it_leaves_whole_files_and_their_rows(tmp_path):
    assert run_script(tmp_path, 'SIGKILL').returncode == -9
    rows = table(tmp_path, 'generated.partial.csv')
    assert [row['row'] for row in rows] == ['0', '1']
    assert {path.name for path in tmp_path.glob('*.mid')} == {row['file'] for row in rows}
    assert {path.read_text() for path in tmp_path.glob('*.mid')} == {WHOLE}
    assert not (tmp_path / 'generated.csv').exists()

    with pytest.raises(UserError, match='killed or is at work'):
        generate_files(ScriptedModel(), endless(), tmp_path, REQUEST)
    generate_files(ScriptedModel(), endless(), tmp_path, REQUEST, overwrite=True)
    assert names(tmp_path) == [row['file'] for row in table(tmp_path)] + ['generated.csv']


@pytest.mark.parametrize(('how', 'status'), [
    ('SIGTERM', 143), ('SIGINT', 130), ('SIGHUP', 129), ('SIGUSR1', 138)])
def test_stopped_it_finishes_the_melody_at_hand_and_the_table(tmp_path, how, status):
    done = run_script(tmp_path, how)
    assert done.returncode == status
    assert 'stopped after 3 of 5 melodies' in done.stderr
    rows = table(tmp_path)
    assert names(tmp_path) == [row['file'] for row in rows] + ['generated.csv']
    assert len(rows) == 3
    assert {path.read_text() for path in tmp_path.glob('*.mid')} == {WHOLE}


def test_without_room_for_the_table_its_rows_are_whole(tmp_path):
    done = run_script(tmp_path, '300')
    assert done.returncode == 2
    assert 'generated.csv: File too large' in done.stderr
    assert 'Traceback' not in done.stderr
    rows = table(tmp_path)
    assert 1 <= len(rows) < 5
    assert all(float(row['nats_per_event']) == -1.5 for row in rows)
    assert {row['file'] for row in rows} <= set(names(tmp_path))


def test_without_room_for_a_file_the_ones_before_keep_their_rows(tmp_path, monkeypatch):
    def fill(melody):
        if melody.name.endswith('_4'):
            raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(scripted_generation, 'happen', fill)
    with pytest.raises(UserError, match=r'_4\.mid: No space left on device'):
        generate_files(ScriptedModel(), endless(), tmp_path, REQUEST)
    rows = table(tmp_path)
    assert len(rows) == 3
    assert names(tmp_path) == [row['file'] for row in rows] + ['generated.csv']


def test_without_room_for_the_first_file_there_is_no_table(tmp_path, monkeypatch):
    def fill(melody):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(scripted_generation, 'happen', fill)
    with pytest.raises(UserError, match='No space left'):
        generate_files(ScriptedModel(), endless(), tmp_path, REQUEST)
    assert names(tmp_path) == []


def test_rows_of_records_that_could_not_be_written_are_dropped(tmp_path, monkeypatch):
    @contextmanager
    def full_disk(path):
        yield lambda melody: None
        raise UserError('no room')

    monkeypatch.setattr(to_files, 'note_sequence_writer', full_disk)
    with pytest.raises(UserError, match='no room'):
        generate_files(ScriptedModel(), endless(), tmp_path, REQUEST, formats=['tfrecord'])
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(UserError, match='cannot write to the folder'):
        generate_files(ScriptedModel(), endless(), tmp_path / 'file' / 'out', REQUEST)


def test_formats_are_a_comma_list():
    assert parse_formats('wav, midi,wav') == ['wav', 'midi']
    for text, words in (('midi,mp4', "'mp4'"), ('', 'empty'), (' , ', 'empty')):
        with pytest.raises(UserError, match=words):
            parse_formats(text)


@pytest.mark.parametrize(('change', 'words'), [
    ({'temperature': -0.1}, '--temperature'), ({'temperature': float('nan')}, '--temperature'),
    ({'top_p': 0.0}, '--top_p'), ({'top_p': 1.1}, '--top_p'), ({'top_k': -1}, '--top_k'),
    ({'beam_size': 0}, '--beam_size=0'), ({'branch_factor': -2}, '--branch_factor=-2'),
    ({'num_steps': 0}, '--num_steps=0'), ({'num_outputs': 0}, '--num_outputs=0'),
    ({'seed': -1}, '--seed=-1'), ({'batch_size': 0}, '--batch_size=0')])
def test_a_request_out_of_range_is_refused_in_one_line(change, words):
    with pytest.raises(UserError, match=words) as refusal:
        REQUEST._replace(**change).check()
    assert '\n' not in str(refusal.value)
