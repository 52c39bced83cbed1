"""melody_rnn_reg_analyze: compares trained runs and writes a report."""

import os

from magenta_reg.base.files import user_path
from magenta_reg.base.processes import NETWORK_PROCESSES
from magenta_reg.cli.command import Command

COMMAND = Command('melody_rnn_reg_analyze', 'Compares trained runs and writes a report.')
COMMAND.string('run_dirs', None, 'Folders of the runs, separated by commas. Those that differ in '
               'their seed alone are one group.')
COMMAND.string('judge_run_dirs', None, 'Folders of runs that score the melodies of all, separated '
               'by commas: trained on other melodies than the compared ones (the judge part of a '
               'data set). Without, networks of the first group with other seeds than the scored '
               'one.')
COMMAND.string('sequence_example_file', None, 'Held-out melodies: SequenceExamples that no run '
               'was trained on.')
COMMAND.string('training_sequence_example_file', None, 'The melodies that the runs were trained '
               'on, for what only a comparison with them shows: what was learnt by heart.')
COMMAND.string('votes', None, 'Votes that listeners saved from listening.html of the same '
               'comparison: CSV files or globs, separated by commas.')
COMMAND.string('protocol', None, 'How settings were searched for: the protocol.json of a study, '
               'with all trials and the runs that failed.')
COMMAND.string('output_dir', None, 'Folder for report.html, listening.html, results.json, '
               'compute.json, figures and tables.')
COMMAND.enum('checkpoint', 'best', ['best', 'last'], 'Of which checkpoint all numbers are: best, '
             'the lowest evaluation loss, or last, the end of training, where all runs are '
             'compared if one of them was never evaluated.')
COMMAND.integer('seed', 0, 'Seed of everything that is drawn.')
COMMAND.integer('num_melodies', 0, 'Held-out melodies to use at most; 0 uses all that have '
                '--num_steps events.', lower_bound=0)
COMMAND.integer('num_continuations', 2, 'How often each model continues each melody.',
                lower_bound=1)
COMMAND.string('margins', '', 'How small a difference must be not to matter, stated before the '
               'runs are seen, as NAME=NUMBER,...: loss, log_likelihood, entropy (nats per '
               'event), accuracy (of telling apart), mmd.')
COMMAND.integer('num_steps', 128, 'Events of each melody; shorter melodies are left out.')
COMMAND.integer('primer_steps', 16, 'Events of each melody that are given to a model before it '
                'goes on alone; 16 are one bar.')
COMMAND.integer('num_workers', NETWORK_PROCESSES, 'Processes that measure networks side by '
                'side, in 1 to 2 GB each; the numbers do not depend on it.', lower_bound=1)


def main(flags):
    """Analyzes the runs and prints what was found."""
    COMMAND.require('run_dirs', 'sequence_example_file', 'output_dir')
    from magenta_reg.analysis.analyze import REPORT, analyze
    from magenta_reg.analysis.listening.votes import find_votes
    from magenta_reg.analysis.statistics.margins import parse_margins

    output_dir = COMMAND.path('output_dir')
    run_dirs = list(_folders(flags.run_dirs))
    training_file = COMMAND.path('training_sequence_example_file')
    numbers = analyze(
        run_dirs, str(COMMAND.path('sequence_example_file')), output_dir, seed=flags.seed,
        num_melodies=flags.num_melodies, num_steps=flags.num_steps,
        primer_steps=flags.primer_steps, num_continuations=flags.num_continuations,
        training_file=str(training_file) if training_file else None, checkpoint=flags.checkpoint,
        margins=parse_margins(flags.margins),
        judge_run_dirs=list(_folders(flags.judge_run_dirs or '')),
        votes_files=find_votes(flags.votes) if flags.votes is not None else (),
        protocol_file=COMMAND.path('protocol'), num_workers=flags.num_workers)
    print(summary(numbers))
    print(f'Report: {output_dir / REPORT}')


def _folders(text):
    """Yields the Paths in a comma list; what is a folder's name is one, with commas or spaces."""
    parts = text.split(',')
    while parts:
        names = [','.join(parts[:size]) for size in range(len(parts), 0, -1)]
        name = next((name for name in names if name and os.path.isdir(user_path(name))), parts[0])
        del parts[:name.count(',') + 1]
        if not os.path.isdir(user_path(name)):
            name = name.strip()
        if name:
            yield user_path(name)


def summary(numbers):
    """Returns what is printed of `analyze`'s result: the methods, then a line a verdict."""
    from magenta_reg.analysis.report.overview import overview, text_lines

    lines = [f'{numbers["settings"]["melodies_used"]} held-out melodies']
    for table in overview(numbers):
        lines += ['', *text_lines(table)]
    lines += ['']
    for encoding, own in numbers['verdicts'].items():
        prefix = f'{encoding}: ' if len(numbers['verdicts']) > 1 else ''
        lines += [f'{each["verdict"]:>12}  {prefix}{each["statement"]}'
                  + (f' ({each["why"]})' if each['verdict'] == 'not tested' else '')
                  for each in own]
    return '\n'.join(lines)


def console_entry_point():
    """What the console script calls."""
    COMMAND.run(main)


if __name__ == '__main__':
    console_entry_point()
