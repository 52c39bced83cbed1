#!/usr/bin/env python
"""Builds the wheel, installs it alone, and goes from tunes to a report with what it installed.

    python scripts/package_test.py [--python=PYTHON] [--lowest]

The environment is empty, the resolver the ordinary one, the working directory outside the clone.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
METHODS = ('baseline', 'dropout', 'scheduled_sampling', 'professor_forcing', 'seqgan')
NOT_NEEDED = ('magenta', 'tf_keras', 'tf_slim', 'tensorflow_probability')
SMALL = '--hparams=rnn_layer_sizes=[16],batch_size=8'
ABSENT = ('import importlib.util, sys\n'
          'sys.exit([name for name in sys.argv[1:] if importlib.util.find_spec(name)] or None)')
FROM_PYTHON = ('import magenta_reg, note_seq\n'
               'model = magenta_reg.load("baseline.mag")\n'
               'sequence, = model.generate_sequences(num_steps=32)\n'
               'assert isinstance(sequence, note_seq.NoteSequence) and sequence.notes\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--python', default=sys.executable, help='the Python of the environment')
    parser.add_argument('--lowest', action='store_true',
                        help='the oldest versions that pyproject.toml allows (needs uv)')
    options = parser.parse_args()
    os.environ.pop('PYTHONPATH', None)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        install(options.python, options.lowest)
        installed = time.monotonic()
        use()
    print(f'package-test: installed in {installed - start:.0f} s, used in '
          f'{time.monotonic() - installed:.0f} s')


def install(python, lowest):
    """Builds the wheel from an sdist, as for a package index, and installs it into venv/."""
    run(python, '-m', 'venv', 'build_venv')
    run('build_venv/bin/pip', 'install', '--quiet', 'build', *(['uv'] if lowest else []))
    run('build_venv/bin/python', '-m', 'build', '--outdir=dist', CLONE)
    wheel, = Path('dist').glob('*.whl')
    run(python, '-m', 'venv', 'venv')
    if lowest:
        run('build_venv/bin/uv', 'pip', 'install', '--quiet', '--python=venv/bin/python',
            '--resolution=lowest-direct', wheel)
    else:
        run('venv/bin/pip', 'install', '--quiet', wheel)
    run('venv/bin/python', '-c', ABSENT, *NOT_NEEDED)


def use():
    """Makes a data set, trains every method by name, generates, scores, bundles and analyzes."""
    write_tunes(Path('tunes.abc'))
    command('create_dataset', '--config=basic_rnn', '--input=tunes.abc', '--output_dir=data',
            '--eval_ratio=0.4')
    training, held_out = 'data/training_melodies.tfrecord', 'data/eval_melodies.tfrecord'
    for method in METHODS:
        command('train', f'--experiment={method}', f'--run_dir=runs/{method}', SMALL,
                f'--sequence_example_file={training}', '--num_training_steps=20',
                f'--eval_sequence_example_file={held_out}')
    command('generate', '--run_dir=runs/dropout', '--output_dir=melodies', '--num_outputs=2',
            '--num_steps=48', '--output_format=midi,musicxml,wav,png,tfrecord', '--html')
    command('generate', '--run_dir=runs/baseline', '--bundle_file=baseline.mag',
            '--save_generator_bundle')
    command('generate', '--bundle_file=baseline.mag', '--output_dir=more', '--num_outputs=2',
            '--num_steps=80', '--primer_midi=melodies/' + next(Path('melodies').glob('*.mid')).name,
            '--magenta_primer')
    command('generate', '--bundle_file=baseline.mag', '--score=tunes.abc',
            '--score_output=scores.csv')
    command('analyze', '--run_dirs=runs/baseline,runs/professor_forcing',
            f'--sequence_example_file={held_out}', f'--training_sequence_example_file={training}',
            '--output_dir=analysis', '--num_melodies=10', '--num_steps=64')
    run('venv/bin/python', '-c', FROM_PYTHON)
    for path in ('melodies/index.html', 'more/generated.csv', 'scores.csv', 'analysis/report.html',
                 'analysis/listening.html'):
        assert Path(path).stat().st_size, path


def command(name, *flags):
    run(f'venv/bin/melody_rnn_reg_{name}', *flags)


def run(*argv):
    """Runs a program that must end well, and says which it was; its output is shown if it fails."""
    start = time.monotonic()
    done = subprocess.run(argv, check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    shown = ' '.join(map(str, argv)).replace('\n', ' ')
    print(f'{time.monotonic() - start:6.1f} s  {shown[:90]}', flush=True)
    if done.returncode:
        sys.exit(f'{done.stdout}\nfailed with status {done.returncode}: {shown}')


def write_tunes(path, num_tunes=60, num_bars=16):
    """Writes random walks over a scale as a tune book in ABC notation."""
    rng, lines, scale = random.Random(0), [], 'CDEFGABcdefgab'
    for number in range(1, num_tunes + 1):
        degree, bars = 6, []
        for _ in range(num_bars):
            degrees = []
            for _ in range(8):
                degree = min(max(degree + rng.choice((-2, -1, 1, 2)), 0), len(scale) - 1)
                degrees.append(scale[degree])
            bars.append(''.join(degrees))
        lines += [f'X:{number}', f'T:Tune {number}', 'M:4/4', 'L:1/8', 'K:C', '|'.join(bars), '']
    path.write_text('\n'.join(lines))


if __name__ == '__main__':
    main()
