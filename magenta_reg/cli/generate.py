"""melody_rnn_reg_generate: continues a primer with a trained network, or bundles the network."""

import time

import numpy as np

from magenta_reg.bundles import read_bundle, write_bundle
from magenta_reg.cli.command import Command
from magenta_reg.cli.config_flags import config_name, define_config_flags
from magenta_reg.errors import UserError
from magenta_reg.experiments import experiment_of_run
from magenta_reg.generate import generate_files
from magenta_reg.model import MelodyModel
from magenta_reg.primers import read_primer
from magenta_reg.runs import Run
from magenta_reg.weights import check_fit, experiment_of_weights, read_weights

COMMAND = Command('melody_rnn_reg_generate', 'Generates melodies from a trained run as MIDI files.')
COMMAND.string('run_dir', None, 'Folder of a run of ours; its newest checkpoint is used. Goes over '
               '--checkpoint_file.')
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
COMMAND.string('output_dir', None, 'Folder for the MIDI files and generated.csv.')
COMMAND.string('experiment', None, "The run's experiment file, if it is to be checked.")
define_config_flags(COMMAND)
COMMAND.integer('num_outputs', 10, 'Melodies to generate.', lower_bound=1)
COMMAND.integer('num_steps', 128, 'Steps of each melody, primer included; 16 are a bar.',
                lower_bound=2)
COMMAND.string('primer_melody', '', 'A list of Melody events to begin with, such as '
               '"[60, -2, 62, -2]"; -2 is no event, -1 a note-off. Middle C if no primer is given.')
COMMAND.string('primer_midi', None, 'A MIDI file whose melody is the beginning.')
COMMAND.float('qpm', None, 'Quarter notes a minute of the output: 120 if not given; the tempo of '
              '--primer_midi goes over it.')
COMMAND.float('temperature', 1.0, 'Divides the logits: below 1 is less random, 0 takes the '
              'likeliest event.', lower_bound=0.0)
COMMAND.integer('beam_size', 1, "Magenta's beam search: only 1, plain sampling, works here.")
COMMAND.integer('branch_factor', 1, "Magenta's beam search: only 1 works here.")
COMMAND.integer('steps_per_iteration', 1, "Magenta's beam search: no effect on plain sampling.")
COMMAND.integer('seed', 0, 'Seed of the samples: the same melodies again.')


def main(flags):
    if flags.save_generator_bundle:
        _save_bundle(flags)
        return
    COMMAND.require('output_dir')
    for name in ('beam_size', 'branch_factor'):
        if flags[name].value != 1:
            raise UserError(f'--{name}={flags[name].value} does not work here: leave it at 1')
    experiment, weights = _open(flags)
    model = MelodyModel(experiment, weights.variables, weights.step)
    primer = read_primer(experiment.encoding, flags.primer_melody, COMMAND.path('primer_midi'),
                         flags.qpm)
    start = time.monotonic()
    generated = generate_files(model, primer, COMMAND.path('output_dir'), flags.num_outputs,
                               flags.num_steps, flags.temperature, flags.seed)
    nats = np.sum([melody.log_likelihood for melody in generated])
    events = np.sum([melody.num_events for melody in generated])
    print(f'wrote {len(generated)} melodies of {flags.num_steps} steps to {flags.output_dir} in '
          f'{time.monotonic() - start:.1f} s: {nats / events:.3f} nats/event under {model.name} '
          f'{_at_step(weights)} (generated.csv has each)')


def _save_bundle(flags):
    """Writes the generator as a bundle instead of generating."""
    COMMAND.require('bundle_file')
    experiment, weights = _open(flags)
    path = COMMAND.path('bundle_file')
    write_bundle(experiment, weights.variables, path, flags.bundle_description,
                 flags.generator_id, flags.generator_description)
    print(f'wrote {path}: {experiment.name} {_at_step(weights)}')


def _open(flags):
    """Returns the Experiment and the Weights that the flags name."""
    file, config = COMMAND.path('experiment'), config_name(flags)
    run_dir, checkpoint = COMMAND.path('run_dir'), COMMAND.path('checkpoint_file')
    bundle = None if flags.save_generator_bundle else COMMAND.path('bundle_file')
    if bundle and (run_dir or checkpoint):
        raise UserError('give either --bundle_file or one of --run_dir and --checkpoint_file; both '
                        'go together with --save_generator_bundle only')
    if run_dir:
        run = Run(run_dir)
        run.read_config()
        experiment = experiment_of_run(run, file, config, flags.hparams)
        weights = read_weights(run.require_checkpoint())
        check_fit(experiment, weights)
        return experiment, weights
    if not bundle and not checkpoint:
        raise UserError('one of --run_dir, --checkpoint_file and --bundle_file is required')
    weights = read_bundle(bundle) if bundle else read_weights(checkpoint)
    return experiment_of_weights(weights, file, config, flags.hparams), weights


def _at_step(weights):
    return 'at an unknown step' if weights.step is None else f'at step {weights.step}'


def console_entry_point():
    COMMAND.run(main)
