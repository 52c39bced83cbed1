"""Scheduled sampling without a loop over samples: whole passes, each over the mix of the last."""

from magenta_reg.base.compat import tf
from magenta_reg.graph.feedback_loop import Drawn
from magenta_reg.graph.sampling import sample_classes
from magenta_reg.graph.unroll import unroll_fed


def unroll_parallel(feedback, batch, use_truth, uniforms, num_passes):
    """Runs over a batch `num_passes` times to draw samples, and once more to learn.

    A pass draws an event at every position from what the pass before it fed; the mask decides
    which of them the next pass is fed. A history that is right up to position k is right up to
    k + 1 after one more pass, so as many passes as steps give what `unroll_feedback` gives with
    the same mask, uniforms and dropout. Gradients flow through the last pass alone.

    Args:
        feedback: Feedback.
        batch: Batch of tensors.
        use_truth: bool [batch, steps], where the true event is fed; position 0 must be True.
        uniforms: float32 [batch, steps], one number in [0, 1) a sample.
        num_passes: int, at least 1.

    Returns:
        Unroll. Padding means nothing: mask it.

    Source: Duckworth et al. 2019, "Parallel Scheduled Sampling", arXiv:1906.04331, algorithm 2.
    """
    codec, shape = feedback.codec, tf.shape(batch.labels)
    truth = batch.events[:, :-1]
    fed = truth
    for _ in range(num_passes):
        outputs = unroll_fed(feedback, batch, Drawn(fed)).outputs
        logits = tf.stop_gradient(feedback.projection(outputs))
        classes = sample_classes(_flat(logits, codec.num_classes), tf.reshape(uniforms, [-1]),
                                 feedback.sampling)
        samples = tf.reshape(codec.decode_label(codec.states(fed), classes), shape)
        # What is drawn after position t is fed at t + 1.
        fed = tf.where(use_truth, truth, tf.concat([truth[:, :1], samples[:, :-1]], axis=1))
    return unroll_fed(feedback, batch, Drawn(fed))


def _flat(values, size):
    """Returns [batch * steps, size] of [batch, steps, size]."""
    return tf.reshape(values, [-1, size])
