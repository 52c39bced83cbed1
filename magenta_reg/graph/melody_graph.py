"""MelodyRnnGraph: teacher forcing, and the frame that every method builds in."""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.graph.dropout import DROPOUT_MODES, Masks
from magenta_reg.graph.fast.cores import choose_shards
from magenta_reg.graph.generation import NO_BEAM, continue_primers
from magenta_reg.graph.network import make_network, weights_seeded_by_name
from magenta_reg.graph.optimizers import (
    CLIP_MODES,
    LEARNING_RATE_SCHEDULES,
    apply_gradients,
    clipped,
    scheduled_learning_rate,
)
from magenta_reg.graph.sampling import SOFTMAX
from magenta_reg.graph.unroll import PassCell, unroll_teacher_forced

# Variables that only training needs live below this scope; all others are the generator's.
DISCRIMINATOR_SCOPE = 'discriminator'


class Losses(NamedTuple):
    """What is minimized and what is reported; a method's own record may have more."""

    loss: object  # float32 scalar, the mean negative log-likelihood in nats per event.
    metrics: dict  # float32 scalars, 'accuracy' and the method's own.


class TrainTensors(NamedTuple):
    """What a training step runs."""

    train_op: object  # One update; it increments the global step.
    # float32 scalars: 'loss' (nats per event), 'accuracy', the method's own, 'gradient_norm' (of
    # all gradients, before any clipping), and 'learning_rate' if it changes.
    metrics: dict
    num_events: object  # float32 scalar, real steps in the batch.
    global_step: object  # int64 variable.
    # (train_op, metrics) of an update before the method's start, None if it starts at once.
    before_start: tuple | None = None


class EvalTensors(NamedTuple):
    """What scoring a batch runs, padding included."""

    nll_nats: object  # float32 [batch, steps], negative log-likelihood of each label.
    is_correct: object  # float32 [batch, steps], 1 where the likeliest class is the label.
    states: object  # float32 [batch, steps, sum of units], hidden states of all layers.


class MelodyRnnGraph:
    """Builds the graphs of one experiment. This class is the teacher-forcing method.

    A method is a subclass that overrides one or more of `unroll_train`, `losses` and `train_op`,
    and if it starts from a trained network `start_step` and `before_start`. Evaluation and
    generation are the same for every method, so that results compare.

    Attributes:
        HPARAMS: dict, the method's own hparams with their defaults.
        HELD_OUT_METRICS: tuple of str, what `build_held_out` measures.
        starts_at_plateau: bool, whether `start_step` needs evaluations.
    """

    HPARAMS = {}
    HELD_OUT_METRICS = ()
    starts_at_plateau = False

    def __init__(self, encoding, hparams, seed=0, num_training_steps=None):
        """Checks the hparams.

        Args:
            encoding: Encoding.
            hparams: dict with every hparam of Magenta's and of the method.
            seed: int.
            num_training_steps: int, what hparams named `..._share` are shares of, 0 if training has
                no end; None where nothing is trained.

        Raises:
            UserError: If an hparam is out of range, or a share of a training without an end.
        """
        self.encoding, self.hparams, self.seed = encoding, hparams, seed
        self.num_training_steps = num_training_steps
        self.optimizer = None
        self.check_hparams()

    def check_hparams(self):
        """Raises UserError for an hparam out of range; methods extend it."""
        for name in ('dropout_keep_prob', 'recurrent_dropout_keep_prob'):
            self.check(name, lambda value: 0 < value <= 1, 'in (0, 1]')
        self.check('zoneout_prob', lambda value: 0 <= value < 1, 'in [0, 1)')
        for name in ('learning_rate', 'clip_norm', 'batch_size', 'learning_rate_decay_steps'):
            self.check(name, lambda value: value > 0, 'above 0')
        for name in ('attn_length', 'learning_rate_warmup_steps', 'weight_decay', 'batch_shards'):
            self.check(name, lambda value: value >= 0, '0 or more')
        for name in self.shares:
            self.check(name, lambda value: 0 <= value <= 1, 'in [0, 1]')
            self.check(name, lambda value: self.num_training_steps != 0,
                       '0 in a training without an end: it is a share of --num_training_steps')
        self.check('rnn_layer_sizes', lambda value: value and min(value) > 0,
                   'one or more sizes above 0')
        self.check('learning_rate_decay_rate', lambda value: 0 < value <= 1, 'in (0, 1]')
        self.check('learning_rate_min', lambda value: 0 <= value <= self.hparams['learning_rate'],
                   'in [0, learning_rate]')
        for name, choices in (('dropout_mode', DROPOUT_MODES), ('clip_mode', CLIP_MODES),
                              ('learning_rate_schedule', LEARNING_RATE_SCHEDULES)):
            self.check(name, choices.__contains__, f'one of {", ".join(choices)}')

    def check(self, name, is_valid, allowed):
        """Raises UserError unless `is_valid` holds for the hparam `name`."""
        if not is_valid(self.hparams[name]):
            raise UserError(f'hparam {name}={self.hparams[name]!r} must be {allowed}')

    @property
    def shares(self):
        """Names of the hparams that are shares of training, of those that are not 0."""
        return [name for name, value in self.hparams.items() if name.endswith('_share') and value]

    def num_updates(self, share):
        """Returns how many updates an hparam that is a share of training means."""
        return round(self.hparams[share] * self.num_training_steps)

    @property
    def codec(self):
        """The encoding's Codec."""
        return self.encoding.codec

    @property
    def is_noisy(self):
        """Whether training has dropout or zoneout in it."""
        keep_probs = [self.hparams[f'{kind}dropout_keep_prob'] for kind in ('', 'recurrent_')]
        return min(keep_probs) < 1 or self.hparams['zoneout_prob'] > 0

    # The frame.

    def build_train(self, batch):
        """Builds one training step over a Batch of tensors. Returns TrainTensors."""
        tf.set_random_seed(self.seed)
        step = tf.train.get_or_create_global_step()
        learning_rate = scheduled_learning_rate(self.hparams, step)
        self.optimizer = tf.train.AdamOptimizer(learning_rate)
        with weights_seeded_by_name(self.seed):
            network = self.make_network(batch, step)
            unroll = self.unroll_train(network, batch, step)
            losses = self.losses(network, unroll, batch, step)
        train_op, metrics = self.train_op(losses, step, learning_rate)
        schedule = {'learning_rate': learning_rate} if tf.is_tensor(learning_rate) else {}
        metrics = {'loss': losses.loss, **losses.metrics, **metrics, **schedule}
        before = self.before_start(losses, step, learning_rate)
        if before:
            before = before[0], {'loss': losses.loss, **before[1], **schedule}
        num_events = tf.cast(tf.reduce_sum(batch.lengths), tf.float32)
        return TrainTensors(train_op, metrics, num_events, step, before)

    def build_eval(self, batch, with_noise=False):
        """Builds the scoring of a Batch of tensors: teacher-forced and without dropout.

        Args:
            batch: Batch of tensors.
            with_noise: bool, whether dropout and zoneout stay as in training, as they do in stock
                Magenta's evaluation. The masks are the same in each batch.

        Returns:
            EvalTensors.
        """
        network = self.make_network(batch if with_noise else None, tf.constant(0, tf.int64))
        unroll = unroll_teacher_forced(network, batch, with_states=True)
        nll_nats, is_correct = event_losses(network.projection(unroll.outputs), batch.labels)
        return EvalTensors(nll_nats, is_correct, unroll.states)

    def build_generate(self, primers, primer_steps, uniforms, sampling=SOFTMAX, beam=NO_BEAM):
        """Builds the generation of a batch of melodies, see `continue_primers`."""
        return continue_primers(self.make_network(), primers, primer_steps, uniforms, sampling,
                                beam)

    def build_steps(self, inputs):
        """Builds steps that start from a state that can be fed: stock Magenta generates so.

        Args:
            inputs: float32 [batch, steps, input_size]; batch is static.

        Returns:
            logits: float32 [batch, steps, num_classes].
            initial_state: the cell's state before the first step, zeros unless fed.
            final_state: the cell's state after the last step.
        """
        network = self.make_network()
        cell = PassCell(network.cell)
        initial_state = cell.zero_state(inputs.shape.as_list()[0])
        (outputs, _), final_state = tf.nn.dynamic_rnn(cell, inputs, initial_state=initial_state,
                                                      dtype=tf.float32)
        return network.projection(outputs), initial_state[0], final_state[0]

    def variable_shapes(self):
        """Returns the shape of each of the generator's variables by name: dict of str to tuple."""
        with tf.Graph().as_default():
            self.make_network()
            return {variable.op.name: tuple(variable.shape.as_list())
                    for variable in generator_variables()}

    def make_network(self, noisy_batch=None, step=None):
        """Makes the Network; given a Batch of tensors, with the dropout and zoneout of `step`."""
        choose_shards(self.hparams['batch_shards'])
        masks = None
        if noisy_batch is not None and self.is_noisy:
            masks = Masks(self.seed, step, tf.unstack(tf.shape(noisy_batch.labels)),
                          self.hparams['dropout_mode'] == 'variational')
        return make_network(self.hparams, self.codec, masks)

    # The hooks. `step` is the global step, an int64 scalar.

    def unroll_train(self, network, batch, step):
        """Runs the network over a training batch. Returns Unroll."""
        return unroll_teacher_forced(network, batch)

    def losses(self, network, unroll, batch, step):
        """Computes what is minimized and what is reported. Returns Losses."""
        nll_nats, is_correct = event_losses(network.projection(unroll.outputs), unroll.labels)
        mask = tf.sequence_mask(batch.lengths, tf.shape(unroll.labels)[1], dtype=tf.float32)
        loss, accuracy = (tf.reduce_sum(values * mask) / tf.reduce_sum(mask)
                          for values in (nll_nats, is_correct))
        return Losses(loss, {'accuracy': accuracy, **unroll.metrics})

    def train_op(self, losses, step, learning_rate):
        """Makes the update, given what `losses` returned; it increments `step`.

        Returns:
            operation.
            dict of str to float32 scalar, what is reported of the update.
        """
        gradients, norm = self.clipped_gradients(losses.loss)
        return self.update(gradients, step, learning_rate), {'gradient_norm': norm}

    def start_step(self, eval_losses):
        """Returns the update from 0 at which the method starts, None while that is not known.

        `eval_losses` is a dict of step to evaluation loss, of the regular evaluations so far.
        """
        return 0

    def before_start(self, losses, step, learning_rate):
        """Makes the update before the method's start as `train_op` does, if there is one."""

    def build_held_out(self, batch, step):
        """Builds the method's own measures of held-out melodies, under the noise of training.

        Args:
            batch: Batch of tensors.
            step: int64 scalar tensor, decides all random numbers.

        Returns:
            dict of the names of HELD_OUT_METRICS to float32 [batch].
        """
        return {}

    # What the hooks share.

    def update(self, gradients, step, learning_rate):
        """Returns the operation of one update by (gradient, variable) pairs of the generator."""
        return apply_gradients(self.optimizer, gradients, learning_rate,
                               self.hparams['weight_decay'], step)

    def clipped_gradients(self, loss, upstream=None):
        """Differentiates by the generator's variables and clips.

        Args:
            loss: scalar tensor, or a list of tensors.
            upstream: list of the upstream gradients of the tensors of `loss`, None for ones.

        Returns:
            list of (gradient, variable).
            float32 scalar, the norm of all gradients before the clipping.
        """
        variables = generator_variables()
        gradients = tf.gradients(loss, variables, grad_ys=upstream)
        norm = tf.global_norm(gradients)
        gradients = clipped(gradients, norm, self.hparams['clip_norm'], self.hparams['clip_mode'])
        return list(zip(gradients, variables, strict=True)), norm


def event_losses(logits, labels):
    """Compares logits float32 [batch, steps, num_classes] with labels int32 [batch, steps].

    Returns:
        float32 [batch, steps], the negative log-likelihood in nats of each label.
        float32 [batch, steps], 1 where the likeliest class is the label.
    """
    nll_nats = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    predictions = tf.argmax(logits, axis=-1, output_type=tf.int32)
    return nll_nats, tf.cast(tf.equal(predictions, labels), tf.float32)


def generator_variables():
    """Returns the default graph's trainable variables outside of the discriminator."""
    return [variable for variable in tf.trainable_variables()
            if not variable.op.name.startswith(DISCRIMINATOR_SCOPE + '/')]
