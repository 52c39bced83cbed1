"""Professor forcing: the network learns to run free as it runs when fed the true events.

Source: Lamb, Goyal, Zhang, Zhang, Courville, Bengio, "Professor Forcing: A New Algorithm for
Training Recurrent Networks", 2016, arXiv:1610.09038.
"""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.melody_graph import DISCRIMINATOR_SCOPE, generator_variables
from magenta_reg.graph.network import weights_seeded_by_name
from magenta_reg.graph.optimizers import clipped
from magenta_reg.graph.unroll import unroll_teacher_forced
from magenta_reg.methods.adversarial import HELD_OUT_ACCURACY, AdversarialGraph
from magenta_reg.methods.behaviour import WINDOW_STARTS, both_behaviours
from magenta_reg.methods.discriminator import (
    BEHAVIOURS,
    STACKS,
    discriminator_logits,
    discriminator_variables,
    discriminator_verdict,
    reads_states,
)
from magenta_reg.methods.gates import discriminator_gate, make_gates
from magenta_reg.runs.metrics import ACTED

REDUCTIONS = ('mean', 'sum')
ADVERSARIES = ('trained', 'placebo')

# The variables of the discriminator that a placebo's gradients come from.
_PLACEBO_SCOPE = f'{DISCRIMINATOR_SCOPE}/placebo'


class AdversarialLosses(NamedTuple):
    """What the updates of both networks read, beside `loss` and `metrics` of Losses."""

    loss: object
    metrics: dict
    cost: object  # float32 scalar, the likelihood's cost that is minimized.
    behaviours: list  # Of Behaviours, one an update of the discriminator.


class Judgement(NamedTuple):
    """What a discriminator says of two behaviours, and how it would say it better."""

    behaviours: object  # Behaviours.
    logits: object  # float32 [2 batch], teacher-forced rows first.
    verdict: object  # Verdict.
    gradients: list  # Of C_d by the discriminator's variables.
    grad_behaviours: list  # Of C_d by both behaviours.


class ProfessorForcingGraph(AdversarialGraph):
    """Adds to the likelihood the cost of being told apart by a discriminator.

    The generator minimizes NLL + adversarial_weight (C_f + C_t), the discriminator C_d. Both see
    the behaviour of the same steps, teacher-forced and free-running, under the same dropout.
    Sampled events are constants; the gradient of C_f flows through the recurrence and the outputs.

    Gates, on the discriminator's accuracy: its gradient reaches the generator only above
    `gate_generator`, and it is itself trained only up to `gate_discriminator`.

    The hparams whose meaning is not in their names:
        adversary: 'placebo' gives the generator, in place of the discriminator's gradient, that of
            one with random weights, at the same updates and scaled to the same norm.
        adversarial_learning_rate_ratio: unless 0, the adversarial cost is minimized by an Adam of
            its own, at this times the generator's rate. Adam's steps do not depend on the scale
            of gradients, so `adversarial_weight` matters only where they are clipped.
        likelihood_reduction: 'sum' is over a sequence, the mean over the batch; 'mean' is over
            events.
        behaviour: one of BEHAVIOURS, see `concat_behaviour`.
        use_c_t: C_t is minimized, too: a second backward pass through the teacher-forced steps.
        free_running_steps, free_running_start: the window, see `both_behaviours`.
        discriminator_updates: in each update of the generator, all but the last of them before it,
            on samples and windows of their own.
        gate_average, gate_steps, gate_generator_end: see `make_gates`.
        discriminator_learning_rate_ratio: unless 0, the discriminator's rate is this times the
            generator's at that step, in place of `discriminator_learning_rate`.
        discriminator_clip_norm: what the norm of all its gradients is clipped to; 0 is no clip.
    """

    HPARAMS = {
        'adversary': 'trained',
        'behaviour': 'states_logits',
        'adversarial_weight': 1.0,
        'adversarial_learning_rate_ratio': 0.0,
        'likelihood_reduction': 'mean',
        'use_c_t': False,
        **AdversarialGraph.HPARAMS,
        'free_running_steps': 0,
        'free_running_start': 'first',
        'discriminator_gru_stack': 'bidirectional',
        'discriminator_gru_layers': 1,
        'discriminator_gru_units': 64,
        'discriminator_mlp_layer_sizes': [64, 64],
        'discriminator_learning_rate': 0.001,
        'discriminator_learning_rate_ratio': 0.0,
        'discriminator_clip_norm': 0.0,
        'discriminator_updates': 1,
        'gate_generator': 0.75,
        'gate_generator_end': 0.75,
        'gate_steps': 0,
        'gate_discriminator': 0.99,
        'gate_average': 0.0,
    }
    SHUT = ('generator_gate', 'discriminator_gate', ACTED)

    def check_hparams(self):
        super().check_hparams()
        for name, choices in (
                ('behaviour', BEHAVIOURS), ('discriminator_gru_stack', STACKS),
                ('adversary', ADVERSARIES), ('likelihood_reduction', REDUCTIONS),
                ('free_running_start', WINDOW_STARTS)):
            self.check(name, choices.__contains__, f'one of {", ".join(choices)}')
        for name in ('adversarial_weight', 'free_running_steps', 'adversarial_learning_rate_ratio',
                     'discriminator_learning_rate_ratio', 'discriminator_clip_norm', 'gate_steps'):
            self.check(name, lambda value: value >= 0, '0 or more')
        for name in ('discriminator_gru_units', 'discriminator_gru_layers', 'discriminator_updates',
                     'discriminator_learning_rate'):
            self.check(name, lambda value: value > 0, 'above 0')
        self.check('discriminator_mlp_layer_sizes', lambda value: all(size > 0 for size in value),
                   'sizes above 0')
        for gate in ('gate_generator', 'gate_generator_end', 'gate_discriminator'):
            self.check(gate, lambda value: 0 <= value <= 1, 'in [0, 1]')
        self.check('gate_average', lambda value: 0 <= value < 1, 'in [0, 1)')
        if self.hparams['free_running_start'] == 'random':
            self.check('free_running_steps', lambda value: value > 0,
                       'above 0 for free_running_start=random')

    # What is judged.

    def unroll_train(self, network, batch, step):
        return unroll_teacher_forced(network, batch, reads_states(self.hparams['behaviour']))

    def losses(self, network, unroll, batch, step):
        loss, metrics = super().losses(network, unroll, batch, step)
        cost = loss
        if self.hparams['likelihood_reduction'] == 'sum':
            cost = loss * tf.reduce_mean(tf.cast(batch.lengths, tf.float32))
        # The last of them is the generator's.
        draws = reversed(range(self.hparams['discriminator_updates']))
        return AdversarialLosses(loss, metrics, cost, [
            self._behaviours(network, unroll, batch, step, draw) for draw in draws])

    def _behaviours(self, network, unroll, batch, step, draw=0):
        return both_behaviours(self.hparams, self.seed, network, unroll, batch, step, draw)

    def build_held_out(self, batch, step):
        network = self.make_network(batch, step)
        unroll = self.unroll_train(network, batch, step)
        real, free = tf.split(self._logits(self._behaviours(network, unroll, batch, step)), 2)
        hits = [tf.cast(is_right, tf.float32) for is_right in (real > 0, free < 0)]
        return {HELD_OUT_ACCURACY: (hits[0] + hits[1]) / 2}

    def _logits(self, behaviours, scope=DISCRIMINATOR_SCOPE):
        return discriminator_logits(
            tf.concat([behaviours.real, behaviours.free], axis=0), tf.tile(behaviours.lengths, [2]),
            self.hparams['discriminator_gru_units'], self.hparams['discriminator_mlp_layer_sizes'],
            self.hparams['discriminator_gru_layers'], self.hparams['discriminator_gru_stack'],
            scope)

    def judge(self, behaviours, scope=DISCRIMINATOR_SCOPE):
        """Returns the Judgement of Behaviours by the discriminator of a scope."""
        with weights_seeded_by_name(self.seed):
            logits = self._logits(behaviours, scope)
        verdict = discriminator_verdict(*tf.split(logits, 2))
        *gradients, grad_real, grad_free = tf.gradients(
            verdict.c_d, [*discriminator_variables(), behaviours.real, behaviours.free])
        return Judgement(behaviours, logits, verdict, gradients, [grad_real, grad_free])

    # The updates.

    def train_op(self, losses, step, learning_rate):
        optimizer = self._discriminator_optimizer(learning_rate)
        judgement = self._judge_in_turn(losses.behaviours, optimizer)
        gates = make_gates(judgement.verdict.accuracy, self.hparams)
        discriminator, discriminator_norm = self.discriminator_gradients(judgement)
        adversarial, adversarial_norm = self.adversarial_gradients(judgement)
        generator, own, norm = self.generator_gradients(losses, adversarial, gates)
        # All gradients before any update: each needs the other network's old weights.
        with tf.control_dependencies([gradient for gradient, _ in
                                      [*generator, *own, *discriminator]]):
            update = tf.group(
                self.generator_update(generator, own, gates, step, learning_rate),
                gated_update(optimizer, discriminator, gates.discriminator), gates.update)
        return update, {
            **_adversarial_metrics(judgement.verdict, gates, self.hparams['use_c_t']),
            'discriminator_gradient_norm': discriminator_norm,
            'adversarial_gradient_norm': adversarial_norm, 'gradient_norm': norm}

    def _discriminator_optimizer(self, learning_rate):
        ratio = self.hparams['discriminator_learning_rate_ratio']
        return tf.train.AdamOptimizer(
            ratio * learning_rate if ratio else self.hparams['discriminator_learning_rate'])

    def _judge_in_turn(self, draws, optimizer):
        """Updates the discriminator on all Behaviours but the last. Returns the last's Judgement.

        Each is judged by the weights that the update before it left.
        """
        judgement = self.judge(draws[0])
        for behaviours in draws[1:]:
            gradients, _ = self.discriminator_gradients(judgement)
            gate = discriminator_gate(judgement.verdict.accuracy, self.hparams)
            with tf.control_dependencies([gradient for gradient, _ in gradients]):
                update = gated_update(optimizer, gradients, gate)
            with tf.control_dependencies([update]), tf.variable_scope(
                    tf.get_variable_scope(), reuse=True, custom_getter=_read_anew):
                judgement = self.judge(behaviours)
        return judgement

    def discriminator_gradients(self, judgement):
        """Returns list of (gradient, variable) of C_d, clipped; and their norm before that."""
        gradients, clip_norm = judgement.gradients, self.hparams['discriminator_clip_norm']
        norm = tf.global_norm(gradients)
        if clip_norm:
            gradients, _ = tf.clip_by_global_norm(gradients, clip_norm, use_norm=norm)
        return list(zip(gradients, discriminator_variables(), strict=True)), norm

    def adversarial_gradients(self, judgement):
        """Differentiates weight (C_f + C_t) by the generator's variables.

        Returns:
            list of (gradient, variable), those of a placebo scaled to the norm of the others.
            float32 scalar, the norm.
        """
        gradients = self._through_behaviours(judgement)
        norm = tf.global_norm(gradients)
        if self.hparams['adversary'] == 'placebo':
            with tf.variable_scope(tf.get_variable_scope(), custom_getter=_untrained):
                placebo = self.judge(judgement.behaviours, _PLACEBO_SCOPE)
            others = self._through_behaviours(placebo)
            scale = norm / tf.maximum(tf.global_norm(others), 1e-30)
            gradients = [scale * gradient for gradient in others]
        return list(zip(gradients, generator_variables(), strict=True)), norm

    def _through_behaviours(self, judgement):
        """Returns the gradients of weight (C_f + C_t) by the generator's variables.

        The discriminator is not differentiated again: a row of behaviour reaches C_d, C_f and C_t
        through its logit l alone, so its gradients differ by a factor. With s = sigmoid,
            dC_f / dC_d = -s(-l) / s(l) = -exp(-l)  in free-running rows,
            dC_t / dC_d = -s(l) / s(-l) = -exp(l)   in teacher-forced rows.
        """
        # Beyond 60 the products leave float32's range.
        real_logits, free_logits = tf.split(tf.clip_by_value(judgement.logits, -60.0, 60.0), 2)
        grad_real, grad_free = judgement.grad_behaviours
        rows = [(judgement.behaviours.free, grad_free, -tf.exp(-free_logits))]
        if self.hparams['use_c_t']:
            rows.append((judgement.behaviours.real, grad_real, -tf.exp(real_logits)))
        weight = self.hparams['adversarial_weight']
        upstream = [tf.stop_gradient(weight * gradient * factors[:, tf.newaxis, tf.newaxis])
                    for _, gradient, factors in rows]
        return tf.gradients([behaviour for behaviour, _, _ in rows], generator_variables(),
                            grad_ys=upstream, unconnected_gradients='zero')

    def generator_gradients(self, losses, adversarial, gates):
        """Shares the generator's gradients out between its optimizers.

        Args:
            losses: AdversarialLosses.
            adversarial: list of (gradient, variable), as `adversarial_gradients` returns it.
            gates: Gates.

        Returns:
            list of (gradient, variable) for the likelihood's Adam, clipped; with a single Adam the
                adversarial ones are added as far as the gate lets them through.
            list of (gradient, variable) for the adversarial cost's own Adam, clipped; empty
                with a single Adam.
            float32 scalar, the norm of the first list before clipping.
        """
        if not self.hparams['adversarial_learning_rate_ratio']:
            # A variable's gradient with respect to itself is 1: what flows into it is added.
            gradients, norm = self.clipped_gradients(
                [losses.cost, *[tf.identity(variable) for _, variable in adversarial]],
                [None, *[gates.generator * gradient for gradient, _ in adversarial]])
            return gradients, [], norm
        gradients, norm = self.clipped_gradients(losses.cost)
        own, variables = zip(*adversarial, strict=True)
        own = clipped(own, tf.global_norm(own), self.hparams['clip_norm'],
                      self.hparams['clip_mode'])
        return gradients, list(zip(own, variables, strict=True)), norm

    def generator_update(self, gradients, own, gates, step, learning_rate):
        """Returns the generator's update, given what `generator_gradients` returned."""
        update = self.update(gradients, step, learning_rate)
        if not own:
            return update
        ratio = self.hparams['adversarial_learning_rate_ratio']
        # One after the other: they move the same variables.
        with tf.control_dependencies([update]), tf.variable_scope(DISCRIMINATOR_SCOPE):
            return gated_update(tf.train.AdamOptimizer(ratio * learning_rate), own,
                                gates.generator)


def gated_update(optimizer, gradients, gate):
    """Returns an update by (gradient, variable) pairs; with the gate shut the moments rest, too."""
    # The absolute name scope keeps this optimizer's variables out of the generator's.
    with tf.name_scope(f'{DISCRIMINATOR_SCOPE}/'):
        return tf.cond(gate > 0, lambda: optimizer.apply_gradients(gradients), tf.no_op)


def _adversarial_metrics(verdict, gates, use_c_t):
    return {
        'discriminator_accuracy': verdict.accuracy,
        'discriminator_accuracy_teacher_forced': verdict.accuracy_teacher_forced,
        'discriminator_accuracy_free_running': verdict.accuracy_free_running,
        'discriminator_loss': verdict.c_d,
        'adversarial_loss': verdict.c_f + (verdict.c_t if use_c_t else 0.0),
        'c_f': verdict.c_f,
        'c_t': verdict.c_t,
        'gate_accuracy': gates.accuracy,
        'generator_gate': gates.generator,
        'discriminator_gate': gates.discriminator,
        ACTED: gates.generator,
    }


def _read_anew(getter, *args, **options):
    """Returns a variable's value as the control dependencies around it have left it."""
    return getter(*args, **options).read_value()


def _untrained(getter, *args, **options):
    return getter(*args, **{**options, 'trainable': False})
