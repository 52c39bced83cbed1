"""Primers of real melodies: each once before any comes again, the same ones for a seed."""

import itertools

import numpy as np
import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.extraction.squash import squash
from magenta_reg.generation.primer_pool import choose_primers
from magenta_reg.generation.stream import Request
from magenta_reg.outputs.formats import OUTPUT_FORMATS
from magenta_reg.outputs.melody import OutputMelody
from tests.small import make_melodies, write_examples

ENCODING = ENCODINGS['basic_rnn']
REQUEST = Request(num_outputs=10, num_steps=64, seed=3)


@pytest.fixture(scope='module')
def melodies():
    return make_melodies(7, seed=1)


@pytest.fixture(scope='module')
def examples(melodies, tmp_path_factory):
    return write_examples(tmp_path_factory.mktemp('pool') / 'eval.tfrecord', melodies, ENCODING)


def drawn(path, request=REQUEST, count=14, **options):
    primers = choose_primers(ENCODING, request, primer_from=path, **options)
    return list(itertools.islice(primers.by_row, count)), primers.remarks


def test_each_melody_is_drawn_once_before_any_comes_again(examples, melodies):
    primers, remarks = drawn(examples, qpm=90.0)
    assert not remarks
    first, second = ([primer.source for primer in half] for half in (primers[:7], primers[7:]))
    assert sorted(first) == sorted(second) == [f'eval.tfrecord, record {i}' for i in range(7)]
    assert first != second
    for primer in primers:
        number = int(primer.source.rsplit(' ', 1)[1])
        np.testing.assert_array_equal(primer.events, melodies[number][:16])
        assert list(primer.restore(primer.events)) == list(melodies[number][:16])
        assert primer.qpm == 90


def test_the_seed_and_nothing_else_decides_which_are_drawn(examples):
    def sources(**change):
        return [primer.source for primer in drawn(examples, REQUEST._replace(**change))[0]]

    assert sources() == sources(num_outputs=3, batch_size=1, num_steps=20, temperature=0.0)
    assert sources() != sources(seed=4)


def test_melodies_that_are_too_short_or_silent_at_first_are_left_out_and_counted(tmp_path):
    silent = np.array([-2] * 8 + [60, 62], np.int32)
    kept = np.array([60, -2, 62, -2, 64, -2, 65, -2, 67], np.int32)
    path = write_examples(tmp_path / 'x.tfrecord', [silent, kept[:5], kept], ENCODING)
    primers, remarks = drawn(path, count=2, primer_steps=8)
    assert [list(primer.events) for primer in primers] == [list(kept[:8])] * 2
    assert len(remarks) == 1
    assert '2 of 3 melodies are left out' in remarks[0]
    with pytest.raises(UserError, match='3 melodies and none with a note in its first 12 events'):
        drawn(path, primer_steps=12)


def test_primers_of_music_are_squashed_as_whole_melodies(tmp_path):
    # A melody in D: its first bar alone would pass for another key.
    events = np.array([62, -2, 64, -2] * 4 + [66, -2, 69, -2, 73, -2, 74, -2] * 4, np.int32)
    OUTPUT_FORMATS['midi'].writer(OutputMelody(events, 0, 120.0), tmp_path / 'tune.mid')
    (tmp_path / 'broken.mid').write_bytes(b'MThd')
    primers, remarks = drawn(tmp_path, count=1)
    whole = squash(events, ENCODING.codec.min_note, ENCODING.codec.max_note, 0)
    assert primers[0].source == 'tune.mid'
    np.testing.assert_array_equal(primers[0].events, whole[:16])
    assert not np.array_equal(whole[:16], events[:16])
    assert remarks == (f'--primer_from={tmp_path}: pieces that gave no melody: 1 unreadable',)


@pytest.mark.parametrize(('options', 'words'), [
    ({'primer_steps': 64}, '--primer_steps=64 must be 1 to 63'),
    ({'primer_melody': '[60]'}, 'either --primer_from or --primer_melody'),
    ({'primer_midi': 'a.mid'}, 'either --primer_from or --primer_midi'),
    ({'magenta_primer': True}, 'either --primer_from or --magenta_primer'),
    ({'qpm': -1.0}, '--qpm=-1.0')])
def test_flags_that_contradict_are_refused(examples, options, words):
    with pytest.raises(UserError, match=words):
        drawn(examples, **options)


def test_a_primer_as_long_as_the_melody_is_refused():
    for magenta_primer, words in ((False, 'has 3 steps: --num_steps=3'),
                                  (True, 'begins to generate at step 5: --num_steps=3')):
        with pytest.raises(UserError, match=words):
            choose_primers(ENCODING, Request(num_steps=3), primer_melody='[60, -2, 62]',
                           magenta_primer=magenta_primer)
