"""melody_rnn_reg_study: a whole comparison from one file."""

from magenta_reg.cli.analyze import summary
from magenta_reg.cli.command import Command

COMMAND = Command('melody_rnn_reg_study', 'Data set, training of every method, evaluation, '
                  'generation and analysis, from one file.')
COMMAND.string('study', None, 'YAML file of the study, or the name of one that comes with the '
               'package: quick.')
COMMAND.string('output_dir', None, 'Folder for dataset/, runs/, generated/ and analysis/.')


def main(flags):
    COMMAND.require('study', 'output_dir')
    from magenta_reg.analysis.analyze import REPORT
    from magenta_reg.study import run_study

    output_dir = COMMAND.path('output_dir')
    print(summary(run_study(COMMAND.path('study'), output_dir)))
    print(f'Report: {output_dir / "analysis" / REPORT}')


def console_entry_point():
    COMMAND.run(main)


if __name__ == '__main__':
    console_entry_point()
