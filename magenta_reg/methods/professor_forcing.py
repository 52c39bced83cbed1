"""Professor forcing: the network learns to behave when running free as it does when taught.

Source: Lamb, Goyal, Zhang, Zhang, Courville, Bengio, "Professor Forcing: A New Algorithm for
Training Recurrent Networks", 2016, arXiv:1610.09038.
"""

from magenta_reg.compat import tf
from magenta_reg.graph.melody_graph import DISCRIMINATOR_SCOPE, MelodyRnnGraph
from magenta_reg.graph.sampling import FREE_RUNNING, step_uniforms
from magenta_reg.graph.unroll import unroll_feedback
from magenta_reg.methods.discriminator import (
    discriminator_costs,
    discriminator_logits,
    discriminator_variables,
)


class ProfessorForcingGraph(MelodyRnnGraph):
    """Adds to the likelihood the cost of being told apart by a discriminator.

    The generator minimizes NLL + adversarial_weight (C_f + C_t), the discriminator C_d. Both see
    the behaviour: the cell's output and the softmax of every step, teacher-forced and free-running
    from the same first event, of the same lengths and under the same dropout. Sampled events are
    constants; the gradient of C_f flows through the recurrence and the outputs.

    Gates, on the discriminator's accuracy in this batch: its gradient reaches the generator only
    above `gate_generator`, and it is itself trained only up to `gate_discriminator`.
    """

    HPARAMS = {
        'adversarial_weight': 1.0,
        'use_c_t': False,
        'discriminator_gru_units': 64,
        'discriminator_mlp_layer_sizes': [64, 64],
        'discriminator_learning_rate': 0.001,
        'gate_generator': 0.75,
        'gate_discriminator': 0.99,
    }

    def check_hparams(self):
        super().check_hparams()
        self.check('adversarial_weight', lambda value: value >= 0, '0 or more')
        self.check('discriminator_gru_units', lambda value: value > 0, 'above 0')
        self.check('discriminator_mlp_layer_sizes', lambda value: all(size > 0 for size in value),
                   'sizes above 0')
        self.check('discriminator_learning_rate', lambda value: value > 0, 'above 0')
        for gate in ('gate_generator', 'gate_discriminator'):
            self.check(gate, lambda value: 0 <= value <= 1, 'in [0, 1]')

    def losses(self, unroll, batch):
        losses = super().losses(unroll, batch)
        free = self._unroll_free_running(batch)
        behaviour = tf.concat([self._behaviour(unroll), self._behaviour(free)], axis=0)
        logits = discriminator_logits(
            behaviour, tf.tile(batch.lengths, [2]), self.hparams['discriminator_gru_units'],
            self.hparams['discriminator_mlp_layer_sizes'])
        c_d, c_f, c_t, accuracy = discriminator_costs(*tf.split(logits, 2))
        self._judged, self._logits = behaviour, logits
        return {
            **losses,
            'discriminator_accuracy': accuracy,
            'discriminator_loss': c_d,
            'adversarial_loss': c_f + c_t if self.hparams['use_c_t'] else c_f,
            'generator_gate': tf.cast(accuracy > self.hparams['gate_generator'], tf.float32),
            'discriminator_gate': tf.cast(
                accuracy <= self.hparams['gate_discriminator'], tf.float32),
        }

    def train_op(self, losses):
        discriminator, of_behaviour = self.discriminator_gradients(losses)
        generator = self.generator_gradients(losses, of_behaviour)
        # All gradients before any update: each needs the other network's old weights.
        every = [gradient for gradient, _ in generator + discriminator]
        with tf.control_dependencies(every):
            return tf.group(
                self.optimizer().apply_gradients(generator, global_step=self.global_step),
                self.discriminator_update(discriminator, losses['discriminator_gate']))

    def discriminator_gradients(self, losses):
        """Differentiates C_d.

        Returns:
            (gradient, variable) pairs of the discriminator.
            float32, the gradient with respect to the behaviour that was judged.
        """
        variables = discriminator_variables()
        *gradients, of_behaviour = tf.gradients(losses['discriminator_loss'],
                                                [*variables, self._judged])
        return list(zip(gradients, variables, strict=True)), of_behaviour

    def generator_gradients(self, losses, of_behaviour):
        """Returns clipped (gradient, variable) pairs of NLL + gate weight (C_f + C_t).

        The discriminator is not differentiated again: a row of behaviour reaches C_d, C_f and C_t
        through its logit l alone, so its gradients differ by a factor. With s = sigmoid,
            dC_f / dC_d = -s(-l) / s(l) = -exp(-l)  in free-running rows,
            dC_t / dC_d = -s(l) / s(-l) = -exp(l)   in teacher-forced rows.

        Args:
            losses: dict, from `losses`.
            of_behaviour: the gradient of C_d with respect to the behaviour.
        """
        weight = self.hparams['adversarial_weight'] * losses['generator_gate']
        # Beyond 60 the products leave float32's range.
        logits = tf.clip_by_value(self._logits, -60.0, 60.0)
        real_logits, free_logits = tf.split(logits, 2)
        real_factors = -tf.exp(real_logits) * float(self.hparams['use_c_t'])
        factors = weight * tf.concat([real_factors, -tf.exp(-free_logits)], axis=0)
        of_costs = tf.stop_gradient(of_behaviour * factors[:, tf.newaxis, tf.newaxis])
        return self.clipped_gradients([losses['loss'], self._judged], [None, of_costs])

    def discriminator_update(self, gradients, gate):
        """Returns the discriminator's update; with the gate shut its moments rest, too."""
        optimizer = tf.train.AdamOptimizer(self.hparams['discriminator_learning_rate'])
        # The absolute name scope keeps this optimizer's variables out of the generator's.
        with tf.name_scope(f'{DISCRIMINATOR_SCOPE}/'):
            return tf.cond(gate > 0, lambda: optimizer.apply_gradients(gradients), tf.no_op)

    def _unroll_free_running(self, batch):
        shape = tf.shape(batch.labels)
        is_first = tf.equal(tf.range(shape[1]), 0)
        use_truth = tf.tile(is_first[tf.newaxis, :], [shape[0], 1])
        uniforms = step_uniforms(shape, self.seed, self.global_step, FREE_RUNNING)
        return unroll_feedback(self.feedback_cell(), batch.events, use_truth, uniforms)

    def _behaviour(self, unroll):
        """Returns what the discriminator sees: float32 [batch, steps, units + num_classes]."""
        softmax = tf.nn.softmax(self.projection(unroll.outputs))
        return tf.concat([unroll.outputs, softmax], axis=2)
