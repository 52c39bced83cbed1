"""Sums over the real steps of a padded batch."""

from typing import NamedTuple

from magenta_reg.base.compat import tf


class EventLosses(NamedTuple):
    """Negative log-likelihood and hits of every step, padding included.

    Attributes:
        nll_nats: float32 [batch, steps].
        is_correct: float32 [batch, steps], 1 where the likeliest class is the label.
        mask: float32 [batch, steps], 1 on real steps.
    """

    nll_nats: object
    is_correct: object
    mask: object

    def mean_nll(self):
        """Returns the mean over real steps, nats per event."""
        return masked_mean(self.nll_nats, self.mask)

    def accuracy(self):
        """Returns the share of real steps whose likeliest class is the label."""
        return masked_mean(self.is_correct, self.mask)


def event_losses(logits, labels, lengths):
    """Compares logits with labels at every step.

    Args:
        logits: float32 [batch, steps, num_classes].
        labels: int32 [batch, steps].
        lengths: int32 [batch], real steps of each row.

    Returns:
        EventLosses.
    """
    nll = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    predictions = tf.argmax(logits, axis=-1, output_type=tf.int32)
    mask = tf.sequence_mask(lengths, tf.shape(labels)[1], dtype=tf.float32)
    return EventLosses(nll, tf.cast(tf.equal(predictions, labels), tf.float32), mask)


def masked_mean(values, mask):
    """Returns the mean of float32 `values` where `mask` (float32, the same shape) is 1."""
    return tf.reduce_sum(values * mask) / tf.reduce_sum(mask)
