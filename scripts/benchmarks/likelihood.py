"""JOBS=likelihood: log-likelihoods of melodies, against stock's own function at batch size 1."""

import json

from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.examples import read_examples

from . import targets
from .harness import Peer
from .inputs import make_data_sets, make_run
from .job import Job, peer_script
from .metrics import Metric


def make_job(settings):
    """Returns the Job: seconds an event, as stock scores fewer melodies than ours."""
    peers, metrics = [], []
    for config in settings.configs:
        sets, run_dir = make_data_sets(config, settings), make_run(config, settings)
        melodies = settings.work_dir / f'{config}_melodies.json'
        found = read_examples(sets.natural, ENCODINGS[config]).events[:settings.num_scored]
        melodies.write_text(json.dumps([events.tolist() for events in found]))
        stock, ours = f'stock {config}', f'ours {config}'
        peers += [Peer(stock, [peer_script('stock_likelihood', config, run_dir, melodies,
                                           settings.stock_scored)]),
                  Peer(ours, [peer_script('ours_likelihood', run_dir, melodies,
                                          settings.stock_scored)])]
        metrics += [
            Metric(f'{config}, seconds an event of stock / ours, {len(found)} melodies',
                   (stock, 'event_secs'), (ours, 'event_secs'), targets.LIKELIHOOD),
            Metric(f'{config}, microseconds an event of ours', (ours, 'event_secs'), factor=1e6)]
    return Job(peers, metrics, lambda readings: _observe(settings, readings))


def _observe(settings, readings):
    """Returns how far apart the likelihoods of both sides are."""
    return [f'{config}: stock scored {settings.stock_scored} of the melodies: '
            f'{readings[f"stock {config}"][0]["nats"]:.3f} nats, '
            f'ours {readings[f"ours {config}"][0]["nats"]:.3f}' for config in settings.configs]
