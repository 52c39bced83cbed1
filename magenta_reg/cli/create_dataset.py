"""melody_rnn_reg_create_dataset: music into SequenceExamples for training and evaluation."""

import os
import time

from magenta_reg.cli.command import Command
from magenta_reg.cli.config_flags import config_name, define_config_flags

COMMAND = Command('melody_rnn_reg_create_dataset',
                  'Makes training_melodies.tfrecord, eval_melodies.tfrecord and dataset.json.')
define_config_flags(COMMAND)
COMMAND.string('experiment', None, 'YAML file whose config is used if --config is not given.')
COMMAND.string('input', None,
               'Folder (with all folders in it), zip or tar of MIDI, ABC and MusicXML files, with '
               "or without a table in MAESTRO's form (CSV or JSON); one such file; a TFRecord of "
               'NoteSequences; the word maestro: MAESTRO v3.0.0, downloaded once; the word '
               'folk: the tune books that the music21 package ships, or some of them, as in '
               'folk:oneills1850,ryansMammoth,airdsAirs; or oracle:NAME: melodies '
               'drawn from a known distribution, NAME being lstm, motif or markov, with settings '
               'as in oracle:lstm,num_melodies=10000,min_steps=20,max_steps=32.')
COMMAND.string('output_dir', None, 'Folder to write to; a data set in it is replaced.')

# Which part a piece goes into.
COMMAND.float('eval_ratio', None,
              'Share of the compositions that is for evaluation: 0.1, or if the music comes with a '
              'split, what that says, its test pieces in test_melodies.tfrecord.',
              lower_bound=0.0, upper_bound=1.0)
COMMAND.float('test_ratio', None, 'Share of the compositions for test_melodies.tfrecord.',
              lower_bound=0.0, upper_bound=1.0)
COMMAND.float('judge_ratio', None,
              'Share of the compositions, taken from training, for judge_melodies.tfrecord: what '
              'networks are trained on that judge the melodies of others '
              '(melody_rnn_reg_analyze --judge_run_dirs).', lower_bound=0.0, upper_bound=1.0)
COMMAND.float('training_share', 1.0,
              'How much of the training part is kept, by compositions, to see what methods do with '
              'little data: what is in a smaller share is in a larger one, and the other parts '
              'stay the same.', lower_bound=0.0, upper_bound=1.0)
COMMAND.enum('split_by', 'composition', ['composition', 'folder', 'file'],
             "What goes into one part as a whole. A composition is a table's title, or without a "
             'table a folder, or where folders are few and their files many the files of one '
             'title. file is what Magenta does, where performances of one composition come into '
             'several parts.')
COMMAND.integer('seed', 0, 'Decides which compositions are for evaluation, and what oracle: draws.')
COMMAND.boolean('keep_duplicates', False,
                'Keep melodies in the training and the judge part that another part has, too, as '
                'they are or transposed.')

# What a melody is. The defaults are those of Magenta.
COMMAND.boolean('ignore_polyphonic_notes', True,
                'Where several notes start together take the highest; with '
                '--noignore_polyphonic_notes discard the track, as Magenta does.')
COMMAND.integer('steps_per_quarter', 4, 'The grid.', lower_bound=1, upper_bound=96)
COMMAND.integer('min_bars', 7, 'Shorter melodies are discarded.', lower_bound=0)
COMMAND.integer('max_steps', 512, 'Longer melodies are cut off there.', lower_bound=1)
COMMAND.integer('min_unique_pitches', 5, 'Melodies of fewer pitch classes are discarded.',
                lower_bound=0, upper_bound=12)
COMMAND.float('gap_bars', 1.0, 'So many bars of silence end a melody.', lower_bound=0.0)
COMMAND.integer('window_steps', None,
                'Cut melodies into windows of so many steps and keep all of them, instead of the '
                'first --max_steps steps.', lower_bound=1)
COMMAND.integer('window_hop_steps', None,
                'From the beginning of a window to that of the next; --window_steps if not given.',
                lower_bound=1)
COMMAND.string('transpositions', '0',
               'Semitones by which every melody of the training and the judge part is '
               'transposed, in addition to itself: a range such as -5..6, or a list such as 1,2.')

COMMAND.integer('num_workers', os.cpu_count() or 1,
                'Processes that read music; what is written does not depend on it. A file that '
                'crashes the reader is skipped with 2 at least.', lower_bound=1, upper_bound=1024)
COMMAND.boolean('strict', False, 'Stop at the first file that cannot be read.')
COMMAND.boolean('dry_run', False, 'Write nothing, only print what would come out.')
COMMAND.boolean('plot', True, 'Draw lengths, pitches and kinds of events into dataset.png.')


def main(flags):
    """Makes the data set and prints what became of every piece."""
    COMMAND.require('input', *([] if flags.dry_run else ['output_dir']))
    from magenta_reg import api

    start_secs = time.perf_counter()
    print(api.create_dataset(**COMMAND.arguments_of(api.create_dataset,
                                                    config=config_name(flags))))
    print(f'{time.perf_counter() - start_secs:.1f} seconds')


def console_entry_point():
    """What the console script calls."""
    COMMAND.run(main)


if __name__ == '__main__':
    console_entry_point()
