"""melody_rnn_reg_generate: continues a primer with a run's network."""

import time

import numpy as np

from magenta_reg.cli.command import Command
from magenta_reg.errors import UserError
from magenta_reg.experiments import experiment_of_run
from magenta_reg.generate import generate_files
from magenta_reg.model import MelodyModel
from magenta_reg.primers import read_primer
from magenta_reg.runs import Run

COMMAND = Command('melody_rnn_reg_generate', 'Generates melodies from a trained run as MIDI files.')
COMMAND.string('run_dir', None, 'Folder of the run; its newest checkpoint is used.')
COMMAND.string('output_dir', None, 'Folder for the MIDI files and generated.csv.')
COMMAND.string('experiment', None, "The run's experiment file, if it is to be checked.")
COMMAND.string('config', None, "The run's config, if it is to be checked.")
COMMAND.string('hparams', '', "Comma-separated name=value pairs, to be checked with the run's.")
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
    COMMAND.require('run_dir', 'output_dir')
    for name in ('beam_size', 'branch_factor'):
        if flags[name].value != 1:
            raise UserError(f'--{name}={flags[name].value} does not work here: leave it at 1')
    run = Run(COMMAND.path('run_dir'))
    run.read_config()
    experiment = experiment_of_run(run, COMMAND.path('experiment'), flags.config, flags.hparams)
    model = MelodyModel.from_run(run.folder)
    primer = read_primer(experiment.encoding, flags.primer_melody, COMMAND.path('primer_midi'),
                         flags.qpm)
    start = time.monotonic()
    generated = generate_files(model, primer, COMMAND.path('output_dir'), flags.num_outputs,
                               flags.num_steps, flags.temperature, flags.seed)
    nats = np.sum([melody.log_likelihood for melody in generated])
    events = np.sum([melody.num_events for melody in generated])
    print(f'wrote {len(generated)} melodies of {flags.num_steps} steps to {flags.output_dir} in '
          f'{time.monotonic() - start:.1f} s: {nats / events:.3f} nats/event under {model.name} '
          f'at step {model.step} (generated.csv has each)')


def console_entry_point():
    COMMAND.run(main)
