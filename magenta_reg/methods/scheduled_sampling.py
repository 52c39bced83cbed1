"""Scheduled sampling: at each step of training, a coin decides between the true event and the
model's own.

Source: S. Bengio, Vinyals, Jaitly, Shazeer, "Scheduled Sampling for Sequence Prediction with
Recurrent Neural Networks", 2015, arXiv:1506.03099.
"""

from magenta_reg.base.compat import tf
from magenta_reg.graph.melody_graph import MelodyRnnGraph
from magenta_reg.graph.parallel import unroll_parallel
from magenta_reg.graph.sampling import COINS, SAMPLES, step_uniforms
from magenta_reg.graph.unroll import unroll_feedback

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
    flows through the sampled events.

    The sequential method feeds each sample to the step after it. The parallel one draws samples
    at all positions from whole passes (Duckworth et al. 2019): the first from the true history,
    so that with one pass a sample does not know that its predecessors were samples.
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

    def unroll_train(self, batch):
        shape = tf.shape(batch.labels)
        self.probability = sampling_probability(
            self.hparams['sampling_schedule'], self.hparams['sampling_rate'],
            self.hparams['sampling_max_probability'], self.global_step,
            self.hparams['sampling_warmup_steps'])
        coins = step_uniforms(shape, self.seed, self.global_step, COINS)
        is_first = tf.equal(tf.range(shape[1]), 0)[tf.newaxis, :]
        use_truth = tf.logical_or(coins >= self.probability, is_first)
        temperature = 0 if self.hparams['sampling_mode'] == 'argmax' else 1.0
        uniforms = step_uniforms(shape, self.seed, self.global_step, SAMPLES)
        feedback = self.feedback(temperature)
        if self.hparams['sampling_method'] == 'parallel':
            return unroll_parallel(feedback, batch, use_truth, uniforms,
                                   self.hparams['sampling_num_passes'])
        return unroll_feedback(feedback, batch, use_truth, uniforms)

    def losses(self, unroll, batch):
        return {**super().losses(unroll, batch), 'sampling_probability': self.probability}
