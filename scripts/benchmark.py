#!/usr/bin/env python
"""Measures this package against stock Magenta, PyTorch and the CPU's limit.

    python scripts/benchmark.py --jobs=data,training --input=FOLDER_OF_MIDI
    python scripts/benchmark.py --resume
    python scripts/benchmark.py --table=bench.json
    python scripts/benchmark.py --publish=bench.json

Every metric is a ratio within one round: the peers take turns, in an order that is reversed from
round to round, and the median over the rounds counts. The JSON file has all readings, commands,
machine and versions; it is written after every round, and a plot of each job is beside it.
"""

import os
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path

from benchmarks import figure, jobs, methods, page, report
from benchmarks.harness import run_rounds
from benchmarks.job import HELP, QUICK, QUICK_CONFIGS, QUICK_METHODS, Settings, Unavailable
from benchmarks.metrics import summarize

from magenta_reg.base.errors import UserError, unknown_name
from magenta_reg.base.interrupts import Stopped
from magenta_reg.cli.command import Command

JOBS = jobs.JOBS
CONFIGS = Settings._field_defaults['configs']

COMMAND = Command('benchmark', 'How fast it is, measured side by side with other programs.')
COMMAND.string('jobs', None, f'Which jobs of {", ".join(JOBS)}. Default: all, with --quick all but '
               'study.')
COMMAND.string('configs', None, f'Which configs of {", ".join(CONFIGS)}. Default: all, with '
               f'--quick {", ".join(QUICK_CONFIGS)}.')
COMMAND.string('methods', None, f'Which methods of {", ".join(methods.METHODS)}. Default: all, '
               f'with --quick {", ".join(QUICK_METHODS)}.')
COMMAND.boolean('quick', False, 'Small sizes, one round: whether all runs, not how fast it is.')
COMMAND.string('input', os.environ.get('MAGENTA_REG_ECOMPETITION'),
               'Folder of MIDI files; but for the job data also the word folk, which is taken if '
               'there is none. Default: what MAGENTA_REG_ECOMPETITION names.')
COMMAND.string('torch_python', None, 'A Python that has PyTorch, for the job torch.')
COMMAND.string('output', 'bench.json', 'JSON file of all readings; plots go beside it.')
COMMAND.string('table', None, 'Measure nothing: print the table of this JSON file in Markdown.')
COMMAND.string('publish', None, 'Measure nothing: bring this JSON file and its plots into docs, '
               'and write the numbers of docs/benchmarks.md and README from it.')
COMMAND.boolean('resume', False, 'Go on with --output, which must be of this machine and these '
                'sizes: rounds that are in it are not run again.')
COMMAND.integer('rounds', None, 'How often every peer runs. Default: 3, with --quick 1.',
                lower_bound=1)
for _name, _help in HELP.items():
    COMMAND.integer(_name, None, f'{_help} Default: {Settings._field_defaults[_name]}, with '
                    f'--quick {QUICK[_name]}.', lower_bound=1)


def main(flags):
    if flags.table:
        print(report.markdown(report.read_json(COMMAND.path('table'))))
        return
    if flags.publish:
        page.publish(COMMAND.path('publish'))
        return
    names = _chosen('job', flags.jobs, JOBS, jobs.QUICK_JOBS if flags.quick else JOBS)
    with _terminated_like_interrupted(), tempfile.TemporaryDirectory(
            prefix='magenta_reg_bench_') as folder:
        settings = _settings(flags, Path(folder))
        results = Results(COMMAND.path('output'), settings, flags.resume)
        try:
            for name in names:
                _measure(name, settings, flags.rounds or (1 if flags.quick else 3), results)
        except KeyboardInterrupt:
            raise Stopped(signal.SIGINT, f'interrupted: {results.where()}') from None
    print(results.where())
    if results.failures:
        raise UserError('; '.join(results.failures))


class Results:
    """The JSON file, which is written whenever there is something new.

    Attributes:
        failures: list of str, of the jobs that failed.
    """

    def __init__(self, path, settings, resume=False):
        self._path, self._is_written = path, False
        self._content = {'machine': report.machine(), 'versions': report.versions(),
                         'is_quick': settings.is_quick, 'settings': settings.to_dict(), 'jobs': {}}
        self.failures = []
        if resume and path.exists():
            self._content['jobs'] = report.jobs_to_resume(path, self._content)

    def readings(self, name):
        """Returns a job's readings so far, as `run_rounds` returns them; {} without any."""
        peers = self._content['jobs'].get(name, {'peers': {}})['peers']
        return {peer: own['readings'] for peer, own in peers.items()}

    def set_job(self, name, content):
        """Takes a job's content, and writes the file."""
        self._content['jobs'][name] = content
        report.write_json(self._path, self._content)
        self._is_written = True

    def leave_out(self, name, reason):
        """Notes why a job did not run to its end; its finished rounds stay."""
        content = self._content['jobs'].get(name) or report.job_left_out('')
        self.set_job(name, {**content, 'left_out': reason})
        print(f'{name}: left out: {reason}\n', flush=True)

    def finish_job(self, name):
        """Prints a job's table, and draws its plot."""
        content = self._content['jobs'][name]
        quick = ' (quick: small sizes, no measurement)' if self._content['is_quick'] else ''
        title = f'{name}, rounds: {content["rounds"]}{quick}'
        print('\n'.join([title, '', report.table(content['figures']), '',
                         *content['observations'], '']), flush=True)
        figure.draw(self._path.with_name(f'{self._path.stem}_{name}.png'), title,
                    content['figures'])

    def where(self):
        """Returns one line: where the numbers are."""
        return (f'all readings of finished rounds: {self._path}' if self._is_written
                else 'no round was finished, nothing was written')


@contextmanager
def _terminated_like_interrupted():
    """Lets SIGTERM do in the block what Ctrl-C does: peers end, and the folder is removed."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _measure(name, settings, num_rounds, results):
    """Runs a job. One that fails, or cannot run here, keeps no other from running."""
    try:
        done = results.readings(name)
        if done and min(map(len, done.values())) >= num_rounds:
            print(f'{name}: all rounds are there\n', flush=True)
            return
        job = JOBS[name](settings)

        def save(readings, observations=()):
            summaries = summarize(job.metrics, readings)
            results.set_job(name, report.job_to_dict(job, readings, summaries, observations))

        readings = run_rounds(job.peers, num_rounds, save, done)
        save(readings, job.observe(readings))
        results.finish_job(name)
    except Unavailable as reason:
        results.leave_out(name, str(reason))
    except (UserError, OSError) as error:
        results.leave_out(name, str(error))
        results.failures.append(f'{name}: {error}')


def _settings(flags, work_dir):
    folder = flags.input if flags.input == 'folk' else COMMAND.path('input')
    given = {name: flags[name].value for name in HELP if flags[name].value is not None}
    sizes = {**(QUICK if flags.quick else {}), **given}
    configs, names = (QUICK_CONFIGS, QUICK_METHODS) if flags.quick else (CONFIGS, methods.METHODS)
    return Settings(folder, work_dir, _chosen('config', flags.configs, CONFIGS, configs),
                    _chosen('method', flags.methods, methods.METHODS, names),
                    COMMAND.path('torch_python'), flags.quick, **sizes)


def _chosen(kind, text, known, default=()):
    """Returns the names in a comma list, a tuple, or `default` without one.

    Raises:
        UserError: If one is not known.
    """
    names = tuple(name.strip() for name in (text or '').split(',') if name.strip())
    for name in names:
        if name not in known:
            raise unknown_name(kind, name, known)
    return names or tuple(default)


if __name__ == '__main__':
    COMMAND.run(main)
