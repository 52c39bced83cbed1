"""melody_rnn_reg_create_dataset: music into SequenceExamples for training and evaluation."""

import time
from collections import Counter

from magenta_reg.cli.command import Command
from magenta_reg.cli.config_flags import config_name, define_config_flags

COMMAND = Command('melody_rnn_reg_create_dataset',
                  'Makes training_melodies.tfrecord, eval_melodies.tfrecord and dataset.json.')
define_config_flags(COMMAND)
COMMAND.string('experiment', None, 'YAML file whose config is used if --config is not given.')
COMMAND.string('input', None,
               'Folder of MIDI files, searched with all folders in it, with or without a CSV file '
               "in MAESTRO's form; a TFRecord of NoteSequences; or the word folk: the tune books "
               'that the music21 package ships.')
COMMAND.string('output_dir', None, 'Folder to write to; a data set in it is replaced.')
COMMAND.float('eval_ratio', None,
              'Share of the compositions that is for evaluation: 0.1, or if the CSV file has a '
              'split, what that says, its test pieces in test_melodies.tfrecord.',
              lower_bound=0.0, upper_bound=1.0)
COMMAND.integer('seed', 0, 'Decides which compositions are for evaluation.')
COMMAND.boolean('ignore_polyphonic_notes', True,
                'Where several notes start together take the highest; with '
                '--noignore_polyphonic_notes discard the track, as Magenta does.')

_NUM_NAMED = 10


def main(flags):
    """Makes the data set and prints what became of every piece."""
    COMMAND.require('input', 'output_dir')
    from magenta_reg.data.dataset import create_dataset
    from magenta_reg.data.melodies import MAGENTA_RULES
    from magenta_reg.experiments import resolve_experiment

    encoding = resolve_experiment(COMMAND.path('experiment'), config_name(flags),
                                  flags.hparams).encoding
    rules = MAGENTA_RULES._replace(ignore_polyphonic_notes=flags.ignore_polyphonic_notes)
    start_secs = time.perf_counter()
    dataset = create_dataset(COMMAND.path('input'), encoding, COMMAND.path('output_dir'),
                             flags.eval_ratio, flags.seed, rules)
    print(describe(dataset))
    print(f'{time.perf_counter() - start_secs:.1f} seconds')


def describe(dataset):
    """Returns what a person should know about a data set, in a few lines.

    Args:
        dataset: Dataset.
    """
    num_pieces, num_reduced = len(dataset.outcomes), dataset.num_reduced()
    lines = [f'{num_pieces:,} pieces read; {num_reduced:,} of those with melodies are polyphonic: '
             'the highest note of each step was taken']
    for name, part in dataset.parts.items():
        lines.append(f'{name:>8}: {part.num_melodies:,} melodies, {part.num_events:,} events, of '
                     f'{part.num_pieces:,} pieces of {part.num_compositions:,} compositions: '
                     f'{part.path}')
    if melodies := dataset.discarded_melodies():
        lines.append(f'melodies discarded: {_counted(melodies)}')
    if pieces := dataset.discarded_pieces():
        lines.append(f'pieces without a melody: {len(pieces):,} '
                     f'({_counted(Counter(piece.reason for piece in pieces))}), such as')
        lines += [f'    {piece.name}: {piece.detail}' for piece in _varied(pieces)[:_NUM_NAMED]]
    return '\n'.join([*lines, f'every piece by name: {dataset.report_path}'])


def _varied(pieces):
    """Returns pieces ordered so that one of each reason comes before a second of any."""
    seen = Counter()
    ranks = []
    for piece in pieces:
        ranks.append(seen[piece.reason])
        seen[piece.reason] += 1
    return [pieces[index] for index in sorted(range(len(pieces)), key=ranks.__getitem__)]


def _counted(counts):
    return ', '.join(f'{count:,} {reason}' for reason, count in counts.most_common())


def console_entry_point():
    """What the console script calls."""
    COMMAND.run(main)


if __name__ == '__main__':
    console_entry_point()
