#!/usr/bin/env python
"""Measures this package against stock Magenta and its methods against each other.

    python scripts/benchmark.py --jobs=data,training,generation --input=FOLDER_OF_MIDI

Every metric is a ratio within one round: the peers take turns, in an order that is reversed from
round to round, and the median over the rounds counts. The table goes to standard output; all
readings with commands, machine and versions go to --output.
"""

import os
import tempfile
from pathlib import Path

from benchmarks import data, generation, report, training
from benchmarks.harness import run_rounds
from benchmarks.job import Settings
from benchmarks.metrics import summarize

from magenta_reg.base.errors import unknown_name
from magenta_reg.cli.command import Command

JOBS = {'data': data.make_job, 'training': training.make_job, 'generation': generation.make_job}

COMMAND = Command('benchmark', 'Ratios against stock Magenta, measured side by side.')
COMMAND.string('jobs', 'data,training', f'What to measure, of {", ".join(JOBS)}; in this order.')
COMMAND.string('input', os.environ.get('MAGENTA_REG_ECOMPETITION'),
               'Folder of MIDI files; for training also the word folk, which it takes if there is '
               'none. Default: what MAGENTA_REG_ECOMPETITION names.')
COMMAND.string('output', 'bench.json', 'JSON file of all readings.')
COMMAND.integer('rounds', 3, 'How often every peer runs.', lower_bound=1)
COMMAND.integer('num_files', 100, 'data: MIDI files that both sides convert.', lower_bound=1)
COMMAND.integer('batch_size', 64, 'training, and the runs that generation opens: melodies in a '
                'batch.', lower_bound=1)
COMMAND.integer('warmup_steps', 3, 'training: steps before the clock starts.', lower_bound=1)
COMMAND.integer('measured_steps', 10, 'training: steps under the clock.', lower_bound=1)
COMMAND.integer('max_steps', 512, 'training: events to which melodies of equal length are cut.',
                lower_bound=3)
COMMAND.integer('num_outputs', 100, 'generation: melodies that ours makes a round.', lower_bound=1)
COMMAND.integer('stock_outputs', 2, 'generation: melodies that stock makes a round; each takes it '
                'seconds.', lower_bound=1)
COMMAND.integer('num_steps', 512, 'generation: steps of a melody.', lower_bound=8)


def main(flags):
    names = [name.strip() for name in flags.jobs.split(',')]
    for name in names:
        if name not in JOBS:
            raise unknown_name('job', name, JOBS)
    content = {'machine': report.machine(), 'versions': report.versions(),
               'rounds': flags.rounds, 'jobs': {}}
    for name in names:
        with tempfile.TemporaryDirectory(prefix='magenta_reg_bench_') as folder:
            job = JOBS[name](_settings(flags, Path(folder)))
            readings = run_rounds(job.peers, flags.rounds)
            summaries = summarize(job.metrics, readings)
            observations = job.observe()
        print('\n'.join([f'{name}, {flags.rounds} rounds', '', report.table(summaries), '',
                         *observations, '']), flush=True)
        content['jobs'][name] = report.job_to_dict(job, readings, summaries, observations)
        report.write_json(COMMAND.path('output'), content)
    print(f'all readings: {flags.output}')


def _settings(flags, work_dir):
    folder = flags.input if flags.input == 'folk' else COMMAND.path('input')
    return Settings(folder, work_dir, flags.num_files, flags.batch_size, flags.warmup_steps,
                    flags.measured_steps, flags.max_steps, flags.num_outputs,
                    flags.stock_outputs, flags.num_steps)


if __name__ == '__main__':
    COMMAND.run(main)
