#!/usr/bin/env python
"""Makes bundles/ of a finished study: a small trained network a config, and a card for each.

    melody_rnn_reg_study --study=tunes --output_dir=tunes
    python scripts/bundles.py tunes

Of each config the run with the lowest validation loss is taken, at its best checkpoint. What the
card says of it is from the study's report, which is of the test part.
"""

import hashlib
import sys
from pathlib import Path

from magenta_reg.analysis.analyze import RESULTS
from magenta_reg.base.files import read_json
from magenta_reg.generation.opening import open_run
from magenta_reg.interop.bundles import write_bundle
from magenta_reg.model.experiment import default_hparams
from magenta_reg.study.report import ANALYSIS

FOLDER = Path(__file__).resolve().parents[1] / 'bundles'
BOOKS = ("O'Neill's Music of Ireland (1903), Ryan's Mammoth Collection (1883) and Aird's "
         'Selection of Scotch, English, Irish and Foreign Airs (1782 to 1801)')


def make_bundles(study):
    """Writes NAME.mag and NAME.md into bundles/ for each config of a study's folder, a Path."""
    results = read_json(study / ANALYSIS / RESULTS)
    for config in sorted(path.name for path in (study / 'runs').iterdir()):
        losses = {path.parent: read_json(path)['loss']
                  for path in (study / 'runs' / config).glob('*/finished.json')}
        run_dir = min(losses, key=losses.get)
        experiment, weights = open_run(run_dir, 'best')
        path = FOLDER / f'{config}.mag'
        write_bundle(experiment, weights.variables, path, description=(
            f'{config} trained by {experiment.name} on {BOOKS}; see {config}.md'))
        others = {each.name.partition('_seed')[0]: loss for each, loss in losses.items()}
        path.with_suffix('.md').write_text(
            _card(path, experiment, weights, results, losses[run_dir], others, study))
        print(f'{path.name}: {experiment.name}, {path.stat().st_size / 1e6:.2f} MB')


def _card(path, experiment, weights, results, loss, others, study):
    """Returns the card, a str of Markdown."""
    config, sections = experiment.encoding.name, results['sections']
    data = read_json(study / 'dataset' / config / 'dataset.json')
    label, = (each['label'] for each in results['groups'] if each['config'] == config
              and each['method'] == experiment.name and each['seeds'] == [experiment.seed])
    copied = sections['memorization']
    held_out, group = (section['groups'][label] for section in (sections['losses'], copied))
    defaults = default_hparams(experiment.encoding, experiment.method)
    settings = {name: value for name, value in experiment.hparams.items()
                if value != defaults.get(name) or name in (
                    'batch_size', 'rnn_layer_sizes', 'dropout_keep_prob', 'learning_rate')}
    training, test = data['parts']['training'], data['parts']['test']
    rows = {
        'data': f'{BOOKS}; all in the public domain, as the music21 package brings them',
        'training part': f'{training["melodies"]:,} melodies, {training["events"]:,} events; '
                         f'sha256 {training["sha256"]}',
        'method': f'{experiment.name}; lowest validation losses of the candidates: ' + ', '.join(
            f'{name} {each:.3f}' for name, each in sorted(others.items(), key=lambda o: o[1])),
        'settings': ', '.join(f'{name}={value}' for name, value in settings.items()),
        'updates': f'{weights.step}, seed {experiment.seed}',
        'validation loss': f'{loss:.4f} nats an event, which chose method and update',
        'held-out loss': f'{held_out["held_out"]["value"]:.4f} nats an event on the test part '
                         f'({test["melodies"]:,} melodies, {test["events"]:,} events)',
        'memorization': 'longest passage shared with the training music, mean of events: '
                        f'{group["longest_run"]["value"]:.1f}; of held-out music, the floor: '
                        f'{copied["held_out"]["longest_run"]["value"]:.1f}',
        'sha256 of the file': hashlib.sha256(path.read_bytes()).hexdigest(),
        'license': 'Apache-2.0, as the program'}
    return '\n'.join([
        f'# {path.name}', '',
        f'A network of Magenta\'s `{config}` that writes tunes in the manner of its books.', '',
        f'    melody_rnn_reg_generate --bundle_file=bundles/{path.name} --output_dir=generated '
        '--html', '',
        'Stock Magenta opens it as well (`melody_rnn_generate --bundle_file`). Made with '
        '`melody_rnn_reg_study --study=tunes --output_dir=tunes` and '
        '`python scripts/bundles.py tunes`.', '',
        '| | |', '|---|---|', *(f'| {name} | {value} |' for name, value in rows.items()), ''])


if __name__ == '__main__':
    make_bundles(Path(sys.argv[1]))
