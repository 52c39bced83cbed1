"""The generator's updates: learning-rate schedules, weight decay, two ways to clip."""

from magenta_reg.base.compat import tf

LEARNING_RATE_SCHEDULES = ('constant', 'exponential', 'cosine')
CLIP_MODES = ('tensor', 'global')


def scheduled_learning_rate(hparams, step):
    """Returns the learning rate of an update.

    With r the hparam learning_rate, w the warm-up steps, j = max(i - w, 0) and d the decay steps:
        warm-up, i < w:  r (i + 1) / w
        constant:        r
        exponential:     max(r rate^(j / d), min)
        cosine:          min + (r - min) (1 + cos(pi j / d)) / 2, and min from j = d on

    Args:
        hparams: dict with learning_rate and all learning_rate_*.
        step: integer scalar tensor, the update i from 0.

    Returns:
        float32 scalar tensor, or a float if it never changes.
    """
    peak, lowest = hparams['learning_rate'], hparams['learning_rate_min']
    warmup_steps = hparams['learning_rate_warmup_steps']
    decay_steps = hparams['learning_rate_decay_steps']
    if hparams['learning_rate_schedule'] == 'constant' and not warmup_steps:
        return peak
    decayed_steps = tf.maximum(step - warmup_steps, 0)
    rate = {
        'constant': lambda: tf.constant(peak, tf.float32),
        'exponential': lambda: tf.maximum(lowest, tf.train.exponential_decay(
            peak, decayed_steps, decay_steps, hparams['learning_rate_decay_rate'])),
        'cosine': lambda: tf.train.cosine_decay(peak, decayed_steps, decay_steps,
                                                alpha=lowest / peak),
    }[hparams['learning_rate_schedule']]()
    if not warmup_steps:
        return rate
    share = tf.cast(step + 1, tf.float32) / warmup_steps
    return tf.where(step < warmup_steps, peak * share, rate)


def clipped(gradients, norm, clip_norm, mode):
    """Returns clipped gradients, given the global norm of all of them.

    `mode` is one of CLIP_MODES: by each one's own norm, as tf-slim does for Magenta, or by that.
    """
    if mode == 'global':
        return tf.clip_by_global_norm(gradients, clip_norm, use_norm=norm)[0]
    return [tf.clip_by_norm(gradient, clip_norm) for gradient in gradients]


def apply_gradients(optimizer, gradients, learning_rate, weight_decay, step):
    """Returns one update by Adam, Magenta's optimizer, with decoupled weight decay.

    Neither the moments nor the clipping see the decay, which shrinks weights by learning rate times
    `weight_decay` first; biases stay.

    Args:
        optimizer: tf.train.AdamOptimizer of this learning rate.
        gradients: list of (gradient, variable).
        learning_rate: float or float32 scalar tensor.
        weight_decay: float.
        step: int64 variable, the global step, which is incremented.

    Source: Loshchilov & Hutter 2017, arXiv:1711.05101, algorithm 2 (AdamW).
    """
    # No update before every gradient is there: backpropagation reads the weights, too.
    with tf.control_dependencies([gradient for gradient, _ in gradients]):
        share = learning_rate * weight_decay
        shrunk = [variable.assign_sub(share * variable) for _, variable in gradients
                  if weight_decay and not is_bias(variable)]
        with tf.control_dependencies(shrunk):
            return optimizer.apply_gradients(gradients, step)


def is_bias(variable):
    """Returns whether a variable is added and not multiplied with, by Magenta's names."""
    return variable.op.name.rsplit('/', 1)[-1] in ('bias', 'biases')
