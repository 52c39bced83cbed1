"""What methods with a discriminator share: they start from likelihood training."""

from magenta_reg.base.compat import tf
from magenta_reg.graph.melody_graph import MelodyRnnGraph
from magenta_reg.runs.metrics import ACTED, plateau_step

STARTS = ('step', 'plateau')
HELD_OUT_ACCURACY = 'discriminator_accuracy_held_out'


class AdversarialGraph(MelodyRnnGraph):
    """A method whose discriminator acts from a start on.

    Before the start the likelihood alone trains, and the discriminator is not run. Losses have a
    `cost`, float32 scalar, that is minimized until then.

    The hparams whose meaning is not in their names:
        adversarial_start_step, adversarial_start_share: the first update that is not only the
            likelihood's, and the same as a share of --num_training_steps; the later one counts.
        adversarial_start: 'plateau' also waits for `adversarial_start_patience` evaluations in a
            row without a lower loss.
    """

    HPARAMS = {
        'adversarial_start': 'step',
        'adversarial_start_step': 0,
        'adversarial_start_share': 0.0,
        'adversarial_start_patience': 3,
    }
    HELD_OUT_METRICS = (HELD_OUT_ACCURACY,)
    SHUT = (ACTED,)  # Metrics that are 0 before the start.

    def check_hparams(self):
        super().check_hparams()
        self.check('adversarial_start', STARTS.__contains__, f'one of {", ".join(STARTS)}')
        self.check('adversarial_start_step', lambda value: value >= 0, '0 or more')
        self.check('adversarial_start_patience', lambda value: value > 0, 'above 0')

    @property
    def starts_at_plateau(self):
        """Whether the start needs evaluations."""
        return self.hparams['adversarial_start'] == 'plateau'

    @property
    def _earliest_step(self):
        # Whoever builds the graph without training does not say how long training is.
        share = self.num_updates('adversarial_start_share') if self.num_training_steps else 0
        return max(self.hparams['adversarial_start_step'], share)

    def start_step(self, eval_losses):
        earliest = self._earliest_step
        if not self.starts_at_plateau:
            return earliest
        plateau = plateau_step(eval_losses, self.hparams['adversarial_start_patience'])
        return None if plateau is None else max(plateau, earliest)

    def before_start(self, losses, step, learning_rate):
        if not (self.starts_at_plateau or self._earliest_step):
            return None
        gradients, norm = self.clipped_gradients(losses.cost)
        return self.update(gradients, step, learning_rate), {
            **losses.metrics, **dict.fromkeys(self.SHUT, tf.constant(0.0)), 'gradient_norm': norm}
