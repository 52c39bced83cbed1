"""Professor forcing: the network learns to run free as it runs when fed the true events.

Source: Lamb, Goyal, Zhang, Zhang, Courville, Bengio, "Professor Forcing: A New Algorithm for
Training Recurrent Networks", 2016, arXiv:1610.09038.
"""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.melody_graph import DISCRIMINATOR_SCOPE, MelodyRnnGraph, generator_variables
from magenta_reg.graph.sampling import FREE_RUNNING, step_uniforms
from magenta_reg.graph.unroll import unroll_feedback, unroll_teacher_forced
from magenta_reg.methods.discriminator import (
    BEHAVIOURS,
    STACKS,
    concat_behaviour,
    discriminator_logits,
    discriminator_variables,
    discriminator_verdict,
)
from magenta_reg.runs.metrics import ACTED

# The accuracy of a discriminator that knows nothing: where its moving average starts.
_CHANCE = 0.5


class AdversarialLosses(NamedTuple):
    """What the updates of both networks read, beside `loss` and `metrics` of Losses."""

    loss: object
    metrics: dict
    behaviours: list  # Two float32 [batch, steps, size], teacher-forced and free-running.
    logits: object  # float32 [2 batch], the discriminator's, teacher-forced rows first.
    discriminator_loss: object  # float32 scalar, C_d.
    gates: object


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
        use_c_t: C_t is minimized, too: a second backward pass through the teacher-forced steps.
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

    def unroll_train(self, network, batch, step):
        return unroll_teacher_forced(network, batch, self._reads_states)

    @property
    def _reads_states(self):
        return self.hparams['behaviour'] == 'states'

    def losses(self, network, unroll, batch, step):
        plain = super().losses(network, unroll, batch, step)
        behaviours, logits = self._judge(network, unroll, batch, step)
        verdict = discriminator_verdict(*tf.split(logits, 2))
        c_t = verdict.c_t if self.hparams['use_c_t'] else 0.0
        gates = make_gates(
            verdict.accuracy, self.hparams['gate_generator'], self.hparams['gate_discriminator'],
            self.hparams['gate_average'], step >= self.hparams['adversarial_start_step'])
        metrics = {
            **plain.metrics,
            'discriminator_accuracy': verdict.accuracy,
            'discriminator_accuracy_teacher_forced': verdict.accuracy_teacher_forced,
            'discriminator_accuracy_free_running': verdict.accuracy_free_running,
            'discriminator_loss': verdict.c_d,
            'adversarial_loss': verdict.c_f + c_t,
            'c_f': verdict.c_f,
            'c_t': verdict.c_t,
            'gate_accuracy': gates.accuracy,
            'generator_gate': gates.generator,
            'discriminator_gate': gates.discriminator,
            ACTED: tf.cast(gates.generator > 0, tf.float32),
        }
        return AdversarialLosses(plain.loss, metrics, behaviours, logits, verdict.c_d, gates)

    def _judge(self, network, unroll, batch, step):
        """Returns `behaviours` and `logits` of AdversarialLosses."""
        end = self.hparams['free_running_steps'] or None
        if end:
            batch = batch._replace(events=batch.events[:, :end + 1], labels=batch.labels[:, :end],
                                   lengths=tf.minimum(batch.lengths, end))
        free = self._unroll_free_running(network, batch, step)
        states = unroll.states[:, :end] if self._reads_states else ()
        behaviours = [concat_behaviour(self.hparams['behaviour'], *seen, network.projection)
                      for seen in ((unroll.outputs[:, :end], states), (free.outputs, free.states))]
        logits = discriminator_logits(
            tf.concat(behaviours, axis=0), tf.tile(batch.lengths, [2]),
            self.hparams['discriminator_gru_units'], self.hparams['discriminator_mlp_layer_sizes'],
            self.hparams['discriminator_gru_layers'], self.hparams['discriminator_gru_stack'])
        return behaviours, logits

    def _unroll_free_running(self, network, batch, step):
        """Returns the Unroll in which only the first event is the batch's."""
        shape = tf.shape(batch.labels)
        is_first = tf.equal(tf.range(shape[1]), 0)
        use_truth = tf.tile(is_first[tf.newaxis, :], [shape[0], 1])
        uniforms = step_uniforms(shape, self.seed, step, FREE_RUNNING)
        return unroll_feedback(network, batch, use_truth, uniforms,
                               with_states=self._reads_states)

    def train_op(self, losses, step, learning_rate):
        discriminator, grad_behaviours, discriminator_norm = self.discriminator_gradients(losses)
        generator, metrics = self.generator_gradients(losses, grad_behaviours)
        # All gradients before any update: each needs the other network's old weights.
        with tf.control_dependencies([gradient for gradient, _ in generator + discriminator]):
            update = tf.group(
                self.update(generator, step, learning_rate),
                self.discriminator_update(discriminator, losses.gates, learning_rate),
                losses.gates.update)
        return update, {'discriminator_gradient_norm': discriminator_norm, **metrics}

    def discriminator_gradients(self, losses):
        """Differentiates C_d.

        Returns:
            list of (gradient, variable) of the discriminator.
            list of the gradients of the two behaviours.
            float32 scalar, the norm of the discriminator's gradients before any clipping.
        """
        variables = discriminator_variables()
        *gradients, grad_real, grad_free = tf.gradients(
            losses.discriminator_loss, [*variables, *losses.behaviours])
        norm, clip_norm = tf.global_norm(gradients), self.hparams['discriminator_clip_norm']
        if clip_norm:
            gradients, _ = tf.clip_by_global_norm(gradients, clip_norm, use_norm=norm)
        return list(zip(gradients, variables, strict=True)), [grad_real, grad_free], norm

    def generator_gradients(self, losses, grad_behaviours):
        """Differentiates NLL + gate weight (C_f + C_t), given the gradients of both behaviours.

        Returns:
            list of (gradient, variable), clipped.
            dict of metrics: 'adversarial_gradient_norm' is that of weight (C_f + C_t), whether or
                not the gate lets it through.
        """
        variables = generator_variables()
        behaviours, upstream = self._adversarial_gradients(losses, grad_behaviours)
        adversarial = tf.gradients(behaviours, variables, grad_ys=upstream,
                                   unconnected_gradients='zero')
        adversarial_norm = tf.global_norm(adversarial)
        # A variable's gradient with respect to itself is 1: what flows into it is added as it is.
        gradients, norm = self.clipped_gradients(
            [losses.loss, *[tf.identity(variable) for variable in variables]],
            [None, *[losses.gates.generator * gradient for gradient in adversarial]])
        return gradients, {'adversarial_gradient_norm': adversarial_norm, 'gradient_norm': norm}

    def _adversarial_gradients(self, losses, grad_behaviours):
        """Turns the gradients of C_d into those of weight (C_f + C_t).

        The discriminator is not differentiated again: a row of behaviour reaches C_d, C_f and C_t
        through its logit l alone, so its gradients differ by a factor. With s = sigmoid,
            dC_f / dC_d = -s(-l) / s(l) = -exp(-l)  in free-running rows,
            dC_t / dC_d = -s(l) / s(-l) = -exp(l)   in teacher-forced rows.

        Returns:
            The behaviours that get a gradient, and the gradients, two lists.
        """
        # Beyond 60 the products leave float32's range.
        real_logits, free_logits = tf.split(tf.clip_by_value(losses.logits, -60.0, 60.0), 2)
        (real, free), (grad_real, grad_free) = losses.behaviours, grad_behaviours
        rows = [(free, grad_free, -tf.exp(-free_logits))]
        if self.hparams['use_c_t']:
            rows.append((real, grad_real, -tf.exp(real_logits)))
        weight = self.hparams['adversarial_weight']
        return [behaviour for behaviour, _, _ in rows], [
            tf.stop_gradient(weight * gradient * factors[:, tf.newaxis, tf.newaxis])
            for _, gradient, factors in rows]

    def discriminator_update(self, gradients, gates, learning_rate):
        """Returns the discriminator's update; with the gate shut its moments rest, too."""
        ratio = self.hparams['discriminator_learning_rate_ratio']
        optimizer = tf.train.AdamOptimizer(
            ratio * learning_rate if ratio else self.hparams['discriminator_learning_rate'])
        # The absolute name scope keeps this optimizer's variables out of the generator's.
        with tf.name_scope(f'{DISCRIMINATOR_SCOPE}/'):
            return tf.cond(gates.discriminator > 0,
                           lambda: optimizer.apply_gradients(gradients), tf.no_op)


class Gates(NamedTuple):
    """Which network gets a gradient from the discriminator's costs in this step."""

    accuracy: object  # float32 scalar, what the gates look at.
    generator: object  # float32 scalar, 1 open or 0 shut; so is the next.
    discriminator: object
    update: object  # Operation that updates the moving average.


def make_gates(accuracy, generator_above, discriminator_up_to, average_decay, is_active):
    """Opens the generator's gate above one accuracy, the discriminator's up to another.

    With a decay of 0 the accuracy is this batch's. Else it is the average that this batch is
    already in, decay * average + (1 - decay) * accuracy. It starts at 0.5, which keeps the
    generator's gate shut until the discriminator has shown what it can; it is a variable of the
    checkpoint, so that training resumes with it.

    `accuracy` is a float32 scalar, `is_active` a bool scalar tensor, which if False shuts both
    gates and leaves the average alone. Returns Gates.
    """
    update = tf.no_op()
    if average_decay:
        with tf.variable_scope(DISCRIMINATOR_SCOPE):
            average = tf.get_variable('accuracy_average', [], trainable=False,
                                      initializer=tf.constant_initializer(_CHANCE))
        moved = average_decay * average + (1 - average_decay) * accuracy
        accuracy = tf.where(is_active, moved, tf.identity(average))
        update = tf.assign(average, accuracy).op
    is_open = accuracy > generator_above, accuracy <= discriminator_up_to
    opened = [tf.cast(tf.logical_and(is_active, gate), tf.float32) for gate in is_open]
    return Gates(accuracy, *opened, update)
