"""JOBS=methods: what an update of each method costs, in updates of teacher forcing."""

from typing import NamedTuple

from . import targets
from .inputs import make_data_sets
from .job import Job
from .metrics import Metric
from .training import ours

CONFIG = 'basic_rnn'
_BASE = 'teacher forcing'


class Method(NamedTuple):
    """A method whose updates are timed, from its start on.

    Attributes:
        experiment: str, the stem of a file in configs/.
        hparams: dict, they override the file's.
    """

    experiment: str
    hparams: dict


_HALF = {'sampling_schedule': 'constant', 'sampling_rate': '0.5', 'sampling_warmup_steps': '0'}
# Every gate is open: both networks take each step.
_OPEN = {'gate_generator': '0.0', 'gate_discriminator': '1.0'}
METHODS = {
    'scheduled_sampling': Method('scheduled_sampling', _HALF),
    'parallel': Method('scheduled_sampling', {**_HALF, 'sampling_method': 'parallel'}),
    'professor_forcing': Method('professor_forcing', _OPEN),
    'professor_forcing_authors': Method('professor_forcing_authors', _OPEN),
    # The generator acts in every second update, as the file says: the mean of both kinds counts.
    'seqgan': Method('seqgan', {'discriminator_warmup_steps': '0'}),
}


def make_job(settings):
    """Returns the Job, on melodies of equal length."""
    sets = make_data_sets(CONFIG, settings)
    # An even number: as many updates of seqgan with a step of the generator as without.
    steps = settings.measured_steps + settings.measured_steps % 2
    peers = [ours(_BASE, CONFIG, sets.equal, settings, {}, steps, 'baseline')]
    metrics = []
    for name in settings.methods:
        method = METHODS[name]
        peers.append(ours(name, CONFIG, sets.equal, settings, method.hparams, steps,
                          method.experiment))
        metrics.append(Metric(f'{name}, seconds of an update / {_BASE}', (name, 'step_secs'),
                              (_BASE, 'step_secs'), targets.METHODS[name]))
    metrics += [Metric(f'{peer.name}, peak memory, MiB', (peer.name, 'largest_process_mib'))
                for peer in peers]
    note = f'{CONFIG}, {settings.batch_size} melodies of {sets.equal_steps} events'
    return Job(peers, metrics, lambda readings: [note])
