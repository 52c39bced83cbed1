"""Professor forcing: the network learns to behave when running free as it does when taught.

Source: Lamb, Goyal, Zhang, Zhang, Courville, Bengio, "Professor Forcing: A New Algorithm for
Training Recurrent Networks", 2016, arXiv:1610.09038.
"""

from magenta_reg.base.compat import tf
from magenta_reg.graph.melody_graph import DISCRIMINATOR_SCOPE, MelodyRnnGraph, generator_variables
from magenta_reg.graph.sampling import FREE_RUNNING, step_uniforms
from magenta_reg.graph.unroll import StatesCell, Unroll, unroll_feedback, unroll_teacher_forced
from magenta_reg.methods.behaviour import BEHAVIOURS, concat_behaviour
from magenta_reg.methods.discriminator import (
    STACKS,
    discriminator_logits,
    discriminator_variables,
    discriminator_verdict,
)
from magenta_reg.methods.gates import make_gates


class ProfessorForcingGraph(MelodyRnnGraph):
    """Adds to the likelihood the cost of being told apart by a discriminator.

    The generator minimizes NLL + adversarial_weight (C_f + C_t), the discriminator C_d. Both see
    the behaviour of every step, teacher-forced and free-running from the same first event, of the
    same lengths and under the same dropout. Sampled events are constants; the gradient of C_f flows
    through the recurrence and the outputs.

    Gates, on the discriminator's accuracy: its gradient reaches the generator only above
    `gate_generator`, and it is itself trained only up to `gate_discriminator`. Both are shut before
    `adversarial_start_step`, and the likelihood alone trains.

    The hparams whose meaning is not in their names:
        behaviour: one of BEHAVIOURS, see `concat_behaviour`.
        use_c_t: C_t is minimized, too; it costs a second way back through the teacher-forced pass.
        free_running_steps: both passes are judged over so many first steps; 0 is over all.
        gate_average: 0 is this batch's accuracy, else the decay of a moving average.
        discriminator_learning_rate_ratio: unless 0, the discriminator's rate is this times the
            generator's at that step, in place of `discriminator_learning_rate`.
        discriminator_clip_norm: what the norm of all its gradients is clipped to; 0 is no clip.
    """

    HPARAMS = {
        'behaviour': 'states_logits',
        'adversarial_weight': 1.0,
        'use_c_t': False,
        'adversarial_start_step': 0,
        'free_running_steps': 0,
        'discriminator_gru_stack': 'bidirectional',
        'discriminator_gru_layers': 1,
        'discriminator_gru_units': 64,
        'discriminator_mlp_layer_sizes': [64, 64],
        'discriminator_learning_rate': 0.001,
        'discriminator_learning_rate_ratio': 0.0,
        'discriminator_clip_norm': 0.0,
        'gate_generator': 0.75,
        'gate_discriminator': 0.99,
        'gate_average': 0.0,
    }

    def check_hparams(self):
        super().check_hparams()
        self.check('behaviour', BEHAVIOURS.__contains__, f'one of {", ".join(BEHAVIOURS)}')
        self.check('discriminator_gru_stack', STACKS.__contains__, f'one of {", ".join(STACKS)}')
        for name in ('adversarial_weight', 'adversarial_start_step', 'free_running_steps',
                     'discriminator_learning_rate_ratio', 'discriminator_clip_norm'):
            self.check(name, lambda value: value >= 0, '0 or more')
        for name in ('discriminator_gru_units', 'discriminator_gru_layers',
                     'discriminator_learning_rate'):
            self.check(name, lambda value: value > 0, 'above 0')
        self.check('discriminator_mlp_layer_sizes', lambda value: all(size > 0 for size in value),
                   'sizes above 0')
        for gate in ('gate_generator', 'gate_discriminator'):
            self.check(gate, lambda value: 0 <= value <= 1, 'in [0, 1]')
        self.check('gate_average', lambda value: 0 <= value < 1, 'in [0, 1)')

    def unroll_train(self, batch):
        self._states = None
        if self.hparams['behaviour'] != 'states':
            return super().unroll_train(batch)
        outputs, self._states = unroll_teacher_forced(
            StatesCell(self.cell), batch.inputs, batch.lengths)
        return Unroll(outputs, batch.labels, batch.events[:, :-1])

    def losses(self, unroll, batch):
        losses = super().losses(unroll, batch)
        self._judge(unroll, batch)
        verdict = discriminator_verdict(*tf.split(self._logits, 2))
        of_c_t = verdict.c_t if self.hparams['use_c_t'] else 0.0
        self._gates = make_gates(
            verdict.accuracy, self.hparams['gate_generator'], self.hparams['gate_discriminator'],
            self.hparams['gate_average'],
            self.global_step >= self.hparams['adversarial_start_step'])
        return {
            **losses,
            'discriminator_accuracy': verdict.accuracy,
            'discriminator_accuracy_teacher_forced': verdict.accuracy_teacher_forced,
            'discriminator_accuracy_free_running': verdict.accuracy_free_running,
            'discriminator_loss': verdict.c_d,
            'adversarial_loss': verdict.c_f + of_c_t,
            'c_f': verdict.c_f,
            'c_t': verdict.c_t,
            'gate_accuracy': self._gates.accuracy,
            'generator_gate': self._gates.generator,
            'discriminator_gate': self._gates.discriminator,
        }

    def train_op(self, losses):
        discriminator, of_behaviours = self.discriminator_gradients(losses)
        generator = self.generator_gradients(losses, of_behaviours)
        # All gradients before any update: each needs the other network's old weights.
        every = [gradient for gradient, _ in generator + discriminator]
        with tf.control_dependencies(every):
            return tf.group(
                self.optimizer().apply_gradients(generator, global_step=self.global_step),
                self.discriminator_update(discriminator), self._gates.update)

    def discriminator_gradients(self, losses):
        """Differentiates C_d; adds 'discriminator_gradient_norm', before any clip, to `losses`.

        Returns:
            (gradient, variable) pairs of the discriminator.
            list of two float32, the gradients with respect to the teacher-forced and the
                free-running behaviour.
        """
        variables = discriminator_variables()
        *gradients, of_real, of_free = tf.gradients(
            losses['discriminator_loss'], [*variables, *self._behaviours])
        losses['discriminator_gradient_norm'] = tf.global_norm(gradients)
        if self.hparams['discriminator_clip_norm']:
            gradients, _ = tf.clip_by_global_norm(
                gradients, self.hparams['discriminator_clip_norm'],
                use_norm=losses['discriminator_gradient_norm'])
        return list(zip(gradients, variables, strict=True)), [of_real, of_free]

    def generator_gradients(self, losses, of_behaviours):
        """Returns clipped (gradient, variable) pairs of NLL + gate weight (C_f + C_t).

        Adds 'adversarial_gradient_norm' to `losses`: that of weight (C_f + C_t), whether or not the
        gate lets it through.

        Args:
            losses: dict, from `losses`.
            of_behaviours: the gradients of C_d with respect to the two behaviours.
        """
        variables = generator_variables()
        behaviours, of_costs = self._of_adversarial_costs(of_behaviours)
        adversarial = tf.gradients(behaviours, variables, grad_ys=of_costs,
                                   unconnected_gradients='zero')
        losses['adversarial_gradient_norm'] = tf.global_norm(adversarial)
        gate = self._gates.generator
        # A variable's gradient with respect to itself is 1: what reaches it is added as it is.
        return self.clipped_gradients(
            [losses['loss'], *[tf.identity(variable) for variable in variables]],
            [None, *[gate * gradient for gradient in adversarial]])

    def _of_adversarial_costs(self, of_behaviours):
        """Turns the gradients of C_d into those of weight (C_f + C_t).

        The discriminator is not differentiated again: a row of behaviour reaches C_d, C_f and C_t
        through its logit l alone, so its gradients differ by a factor. With s = sigmoid,
            dC_f / dC_d = -s(-l) / s(l) = -exp(-l)  in free-running rows,
            dC_t / dC_d = -s(l) / s(-l) = -exp(l)   in teacher-forced rows.

        Returns:
            The behaviours that get a gradient, and the gradients, two lists.
        """
        # Beyond 60 the products leave float32's range.
        real_logits, free_logits = tf.split(tf.clip_by_value(self._logits, -60.0, 60.0), 2)
        rows = [(self._behaviours[1], of_behaviours[1], -tf.exp(-free_logits))]
        if self.hparams['use_c_t']:
            rows.append((self._behaviours[0], of_behaviours[0], -tf.exp(real_logits)))
        weight = self.hparams['adversarial_weight']
        return [behaviour for behaviour, _, _ in rows], [
            tf.stop_gradient(weight * gradient * factors[:, tf.newaxis, tf.newaxis])
            for _, gradient, factors in rows]

    def discriminator_update(self, gradients):
        """Returns the discriminator's update; with the gate shut its moments rest, too."""
        ratio = self.hparams['discriminator_learning_rate_ratio']
        rate = (ratio * self.learning_rate if ratio
                else self.hparams['discriminator_learning_rate'])
        optimizer = tf.train.AdamOptimizer(rate)
        # The absolute name scope keeps this optimizer's variables out of the generator's.
        with tf.name_scope(f'{DISCRIMINATOR_SCOPE}/'):
            return tf.cond(self._gates.discriminator > 0,
                           lambda: optimizer.apply_gradients(gradients), tf.no_op)

    def _judge(self, unroll, batch):
        """Sets the two behaviours and the logits: float32 [2 batch], teacher-forced rows first."""
        steps = self.hparams['free_running_steps']
        end, lengths = steps or None, batch.lengths
        if steps:
            lengths = tf.minimum(lengths, steps)
        states = None if self._states is None else self._states[:, :end]
        kind, free = self.hparams['behaviour'], self._unroll_free_running(batch, end)
        self._behaviours = [
            concat_behaviour(kind, unroll.outputs[:, :end], states, self.projection),
            concat_behaviour(kind, *free, self.projection)]
        self._logits = discriminator_logits(
            tf.concat(self._behaviours, axis=0), tf.tile(lengths, [2]),
            self.hparams['discriminator_gru_units'], self.hparams['discriminator_mlp_layer_sizes'],
            self.hparams['discriminator_gru_layers'], self.hparams['discriminator_gru_stack'])

    def _unroll_free_running(self, batch, end):
        """Returns the cell's outputs and, for 'states', the hidden states of the first steps."""
        if end is not None:
            batch = batch._replace(events=batch.events[:, :end + 1], labels=batch.labels[:, :end],
                                   lengths=tf.minimum(batch.lengths, end))
        shape = tf.shape(batch.labels)
        is_first = tf.equal(tf.range(shape[1]), 0)
        use_truth = tf.tile(is_first[tf.newaxis, :], [shape[0], 1])
        uniforms = step_uniforms(shape, self.seed, self.global_step, FREE_RUNNING)
        if self.hparams['behaviour'] != 'states':
            return unroll_feedback(self.feedback(), batch, use_truth, uniforms).outputs, None
        feedback = self.feedback()._replace(cell=StatesCell(self.cell))
        return unroll_feedback(feedback, batch, use_truth, uniforms).outputs
