"""Primers: as given, as stock Magenta extends them, and what is said of the notes left out."""

import ast
import importlib.util
import os
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from magenta_reg.api import Generator
from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.generation.primers import melody_events, read_primer
from magenta_reg.interop.magenta import import_magenta

ENCODING = ENCODINGS['mono_rnn']

EVENTS = st.lists(st.one_of(st.integers(36, 96), st.sampled_from([-2, -2, -1])), min_size=1,
                  max_size=40)


class Seen(Exception):
    """Ends stock Magenta where it hands a primer to its network."""


class Listener:
    """Stands for stock Magenta's model and keeps what it is asked to continue."""

    def generate_melody(self, num_steps, primer_melody, **_):
        raise Seen(list(primer_melody), primer_melody.start_step, num_steps)


@pytest.fixture(scope='module')
def stock_primer(tmp_path_factory):
    """A function of stock's flags that returns what its unmodified command hands to a network.

    That is events, their first step and the events to generate; None where it refuses.
    """
    # Its script defines flags that others of Magenta's define, too: the function is taken out.
    path = Path(importlib.util.find_spec('magenta').origin).parent.joinpath(
        'models', 'melody_rnn', 'melody_rnn_generate.py')
    function = next(node for node in ast.parse(path.read_text()).body
                    if isinstance(node, ast.FunctionDef) and node.name == 'run_with_flags')
    module = import_magenta('magenta.models.melody_rnn.melody_rnn_sequence_generator')
    listener = Listener()
    generator = module.MelodyRnnSequenceGenerator(
        listener, SimpleNamespace(id='mono_rnn', description=''), checkpoint='none')
    generator._initialized = True
    folder = str(tmp_path_factory.mktemp('stock'))

    def run(num_steps, primer_melody='', primer_midi='', qpm=None):
        flags = SimpleNamespace(
            output_dir=folder, primer_midi=primer_midi, primer_melody=primer_melody, qpm=qpm,
            num_steps=num_steps, num_outputs=1, temperature=1.0, beam_size=1, branch_factor=1,
            steps_per_iteration=1)
        names = {'FLAGS': flags, 'note_seq': import_note_seq(), 'os': os, 'ast': ast,
                 'generator_pb2': import_note_seq('note_seq.protobuf.generator_pb2'),
                 'time': time, 'tf': tf}
        exec(compile(ast.Module([function], []), str(path), 'exec'), names)
        try:
            names['run_with_flags'](generator)
        except Seen as seen:
            return seen.args
        return None

    return run


def write_midi(path, notes, qpm=120.0, meter=(4, 4)):
    """Writes notes of (pitch, start, end, instrument), in steps, as a MIDI file."""
    note_seq = import_note_seq()
    sequence = note_seq.NoteSequence()
    sequence.tempos.add().qpm = qpm
    sequence.time_signatures.add(numerator=meter[0], denominator=meter[1])
    step = 15 / qpm
    for pitch, start, end, instrument in notes:
        sequence.notes.add(pitch=pitch, start_time=start * step, end_time=end * step, velocity=90,
                           instrument=instrument)
        sequence.total_time = max(sequence.total_time, end * step)
    note_seq.sequence_proto_to_midi_file(sequence, str(path))
    return str(path)


def ours_as_stock(num_steps, **given):
    """Returns what `stock_primer` returns, of our primer."""
    try:
        primer = read_primer(ENCODING, **given, stock_num_steps=num_steps)
    except UserError:
        return None
    return list(primer.events), primer.num_silent_steps, primer.num_steps


@settings(max_examples=60)
@given(events=EVENTS, qpm=st.sampled_from([None, 90.0, 77.3, 133.0, 240.0]),
       num_steps=st.integers(1, 60))
def test_as_stock_a_primer_is_what_its_command_hands_to_its_network(stock_primer, events, qpm,
                                                                    num_steps):
    text = str(events)
    theirs = stock_primer(num_steps, primer_melody=text, qpm=qpm)
    if theirs and len(theirs[0]) >= theirs[2]:
        theirs = None  # Its model refuses: 'primer sequence must be shorter than num_steps'.
    assert ours_as_stock(num_steps, primer_melody=text, qpm=qpm) == theirs


@pytest.mark.parametrize('notes', [
    [(60, 0, 4, 0), (64, 0, 4, 0), (67, 4, 7, 0)], [(72, 35, 38, 0), (60, 38, 45, 0)],
    [(60, 0.4, 3.3, 0), (62, 3.4, 5.45, 0)]])
def test_as_stock_a_primer_midi_is_what_its_command_hands_to_its_network(stock_primer, tmp_path,
                                                                         notes):
    path = write_midi(tmp_path / 'primer.mid', notes, qpm=97.0)
    theirs = stock_primer(80, primer_midi=path, qpm=60.0)
    assert theirs
    assert ours_as_stock(80, primer_midi=path, qpm=60.0) == theirs
    primer = read_primer(ENCODING, primer_midi=path, stock_num_steps=80)
    assert list(primer.restore(primer.events)) == [-2] * theirs[1] + theirs[0]


def test_stock_silences_the_last_note_of_a_primer_and_we_do_not(stock_primer):
    assert stock_primer(16, primer_melody='[60]')[0] == [60, -1, -2]
    assert list(read_primer(ENCODING, '[60]').events) == [60]
    assert list(read_primer(ENCODING, '[60, -2, -1, -2]').events) == [60, -2, -1, -2]


@given(events=EVENTS)
def test_a_primer_keeps_its_events_and_comes_back_where_nothing_is_folded(events):
    assume(any(event >= 0 for event in events))
    note_seq = import_note_seq()
    for name in ('mono_rnn', 'basic_rnn', 'attention_rnn'):
        primer = read_primer(ENCODINGS[name], str(events))
        ENCODINGS[name].codec.check_range(primer.events)
        restored = list(primer.restore(primer.events))
        given = list(note_seq.Melody(events))
        assert len(restored) == len(given)
        if not primer.remarks:
            assert restored == given
        assert all(a == b if a < 0 else (a - b) % 12 == 0
                   for a, b in zip(given, restored, strict=True))


def test_a_primer_beyond_the_range_is_folded_by_octaves_and_that_is_said():
    # Four octaves do not fit into three.
    given = [36, 60, 64, 67, 84]
    primer = read_primer(ENCODINGS['basic_rnn'], str(given))
    assert len(primer.remarks) == 1
    assert 'basic_rnn' in primer.remarks[0]
    moved = [a for a, b in zip(given, primer.restore(primer.events), strict=True) if a != b]
    assert f'{len(moved)} of its notes' in primer.remarks[0]
    assert moved
    assert not read_primer(ENCODING, str(given)).remarks


def test_of_a_polyphonic_primer_midi_the_highest_notes_stay_and_the_rest_is_counted(tmp_path):
    path = write_midi(tmp_path / 'primer.mid', [
        (60, 0, 4, 0), (64, 0, 4, 0), (67, 0, 4, 0), (62, 4, 8, 0), (40, 0, 8, 1)])
    primer = read_primer(ENCODING, primer_midi=path)
    assert list(primer.events) == [67, -2, -2, -2, 62, -2, -2, -2]
    assert len(primer.remarks) == 1
    assert '3 of 5 notes are left out' in primer.remarks[0]
    assert 'of 2 tracks the first' in primer.remarks[0]


def test_silent_bars_in_front_of_a_primer_midi_are_left_out(tmp_path):
    path = write_midi(tmp_path / 'primer.mid', [(60, 34, 36, 0)], qpm=100)
    primer = read_primer(ENCODING, primer_midi=path, qpm=60)
    assert list(primer.events) == [-2, -2, 60, -2]
    assert primer.qpm == pytest.approx(100, rel=1e-4)
    assert list(primer.restore(primer.events)) == [-2, -2, 60, -2]


@pytest.mark.parametrize(('given', 'words'), [
    ({'primer_melody': '[60'}, ['--primer_melody', "'[60'"]),
    ({'primer_melody': '[128]'}, ['[128]', '0 to 127']),
    ({'primer_melody': '[]'}, ['[]', 'one or more integers']),
    ({'primer_melody': '[-2, -1]'}, ['[-2, ', 'no note']),
    ({'primer_melody': '(' * 5000}, ['--primer_melody']),
    ({'qpm': -3.0}, ['--qpm=-3.0']),
    ({'qpm': float('nan')}, ['--qpm=nan']),
    ({'qpm': 1.0}, ['--qpm=1.0']),
    ({'primer_melody': '[60]', 'primer_midi': 'a.mid'}, ['either']),
    ({'primer_midi': 'none.mid'}, ['none.mid', 'No such file']),
    ({'primer_midi': __file__}, ['test_primers.py']),
])
def test_a_primer_that_cannot_be_read_is_refused_in_one_line(given, words):
    with pytest.raises(UserError) as refusal:
        read_primer(ENCODING, **given)
    assert '\n' not in str(refusal.value)
    for word in words:
        assert word in str(refusal.value)


@pytest.mark.parametrize(('notes', 'meter', 'words'), [
    ([], (4, 4), ['no note']), ([(60, 0, 4, 0)], (5, 32), ['primer.mid', '5/32'])])
def test_a_primer_midi_without_a_melody_is_refused_in_one_line(tmp_path, notes, meter, words):
    path = write_midi(tmp_path / 'primer.mid', notes, meter=meter)
    with pytest.raises(UserError) as refusal:
        read_primer(ENCODING, primer_midi=path)
    for word in words:
        assert word in str(refusal.value)


@pytest.mark.parametrize('text', [
    '[60.5]', '[60.0]', '"60"', '60', 'None', '{60, 62}', '{60: 1}', '["60"]', "[b'<']", '[True]',
    '[1e400]', '[1j]', '[[60]]', '[60, [62]]', '[(60, 62)]', '[None]', '[]', '()', '[', '60 62',
    '[60 62]', '[60](1)', '"\\d"', '[-3]', '[128]', f'[{10 ** 30}]', f'[{"9" * 5000}]', '[x]',
    '[60]\0', '\udcd6', '[' * 300 + ']' * 300])
def test_a_primer_melody_is_a_list_of_integers_or_refused_in_one_line(text, recwarn):
    with pytest.raises(UserError, match='--primer_melody=') as refusal:
        read_primer(ENCODING, text)
    assert '\n' not in str(refusal.value)
    assert not recwarn


@pytest.mark.parametrize('value', [
    [60.0], ['60'], [True], {60, 62}, {60: 1}, [[60]], [], 60, np.array([60.0]), np.array(60),
    np.array([[60], [62]]), np.array([True]), [float('inf')], [None], b'[60]'])
def test_a_primer_melody_from_python_is_held_to_the_same(value):
    with pytest.raises(UserError, match='--primer_melody=') as refusal:
        next(Generator(SimpleNamespace(encoding=ENCODING)).generate_outputs(primer_melody=value))
    assert '\n' not in str(refusal.value)


@given(st.lists(st.integers(-2, 127), min_size=1))
def test_every_list_of_melody_events_is_taken_from_text_and_python(events):
    for form in (events, tuple(events), np.array(events), list(np.array(events)), str(events),
                 f' {events}'):
        assert melody_events(form) == events
