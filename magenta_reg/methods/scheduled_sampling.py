"""Scheduled sampling: at each step of training, a coin decides between the true event and the
model's own.

Source: S. Bengio, Vinyals, Jaitly, Shazeer, "Scheduled Sampling for Sequence Prediction with
Recurrent Neural Networks", 2015, arXiv:1506.03099.
"""

from magenta_reg.base.compat import tf
from magenta_reg.codec.codec import NO_EVENT, NOTE_OFF
from magenta_reg.graph.melody_graph import MelodyRnnGraph
from magenta_reg.graph.sampling import COINS, SAMPLES, Sampling, sample_classes, step_uniforms
from magenta_reg.graph.unroll import unroll_fed, unroll_feedback
from magenta_reg.runs.metrics import ACTED

SCHEDULES = ('constant', 'linear', 'exponential', 'inverse_sigmoid')
SAMPLING_METHODS = ('sequential', 'parallel')
SAMPLING_SOURCES = ('model', 'marginal', 'uniform')


def sampling_probability(schedule, rate, max_probability, step, warmup_steps=0):
    """Returns the probability of feeding the model's own event at an update.

    With epsilon_i the paper's probability of the true event at update i, this is 1 - epsilon_i,
    at most max_probability:
        constant:         1 - epsilon_i = rate
        linear:           epsilon_i = 1 - rate i
        exponential:      epsilon_i = rate^i
        inverse_sigmoid:  epsilon_i = rate / (rate + exp(i / rate))
    The first `warmup_steps` updates sample nothing, and i is counted from there.

    Args:
        schedule: str, one of SCHEDULES.
        rate: float, in [0, 1] for constant and linear, in (0, 1) for exponential, at least 1 for
            inverse_sigmoid.
        max_probability: float in [0, 1].
        step: integer scalar tensor, the update from 0.
        warmup_steps: int.

    Returns:
        float32 scalar.

    Source: arXiv:1506.03099, section 2.4; the names are those of Magenta's MusicVAE.
    """
    is_warm = step >= warmup_steps
    step = tf.cast(step - warmup_steps, tf.float32)
    probability = {
        'constant': lambda: tf.constant(rate, tf.float32),
        'linear': lambda: rate * step,
        'exponential': lambda: 1.0 - tf.pow(rate, step),
        # 1 - k / (k + exp(i / k)), written so that exp cannot overflow.
        'inverse_sigmoid': lambda: tf.sigmoid(step / rate - tf.log(rate)),
    }[schedule]()
    return tf.where(is_warm, tf.minimum(probability, max_probability), 0.0)


def rate_that_ends(schedule, max_probability, num_steps):
    """Returns the rate with which a schedule reaches the maximum after `num_steps` updates.

    The formulas of `sampling_probability` solved for the rate; for inverse_sigmoid
    k ln(k p / (1 - p)) = i by Lambert's W, k = i / W(i p / (1 - p)).
    """
    if schedule == 'linear':
        return max_probability / num_steps
    if schedule == 'exponential':
        return (1 - max_probability) ** (1 / num_steps)
    from scipy.special import lambertw
    odds = max_probability / (1 - max_probability)
    return float(num_steps / lambertw(num_steps * odds).real)


class ScheduledSamplingGraph(MelodyRnnGraph):
    """Feeds events by coins: one coin an event, position 0 is always true.

    The label at a step is that of the true next event given the history that was fed. No gradient
    flows through the sampled events. The sequential method feeds each sample to the step after it;
    the parallel one draws at all positions from whole passes, see `unroll_parallel`.

    The hparams whose meaning is not in their names:
        sampling_source: whose event is fed in place of the true one: the model's own, or as
            controls, which have no model in them, one that is `marginal` (drawn from all true
            events of the batch) or `uniform` (from all events of the encoding); sampling_mode,
            sampling_method and sampling_num_passes are then not read.
        sampling_warmup_share, sampling_end_share: shares of --num_training_steps; unless 0 the
            first is the warm-up, and at the second the schedule reaches sampling_max_probability,
            for which sampling_rate is worked out.
    """

    HPARAMS = {
        'sampling_schedule': 'linear',
        'sampling_rate': 0.001,
        'sampling_max_probability': 0.5,
        'sampling_warmup_steps': 0,
        'sampling_mode': 'sample',
        'sampling_method': 'sequential',
        'sampling_num_passes': 1,
        'sampling_source': 'model',
        'sampling_warmup_share': 0.0,
        'sampling_end_share': 0.0,
    }

    def check_hparams(self):
        super().check_hparams()
        self.check('sampling_schedule', SCHEDULES.__contains__, f'one of {", ".join(SCHEDULES)}')
        self.check('sampling_mode', ('sample', 'argmax').__contains__, 'sample or argmax')
        self.check('sampling_method', SAMPLING_METHODS.__contains__,
                   f'one of {", ".join(SAMPLING_METHODS)}')
        self.check('sampling_source', SAMPLING_SOURCES.__contains__,
                   f'one of {", ".join(SAMPLING_SOURCES)}')
        self.check('sampling_num_passes', lambda value: value >= 1, '1 or more')
        self.check('sampling_warmup_steps', lambda value: value >= 0, '0 or more')
        self.check('sampling_max_probability', lambda value: 0 <= value <= 1, 'in [0, 1]')
        self._check_schedule(self.hparams['sampling_schedule'])

    def _check_schedule(self, schedule):
        if self.hparams['sampling_warmup_share']:
            self.check('sampling_warmup_steps', lambda value: value == 0,
                       '0 with a sampling_warmup_share: give one of them')
        if self.hparams['sampling_end_share']:
            self.check('sampling_schedule', lambda value: value != 'constant',
                       'linear, exponential or inverse_sigmoid with a sampling_end_share: a '
                       'constant has no end')
            self.check('sampling_end_share', self.hparams['sampling_warmup_share'].__lt__,
                       'above sampling_warmup_share')
            if schedule != 'linear':
                self.check('sampling_max_probability', lambda value: 0 < value < 1,
                           f'in (0, 1) for the end of the schedule {schedule}, which never reaches '
                           '1')
            return
        is_valid, allowed = {
            'exponential': (lambda rate: 0 < rate < 1, 'in (0, 1)'),
            'inverse_sigmoid': (lambda rate: rate >= 1, '1 or more'),
        }.get(schedule, (lambda rate: 0 <= rate <= 1, 'in [0, 1]'))
        self.check('sampling_rate', is_valid, f'{allowed} for the schedule {schedule}')

    def unroll_train(self, network, batch, step):
        shape = tf.shape(batch.labels)
        probability = self._probability(step)
        coins = step_uniforms(shape, self.seed, step, COINS)
        is_first = tf.equal(tf.range(shape[1]), 0)[tf.newaxis, :]
        use_truth = tf.logical_or(coins >= probability, is_first)
        sampling = Sampling(0 if self.hparams['sampling_mode'] == 'argmax' else 1.0)
        uniforms = step_uniforms(shape, self.seed, step, SAMPLES)
        if self.hparams['sampling_source'] != 'model':
            noise = drawn_events(self.hparams['sampling_source'], batch, uniforms, self.codec)
            unroll = unroll_fed(network, batch, tf.where(use_truth, batch.events[:, :-1], noise))
        elif self.hparams['sampling_method'] == 'parallel':
            unroll = unroll_parallel(network, batch, use_truth, uniforms, sampling,
                                     self.hparams['sampling_num_passes'])
        else:
            unroll = unroll_feedback(network, batch, use_truth, uniforms, sampling)
        is_real = tf.sequence_mask(batch.lengths, shape[1])
        acted = tf.reduce_any(tf.logical_and(tf.logical_not(use_truth), is_real))
        return unroll._replace(metrics={'sampling_probability': probability,
                                        ACTED: tf.cast(acted, tf.float32)})

    def _probability(self, step):
        """Returns the `sampling_probability` of an update."""
        schedule, rate, warmup_steps, highest = (self.hparams[f'sampling_{name}'] for name in (
            'schedule', 'rate', 'warmup_steps', 'max_probability'))
        if self.hparams['sampling_warmup_share']:
            warmup_steps = self.num_updates('sampling_warmup_share')
        if self.hparams['sampling_end_share']:
            num_steps = max(self.num_updates('sampling_end_share') - warmup_steps, 1)
            rate = rate_that_ends(schedule, highest, num_steps)
        return sampling_probability(schedule, rate, highest, step, warmup_steps)


def drawn_events(source, batch, uniforms, codec):
    """Draws events that no model had a part in.

    Args:
        source: str, 'marginal': any event of a Batch that a melody is fed, all real positions of
            all rows alike; or 'uniform': any event of the encoding.
        batch: Batch of tensors.
        uniforms: float32 [batch, steps], in [0, 1).
        codec: Codec.

    Returns:
        int32 [batch, steps], Melody events.
    """
    if source == 'marginal':
        is_real = tf.sequence_mask(batch.lengths, tf.shape(batch.labels)[1])
        events = tf.boolean_mask(batch.events[:, :-1], is_real)
    else:
        events = tf.constant([NO_EVENT, NOTE_OFF, *range(codec.min_note, codec.max_note)])
    # float64: a product of float32 could round up to the number of events.
    scaled = tf.cast(uniforms, tf.float64) * tf.cast(tf.size(events), tf.float64)
    return tf.gather(events, tf.cast(scaled, tf.int32))


def unroll_parallel(network, batch, use_truth, uniforms, sampling, num_passes):
    """Runs over a batch `num_passes` times to draw samples, and once more to learn.

    A pass draws an event at every position from what the pass before it fed, the first pass from
    the true history; the mask decides which of them the next pass is fed. A history that is right
    up to position k is right up to k + 1 after one more pass, so as many passes as steps give what
    `unroll_feedback` gives with the same mask, uniforms and dropout. Events are integers, so
    gradients flow through the last pass alone.

    Args:
        network, batch, use_truth, uniforms, sampling: as in `unroll_feedback`.
        num_passes: int, at least 1.

    Returns:
        Unroll.

    Source: Duckworth et al. 2019, "Parallel Scheduled Sampling", arXiv:1906.04331, algorithm 2.
    """
    codec, shape = network.codec, tf.shape(batch.labels)
    fed = truth = batch.events[:, :-1]
    for _ in range(num_passes):
        logits = network.projection(unroll_fed(network, batch, fed).outputs)
        classes = sample_classes(tf.reshape(logits, [-1, codec.num_classes]),
                                 tf.reshape(uniforms, [-1]), sampling)
        samples = tf.reshape(codec.decode_label(codec.states(fed), classes), shape)
        # What is drawn after position t is fed at t + 1.
        fed = tf.where(use_truth, truth, tf.concat([truth[:, :1], samples[:, :-1]], axis=1))
    return unroll_fed(network, batch, fed)
