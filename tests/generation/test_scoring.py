"""Tables of scores against the model's own figures, whatever the music came as."""

import csv
import math

import numpy as np
import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.generation import scoring
from magenta_reg.generation.scoring import score_files, score_to_csv
from magenta_reg.measures.copied_passages import TrainingIndex
from magenta_reg.measures.repetition import repetition
from magenta_reg.model.model import Scores
from tests.model.test_model import make_model
from tests.small import make_melodies, write_examples


class Stand:
    """Stands for a model: gives every event a log-likelihood of its own, and remembers calls."""

    encoding = ENCODINGS['basic_rnn']

    def __init__(self):
        self.calls = []

    def score(self, melodies, batch_size):
        self.calls.append((len(melodies), batch_size))
        return Scores([-(events[1:] + 3) / 100 for events in melodies],
                      [events[1:] == -2 for events in melodies], None)


@pytest.fixture
def examples(tmp_path):
    """Nine melodies and the file that has them."""
    melodies = make_melodies(9, seed=12)
    return melodies, write_examples(tmp_path / 'examples', melodies, Stand.encoding)


@pytest.fixture
def fill(tmp_path):
    """Returns a function that writes files of bytes, or of chords a half second each, as MIDI."""
    note_seq = import_note_seq()

    def write(files):
        folder = tmp_path / 'music'
        folder.mkdir()
        for name, content in files.items():
            if isinstance(content, bytes):
                (folder / name).write_bytes(content)
                continue
            sequence = note_seq.NoteSequence(ticks_per_quarter=220)
            for step, chord in enumerate(content):
                for pitch in np.atleast_1d(chord):
                    sequence.notes.add(pitch=int(pitch), velocity=64, start_time=step / 2,
                                       end_time=step / 2 + 0.5)
            note_seq.sequence_proto_to_midi_file(sequence, str(folder / name))
        return folder

    return write


def read_table(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize('config', ENCODINGS)
def test_likelihoods_are_the_models(tmp_path, config):
    model, melodies = make_model(config), make_melodies(9, seed=12)
    path = write_examples(tmp_path / 'examples', melodies, model.encoding)
    for primer_steps in (1, 16):
        rows = list(score_files(model, path, primer_steps, batch_size=4))
        expected = model.log_likelihood(melodies, primer_steps)
        np.testing.assert_allclose([row.log_likelihood_nats for row in rows],
                                   expected.total_nats, rtol=1e-5)
        assert [row.num_events for row in rows] == expected.num_events.tolist()
        assert all(row.start_step == primer_steps for row in rows)


def test_every_column_is_of_the_events_after_the_primer(examples, tmp_path):
    melodies, path = examples
    index = TrainingIndex(make_melodies(40, seed=2))
    summary = score_to_csv(Stand(), path, tmp_path / 'new' / 'scores.csv', 16, index)
    table = read_table(tmp_path / 'new' / 'scores.csv')
    lengths = index.longest_passage_lengths(melodies, [16] * len(melodies))
    for row, events, length in zip(table, melodies, lengths, strict=True):
        scored = events[16:]
        nats = -(scored + 3).sum() / 100
        assert float(row['log_likelihood_nats']) == pytest.approx(nats)
        assert float(row['perplexity']) == pytest.approx(math.exp(-nats / len(scored)))
        assert float(row['accuracy']) == pytest.approx((scored == -2).mean())
        assert float(row['repetition']) == pytest.approx(repetition(scored))
        assert int(row['longest_shared_run']) == length
        assert int(row['num_events']) == len(scored)
    assert summary.num_events == sum(len(events) - 16 for events in melodies)
    assert summary.total_nats == pytest.approx(
        sum(float(row['log_likelihood_nats']) for row in table))
    assert summary.text().startswith(f'9 melodies, {summary.num_events} events: ')


def test_without_a_training_set_there_is_no_column_for_it(examples, tmp_path):
    score_to_csv(Stand(), examples[1], tmp_path / 'scores.csv')
    assert 'longest_shared_run' not in read_table(tmp_path / 'scores.csv')[0]


def test_a_training_melody_shares_all_that_is_scored(examples):
    melodies, path = examples
    rows = score_files(Stand(), path, 1, TrainingIndex(melodies))
    for row, events in zip(rows, melodies, strict=True):
        first_note = 1 + np.flatnonzero(events[1:] >= 0)[0]
        assert row.longest_shared_run == len(events) - first_note


def test_a_short_plain_melody_and_a_long_one_are_scored_whole(fill):
    folder = fill({'a.mid': [60, 60, 60], 'b.mid': [60, 62] * 400})
    rows = list(score_files(Stand(), folder))
    assert [(row.source, row.num_events) for row in rows] == [('a.mid', 11), ('b.mid', 3199)]


def test_what_has_no_score_has_a_row_with_the_reason(fill, tmp_path):
    folder = fill({'good.mid': [60] * 10, 'bad.mid': b'MThd', 'empty.mid': b'',
                   'silent.mid': [], 'short.mid': [60]})
    summary = score_to_csv(Stand(), folder, tmp_path / 'scores.csv', primer_steps=20)
    reasons = {row['source']: row['reason'] for row in read_table(tmp_path / 'scores.csv')}
    assert reasons['empty.mid'] == 'unreadable: the file is empty'
    assert reasons['short.mid'] == 'no event after the primer'
    assert reasons['silent.mid'] == 'no_notes'
    assert not reasons['good.mid']
    assert summary.skipped == {'unreadable': 2, 'no_notes': 1, 'no event after the primer': 1}
    assert summary.num_melodies == 1
    assert 'without a score: 2 unreadable, ' in summary.text()
    assert read_table(tmp_path / 'scores.csv')[0]['nats_per_event'] == ''


def test_chords_are_scored_by_their_highest_notes_and_that_is_said(fill, tmp_path):
    folder = fill({'chords.mid': [(60 + step % 5, 67) for step in range(20)],
                   'tune.mid': [60, 62, 64]})
    summary = score_to_csv(Stand(), folder, tmp_path / 'scores.csv')
    assert [row['is_reduced'] for row in read_table(tmp_path / 'scores.csv')] == ['True', 'False']
    assert '1 are of polyphonic music' in summary.text()


def test_rows_keep_the_order_of_the_input_and_reading_stays_a_little_ahead(
        examples, monkeypatch):
    melodies, path = examples
    whole = list(score_files(Stand(), path))
    monkeypatch.setattr(scoring, '_READ_AHEAD', 2)
    stand = Stand()
    rows = score_files(stand, path)
    first = next(rows)
    assert stand.calls == [(2, 64)]
    assert [first, *rows] == whole
    assert [row.num_events + 1 for row in whole] == list(map(len, melodies))


def test_batches_of_long_melodies_are_smaller(tmp_path, monkeypatch):
    path = write_examples(tmp_path / 'long', make_melodies(3, 0, 100, 100), Stand.encoding)
    monkeypatch.setattr(scoring, '_MAX_BATCH_EVENTS', 250)
    stand = Stand()
    assert len(list(score_files(stand, path))) == 3
    assert stand.calls == [(3, 2)]


def test_scores_do_not_depend_on_the_batch_size(examples):
    model, (_, path) = make_model(), examples
    one, other = (list(score_files(model, path, batch_size=size)) for size in (1, 9))
    np.testing.assert_allclose([row.log_likelihood_nats for row in one],
                               [row.log_likelihood_nats for row in other], rtol=1e-5)


@pytest.mark.parametrize('error', [KeyboardInterrupt, OSError, UserError])
def test_a_table_is_written_atomically(examples, tmp_path, monkeypatch, error):
    monkeypatch.setattr(scoring, '_READ_AHEAD', 2)
    table = tmp_path / 'tables' / 'scores.csv'
    score_to_csv(Stand(), examples[1], table)
    before = table.read_bytes()

    class Failing(Stand):
        def score(self, melodies, batch_size):
            if len(self.calls) == 2:
                raise error('in the middle')
            return super().score(melodies, batch_size)

    with pytest.raises(error):
        score_to_csv(Failing(), examples[1], table)
    assert table.read_bytes() == before
    assert [path.name for path in table.parent.iterdir()] == ['scores.csv']


def test_music_without_any_melody_makes_no_table(fill, tmp_path):
    folder = fill({'bad.mid': b'MThd'})
    with pytest.raises(UserError, match='no melody to score: 1 unreadable'):
        score_to_csv(Stand(), folder, tmp_path / 'tables' / 'scores.csv')
    assert not list((tmp_path / 'tables').iterdir())


@pytest.mark.parametrize('primer_steps', [0, -3])
def test_the_first_event_cannot_be_scored(examples, primer_steps):
    with pytest.raises(UserError, match=f'primer_steps={primer_steps} must be 1 or more'):
        list(score_files(Stand(), examples[1], primer_steps))


def test_a_folder_is_no_name_for_a_table(examples, tmp_path):
    with pytest.raises(UserError, match='is a folder: give the name of a CSV file'):
        score_to_csv(Stand(), examples[1], tmp_path)
