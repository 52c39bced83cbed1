"""Training that has left the numbers is stopped before it is saved."""

import math

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError


def check_figures(figures, step, saved_step):
    """Raises UserError that names every figure that is NaN or infinite.

    Args:
        figures: dict of str to float.
        step: int, the update that they are of.
        saved_step: int or None, the step of the newest checkpoint.
    """
    wrong = {name: value for name, value in figures.items() if not math.isfinite(value)}
    if wrong:
        raise _diverged(' and '.join(f'{name} is {value}' for name, value in wrong.items()),
                        step, saved_step)


class WeightCheck:
    """Finds variables of the default graph that are not finite."""

    def __init__(self):
        self._is_finite = {variable.op.name: tf.reduce_all(tf.is_finite(variable))
                           for variable in tf.global_variables() if variable.dtype.is_floating}

    def __call__(self, session, step, saved_step):
        """Raises UserError that names the variables; the arguments are those of check_figures."""
        wrong = [name for name, is_finite in session.run(self._is_finite).items() if not is_finite]
        if wrong:
            raise _diverged(f'the variable {wrong[0]} is not finite'
                            + (f', nor are {len(wrong) - 1} others' if wrong[1:] else ''),
                            step, saved_step)


def _diverged(what, step, saved_step):
    parts = 'learning_rate or clip_norm'
    if 'discriminator' in what or 'adversarial' in what:
        parts += ', discriminator_learning_rate or adversarial_weight'
    kept = ('nothing was saved yet' if saved_step is None
            else f'the checkpoint of step {saved_step} is kept')
    return UserError(f'at step {step} {what}: training stops, {kept}. Try a lower {parts} in a new '
                     'run')
