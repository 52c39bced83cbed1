"""JOBS=peak: the share of this CPU's sgemm peak that a training update of basic_rnn reaches."""

from magenta_reg.codec.encodings import ENCODINGS

from . import targets
from .flops import flops_per_event
from .harness import Peer
from .inputs import make_data_sets
from .job import Job, peer_script
from .metrics import Metric
from .training import ours

CONFIG, LAYER_SIZES = 'basic_rnn', [128, 128]


def make_job(settings):
    """Returns the Job: teacher forcing without dropout and padding, and products of matrices."""
    sets, codec = make_data_sets(CONFIG, settings), ENCODINGS[CONFIG].codec
    flops = flops_per_event(codec.input_size, LAYER_SIZES, codec.num_classes)
    batch_size, units = settings.batch_size, LAYER_SIZES[0]
    gemm = Peer('sgemm', [peer_script('sgemm', batch_size, units)])
    update = ours('ours', CONFIG, sets.equal, settings, {'dropout_keep_prob': '1.0'},
                  settings.measured_steps)
    speed, peak = ('ours', 'events_per_sec'), ('sgemm', 'peak_flops_per_sec')
    one_step = f'a step: [{batch_size},{units}] x [{units},{4 * units}]'
    metrics = [
        Metric(f'{CONFIG}, operations a second of an update / sgemm peak', speed, peak,
               targets.PEAK, flops),
        Metric('GFLOP/s of an update', speed, factor=flops / 1e9),
        Metric('GFLOP/s of sgemm, 2048 x 2048', ('sgemm', 'large_flops_per_sec'), factor=1e-9),
        Metric(f'GFLOP/s of sgemm, {one_step}', ('sgemm', 'step_flops_per_sec'), factor=1e-9),
        Metric(f'an update / sgemm of {one_step}', speed, ('sgemm', 'step_flops_per_sec'),
               factor=flops)]
    notes = [f'{flops:,} operations an event: matrix products alone, forward and backward; '
             f'{batch_size} melodies of {sets.equal_steps} events, without dropout',
             'sgemm is that of NumPy, float32, on all cores, the best of several repetitions; '
             'the faster of the two is the peak']
    return Job([gemm, update], metrics, lambda readings: notes)
