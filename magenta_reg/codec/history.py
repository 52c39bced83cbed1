"""What lookback_rnn and attention_rnn share: the last 33 events, repeat labels and counters."""

import abc
from typing import NamedTuple

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.codec.codec import NO_EVENT, NOTE_OFF, Codec

STEPS_PER_BAR = 16
LOOKBACK_STEPS = (STEPS_PER_BAR, 2 * STEPS_PER_BAR)
HISTORY_STEPS = LOOKBACK_STEPS[-1] + 1
SPECIAL_EVENTS = [NO_EVENT, NOTE_OFF]


class History(NamedTuple):
    """The past of each melody of a batch.

    Attributes:
        events: int32 [batch, 33], the last events, newest last. NO_EVENT before the first gives
            what note_seq's special cases at the start give, with no test of the step.
        num_events: int32 [batch], how many events there were.
    """

    events: 'tf.Tensor'
    num_events: 'tf.Tensor'


class HistoryCodec(Codec):
    """A codec whose last two classes mean 'the event of one bar ago' and 'of two bars ago'.

    The label of an event is the farthest repeat that it is, else its plain class. Tables over
    events have a row for each event in [NO_EVENT, max_note), found at `event - NO_EVENT`.
    """

    def __init__(self, min_note, max_note, plain_events, input_size):
        """Makes a codec; `plain_events` is the event of each class but the repeats, in order."""
        self.min_note = min_note
        self.max_note = max_note
        self.input_size = input_size
        self.num_plain = len(plain_events)
        self.num_classes = self.num_plain + len(LOOKBACK_STEPS)
        # The repeat classes have an entry, which is never used, so that any label can look it up.
        self._class_events = np.int32([*plain_events, *[NO_EVENT] * len(LOOKBACK_STEPS)])
        self._event_classes = np.full([max_note - NO_EVENT], -1, np.int32)
        self._event_classes[np.subtract(plain_events, NO_EVENT)] = np.arange(self.num_plain)

    @abc.abstractmethod
    def first_event(self, row):
        """Returns the event whose input vector is `row`, float32 [input_size], at step 0."""

    def history_of(self, state):
        """Returns the History in a state of this codec."""
        return state

    def initial_state(self, batch_size):
        return History(events=tf.fill([batch_size, HISTORY_STEPS], NO_EVENT),
                       num_events=tf.fill([batch_size], 0))

    def append(self, state, event):
        return History(events=tf.concat([state.events[:, 1:], event[:, None]], axis=1),
                       num_events=state.num_events + 1)

    def states(self, events):
        batch, steps = tf.unstack(tf.shape(events))
        padded = tf.pad(events, [[0, 0], [HISTORY_STEPS - 1, 0]], constant_values=NO_EVENT)
        windows = tf.range(steps)[:, None] + np.arange(HISTORY_STEPS, dtype=np.int32)
        return History(
            events=tf.reshape(tf.gather(padded, windows, axis=1), [-1, HISTORY_STEPS]),
            num_events=tf.tile(tf.range(1, steps + 1), [batch]))

    def labels(self, events):
        """Returns int32 [steps], the label of each event but the first of int32 [steps + 1]."""
        labels = self._event_classes[events - NO_EVENT]
        for index, distance in enumerate(LOOKBACK_STEPS):
            labels[events == delayed(events, distance)] = self.num_plain + index
        return labels[1:]

    def decode(self, inputs, labels):
        inputs, labels = self.check_encoded(inputs, labels)
        start = HISTORY_STEPS
        events = np.full([start + len(labels)], NO_EVENT, np.int32)
        events[start - 1] = self.first_event(inputs[0])
        events[start:] = self._class_events[labels]
        # A repeat points back a bar at least, so a whole bar can be filled in at once.
        for bar in range(0, len(labels), STEPS_PER_BAR):
            bar_labels = labels[bar:bar + STEPS_PER_BAR]
            for index, distance in enumerate(LOOKBACK_STEPS):
                repeats = start + bar + np.flatnonzero(bar_labels == self.num_plain + index)
                events[repeats] = events[repeats - distance]
        return events[start - 1:]

    def encode_label(self, state, event):
        history = self.history_of(state)
        label = tf.gather(self._event_classes, event - NO_EVENT)
        for index, distance in enumerate(LOOKBACK_STEPS):
            is_repeat = tf.equal(event, history.events[:, -distance])
            label = tf.where_v2(is_repeat, self.num_plain + index, label)
        return label

    def decode_label(self, state, label):
        history = self.history_of(state)
        event = tf.gather(self._class_events, label)
        for index, distance in enumerate(LOOKBACK_STEPS):
            is_repeat = tf.equal(label, self.num_plain + index)
            event = tf.where(is_repeat, history.events[:, -distance], event)
        return event


def repeat_flags(history):
    """Returns float32 [batch, 2]: is the last event that of one, of two bars before it?"""
    past = tf.gather(history.events, [HISTORY_STEPS - 1 - d for d in LOOKBACK_STEPS], axis=1)
    is_repeat = tf.equal(past, history.events[:, -1:])
    # Unlike for a label, what was before the first event is not repeated here.
    is_heard = history.num_events[:, None] > LOOKBACK_STEPS
    return tf.cast(is_repeat & is_heard, tf.float32)


def melody_repeat_flags(events):
    """Returns float32 [steps, 2], what `repeat_flags` says after each event of int32 [steps]."""
    never = NO_EVENT - 1
    flags = [events == delayed(events, distance, fill=never) for distance in LOOKBACK_STEPS]
    return np.stack(flags, axis=1).astype(np.float32)


def counter_table(num_bits):
    """Returns float32 [2 ** num_bits, num_bits]: bit i of n as +-1 at [n, i]."""
    bits = np.arange(2 ** num_bits)[:, None] >> np.arange(num_bits) & 1
    return (2 * bits - 1).astype(np.float32)


def delayed(events, steps, fill=NO_EVENT):
    """Returns the array with `steps` times `fill` before it and as many of its last cut off."""
    late = np.full_like(events, fill)
    late[steps:] = events[:max(len(events) - steps, 0)]
    return late
