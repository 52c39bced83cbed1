"""basic_rnn and mono_rnn: the input is the last event, the label is the next one."""

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.codec.codec import Codec

NUM_SPECIAL_EVENTS = 2


class OneHotCodec(Codec):
    """One class an event: no-event 0, note-off 1, then the pitches in [min_note, max_note).

    The state is the last event: int32 [batch].

    Source: note_seq's `OneHotEventSequenceEncoderDecoder` over `MelodyOneHotEncoding`.
    """

    def __init__(self, min_note, max_note):
        self.min_note = min_note
        self.max_note = max_note
        self.num_classes = max_note - min_note + NUM_SPECIAL_EVENTS
        self.input_size = self.num_classes
        self._pitch_offset = min_note - NUM_SPECIAL_EVENTS

    def note_seq_encoder(self):
        import note_seq
        return note_seq.OneHotEventSequenceEncoderDecoder(
            note_seq.MelodyOneHotEncoding(self.min_note, self.max_note))

    def encode(self, events):
        events = self.check_range(events)
        is_special = events < 0
        classes = np.where(is_special, events + NUM_SPECIAL_EVENTS, events - self._pitch_offset)
        past = classes[:-1]
        inputs = np.zeros([len(past), self.input_size], np.float32)
        inputs[np.arange(len(past)), past] = 1.0
        return inputs, classes[1:]

    def decode(self, inputs, labels):
        inputs, labels = self.check_encoded(inputs, labels)
        classes = np.concatenate([[np.argmax(inputs[0])], labels]).astype(np.int32)
        is_special = classes < NUM_SPECIAL_EVENTS
        return np.where(is_special, classes - NUM_SPECIAL_EVENTS, classes + self._pitch_offset)

    def initial_state(self, batch_size):
        return tf.fill([batch_size], -NUM_SPECIAL_EVENTS)

    def append(self, state, event):
        return event

    def states(self, events):
        return tf.reshape(events, [-1])

    def encode_input(self, state):
        return tf.one_hot(self.encode_label(None, state), self.input_size)

    def encode_label(self, state, event):
        return tf.where(event < 0, event + NUM_SPECIAL_EVENTS, event - self._pitch_offset)

    def decode_label(self, state, label):
        is_special = label < NUM_SPECIAL_EVENTS
        return tf.where(is_special, label - NUM_SPECIAL_EVENTS, label + self._pitch_offset)
