"""lookback_rnn: the last event, the events that one and two bars ago came next, and the meter."""

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.codec import history
from magenta_reg.codec.codec import NO_EVENT

COUNTER_BITS = 5


class LookbackCodec(history.HistoryCodec):
    """Classes: no-event 0, note-off 1, the pitches from 2, then the repeats of one and two bars.

    An input is the one-hot of the last event and of the event that comes next if one, or two,
    bars are repeating; five bits that count events; two flags, whether the last event was a
    repeat. The state is a History.

    Source: note_seq's `LookbackEventSequenceEncoderDecoder` over `MelodyOneHotEncoding`.
    """

    def __init__(self, min_note, max_note):
        plain_events = [*history.SPECIAL_EVENTS, *range(min_note, max_note)]
        input_size = (3 * len(plain_events) + COUNTER_BITS + len(history.LOOKBACK_STEPS))
        super().__init__(min_note, max_note, plain_events, input_size)
        self._one_hots = np.eye(self.num_plain, dtype=np.float32)[self._event_classes]
        self._counters = history.counter_table(COUNTER_BITS)

    def note_seq_encoder(self):
        import note_seq
        return note_seq.LookbackEventSequenceEncoderDecoder(
            note_seq.MelodyOneHotEncoding(self.min_note, self.max_note))

    def encode(self, events):
        events = self.check_range(events)
        past = events[:-1]
        nexts = [history.delayed(past, distance - 1) for distance in history.LOOKBACK_STEPS]
        num_events = np.arange(1, len(past) + 1)
        inputs = [self._one_hots[event - NO_EVENT] for event in [past, *nexts]]
        inputs += [self._counters[num_events % 2 ** COUNTER_BITS],
                   history.melody_repeat_flags(past)]
        return np.concatenate(inputs, axis=1), self.labels(events)

    def first_event(self, row):
        return self._class_events[np.argmax(row[:self.num_plain])]

    def encode_input(self, state):
        columns = [history.HISTORY_STEPS - distance for distance in (1, *history.LOOKBACK_STEPS)]
        events = tf.gather(state.events, columns, axis=1)
        one_hots = tf.gather(self._one_hots, events - NO_EVENT)
        return tf.concat([
            tf.reshape(one_hots, [-1, len(columns) * self.num_plain]),
            tf.gather(self._counters, state.num_events % 2 ** COUNTER_BITS),
            history.repeat_flags(state)], axis=1)
