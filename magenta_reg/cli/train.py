"""melody_rnn_reg_train: trains a run, or evaluates its newest or best checkpoint."""

from contextlib import suppress

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import Locked
from magenta_reg.cli.command import Command
from magenta_reg.cli.config_flags import config_name, define_config_flags
from magenta_reg.dataset.examples import read_examples
from magenta_reg.model.evaluate import evaluate, warn_of_other_data
from magenta_reg.model.experiment import Experiment, experiment_of_run
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.metrics import Metrics
from magenta_reg.runs.run import CHECKPOINTS, NEWEST, Run
from magenta_reg.training.acted import acted_text

COMMAND = Command('melody_rnn_reg_train', 'Trains a MelodyRNN by the method of an experiment file.')
COMMAND.string('run_dir', None, 'Folder of the run: config.yaml, metrics.csv, train/ and eval/.')
COMMAND.string('sequence_example_file', None,
               'TFRecord of SequenceExamples to train on (or, with --eval, to evaluate on); a '
               'pattern matches several files.')
COMMAND.string('eval_sequence_example_file', None,
               'TFRecord of SequenceExamples to evaluate on while training.')
COMMAND.string('experiment', None, 'YAML file with the method, its hparams and a config, or the '
               'name of one that comes with the package, such as dropout.')
define_config_flags(COMMAND)
COMMAND.string('warm_start_bundle_file', None,
               'What a new run starts from: a bundle, a checkpoint or a run folder, made here or '
               'by stock Magenta. Step and optimizers start anew.')
COMMAND.integer('seed', None, 'Seed of all that is drawn by chance: weights, data order, dropout, '
                'coins and samples; 0 if none is given.')
COMMAND.integer('num_training_steps', 0,
                'Updates (each from one batch of melodies) in total, those of an earlier start '
                'included; 0 goes on until Ctrl-C.',
                lower_bound=0)
COMMAND.integer('summary_frequency', 10, 'Updates between rows of metrics.csv.', lower_bound=1)
COMMAND.integer('eval_every', 100, 'Updates between evaluations.', lower_bound=1)
COMMAND.integer('early_stopping_patience', 0,
                'End after so many evaluations without a lower loss, from the start of the method '
                'on; 0 goes on to the last step.',
                lower_bound=0)
COMMAND.integer('free_running_melodies', 16,
                'Melodies that the network plays by itself at each evaluation, for self_nll and '
                'state_mmd: how it does on its own. 0 is none.', lower_bound=0)
COMMAND.integer('train_loss_melodies', 256,
                'Training melodies whose loss is measured at each evaluation as the evaluation '
                'loss is, without dropout: train_loss_exact; 0 is none.', lower_bound=0)
COMMAND.integer('save_checkpoints_steps', 0,
                'Updates between checkpoints, beside those by time; 0 is by time only.',
                lower_bound=0)
COMMAND.float('save_checkpoints_secs', 60.0, 'Seconds between checkpoints.', lower_bound=0.0)
COMMAND.integer('num_checkpoints', 10, 'How many newest checkpoints to keep; 0 keeps all.',
                lower_bound=0)
COMMAND.boolean('overwrite', False,
                'Remove the run that is in --run_dir, whatever its settings, and start anew.')
COMMAND.boolean('eval', False, 'Evaluate a checkpoint in one exact pass, and end.')
COMMAND.enum('checkpoint', NEWEST, list(CHECKPOINTS),
             'With --eval: the newest checkpoint, or the one with the lowest evaluation loss.')
COMMAND.integer('num_eval_examples', 0,
                'With --eval: how many melodies, from the first; 0 is all of them.', lower_bound=0)


def main(flags):
    COMMAND.require('run_dir', 'sequence_example_file')
    run = Run(COMMAND.path('run_dir'))
    if flags.eval:
        _evaluate(run, flags)
    else:
        _train(run, flags)


def _train(run, flags):
    from magenta_reg import api

    result = api.train(**COMMAND.arguments_of(api.train, config=config_name(flags)))
    experiment = Experiment.from_run(run)
    early_end = (f', stopped early: no lower evaluation loss in {flags.early_stopping_patience} '
                 'evaluations' if result.is_early else '')
    print(f'trained {experiment.name} ({experiment.encoding.name}) in {run.folder}: step '
          f'{result.step}{early_end}')
    if result.acted is not None:
        print(acted_text(experiment.method, result.acted))
    if result.evaluation:
        print(f'{result.evaluation}; lowest at step {result.best_step}, in best/')


def _evaluate(run, flags):
    """Evaluates a checkpoint; metrics.csv gets the row of a pass over all if the step has none."""
    run.read_config()
    for name in ('warm_start_bundle_file', 'overwrite'):
        if flags[name].value:
            raise UserError(f'--{name} is for training: leave it out with --eval')
    experiment = experiment_of_run(run, COMMAND.path('experiment'), config_name(flags),
                                   flags.hparams, flags.seed)
    model = MelodyModel.from_run(run.folder, run.require_checkpoint(flags.checkpoint))
    examples = read_examples(COMMAND.path('sequence_example_file'), experiment.encoding)
    warn_of_other_data(run.read_config(), examples)
    melodies = examples.events[:flags.num_eval_examples or None]
    evaluation = evaluate(model, melodies)
    if len(melodies) == len(examples.events):
        # A training that is under way writes its own rows; the folder may be read-only.
        with suppress(Locked, PermissionError), run.locked():
            metrics = evaluation.metrics()
            Metrics(run.metrics_path, metrics).append(model.step, 'eval', **metrics)
    print(f'{model.name}, step {model.step}, {len(melodies)} melodies: {evaluation}')


def console_entry_point():
    COMMAND.run(main)


if __name__ == '__main__':
    console_entry_point()
