"""MelodyRnnGraph: teacher forcing, and the frame that every method builds in."""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.graph.beam import NO_BEAM, likeliest_row, make_chooser
from magenta_reg.graph.cells import Projection, is_noisy, make_cell
from magenta_reg.graph.dropout import DROPOUT_MODES, Masks
from magenta_reg.graph.feedback_loop import Feedback
from magenta_reg.graph.generation import continue_primers
from magenta_reg.graph.initial_weights import weights_seeded_by_name
from magenta_reg.graph.losses import event_losses
from magenta_reg.graph.optimizers import (
    CLIP_MODES,
    LEARNING_RATE_SCHEDULES,
    DecayedWeightsOptimizer,
    clipped,
    scheduled_learning_rate,
)
from magenta_reg.graph.sampling import SOFTMAX, Sampling
from magenta_reg.graph.unroll import StatesCell, Unroll, unroll_teacher_forced

# Variables that only training needs live below this scope; all others are the generator's.
DISCRIMINATOR_SCOPE = 'discriminator'


class TrainTensors(NamedTuple):
    """What a training step runs.

    Attributes:
        train_op: operation, one update; it increments the global step.
        figures: dict of str to float32 scalar: 'loss' (nats per event), 'accuracy', the
            method's own, 'gradient_norm', the global norm before any clipping, and
            'learning_rate' if it changes.
        num_events: float32 scalar, real steps in the batch.
        global_step: int64 variable.
    """

    train_op: object
    figures: dict
    num_events: object
    global_step: object


class EvalTensors(NamedTuple):
    """What scoring a batch runs: float32 [batch, steps], padding included.

    Attributes:
        nll_nats: negative log-likelihood of each label.
        is_correct: 1 where the likeliest class is the label.
        states: float32 [batch, steps, sum of units], hidden states of all layers.
    """

    nll_nats: object
    is_correct: object
    states: object


class Generation(NamedTuple):
    """What generating a batch runs.

    Attributes:
        events: int32 [batch, num_steps], the primers and what follows.
        scores: float64 [batch], log-likelihood in nats of what follows, at temperature 1.
    """

    events: object
    scores: object


class MelodyRnnGraph:
    """Builds the graphs of one experiment. This class is the teacher-forcing method.

    A method is a subclass that overrides one or more of `unroll_train`, `losses` and `train_op`.
    Evaluation and generation are the same for every method, so that results compare.

    Attributes:
        HPARAMS: dict, the method's own hparams with their defaults.
    """

    HPARAMS = {}

    def __init__(self, encoding, hparams, seed=0):
        """Checks the settings; loads nothing and builds nothing.

        Args:
            encoding: Encoding.
            hparams: dict with every hparam of Magenta's and of the method.
            seed: int, of everything random in training.

        Raises:
            UserError: If an hparam is out of range.
        """
        self.encoding = encoding
        self.codec = encoding.codec
        self.hparams = hparams
        self.seed = seed
        self.check_hparams()

    def check_hparams(self):
        """Raises UserError for an hparam out of range; methods extend it."""
        for name in ('dropout_keep_prob', 'recurrent_dropout_keep_prob'):
            self.check(name, lambda value: 0 < value <= 1, 'in (0, 1]')
        self.check('zoneout_prob', lambda value: 0 <= value < 1, 'in [0, 1)')
        for name in ('learning_rate', 'clip_norm', 'batch_size', 'learning_rate_decay_steps'):
            self.check(name, lambda value: value > 0, 'above 0')
        for name in ('attn_length', 'learning_rate_warmup_steps', 'weight_decay'):
            self.check(name, lambda value: value >= 0, '0 or more')
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

    # The frame.

    def build_train(self, batch):
        """Builds one training step in the default graph.

        Args:
            batch: Batch of tensors.

        Returns:
            TrainTensors.
        """
        tf.set_random_seed(self.seed)
        self.global_step = tf.train.get_or_create_global_step()
        self.learning_rate = scheduled_learning_rate(self.hparams, self.global_step)
        with weights_seeded_by_name(self.seed):
            self._make_cell(batch)
            unroll = self.unroll_train(batch)
            losses = self.losses(unroll, batch)
        train_op = self.train_op(losses)
        figures = {name: value for name, value in losses.items() if value.shape.rank == 0}
        figures['gradient_norm'] = self.gradient_norm
        if tf.is_tensor(self.learning_rate):
            figures['learning_rate'] = self.learning_rate
        return TrainTensors(train_op, figures, tf.cast(tf.reduce_sum(batch.lengths), tf.float32),
                            self.global_step)

    @property
    def is_noisy(self):
        """Whether training has dropout or zoneout in it."""
        return is_noisy(self.hparams)

    def build_eval(self, batch, with_noise=False):
        """Builds the scoring of a batch: teacher-forced and without dropout for every method.

        Args:
            batch: Batch of tensors.
            with_noise: bool, whether dropout and zoneout stay as in training: so stock Magenta
                evaluates. The masks are the same in each batch.

        Returns:
            EvalTensors.
        """
        self.global_step = tf.constant(0, tf.int64)
        self._make_cell(batch if with_noise else None)
        outputs, states = unroll_teacher_forced(StatesCell(self.cell), batch.inputs, batch.lengths)
        losses = event_losses(self.projection(outputs), batch.labels, batch.lengths)
        return EvalTensors(losses.nll_nats, losses.is_correct, states)

    def build_generate(self, primers, primer_steps, uniforms, sampling=SOFTMAX, beam=NO_BEAM):
        """Builds the generation of a batch of melodies in one loop.

        Args:
            primers: int32 [batch, num_steps], Melody events; read below `primer_steps` only.
            primer_steps: int32 [batch], at least 1.
            uniforms: float32 [batch, num_steps - 1, beam.rows], numbers in [0, 1) that decide the
                samples.
            sampling: Sampling.
            beam: Beam.

        Returns:
            Generation.
        """
        self._make_cell()
        chooser = make_chooser(self.codec, uniforms, tf.shape(primers)[1], sampling, beam)
        continued = continue_primers(self.cell, self.projection, self.codec, primers,
                                     primer_steps, chooser)
        return Generation(likeliest_row(continued), continued.scores[:, 0])

    def build_steps(self, inputs):
        """Builds steps that start from a state that can be fed: stock Magenta generates so.

        Args:
            inputs: float32 [batch, steps, input_size]; batch is static.

        Returns:
            logits: float32 [batch, steps, num_classes].
            initial_state: the cell's state before the first step, zeros unless fed.
            final_state: the cell's state after the last step.
        """
        self._make_cell()
        initial_state = self.cell.zero_state(inputs.shape.as_list()[0], tf.float32)
        outputs, final_state = tf.nn.dynamic_rnn(self.cell, inputs, initial_state=initial_state)
        return self.projection(outputs), initial_state, final_state

    def variable_shapes(self):
        """Returns the shape of each of the generator's variables by name: dict of str to tuple."""
        with tf.Graph().as_default():
            self.build_steps(tf.placeholder(tf.float32, [1, None, self.codec.input_size]))
            return {variable.op.name: tuple(variable.shape.as_list())
                    for variable in generator_variables()}

    def _make_cell(self, noisy_batch=None):
        """Makes the cell and the projection, with dropout and zoneout on if a Batch is given."""
        masks = None
        if noisy_batch is not None:
            masks = Masks(self.seed, self.global_step, tf.unstack(tf.shape(noisy_batch.labels)),
                          self.hparams['dropout_mode'] == 'variational')
        self.cell = make_cell(self.hparams, masks)
        self.projection = Projection(self.cell.output_size, self.codec.num_classes)

    def feedback(self, temperature=1.0):
        """Returns the Feedback of this network."""
        return Feedback(self.cell, self.projection, self.codec, Sampling(temperature))

    # The hooks.

    def unroll_train(self, batch):
        """Runs the network over a training batch. Returns Unroll."""
        outputs = unroll_teacher_forced(self.cell, batch.inputs, batch.lengths)
        return Unroll(outputs, batch.labels, batch.events[:, :-1])

    def losses(self, unroll, batch):
        """Computes what is minimized and what is reported.

        Args:
            unroll: Unroll, from `unroll_train`.
            batch: Batch of tensors.

        Returns:
            dict of str to tensor: 'loss', the mean negative log-likelihood in nats per event, and
            'accuracy' at least. Scalars are reported at every step.
        """
        losses = event_losses(self.projection(unroll.outputs), unroll.labels, batch.lengths)
        return {'loss': losses.mean_nll(), 'accuracy': losses.accuracy()}

    def train_op(self, losses):
        """Returns the operation of one update of the generator's variables by 'loss'."""
        gradients = self.clipped_gradients(losses['loss'])
        # No update before every gradient is there: backpropagation reads the weights, too.
        with tf.control_dependencies([gradient for gradient, _ in gradients]):
            return self.optimizer().apply_gradients(gradients, global_step=self.global_step)

    # What the hooks share.

    def optimizer(self):
        """Returns Magenta's optimizer of the generator, with weight decay if there is any."""
        optimizer = tf.train.AdamOptimizer(self.learning_rate)
        if not self.hparams['weight_decay']:
            return optimizer
        return DecayedWeightsOptimizer(optimizer, self.learning_rate,
                                       self.hparams['weight_decay'])

    def clipped_gradients(self, loss, upstream=None):
        """Returns (gradient, variable) pairs of the generator's variables.

        By default each gradient is clipped by its own norm, as tf-slim does for Magenta, not by
        the norm of all of them. The global norm before it is the figure 'gradient_norm'.

        Args:
            loss: scalar tensor, or a list of tensors.
            upstream: list of the gradients that reach the tensors of `loss`, None for ones.
        """
        variables = generator_variables()
        gradients = tf.gradients(loss, variables, grad_ys=upstream)
        self.gradient_norm = tf.global_norm(gradients)
        return list(zip(clipped(gradients, self.gradient_norm, self.hparams['clip_norm'],
                                self.hparams['clip_mode']), variables, strict=True))


def generator_variables():
    """Returns the default graph's trainable variables outside of the discriminator."""
    return [variable for variable in tf.trainable_variables()
            if not variable.op.name.startswith(DISCRIMINATOR_SCOPE + '/')]
