"""JOBS=training: teacher forcing against stock Magenta's melody_rnn_train, events a second."""

from . import targets
from .harness import Peer
from .inputs import make_data_sets
from .job import EXPERIMENTS, Job, empty, joined, peer_script
from .metrics import Metric

HPARAMS = {'rnn_layer_sizes': '[128,128]', 'dropout_keep_prob': '0.5'}


def make_job(settings):
    """Returns the Job: whole epochs of melodies as they come, and melodies of equal length."""
    peers, metrics, notes = [], [], []
    for config in settings.configs:
        sets = make_data_sets(config, settings)
        kinds = [('epochs', sets.natural, epoch_steps(sets, settings)),
                 ('equal', sets.equal, settings.measured_steps)]
        for kind, path, steps in kinds[:1] if settings.is_quick else kinds:
            peers += _pair(config, kind, path, steps, settings)
            metrics += _metrics(config, kind)
        notes.append(f'{config}: {settings.epochs} epochs of {sets.num_natural} melodies; equal '
                     f'lengths are {sets.equal_steps} events')
    notes.append('events/s count real events; stock pads what its queue happens to hold, ours '
                 'batches by length; without padding steps/s and events/s are one ratio')
    return Job(peers, metrics, lambda readings: notes)


def epoch_steps(sets, settings):
    """Returns how many steps the epochs under the clock have."""
    return settings.epochs * -(-sets.num_natural // settings.batch_size)


def ours(name, config, path, settings, hparams, steps, experiment=None):
    """Returns the Peer of our training steps.

    Args:
        name: str.
        config: str.
        path: Path of a TFRecord.
        settings: Settings.
        hparams: dict, over those of the experiment.
        steps: int, under the clock.
        experiment: str, the stem of a file in configs/, or None.
    """
    options = [f'--experiment={EXPERIMENTS / experiment}.yaml'] if experiment else []
    return Peer(name, [peer_script(
        'ours_train', f'--config={config}', f'--sequence_example_file={path}',
        f'--hparams={joined({"batch_size": settings.batch_size, **hparams})}',
        f'--warmup_steps={settings.warmup_steps}', f'--measured_steps={steps}', *options)])


def _pair(config, kind, path, steps, settings):
    run_dir = settings.work_dir / 'training' / f'{config}_{kind}'
    hparams = joined({'batch_size': settings.batch_size, **HPARAMS})
    train = peer_script(
        'stock_train', settings.warmup_steps, steps, f'--config={config}', f'--run_dir={run_dir}',
        f'--sequence_example_file={path}', f'--hparams={hparams}')
    return [Peer(f'stock {config}, {kind}', [empty(run_dir), train]),
            ours(f'ours {config}, {kind}', config, path, settings, HPARAMS, steps)]


def _metrics(config, kind):
    us, stock = f'ours {config}, {kind}', f'stock {config}, {kind}'
    over, under = (us, 'events_per_sec'), (stock, 'events_per_sec')
    if kind == 'epochs':
        return [Metric(f'{config}, events/s of ours / stock, whole epochs', over, under,
                       targets.TRAINING[config]),
                Metric(f'{config}, events/s of ours', over)]
    memory = 'largest_process_mib'
    return [Metric(f'{config}, the same with melodies of one length', over, under),
            Metric(f'{config}, peak memory of ours / stock', (us, memory), (stock, memory)),
            Metric(f'{config}, peak memory of ours, MiB', (us, memory))]
