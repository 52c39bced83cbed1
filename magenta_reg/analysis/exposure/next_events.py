"""What a network expects next: the distribution of the next event at every step of melodies."""

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.codec.history import LOOKBACK_STEPS, HistoryCodec, delayed
from magenta_reg.model.model import MelodyModel

# Rows of the graph; batches are filled up to it.
_BATCH_SIZE = 100


class StepDistributions(MelodyModel):
    """A trained network that gives its whole softmax, teacher-forced and without dropout.

    `StepDistributions.from_run(run_dir, checkpoint)` opens it as MelodyModel's does.
    """

    def next_events(self, melodies):
        """Yields the distribution of each next event, melody by melody.

        Classes that mean the same event in their place (the pitch, and a repeat of the same pitch)
        are added up, so that distributions after different histories compare.

        Args:
            melodies: int32 [melodies, steps + 1], Melody events.

        Yields:
            float64 [steps, events], probabilities at temperature 1 of the second event, the third
            and so on; columns are `event_columns(codec)`.
        """
        for events, log_probs in zip(melodies, self.next_labels(melodies), strict=True):
            yield event_probabilities(self.encoding.codec, log_probs, events)

    def next_labels(self, melodies):
        """Yields float32 [steps, num_classes], the logarithms of the softmax, melody by melody."""
        codec = self.encoding.codec
        graph = self._graph('next_events', self._build_next_events)
        for start in range(0, len(melodies), _BATCH_SIZE):
            batch = melodies[start:start + _BATCH_SIZE]
            inputs = np.zeros([_BATCH_SIZE, len(batch[0]) - 1, codec.input_size], np.float32)
            for row, events in enumerate(batch):
                inputs[row] = codec.encode(events)[0]
            yield from graph.run(graph.tensors, [inputs])[:len(batch)]

    def _build_next_events(self):
        inputs = tf.placeholder(tf.float32, [_BATCH_SIZE, None, self.encoding.codec.input_size])
        logits = self._builder.build_steps(inputs)[0]
        return [inputs], tf.nn.log_softmax(logits)


def event_columns(codec):
    """Returns int32 [events], the event of each class that always means the same one."""
    num_plain = codec.num_plain if isinstance(codec, HistoryCodec) else codec.num_classes
    inputs = codec.encode([codec.min_note] * 2)[0]
    return np.array([codec.decode(inputs, [label])[1] for label in range(num_plain)], np.int32)


def event_probabilities(codec, log_probs, events):
    """Returns the probabilities of events from those of classes.

    Args:
        codec: Codec.
        log_probs: float array [steps, num_classes], log-probabilities of the next label.
        events: int32 [steps + 1], the melody; with repeats the classes depend on it.

    Returns:
        float64 [steps, events], columns as in `event_columns`; rows sum to 1.
    """
    probabilities = np.exp(log_probs.astype(np.float64))
    if not isinstance(codec, HistoryCodec):
        return probabilities
    columns = event_columns(codec)
    found = probabilities[:, :codec.num_plain].copy()
    steps = np.arange(len(found))
    for index, distance in enumerate(LOOKBACK_STEPS):
        repeated = delayed(np.asarray(events), distance)[1:]
        column = np.argmax(columns == repeated[:, np.newaxis], axis=1)
        found[steps, column] += probabilities[:, codec.num_plain + index]
    return found
