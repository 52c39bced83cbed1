"""Scheduled sampling: at each step of training, a coin decides between the true event and the
model's own.

Source: S. Bengio, Vinyals, Jaitly, Shazeer, "Scheduled Sampling for Sequence Prediction with
Recurrent Neural Networks", 2015, arXiv:1506.03099.
"""

from magenta_reg.base.compat import tf
from magenta_reg.graph.melody_graph import MelodyRnnGraph
from magenta_reg.graph.sampling import COINS, SAMPLES, Sampling, sample_classes, step_uniforms
from magenta_reg.graph.unroll import unroll_fed, unroll_feedback
from magenta_reg.runs.metrics import ACTED

SCHEDULES = ('constant', 'linear', 'exponential', 'inverse_sigmoid')
SAMPLING_METHODS = ('sequential', 'parallel')


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


class ScheduledSamplingGraph(MelodyRnnGraph):
    """Feeds events by coins: one coin an event, position 0 is always true.

    The label at a step is that of the true next event given the history that was fed. No gradient
    flows through the sampled events. The sequential method feeds each sample to the step after it;
    the parallel one draws at all positions from whole passes, see `unroll_parallel`.
    """

    HPARAMS = {
        'sampling_schedule': 'linear',
        'sampling_rate': 0.001,
        'sampling_max_probability': 0.5,
        'sampling_warmup_steps': 0,
        'sampling_mode': 'sample',
        'sampling_method': 'sequential',
        'sampling_num_passes': 1,
    }

    def check_hparams(self):
        super().check_hparams()
        self.check('sampling_schedule', SCHEDULES.__contains__, f'one of {", ".join(SCHEDULES)}')
        self.check('sampling_mode', ('sample', 'argmax').__contains__, 'sample or argmax')
        self.check('sampling_method', SAMPLING_METHODS.__contains__,
                   f'one of {", ".join(SAMPLING_METHODS)}')
        self.check('sampling_num_passes', lambda value: value >= 1, '1 or more')
        self.check('sampling_warmup_steps', lambda value: value >= 0, '0 or more')
        self.check('sampling_max_probability', lambda value: 0 <= value <= 1, 'in [0, 1]')
        schedule = self.hparams['sampling_schedule']
        is_valid, allowed = {
            'exponential': (lambda rate: 0 < rate < 1, 'in (0, 1)'),
            'inverse_sigmoid': (lambda rate: rate >= 1, '1 or more'),
        }.get(schedule, (lambda rate: 0 <= rate <= 1, 'in [0, 1]'))
        self.check('sampling_rate', is_valid, f'{allowed} for the schedule {schedule}')

    def unroll_train(self, network, batch, step):
        shape = tf.shape(batch.labels)
        probability = sampling_probability(
            self.hparams['sampling_schedule'], self.hparams['sampling_rate'],
            self.hparams['sampling_max_probability'], step, self.hparams['sampling_warmup_steps'])
        coins = step_uniforms(shape, self.seed, step, COINS)
        is_first = tf.equal(tf.range(shape[1]), 0)[tf.newaxis, :]
        use_truth = tf.logical_or(coins >= probability, is_first)
        sampling = Sampling(0 if self.hparams['sampling_mode'] == 'argmax' else 1.0)
        uniforms = step_uniforms(shape, self.seed, step, SAMPLES)
        if self.hparams['sampling_method'] == 'parallel':
            unroll = unroll_parallel(network, batch, use_truth, uniforms, sampling,
                                     self.hparams['sampling_num_passes'])
        else:
            unroll = unroll_feedback(network, batch, use_truth, uniforms, sampling)
        is_real = tf.sequence_mask(batch.lengths, shape[1])
        acted = tf.reduce_any(tf.logical_and(tf.logical_not(use_truth), is_real))
        return unroll._replace(metrics={'sampling_probability': probability,
                                        ACTED: tf.cast(acted, tf.float32)})


def unroll_parallel(network, batch, use_truth, uniforms, sampling, num_passes):
    """Runs over a batch `num_passes` times to draw samples, and once more to learn.

    A pass draws an event at every position from what the pass before it fed, the first pass from
    the true history; the mask decides which of them the next pass is fed. A history that is right
    up to position k is right up to k + 1 after one more pass, so as many passes as steps give what
    `unroll_feedback` gives with the same mask, uniforms and dropout. Gradients flow through the
    last pass alone.

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
        logits = tf.stop_gradient(network.projection(unroll_fed(network, batch, fed).outputs))
        classes = sample_classes(tf.reshape(logits, [-1, codec.num_classes]),
                                 tf.reshape(uniforms, [-1]), sampling)
        samples = tf.reshape(codec.decode_label(codec.states(fed), classes), shape)
        # What is drawn after position t is fed at t + 1.
        fed = tf.where(use_truth, truth, tf.concat([truth[:, :1], samples[:, :-1]], axis=1))
    return unroll_fed(network, batch, fed)
