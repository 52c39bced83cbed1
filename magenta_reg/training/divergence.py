"""Stops a training whose metrics or weights are not finite, before it is saved."""

import math

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError


def check_metrics(metrics, step, saved_step):
    """Raises UserError that names every metric that is NaN or infinite.

    Args:
        metrics: dict of str to float.
        step: int, the update that they are of.
        saved_step: int or None, the step of the newest checkpoint.
    """
    wrong = [f'{name} is {value}' for name, value in metrics.items() if not math.isfinite(value)]
    if wrong:
        raise _diverged(' and '.join(wrong), step, saved_step)


class WeightCheck:
    """Finds variables of the default graph that are not finite."""

    def __init__(self):
        self._is_finite = {variable.op.name: tf.reduce_all(tf.is_finite(variable))
                           for variable in tf.global_variables() if variable.dtype.is_floating}

    def __call__(self, session, step, saved_step):
        """Raises UserError that names the variables; the arguments are those of check_metrics."""
        wrong = [name for name, is_finite in session.run(self._is_finite).items() if not is_finite]
        if wrong:
            raise _diverged(f'the variable {wrong[0]} is not finite'
                            + (f', nor are {len(wrong) - 1} others' if wrong[1:] else ''),
                            step, saved_step)


def _diverged(what, step, saved_step):
    hparams = 'learning_rate or clip_norm'
    if 'discriminator' in what or 'adversarial' in what:
        hparams += ', discriminator_learning_rate or adversarial_weight'
    kept = ('nothing was saved yet' if saved_step is None
            else f'the checkpoint of step {saved_step} is kept')
    return UserError(f'at step {step} {what}: training stops, {kept}. Try a lower {hparams} in a '
                     'new run')
