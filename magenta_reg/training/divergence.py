"""Stops a training whose metrics or weights are not finite, before it is saved."""

import math

import numpy as np

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


def check_weights(session, step, saved_step):
    """Raises UserError that names variables of the default graph that are not finite."""
    values = session.run({each.op.name: each for each in tf.global_variables()})
    wrong = [name for name, value in values.items() if not np.isfinite(value).all()]
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
