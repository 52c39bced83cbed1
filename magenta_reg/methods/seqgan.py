"""SeqGAN: the network as a policy, rewarded by a discriminator of whole melodies.

Source: Yu, Zhang, Wang, Yu, "SeqGAN: Sequence Generative Adversarial Nets with Policy Gradient",
2017, arXiv:1609.05473.
"""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.cores import row_shards
from magenta_reg.graph.melody_graph import DISCRIMINATOR_SCOPE
from magenta_reg.graph.network import weights_seeded_by_name
from magenta_reg.graph.optimizers import apply_gradients
from magenta_reg.graph.sampling import (
    FREE_RUNNING,
    POSITIONS,
    ROLLOUTS,
    sample_classes,
    step_uniforms,
)
from magenta_reg.graph.unroll import draw_events, unroll_fed
from magenta_reg.methods.adversarial import HELD_OUT_ACCURACY, AdversarialGraph
from magenta_reg.methods.discriminator import discriminator_variables, discriminator_verdict
from magenta_reg.methods.event_discriminator import event_logits
from magenta_reg.runs.metrics import ACTED

# The probability of 'real' that a discriminator gives who knows nothing.
_CHANCE = 0.5


class SeqGanLosses(NamedTuple):
    """What the updates of both networks read, beside `loss` and `metrics` of Losses."""

    loss: object
    metrics: dict
    cost: object  # As `loss`.
    policy: object  # Network without noise, on the same weights.
    batch: object  # Batch.


class Samples(NamedTuple):
    """Melodies that the policy played, each from a batch's first event."""

    events: object  # int32 [batch, steps + 1].
    nll_nats: object  # float32 [batch, steps], of the class that was drawn for each but the first.


class SeqGanGraph(AdversarialGraph):
    """Maximizes the reward of what the network plays by itself, E[sum over t of log p(y_t) A_t].

    The policy is the network as it generates: free-running from the batch's first event to the
    batch's lengths, without dropout; an action y_t is a class of the encoding. Its reward is
    D = sigmoid(discriminator's logit) = P(real) of the melody's events, averaged over `rollouts`
    melodies that the policy plays on from that action to the end. The advantage A_t is the reward
    less a moving average of D of what was played before.

    One training update, from the start on: the discriminator takes a step on its batch against as
    many played melodies. In every `discriminator_updates`-th, after `discriminator_warmup_steps`,
    the network takes a step, too, by an Adam of its own, on

        - sum over t of A_t log p(y_t) / number of events + likelihood_weight * NLL.

    Both read the weights from before the update.

    The hparams whose meaning is not in their names:
        rollouts: 0 is none: the discriminator learns to judge after every event, and what it says
            after an action is that action's reward.
        rollout_positions: actions of a melody that are rolled out, and learned from, in an update:
            one at a random place in each of so many equal parts; 0 is all actions.
        reward_average: the decay of the moving average.
        adversarial_learning_rate_ratio: the own Adam's rate is this times the generator's.
    """

    HPARAMS = {
        **AdversarialGraph.HPARAMS,
        'rollouts': 16,
        'rollout_positions': 4,
        'likelihood_weight': 0.0,
        'reward_average': 0.9,
        'adversarial_learning_rate_ratio': 1.0,
        'discriminator_warmup_steps': 0,
        'discriminator_updates': 1,
        'discriminator_gru_units': 64,
        'discriminator_mlp_layer_sizes': [64],
        'discriminator_learning_rate': 0.001,
    }

    def check_hparams(self):
        super().check_hparams()
        for name in ('rollouts', 'rollout_positions', 'likelihood_weight',
                     'discriminator_warmup_steps'):
            self.check(name, lambda value: value >= 0, '0 or more')
        for name in ('adversarial_learning_rate_ratio', 'discriminator_updates',
                     'discriminator_gru_units', 'discriminator_learning_rate'):
            self.check(name, lambda value: value > 0, 'above 0')
        self.check('discriminator_mlp_layer_sizes', lambda value: all(size > 0 for size in value),
                   'sizes above 0')
        self.check('reward_average', lambda value: 0 <= value < 1, 'in [0, 1)')

    def losses(self, network, unroll, batch, step):
        loss, metrics = super().losses(network, unroll, batch, step)
        policy = network
        if self.is_noisy:
            with tf.variable_scope(tf.get_variable_scope(), reuse=True):
                policy = self.make_network()
        return SeqGanLosses(loss, metrics, loss, policy, batch)

    def build_held_out(self, batch, step):
        samples = self.play(self.make_network(), batch, step)
        logits = self.judge(batch, samples.events)
        mask = self._decision_mask(batch)
        hits = [tf.cast(is_right, tf.float32) * mask for is_right in (logits[0] > 0, logits[1] < 0)]
        return {HELD_OUT_ACCURACY: (tf.reduce_sum(hits[0] + hits[1], axis=1)
                                    / (2 * tf.reduce_sum(mask, axis=1)))}

    # What is played, and what the discriminator says of it.

    def play(self, policy, batch, step):
        """Returns the Samples of an update."""
        shape = tf.shape(batch.labels)
        uniforms = step_uniforms(shape, self.seed, step, FREE_RUNNING)
        events, activations = draw_events(policy, batch.events, _first(batch.events, 1), uniforms)
        unroll = unroll_fed(policy, batch, events[:, :-1], activations=activations)
        logits = policy.projection(unroll.outputs)
        # An event can have several classes: this is the one that was drawn.
        classes = sample_classes(tf.reshape(logits, [-1, self.codec.num_classes]),
                                 tf.reshape(uniforms, [-1]))
        return Samples(events, tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.reshape(classes, shape), logits=logits))

    def judge(self, batch, played):
        """Returns the logits of the batch's melodies and of played ones, a pair.

        They are float32 [batch, 1], or without rollouts [batch, steps], after each event but the
        first, which both share.
        """
        logits = self._logits(tf.concat([batch.events, played], axis=0),
                              tf.tile(batch.lengths + 1, [2]))
        return tf.split(logits if self.hparams['rollouts'] else logits[:, 1:], 2)

    def _logits(self, events, lengths):
        return event_logits(events, self.codec, self.hparams['discriminator_gru_units'],
                            self.hparams['discriminator_mlp_layer_sizes'],
                            lengths if self.hparams['rollouts'] else None)

    def _decision_mask(self, batch):
        """Returns float32 of the shape of `judge`'s logits, 1 where they mean something."""
        if self.hparams['rollouts']:
            return tf.ones_like(batch.lengths[:, tf.newaxis], tf.float32)
        return tf.sequence_mask(batch.lengths, tf.shape(batch.labels)[1], dtype=tf.float32)

    def rewards(self, policy, batch, samples, logits, step, is_due):
        """Rewards actions of the samples.

        Args:
            policy: Network.
            batch: Batch of tensors.
            samples: Samples.
            logits: the samples', of `judge`.
            step: int64 scalar tensor.
            is_due: bool scalar tensor, whether rollouts are wanted; else their rewards are 0.

        Returns:
            float32 [batch, positions], the rewards.
            int32 [batch, positions], of which steps' actions.
            float32 [batch, positions], how many of a row's actions each stands for; 0 is padding.
        """
        num_steps = tf.shape(batch.labels)[1]
        if not self.hparams['rollouts'] or not self.hparams['rollout_positions']:
            positions = tf.tile(tf.range(num_steps)[tf.newaxis], [tf.shape(batch.labels)[0], 1])
            weights = tf.sequence_mask(batch.lengths, num_steps, dtype=tf.float32)
        else:
            positions, weights = self._random_positions(batch.lengths, step)
        if not self.hparams['rollouts']:
            return tf.sigmoid(logits), positions, weights
        rewards = tf.cond(
            is_due, lambda: self._roll_out(policy, batch, samples.events, positions, step),
            lambda: tf.zeros_like(weights))
        return rewards, positions, weights

    def _random_positions(self, lengths, step):
        """Returns steps and weights as in `rewards`: a random step of each equal part of a row."""
        count = self.hparams['rollout_positions']
        uniforms = step_uniforms([tf.shape(lengths)[0], count], self.seed, step, POSITIONS)
        lengths = lengths[:, tf.newaxis]
        # float64: a sum of float32 could round up to the next part.
        places = tf.cast(uniforms, tf.float64) + tf.range(count, dtype=tf.float64)
        positions = tf.cast(places * tf.cast(lengths, tf.float64) / count, tf.int32)
        return tf.minimum(positions, lengths - 1), tf.tile(
            tf.cast(lengths, tf.float32) / count, [1, count])

    def _roll_out(self, policy, batch, events, positions, step):
        """Returns float32 [batch, positions], D of events [batch, steps + 1] played on after each
        position's action, means over rollouts.

        Positions are taken one by one, so that memory does not grow with them.
        """
        count = self.hparams['rollouts']
        events, lengths = (tf.repeat(each, count, axis=0) for each in (events, batch.lengths + 1))
        shape = tf.shape(events) - [0, 1]

        def reward(number):
            kept = tf.repeat(positions[:, number] + 2, count)
            uniforms = step_uniforms(shape, self.seed, step, ROLLOUTS, tf.cast(number, tf.int64))
            rolled, _ = draw_events(policy, events, _first(events, kept[:, tf.newaxis]), uniforms)
            with tf.variable_scope(tf.get_variable_scope(), reuse=True):
                logits = [self._logits(*shard) for shard in
                          zip(row_shards(rolled, 0), row_shards(lengths, 0), strict=True)]
            return tf.reduce_mean(tf.reshape(tf.sigmoid(tf.concat(logits, 0)), [-1, count]), axis=1)

        return tf.transpose(tf.map_fn(reward, tf.range(tf.shape(positions)[1]),
                                      fn_output_signature=tf.float32,
                                      parallel_iterations=1, back_prop=False))

    # The updates.

    def train_op(self, losses, step, learning_rate):
        batch, samples = losses.batch, self.play(losses.policy, losses.batch, step)
        with weights_seeded_by_name(self.seed):
            real_logits, free_logits = self.judge(batch, samples.events)
        is_decision = self._decision_mask(batch) > 0
        verdict = discriminator_verdict(tf.boolean_mask(real_logits, is_decision),
                                        tf.boolean_mask(free_logits, is_decision))
        turn = self._turn(tf.reduce_mean(tf.sigmoid(tf.boolean_mask(free_logits, is_decision))))
        cost = self._policy_cost(losses, samples, free_logits, step, turn)
        generator, norm = self.clipped_gradients(
            cost + self.hparams['likelihood_weight'] * losses.cost)
        discriminator = list(zip(tf.gradients(verdict.c_d, discriminator_variables()),
                                 discriminator_variables(), strict=True))
        # All gradients before any update: each needs the other network's old weights.
        with tf.control_dependencies([gradient for gradient, _ in [*generator, *discriminator]]):
            updates = tf.group(
                tf.assign(turn.average, turn.moved), tf.assign_add(turn.count, 1),
                self.discriminator_update(discriminator),
                self.generator_update(generator, turn, learning_rate))
        with tf.control_dependencies([updates]):
            train_op = tf.assign_add(step, 1).op
        acted = tf.cast(turn.is_generators, tf.float32)
        return train_op, {
            'discriminator_accuracy': verdict.accuracy,
            'discriminator_accuracy_real': verdict.accuracy_teacher_forced,
            'discriminator_accuracy_free_running': verdict.accuracy_free_running,
            'discriminator_loss': verdict.c_d,
            'reward': turn.reward,
            'reward_average': turn.moved,
            'gradient_norm': acted * norm,
            ACTED: acted}

    def _policy_cost(self, losses, samples, free_logits, step, turn):
        """Returns float32 scalar, - sum of A_t log p(y_t) over the number of events."""
        rewards, positions, weights = self.rewards(
            losses.policy, losses.batch, samples, free_logits, step, turn.is_generators)
        advantages = tf.stop_gradient(weights * (rewards - turn.average))
        nll_nats = tf.gather(samples.nll_nats, positions, batch_dims=1)
        num_events = tf.cast(tf.reduce_sum(losses.batch.lengths), tf.float32)
        return tf.reduce_sum(advantages * nll_nats) / num_events

    def _turn(self, reward):
        """Returns the Turn of an update whose samples have a mean reward, float32 scalar."""
        with tf.variable_scope(DISCRIMINATOR_SCOPE):
            count = tf.get_variable('updates', [], tf.int64, tf.zeros_initializer(),
                                    trainable=False)
            average = tf.get_variable('reward_average', [], trainable=False,
                                      initializer=tf.constant_initializer(_CHANCE))
        since = count + 1 - self.hparams['discriminator_warmup_steps']
        is_generators = tf.logical_and(
            since > 0, tf.equal(since % self.hparams['discriminator_updates'], 0))
        decay = self.hparams['reward_average']
        return Turn(is_generators, reward, average, decay * average + (1 - decay) * reward, count)

    def discriminator_update(self, gradients):
        """Returns the discriminator's update by (gradient, variable) pairs."""
        optimizer = tf.train.AdamOptimizer(self.hparams['discriminator_learning_rate'])
        # The absolute name scope keeps this optimizer's variables out of the generator's.
        with tf.name_scope(f'{DISCRIMINATOR_SCOPE}/'):
            return optimizer.apply_gradients(gradients)

    def generator_update(self, gradients, turn, learning_rate):
        """Returns the generator's update by (gradient, variable) pairs, if it is its turn."""
        rate = self.hparams['adversarial_learning_rate_ratio'] * learning_rate
        optimizer = tf.train.AdamOptimizer(rate)
        with tf.variable_scope(DISCRIMINATOR_SCOPE), tf.name_scope(f'{DISCRIMINATOR_SCOPE}/'):
            return tf.cond(turn.is_generators, lambda: apply_gradients(
                optimizer, gradients, rate, self.hparams['weight_decay'], None), tf.no_op)


class Turn(NamedTuple):
    """Whose turn it is, and the moving average that rewards are compared with."""

    is_generators: object  # bool scalar, whether the generator takes a step, too.
    reward: object  # float32 scalar, the mean D of this update's samples.
    average: object  # float32 variable, the moving average, as earlier updates left it.
    moved: object  # float32 scalar, the same with this update in it.
    count: object  # int64 variable, how many updates there were.


def _first(events, count):
    """Returns bool of the shape of events [batch, steps + 1], True at the first `count` of them.

    `count` is an int or int32 [batch, 1].
    """
    is_first = tf.range(tf.shape(events)[1])[tf.newaxis, :] < count
    return tf.broadcast_to(is_first, tf.shape(events))
