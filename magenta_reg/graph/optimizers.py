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
        hparams: dict with learning_rate and the learning_rate_* of TRAINING_HPARAMS.
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
    """Clips gradients, each by its own norm or all by their common one.

    Args:
        gradients: list of tensors.
        norm: float32 scalar tensor, the global norm of `gradients`.
        clip_norm: float.
        mode: str, one of CLIP_MODES; 'tensor' is what tf-slim does for Magenta.
    """
    if mode == 'global':
        return tf.clip_by_global_norm(gradients, clip_norm, use_norm=norm)[0]
    return [tf.clip_by_norm(gradient, clip_norm) for gradient in gradients]


class DecayedWeightsOptimizer:
    """An optimizer that first shrinks weights by learning rate times decay; biases stay.

    The decay is decoupled: neither the moments nor the clipping see it.

    Source: Loshchilov & Hutter 2017, arXiv:1711.05101, algorithm 2 (AdamW).
    """

    def __init__(self, optimizer, learning_rate, weight_decay):
        """Wraps an optimizer.

        Args:
            optimizer: tf.train.Optimizer whose update does not read the weights.
            learning_rate: float or float32 scalar tensor, the optimizer's.
            weight_decay: float.
        """
        self._optimizer = optimizer
        self._share = learning_rate * weight_decay

    def apply_gradients(self, gradients, global_step=None):
        """Returns the operation of one update by (gradient, variable) pairs."""
        # Every gradient first: backpropagation reads the weights that shrink here.
        with tf.control_dependencies([gradient for gradient, _ in gradients]):
            shrunk = [variable.assign_sub(self._share * variable)
                      for _, variable in gradients if not is_bias(variable)]
        with tf.control_dependencies(shrunk):
            return self._optimizer.apply_gradients(gradients, global_step=global_step)


def is_bias(variable):
    """Returns whether a variable is added and not multiplied with, by Magenta's names."""
    return variable.op.name.rsplit('/', 1)[-1] in ('bias', 'biases')
