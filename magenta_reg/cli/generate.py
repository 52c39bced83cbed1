"""melody_rnn_reg_generate: melodies from a trained network, scores of music under it, bundles."""

import sys
import time

from magenta_reg.base.errors import UserError
from magenta_reg.cli.command import Command
from magenta_reg.cli.config_flags import config_name, define_config_flags
from magenta_reg.dataset.examples import read_examples
from magenta_reg.generation.opening import open_run
from magenta_reg.generation.primer_pool import choose_primers
from magenta_reg.generation.scoring import score_to_csv
from magenta_reg.generation.stream import Request
from magenta_reg.generation.to_files import FORMAT_NAMES, generate_files, parse_formats
from magenta_reg.interop.bundles import read_bundle, write_bundle
from magenta_reg.interop.weights import experiment_of_weights, read_weights
from magenta_reg.measures.copied_passages import TrainingIndex
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.run import CHECKPOINTS, NEWEST

COMMAND = Command('melody_rnn_reg_generate', 'Generates melodies from a trained run, in any of '
                  'several formats, or scores music under it.')
COMMAND.string('run_dir', None, 'Folder of a run of ours. Goes over --checkpoint_file.')
COMMAND.enum('checkpoint', NEWEST, list(CHECKPOINTS), 'Which checkpoint of --run_dir: newest, or '
             'best for the lowest evaluation loss.')
COMMAND.string('checkpoint_file', None,
               'A checkpoint or a folder with checkpoints, of ours or of stock Magenta; --config '
               'and --hparams must be those it was trained with.')
COMMAND.string('bundle_file', None,
               'A bundle (.mag) to generate from, of ours or of stock Magenta; with '
               '--save_generator_bundle, the file to write.')
COMMAND.boolean('save_generator_bundle', False,
                'Write what --run_dir or --checkpoint_file names as --bundle_file, which stock '
                'Magenta opens, too, instead of generating.')
COMMAND.string('bundle_description', None, 'Describes the bundle: data, hparams and the like.')
COMMAND.string('experiment', None, "The run's experiment file, if it is to be checked.")
define_config_flags(COMMAND)

COMMAND.string('output_dir', None, 'Folder for the melodies and generated.csv, their table.')
COMMAND.string('output_format', 'midi', f'Comma-separated: {", ".join(FORMAT_NAMES)}. tfrecord is '
               'one file of NoteSequences, the others are a file a melody.')
COMMAND.boolean('html', False, 'Write index.html, too, with a player and a piano roll for each '
                'melody. Off, because it takes 0.1 to 0.3 s a melody; the first 200 are shown.')
COMMAND.boolean('overwrite', False, 'Replace what was generated in --output_dir before: '
                'generated.csv, the files of its rows, index.html and generated.tfrecord. What '
                'else lies there stays.')
COMMAND.integer('num_outputs', 10, 'Melodies to generate.', lower_bound=1)
COMMAND.integer('num_steps', 128, 'Steps of each melody, primer included; 16 are a bar.',
                lower_bound=2)
COMMAND.string('primer_melody', '', 'A list of Melody events to begin with, such as '
               '"[60, -2, 62, -2]"; -2 is no event, -1 a note-off. Middle C if no primer is given.')
COMMAND.string('primer_midi', None, 'A MIDI file whose melody is the beginning: of notes that '
               'start together the highest, of several tracks the first with notes; where tempo or '
               'meter change, the first section of a bar or more.')
COMMAND.boolean('magenta_primer', False, 'Begin as stock Magenta does: after --primer_melody or '
                '--primer_midi a note-off and most often a no-event, before the network goes on.')
COMMAND.string('primer_from', None, 'Real melodies to begin with, another one for each output, '
               'drawn by the seed: a TFRecord of the run\'s encoding or of NoteSequences, or a '
               'file, folder or archive of music. They sound in the key of the training set.')
COMMAND.integer('primer_steps', 16, 'How many steps of each melody of --primer_from are taken; 16 '
                'are a bar.', lower_bound=1)
COMMAND.boolean('omit_primer', False, 'Write only what was generated, without the primer, which '
                '--num_steps still counts; generated.csv has a column that says so.')
COMMAND.float('qpm', None, 'Quarter notes a minute of the output: 120 if not given; the tempo of '
              '--primer_midi goes over it.')
COMMAND.integer('seed', 0, 'Seed of the samples: the same melodies again, whatever the batch '
                'size.', lower_bound=0)
COMMAND.float('temperature', 1.0, 'How daring: below 1 is safer, above 1 wilder, 0 takes the '
              'likeliest event. Divides the logits.')
COMMAND.integer('top_k', 0, 'Choose among this many likeliest events only; 0 for all.')
COMMAND.float('top_p', 1.0, 'Choose among the fewest events that have this share of the '
              'probability together.')
COMMAND.integer('beam_size', 1, 'Search: melodies that it keeps. At temperature 0 it is a beam '
                "search for the likeliest melody, above it Magenta's search by samples.")
COMMAND.integer('branch_factor', 1, 'Search: continuations that it tries of each.')
COMMAND.integer('steps_per_iteration', 1, 'Search: steps between two selections.')
COMMAND.integer('batch_size', 128, 'Melodies in the loop at a time: a matter of speed and memory '
                'alone.', lower_bound=1)
COMMAND.string('training_file', None, "The run's training melodies (TFRecord): adds to the table "
               'the length of the longest passage shared with them, in any key.')

COMMAND.string('score', None, 'Score this music under the network instead of generating: a '
               'TFRecord of the run\'s encoding or of NoteSequences, or a file, folder or archive '
               'of music.')
COMMAND.string('score_output', None, 'The CSV file for --score: a row a melody.')


def main(flags):
    if flags.save_generator_bundle:
        _save_bundle(flags)
    elif flags.score:
        _score(flags)
    elif flags.score_output:
        raise UserError('--score_output is for --score: give the music to score')
    else:
        _generate(flags)


def _generate(flags):
    COMMAND.require('output_dir')
    request = Request(**{name: flags[name].value for name in Request._fields})
    request.check()
    formats = parse_formats(flags.output_format)
    model = _open_model(flags)
    primers = choose_primers(
        model.encoding, request, primer_melody=flags.primer_melody,
        primer_midi=COMMAND.path('primer_midi'), primer_from=COMMAND.path('primer_from'),
        primer_steps=flags.primer_steps, qpm=flags.qpm, magenta_primer=flags.magenta_primer)
    for remark in primers.remarks:
        print(remark, file=sys.stderr)
    index = _training_index(flags, model)
    start = time.monotonic()
    generated = generate_files(model, primers.by_row, COMMAND.path('output_dir'), request, formats,
                               html=flags.html, training_index=index, overwrite=flags.overwrite)
    print(f'wrote {generated.num_melodies:,} melodies to {flags.output_dir} in '
          f'{time.monotonic() - start:.1f} s: '
          f'{generated.total_nats / generated.num_events:.3f} nats/event under '
          f'{model.title} (generated.csv has each)')


def _score(flags):
    COMMAND.require('score_output')
    if flags.output_dir:
        raise UserError(f'--score generates nothing: --output_dir={flags.output_dir} means nothing '
                        'with it')
    model = _open_model(flags)
    summary = score_to_csv(model, COMMAND.path('score'), COMMAND.path('score_output'),
                           training_index=_training_index(flags, model),
                           batch_size=flags.batch_size)
    print(f'{flags.score_output}: {summary.text()} under {model.title}')


def _save_bundle(flags):
    COMMAND.require('bundle_file')
    experiment, weights = _open(flags)
    path = COMMAND.path('bundle_file')
    write_bundle(experiment, weights.variables, path, flags.bundle_description,
                 flags.generator_id, flags.generator_description)
    title = MelodyModel(experiment, weights.variables, weights.step).title
    print(f'wrote {path}: {title}')


def _open(flags):
    """Returns the Experiment and the Weights that the flags name."""
    file, config = COMMAND.path('experiment'), config_name(flags)
    run_dir, checkpoint = COMMAND.path('run_dir'), COMMAND.path('checkpoint_file')
    bundle = None if flags.save_generator_bundle else COMMAND.path('bundle_file')
    if bundle and (run_dir or checkpoint):
        raise UserError('give either --bundle_file or one of --run_dir and --checkpoint_file; both '
                        'go together with --save_generator_bundle only')
    if run_dir:
        return open_run(run_dir, flags.checkpoint, file, config, flags.hparams)
    if not bundle and not checkpoint:
        raise UserError('one of --run_dir, --checkpoint_file and --bundle_file is required')
    if flags.checkpoint != NEWEST:
        raise UserError(f'--checkpoint={flags.checkpoint} is for --run_dir: of another file there '
                        'is only one')
    weights = read_bundle(bundle) if bundle else read_weights(checkpoint)
    return experiment_of_weights(weights, file, config, flags.hparams), weights


def _open_model(flags):
    experiment, weights = _open(flags)
    return MelodyModel(experiment, weights.variables, weights.step)


def _training_index(flags, model):
    path = COMMAND.path('training_file')
    return TrainingIndex(read_examples(path, model.encoding).events) if path else None


def console_entry_point():
    COMMAND.run(main)


if __name__ == '__main__':
    console_entry_point()
