"""attention_rnn: what sounds, where it moves, the meter, and the keys that the melody may be in."""

from typing import NamedTuple

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.codec import history
from magenta_reg.codec.codec import NO_EVENT, NOTE_OFF, Codec

COUNTER_BITS = 7
PITCH_CLASSES = 12
MAJOR_SCALE = [0, 2, 4, 5, 7, 9, 11]


class KeyState(NamedTuple):
    """What attention_rnn's input depends on.

    Attributes:
        history: History.
        sounding: int32 [batch], the pitch that sounds; a special event while nothing does.
        is_attack: int32 [batch], 1 if the last event that is no note-off is a note-on, else 0.
        last_pitches: int32 [batch, 3], the last three distinct pitches, newest last; NO_EVENT
            while there were fewer.
        key_histogram: int32 [batch, 12], how many note-ons fit each major key, C to B.
    """

    history: history.History
    sounding: 'tf.Tensor'
    is_attack: 'tf.Tensor'
    last_pitches: 'tf.Tensor'
    key_histogram: 'tf.Tensor'


class KeyCodec(history.HistoryCodec):
    """Classes: the pitches from 0, no-event, note-off, then the repeats of one and two bars.

    An input is the one-hot of the sounding pitch; sound; silence; attack; the direction of the
    melody, +-1; two flags, whether the last event was a repeat; seven bits that count events;
    start of a bar; the likeliest keys of the melody, and of its last three distinct pitches: all
    that tie, which before the first note are all twelve. The state is a KeyState.

    Source: note_seq's `KeyMelodyEncoderDecoder`, with its quirks: a note-off leaves the attack
    flag on, and pitch 0 sounds like silence.
    """

    def __init__(self, min_note, max_note):
        plain_events = [*range(min_note, max_note), *history.SPECIAL_EVENTS]
        note_range = max_note - min_note
        input_size = (note_range + 2 + 1 + 1 + len(history.LOOKBACK_STEPS) + COUNTER_BITS + 1
                      + 2 * PITCH_CLASSES)
        super().__init__(min_note, max_note, plain_events, input_size)
        self._note_range = note_range
        self._sounds = _sound_table(min_note, max_note)
        self._keys = _key_table(max_note)
        starts_bar = np.arange(2 ** COUNTER_BITS)[:, None] % history.STEPS_PER_BAR == 0
        self._meters = np.concatenate(
            [history.counter_table(COUNTER_BITS), starts_bar], axis=1, dtype=np.float32)

    def note_seq_encoder(self):
        import note_seq
        return note_seq.KeyMelodyEncoderDecoder(self.min_note, self.max_note)

    def encode(self, events):
        events = self.check_range(events)
        past = events[:-1]
        sounding = _held(past, past != NO_EVENT)
        is_attack = _held(past, past != NOTE_OFF) >= 0
        last_pitches = _last_pitches(past)
        second, newest = last_pitches[:, 1:].T
        direction = np.where(second < 0, 0, np.sign(newest - second))
        key_histogram = np.cumsum(self._keys[past - NO_EVENT], axis=0)
        num_events = np.arange(1, len(past) + 1)
        inputs = np.concatenate([
            self._sounds[sounding - NO_EVENT],
            np.stack([is_attack, direction], axis=1),
            history.melody_repeat_flags(past),
            self._meters[num_events % 2 ** COUNTER_BITS],
            _likeliest(key_histogram),
            _likeliest(self._keys[last_pitches - NO_EVENT].sum(axis=1))], axis=1, dtype=np.float32)
        return inputs, self.labels(events)

    def first_event(self, row):
        """Returns the first event; a note-off, which no Melody starts with, reads as no-event."""
        is_sound, _, is_attack = row[self._note_range:self._note_range + 3]
        if is_sound:
            return self.min_note + np.argmax(row[:self._note_range])
        return 0 if is_attack else NO_EVENT

    def history_of(self, state):
        return state.history

    def initial_state(self, batch_size):
        return KeyState(
            history=super().initial_state(batch_size),
            sounding=tf.fill([batch_size], NO_EVENT),
            is_attack=tf.fill([batch_size], 0),
            last_pitches=tf.fill([batch_size, 3], NO_EVENT),
            key_histogram=tf.fill([batch_size, PITCH_CLASSES], 0))

    def states(self, events):
        return Codec.states(self, events)  # Keys count all events, not the last 33.

    def append(self, state, event):
        is_note = event >= 0
        third, second, newest = tf.unstack(state.last_pitches, axis=1)
        # Without a note-on nothing changes, as if the newest pitch were struck again.
        pitch = tf.where(is_note, event, newest)
        is_newest = tf.equal(pitch, newest)
        last_pitches = [
            tf.where(is_newest | tf.equal(pitch, second), third, second),
            tf.where(is_newest, second, newest),
            pitch]
        return KeyState(
            history=super().append(state.history, event),
            sounding=tf.where(tf.equal(event, NO_EVENT), state.sounding, event),
            is_attack=tf.where(
                tf.equal(event, NOTE_OFF), state.is_attack, tf.cast(is_note, tf.int32)),
            last_pitches=tf.stack(last_pitches, axis=1),
            key_histogram=state.key_histogram + tf.gather(self._keys, event - NO_EVENT))

    def encode_input(self, state):
        _, second, newest = tf.unstack(state.last_pitches, axis=1)
        direction = tf.where_v2(second < 0, 0, tf.sign(newest - second))
        keys = tf.gather(self._keys, state.last_pitches - NO_EVENT)
        histograms = tf.stack([state.key_histogram, tf.reduce_sum(keys, axis=1)], axis=1)
        is_likeliest = tf.equal(histograms, tf.reduce_max(histograms, axis=2, keepdims=True))
        return tf.concat([
            tf.gather(self._sounds, state.sounding - NO_EVENT),
            tf.cast(tf.stack([state.is_attack, direction], axis=1), tf.float32),
            history.repeat_flags(state.history),
            tf.gather(self._meters, state.history.num_events % 2 ** COUNTER_BITS),
            tf.reshape(tf.cast(is_likeliest, tf.float32), [-1, 2 * PITCH_CLASSES])], axis=1)


def _sound_table(min_note, max_note):
    """Returns float32 [events, notes + 2]: one-hot of a sounding pitch, sound, silence."""
    note_range = max_note - min_note
    table = np.zeros([max_note - NO_EVENT, note_range + 2], np.float32)
    table[:, note_range + 1] = 1.0
    # note_seq asks `if current_note`, which pitch 0 is not.
    pitches = np.arange(max(min_note, 1), max_note)
    table[pitches - NO_EVENT, pitches - min_note] = 1.0
    table[pitches - NO_EVENT, note_range:] = [1.0, 0.0]
    return table


def _key_table(max_note):
    """Returns int32 [events, 12]: 1 where a major key has the event's pitch class, else 0."""
    events = np.arange(NO_EVENT, max_note)[:, None]
    in_key = np.isin((events - np.arange(PITCH_CLASSES)) % PITCH_CLASSES, MAJOR_SCALE)
    return (in_key & (events >= 0)).astype(np.int32)


def _last_pitches(past):
    """Returns int32 [steps, 3]: the last three distinct pitches after each event, newest last."""
    newest = _held(past, past >= 0)
    before = history.delayed(newest, 1)
    second = _held(before, before != newest)
    second_before = history.delayed(second, 1)
    # A pitch that comes back from second place leaves the third where it was.
    third = _held(second_before, (before != newest) & (second_before != newest))
    return np.stack([third, second, newest], axis=1)


def _held(values, is_new):
    """Returns at each step the value of the last step that `is_new`; before any, NO_EVENT."""
    last_new = np.maximum.accumulate(np.where(is_new, np.arange(len(values)), -1))
    return np.where(last_new < 0, NO_EVENT, values[last_new])


def _likeliest(histogram):
    """Returns bool [steps, 12]: is a key's count the largest of its row?"""
    return histogram == histogram.max(axis=1, keepdims=True)
