"""What stock Magenta trained opens here: for generation, and as a warm start of every method."""

import csv

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.cli import generate
from magenta_reg.dataset.examples import Examples
from magenta_reg.interop.bundles import read_bundle, read_bundle_or_weights
from magenta_reg.interop.magenta import import_magenta
from magenta_reg.interop.weights import experiment_of_weights, read_weights
from magenta_reg.methods import METHODS
from magenta_reg.model.evaluate import evaluate
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.checkpoints import read_checkpoint
from magenta_reg.runs.metrics import read_metrics
from magenta_reg.runs.run import Run
from magenta_reg.training.train import Schedule, train
from tests.small import make_experiment, make_melodies, write_examples
from tests.stock import assert_same_softmax, run_training, stock_generator, stock_graph

CONFIGS = ['basic_rnn', 'attention_rnn']
HPARAMS = {'basic_rnn': '', 'attention_rnn': 'attn_length=5'}
NUM_STEPS = 3


class Stock:
    """A run of stock Magenta: its folder, its newest checkpoint, the bundle made of it."""

    def __init__(self, folder, config):
        self.config, self.experiment = config, make_experiment(config=config)
        self.melodies = make_melodies(8, seed=4)
        path = write_examples(folder / 'examples', self.melodies, self.experiment.encoding)
        run_training(stock_graph(self.experiment, 'train', [path]), folder / 'train',
                     num_training_steps=NUM_STEPS)
        self.folder = folder
        self.checkpoint = f'{folder}/train/model.ckpt-{NUM_STEPS}'
        self.bundle = folder / 'stock.mag'
        self.generator = stock_generator(self.experiment, checkpoint=self.checkpoint)
        self.generator.create_bundle_file(str(self.bundle), 'Made by a test.')

    @property
    def session(self):
        return self.generator._model._session


@pytest.fixture(scope='module')
def stocks(tmp_path_factory):
    return {config: Stock(tmp_path_factory.mktemp(config), config) for config in CONFIGS}


@pytest.fixture(params=CONFIGS)
def stock(stocks, request):
    return stocks[request.param]


def test_a_stock_checkpoint_gives_the_same_softmax_here(stock):
    # Layer sizes are in the variables, attn_length is not.
    weights = read_weights(stock.checkpoint)
    experiment = experiment_of_weights(weights, config=stock.config, hparams=HPARAMS[stock.config])
    assert weights.step == NUM_STEPS
    assert experiment.hparams['rnn_layer_sizes'] == [12, 10]
    model = MelodyModel(experiment, weights.variables, weights.step)
    assert_same_softmax(stock.session, model, stock.melodies)


def test_a_stock_bundle_gives_the_same_softmax_here_without_any_setting(stock):
    weights = read_bundle(stock.bundle)
    experiment = experiment_of_weights(weights)
    assert experiment.encoding.name == stock.config
    assert experiment.hparams['attn_length'] == stock.experiment.hparams['attn_length']
    assert_same_softmax(stock.session, MelodyModel(experiment, weights.variables), stock.melodies)


def test_the_graph_in_a_bundle_is_never_imported(stock, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError('a stored graph was imported')
    for name in ('import_graph_def', 'train.import_meta_graph'):
        *modules, function = name.split('.')
        owner = tf if not modules else getattr(tf, modules[0])
        monkeypatch.setattr(owner, function, refuse)
    weights = read_bundle(stock.bundle)
    model = MelodyModel(experiment_of_weights(weights), weights.variables)
    assert len(model.generate([np.array([60])], 20, seed=0)[0]) == 20


@pytest.mark.parametrize('origin', ['checkpoint', 'folder', 'bundle'])
def test_the_command_generates_from_what_stock_trained(stock, tmp_path, origin):
    settings = [f'--config={stock.config}', f'--hparams={HPARAMS[stock.config]}']
    argv = {'checkpoint': [f'--checkpoint_file={stock.checkpoint}', *settings],
            'folder': [f'--checkpoint_file={stock.folder}/train', *settings],
            'bundle': [f'--bundle_file={stock.bundle}']}[origin]
    generate.COMMAND.run(generate.main, [*argv, f'--output_dir={tmp_path}', '--num_outputs=2',
                                         '--num_steps=20', '--primer_melody=[60, -2, 64]'])
    assert len(list(tmp_path.glob('*.mid'))) == 2
    with open(tmp_path / 'generated.csv') as file:
        assert all(float(row['log_likelihood_nats']) < 0 for row in csv.DictReader(file))


@pytest.fixture(scope='module')
def warm_runs(stocks, tmp_path_factory):
    """Runs of one step of every method on basic_rnn, started from the stock bundle."""
    stock = stocks['basic_rnn']
    runs = {}
    for method in METHODS:
        runs[method] = Run(tmp_path_factory.mktemp(method) / 'run')
        train(runs[method], make_experiment(method), Examples(stock.melodies, 'made', 'sha'),
              schedule=Schedule(1, summary_frequency=1),
              warm_start=read_bundle_or_weights(stock.bundle))
    return runs


@pytest.mark.parametrize('method', METHODS)
def test_a_warm_start_has_stocks_weights_at_the_first_step(stocks, warm_runs, method):
    weights = read_weights(stocks['basic_rnn'].checkpoint)
    model = MelodyModel(make_experiment(), weights.variables)
    first = read_metrics(warm_runs[method].metrics_path)[0]
    assert first['step'] == '1'
    # Without dropout, and with coins that are all true at step 0, the first loss is the model's.
    assert float(first['loss']) == pytest.approx(
        evaluate(model, stocks['basic_rnn'].melodies).loss, abs=1e-5)


@pytest.mark.parametrize('method', METHODS)
def test_a_warm_start_takes_neither_step_nor_moments(stocks, warm_runs, method):
    reader = tf.train.load_checkpoint(warm_runs[method].require_checkpoint())
    assert reader.get_tensor('global_step') == 1
    stocks_power = tf.train.load_checkpoint(stocks['basic_rnn'].checkpoint).get_tensor(
        'beta1_power')
    assert stocks_power == pytest.approx(0.9 ** (NUM_STEPS + 1))
    # Every Adam has done one update; SeqGAN's are its own, beside the discriminator's.
    powers = [reader.get_tensor(name) for name in reader.get_variable_to_shape_map()
              if name.endswith('beta1_power')]
    assert powers == pytest.approx([0.9 ** 2] * len(powers))
    assert powers


def test_a_warm_start_is_recorded_and_not_needed_to_go_on(stocks, warm_runs):
    run, stock = warm_runs['teacher_forcing'], stocks['basic_rnn']
    record = run.read_config()['warm_start']
    assert record == {'path': str(stock.bundle), 'sha256': read_bundle(stock.bundle).sha256()}
    train(run, make_experiment(), Examples(stock.melodies, 'made', 'sha'), schedule=Schedule(2))
    assert run.read_config()['warm_start'] == record
    assert MelodyModel.from_run(run.folder).step == 2


def test_checkpoint_and_bundle_hold_the_same_weights(stock):
    digests = {read_bundle_or_weights(path).sha256()
               for path in (stock.checkpoint, stock.folder, stock.folder / 'train', stock.bundle)}
    assert len(digests) == 1


def test_a_warm_start_of_attention_rnn_keeps_every_variable(stocks, tmp_path):
    stock, run = stocks['attention_rnn'], Run(tmp_path / 'run')
    experiment = make_experiment('scheduled_sampling', 'attention_rnn', learning_rate=1e-12)
    train(run, experiment, Examples(stock.melodies, 'made', 'sha'), schedule=Schedule(1),
          warm_start=read_bundle_or_weights(stock.bundle))
    trained = read_checkpoint(run.require_checkpoint())
    for name, value in read_weights(stock.checkpoint).variables.items():
        np.testing.assert_allclose(trained[name], value, atol=1e-7, err_msg=name)


def test_bundle_written_here_is_the_stock_bundle_again(stock, tmp_path):
    generate.COMMAND.run(generate.main, [
        f'--checkpoint_file={stock.checkpoint}', f'--config={stock.config}',
        f'--hparams={HPARAMS[stock.config]}', '--save_generator_bundle',
        f'--bundle_file={tmp_path}/new/ours.mag', '--bundle_description=Ours.',
        '--generator_description=A generator.'])
    ours, theirs = read_bundle(tmp_path / 'new' / 'ours.mag'), read_bundle(stock.bundle)
    assert ours.sha256() == theirs.sha256()
    assert (ours.config, ours.hparams) == (theirs.config, theirs.hparams)
    details = import_magenta('magenta.models.shared.sequence_generator_bundle').read_bundle_file(
        str(tmp_path / 'new' / 'ours.mag'))
    assert details.bundle_details.description == 'Ours.'
    assert details.generator_details.description == 'A generator.'
