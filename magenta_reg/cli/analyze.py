"""melody_rnn_reg_analyze: compares trained runs and writes a report."""

from pathlib import Path

from magenta_reg.cli.command import Command

COMMAND = Command('melody_rnn_reg_analyze', 'Compares trained runs and writes a report.')
COMMAND.string('run_dirs', None, 'Folders of the runs, separated by commas. The first is the '
               'reference model that scores the melodies of all.')
COMMAND.string('sequence_example_file', None, 'Held-out melodies: SequenceExamples that no run '
               'was trained on.')
COMMAND.string('output_dir', None, 'Folder for report.html, results.json and figures.')
COMMAND.integer('seed', 0, 'Seed of everything that is drawn.')
COMMAND.integer('num_melodies', 64, 'Held-out melodies to use at most.')
COMMAND.integer('num_steps', 128, 'Events of each melody; shorter melodies are left out.')
COMMAND.integer('primer_steps', 16, 'Events of each melody that are given to a model before it '
                'goes on alone; 16 are one bar.')


def main(flags):
    """Analyzes the runs and prints what was found."""
    COMMAND.require('run_dirs', 'sequence_example_file', 'output_dir')
    from magenta_reg.analysis.analyze import REPORT, analyze

    output_dir = COMMAND.path('output_dir')
    run_dirs = [Path(part.strip()).expanduser()
                for part in flags.run_dirs.split(',') if part.strip()]
    numbers = analyze(
        run_dirs, str(COMMAND.path('sequence_example_file')), output_dir, seed=flags.seed,
        num_melodies=flags.num_melodies, num_steps=flags.num_steps,
        primer_steps=flags.primer_steps)
    print(summary(numbers))
    print(f'Report: {output_dir / REPORT}')


def summary(numbers):
    """Returns a short table of the results, one line a run.

    Args:
        numbers: dict, as `analyze` returns it.
    """
    width = max(len(run['label']) for run in numbers['runs'])
    lines = [f'{numbers["settings"]["num_melodies"]} held-out melodies; nats per event',
             f'{"run":<{width}}  eval loss  two-sample (floor)  log-lik. self  reference  '
             'repetition']
    for run in numbers['runs']:
        lines.append(
            f'{run["label"]:<{width}}  {_number(run["final_evaluation_loss"]):>9}  '
            f'{run["two_sample"]["mean"]:>10.3f} ({run["two_sample_floor"]["mean"]:.3f})  '
            f'{_mean(run["log_likelihood_self"]):>13}  '
            f'{_mean(run["log_likelihood_reference"]):>9}  {_mean(run["repetition"]):>10}')
    return '\n'.join(lines)


def _number(value):
    return '-' if value is None else f'{value:.3f}'


def _mean(estimate):
    return _number(estimate and estimate['mean'])


def console_entry_point():
    """What the console script calls."""
    COMMAND.run(main)


if __name__ == '__main__':
    console_entry_point()
