"""JOBS=generation: melodies of one checkpoint, against stock Magenta's melody_rnn_generate."""

from . import targets
from .harness import Peer
from .inputs import make_run
from .job import Job, empty, peer_script
from .metrics import Metric

BATCH_SIZES = [16, 64, 256]

_PRIMER = '--primer_melody=[60]'


def make_job(settings):
    """Returns the Job: the configs against stock; memory and speed by batch size of the first.

    The networks are trained on folk tunes, whatever `settings.input` is.
    """
    peers, metrics = [], []
    for config in settings.configs:
        run_dir = make_run(config, settings)
        peers += [_stock(f'stock {config}', config, run_dir, settings, settings.batch_size),
                  generate_peer(f'ours {config}', run_dir, settings, settings.num_outputs)]
        metrics += _metrics(config, settings)
        if not settings.is_quick:
            fastest = f'stock {config}, batch_size=1'
            peers.append(_stock(fastest, config, run_dir, settings, 1))
            metrics.append(Metric(f'{config}, the same with stock at batch_size=1',
                                  (fastest, 'melody_secs'), (f'ours {config}', 'melody_secs')))
    for more in () if settings.is_quick else (_memory, _batch_sizes):
        more_peers, more_metrics = more(settings.configs[0], settings)
        peers, metrics = peers + more_peers, metrics + more_metrics
    notes = [
        f'melodies of {settings.num_steps} steps, layers [128,128]; stock made '
        f'{settings.stock_outputs} a run, ours {settings.num_outputs}; written as MIDI by both, '
        'and scored by ours',
        f'stock takes the hparams of the training, as its README says: batch_size='
        f'{settings.batch_size} rows, all but one of them copies; --hparams=batch_size=1 is its '
        'fastest',
        f'whole commands: import, graph and {settings.num_outputs} melodies, estimated for stock '
        f'from {settings.stock_outputs}']
    return Job(peers, metrics, lambda readings: notes)


def _stock(name, config, run_dir, settings, batch_size):
    return Peer(name, [peer_script(
        'stock_generate', settings.num_outputs, f'--config={config}', f'--run_dir={run_dir}',
        f'--hparams=batch_size={batch_size},rnn_layer_sizes=[128,128]',
        f'--output_dir={run_dir / "stock"}', f'--num_outputs={settings.stock_outputs}',
        f'--num_steps={settings.num_steps}', _PRIMER, '--log=ERROR')])


def generate_peer(name, run_dir, settings, num_outputs, *options):
    """Returns the Peer of our command; every round starts with an empty folder."""
    output_dir = settings.work_dir / 'generated' / name.replace(' ', '_')
    return Peer(name, [empty(output_dir), peer_script(
        'ours_generate', f'--run_dir={run_dir}', f'--output_dir={output_dir}',
        f'--num_outputs={num_outputs}', f'--num_steps={settings.num_steps}', _PRIMER, *options)])


def _metrics(config, settings):
    ours, stock = f'ours {config}', f'stock {config}'
    return [
        Metric(f'{config}, seconds a melody of stock / ours', (stock, 'melody_secs'),
               (ours, 'melody_secs'), targets.GENERATION[config]),
        Metric(f'{config}, processor seconds a melody of stock / ours',
               (stock, 'melody_cpu_secs'), (ours, 'melody_cpu_secs')),
        Metric(f'{config}, whole commands, {settings.num_outputs} melodies, stock / ours',
               (stock, 'reckoned_secs'), (ours, 'wall_secs')),
        *[Metric(f'{config}, seconds of {side}, {what}', (peer, key))
          for side, peer in (('stock', stock), ('ours', ours))
          for what, key in (('a melody', 'melody_secs'), ('import', 'import_secs'),
                            ('graph', 'graph_secs'))],
    ]


def _memory(config, settings):
    """Returns a peer with ten times the melodies, and metrics of its memory."""
    few, many = f'ours {config}', f'ours {config}, ten times the melodies'
    memory, num_many = 'largest_process_mib', 10 * settings.num_outputs
    return [generate_peer(many, make_run(config, settings), settings, num_many)], [
        Metric(f'peak memory of ours, {num_many} melodies / {settings.num_outputs}',
               (many, memory), (few, memory)),
        Metric(f'peak memory of ours, {num_many} melodies, MiB', (many, memory)),
        Metric('peak memory of ours / stock', (few, memory), (f'stock {config}', memory)),
    ]


def _batch_sizes(config, settings):
    """Returns peers of several batch sizes, and their melodies a second."""
    run_dir = make_run(config, settings)
    peers = [generate_peer(f'ours {config}, batches of {size}', run_dir, settings,
                           max(size, settings.num_outputs), f'--batch_size={size}')
             for size in BATCH_SIZES]
    return peers, [Metric(f'{peer.name}, melodies a second', (peer.name, 'melodies_per_sec'))
                   for peer in peers]
