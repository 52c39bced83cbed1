"""melody_rnn_reg_train: trains a run, or evaluates its newest checkpoint."""

from magenta_reg.bundles import read_warm_start
from magenta_reg.cli.command import Command
from magenta_reg.cli.config_flags import config_name, define_config_flags
from magenta_reg.data.examples import read_examples
from magenta_reg.errors import UserError
from magenta_reg.evaluate import evaluate
from magenta_reg.experiments import experiment_of_run
from magenta_reg.model import MelodyModel
from magenta_reg.runs import Metrics, Run
from magenta_reg.train import Schedule, train

COMMAND = Command('melody_rnn_reg_train', 'Trains a MelodyRNN by the method of an experiment file.')
COMMAND.string('run_dir', None, 'Folder of the run: config.yaml, metrics.csv, train/ and eval/.')
COMMAND.string('sequence_example_file', None,
               'TFRecord of SequenceExamples to train on (or, with --eval, to evaluate on); a '
               'pattern matches several files.')
COMMAND.string('eval_sequence_example_file', None,
               'TFRecord of SequenceExamples to evaluate on while training.')
COMMAND.string('experiment', None, 'YAML file with the method, its hparams and a config.')
define_config_flags(COMMAND)
COMMAND.string('warm_start_bundle_file', None,
               'What a new run starts from: a bundle, a checkpoint or a run folder, made here or '
               'by stock Magenta. Step and optimizers start anew.')
COMMAND.integer('seed', None, 'Seed of weights, data order, dropout, coins and samples; 0 if none '
                'is given.')
COMMAND.integer('num_training_steps', 0,
                'Updates in total, those of an earlier start included; 0 goes on until Ctrl-C.',
                lower_bound=0)
COMMAND.integer('summary_frequency', 10, 'Updates between rows of metrics.csv.', lower_bound=1)
COMMAND.integer('eval_every', 100, 'Updates between evaluations.', lower_bound=1)
COMMAND.integer('num_checkpoints', 10, 'How many newest checkpoints to keep; 0 keeps all.',
                lower_bound=0)
COMMAND.boolean('eval', False, 'Evaluate the newest checkpoint in one exact pass, and end.')
COMMAND.integer('num_eval_examples', 0,
                'With --eval: how many melodies, from the first; 0 is all of them.', lower_bound=0)


def main(flags):
    COMMAND.require('run_dir', 'sequence_example_file')
    run = Run(COMMAND.path('run_dir'))
    warm_start_path = COMMAND.path('warm_start_bundle_file')
    if flags.eval:
        run.read_config()
        if warm_start_path:
            raise UserError('--warm_start_bundle_file is for training: leave it out with --eval')
    experiment = experiment_of_run(run, COMMAND.path('experiment'), config_name(flags),
                                   flags.hparams, flags.seed)
    if flags.eval:
        _evaluate(run, experiment)
        return
    train_examples = read_examples(COMMAND.path('sequence_example_file'), experiment.encoding)
    eval_path = COMMAND.path('eval_sequence_example_file')
    eval_examples = read_examples(eval_path, experiment.encoding) if eval_path else None
    schedule = Schedule(flags.num_training_steps, flags.summary_frequency, flags.eval_every,
                        num_checkpoints=flags.num_checkpoints)
    warm_start = read_warm_start(warm_start_path) if warm_start_path else None
    evaluation = train(run, experiment, train_examples, eval_examples, schedule, warm_start)
    print(f'trained {experiment.name} ({experiment.encoding.name}) in {run.folder}')
    if evaluation:
        print(_describe(evaluation))


def _evaluate(run, experiment):
    """Evaluates the newest checkpoint; metrics.csv gets the row if the step has none."""
    model = MelodyModel.from_run(run.folder)
    examples = read_examples(COMMAND.path('sequence_example_file'), experiment.encoding)
    melodies = examples.events[:COMMAND.flags.num_eval_examples or None]
    evaluation = evaluate(model, melodies)
    Metrics(run.metrics_path).append(model.step, 'eval', **evaluation.figures())
    print(f'{model.name}, step {model.step}, {len(melodies)} melodies: {_describe(evaluation)}')


def _describe(evaluation):
    return (f'evaluation: loss {evaluation.loss:.4f} nats/event, accuracy '
            f'{evaluation.accuracy:.4f}, perplexity {evaluation.perplexity:.3f} '
            f'over {evaluation.num_events:,} events')


def console_entry_point():
    COMMAND.run(main)
