"""The contract of an event codec.

Events are note_seq's: -2 no event, -1 note-off, 0..127 the pitch of a note-on. A codec equals the
note_seq encoder of its name exactly: every value it makes is an integer, 0 or +-1.
"""

import abc

import numpy as np

from magenta_reg.base.compat import tf

NO_EVENT = -2
NOTE_OFF = -1


class Codec(abc.ABC):
    """Turns Melody events into inputs and labels, for whole melodies and one event at a time.

    The NumPy half (`encode`, `decode`) works on one whole melody and never loads TensorFlow: it
    makes data sets and batches. The TensorFlow half works on a batch, one event at a time: it is
    what a loop carries in which the next input depends on the event just sampled. Its state is a
    tensor or a nest of tensors whose first dimension is batch, with static shapes but for that.

    Attributes:
        min_note, max_note: int, pitches are in [min_note, max_note).
        input_size: int, length of an input vector.
        num_classes: int, labels are in [0, num_classes).
    """

    min_note: int
    max_note: int
    input_size: int
    num_classes: int

    @abc.abstractmethod
    def note_seq_encoder(self):
        """Returns the note_seq `EventSequenceEncoderDecoder` that this codec equals."""

    @abc.abstractmethod
    def encode(self, events):
        """Encodes a melody; ValueError if an event is outside of its range.

        Args:
            events: int array [steps + 1], Melody events.

        Returns:
            inputs: float32 [steps, input_size], the input after each event but the last.
            labels: int32 [steps], the label of each event but the first.

        Source: note_seq's `EventSequenceEncoderDecoder.encode`.
        """

    @abc.abstractmethod
    def decode(self, inputs, labels):
        """Recovers the melody from what `encode` returns, also when stock Magenta wrote it.

        ValueError if there are no steps, or `encode` cannot have made them.

        Args:
            inputs: float32 [steps, input_size]; only the first row is read, for the first event.
            labels: int array [steps].

        Returns:
            int32 [steps + 1], Melody events.
        """

    @abc.abstractmethod
    def initial_state(self, batch_size):
        """Returns the state before any event; `batch_size` is an int or an int32 scalar tensor."""

    @abc.abstractmethod
    def append(self, state, event):
        """Returns the state after `event`: int32 [batch], a Melody event of each row."""

    def states(self, events):
        """Returns the state after each event of int32 [batch, steps], whole melodies.

        It is the state of batch * steps melodies, row by row, so that everything below takes it.
        """
        start = self.initial_state(tf.shape(events)[0])
        by_time = tf.scan(self.append, tf.transpose(events), start, back_prop=False)

        def by_row(tensor):
            order = [1, 0, *range(2, tensor.shape.rank)]
            return tf.reshape(tf.transpose(tensor, order), [-1, *tensor.shape.as_list()[2:]])

        return tf.nest.map_structure(by_row, by_time)

    @abc.abstractmethod
    def encode_input(self, state):
        """Returns float32 [batch, input_size], the input after the last event appended.

        note_seq's `events_to_input(events, len(events) - 1)`.
        """

    @abc.abstractmethod
    def encode_label(self, state, event):
        """Returns int32 [batch], the label of `event` (int32 [batch]) if it came next.

        note_seq's `events_to_label(events + [event], len(events))`.
        """

    @abc.abstractmethod
    def decode_label(self, state, label):
        """Returns int32 [batch], the event that `label` (int32 [batch]) means if it came next.

        note_seq's `class_index_to_event(label, events)`.
        """

    def check_range(self, events):
        """Returns events as int32 [steps + 1]; ValueError if one is outside of the range."""
        events = np.asarray(events)
        wrong = (events < NO_EVENT) | (events >= self.max_note)
        wrong |= (events >= 0) & (events < self.min_note)
        if wrong.any():
            raise ValueError(
                f'event {int(events[wrong][0])} is outside the pitches '
                f'[{self.min_note}, {self.max_note}) and no special event (-2, -1)')
        return events.astype(np.int32, copy=False)

    def check_encoded(self, inputs, labels):
        """Returns inputs as float32 and labels as int32; ValueError if they do not fit `decode`."""
        inputs, labels = np.asarray(inputs, np.float32), np.asarray(labels, np.int32)
        if inputs.ndim != 2 or len(inputs) == 0 or inputs.shape[1] != self.input_size:
            raise ValueError(f'inputs of shape {list(inputs.shape)} are not '
                             f'[steps, {self.input_size}] with a step at least')
        wrong = (labels < 0) | (labels >= self.num_classes)
        if wrong.any():
            raise ValueError(f'label {labels[wrong][0]} is outside [0, {self.num_classes})')
        return inputs, labels
