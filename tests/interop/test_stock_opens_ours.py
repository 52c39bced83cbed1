"""What is trained here opens in stock Magenta: every experiment file, every encoding."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.batches import make_batch
from magenta_reg.interop.bundles import write_bundle
from magenta_reg.interop.magenta import import_magenta
from magenta_reg.interop.stock_graph import build_graph_fn
from magenta_reg.interop.weights import read_weights
from tests.small import EXPERIMENT_FILES
from tests.stock import assert_same_softmax, softmax, stock_generator, stock_model
from tests.training.test_combinations import every_combination

FILES = {file.stem: file for file in EXPERIMENT_FILES}


@every_combination
def test_stock_model_opens_our_checkpoint_and_gives_the_same_softmax(trained_run, file, config):
    trained = trained_run(file, config)
    stock = stock_model(trained.experiment)
    stock.initialize_with_checkpoint(trained.run.require_checkpoint())
    assert_same_softmax(stock._session, trained.model, trained.melodies)
    stock.close()


@pytest.mark.parametrize('config', ENCODINGS)
def test_our_graph_to_generate_equals_stocks_at_any_temperature(trained_run, config):
    trained = trained_run(FILES['scheduled_sampling'], config)
    stock = stock_model(trained.experiment)
    stock.initialize_with_checkpoint(trained.run.require_checkpoint())
    inputs = make_batch(trained.melodies, trained.experiment.encoding.codec).inputs
    with tf.Graph().as_default(), tf.Session() as session:
        build_graph_fn(trained.experiment.builder(), 'generate')()
        tf.train.Saver().restore(session, trained.run.require_checkpoint())
        for temperature in (0.5, 1.0, 2.0):
            ours = softmax(session, inputs, temperature)
            np.testing.assert_allclose(softmax(stock._session, inputs, temperature), ours,
                                       atol=1e-5)
    stock.close()


def write_bundle_of(trained, path, **options):
    weights = read_weights(trained.run.folder)
    write_bundle(trained.experiment, weights.variables, path, **options)
    return import_magenta('magenta.models.shared.sequence_generator_bundle').read_bundle_file(
        str(path))


@pytest.mark.parametrize('config', ENCODINGS)
def test_stock_generator_opens_our_bundle_and_gives_the_same_softmax(
        trained_run, tmp_path, config):
    trained = trained_run(FILES['professor_forcing'], config)
    bundle = write_bundle_of(trained, tmp_path / 'ours.mag', description='Made by a test.')
    assert bundle.generator_details.id == config
    assert bundle.bundle_details.description == 'Made by a test.'
    generator = stock_generator(trained.experiment, bundle=bundle)
    generator.initialize()
    assert_same_softmax(generator._model._session, trained.model, trained.melodies)
    generator.close()


@pytest.fixture(scope='module', autouse=True)
def stock_commands(trained_run, tmp_path_factory):
    """Two stock commands, by what they start from: (output folder, process).

    They start with the first test and run beside the others: most of their time is the import.
    """
    folder = tmp_path_factory.mktemp('stock_commands')
    run = trained_run(FILES['professor_forcing'], 'lookback_rnn')
    bundled = trained_run(FILES['scheduled_sampling'], 'attention_rnn')
    write_bundle_of(bundled, folder / 'ours.mag')
    hparams = ','.join(f'{name}={json.dumps(run.experiment.hparams[name], separators=(",", ":"))}'
                       for name in ('rnn_layer_sizes', 'batch_size'))
    argv = {'run': [f'--run_dir={run.run.folder}', '--config=lookback_rnn', f'--hparams={hparams}'],
            'bundle': [f'--bundle_file={folder / "ours.mag"}']}
    commands = {name: (folder / name, _start_stock_generate(folder / name, given))
                for name, given in argv.items()}
    yield commands
    for _, process in commands.values():
        process.kill()
        process.wait()


def _start_stock_generate(output_dir, argv):
    # The variable is all that this stack asks of a user of stock Magenta.
    command = [sys.executable, '-m', 'magenta.models.melody_rnn.melody_rnn_generate', *argv,
               f'--output_dir={output_dir}', '--num_outputs=2', '--num_steps=24',
               '--primer_melody=[60, -2, 64, -2]']
    with open(f'{output_dir}.log', 'w') as log:
        return subprocess.Popen(command, env={**os.environ, 'TF_USE_LEGACY_KERAS': '1'},
                                stderr=log)


@pytest.mark.parametrize('origin', ['run', 'bundle'])
def test_stock_command_generates_from_our_run_folder_and_from_our_bundle(stock_commands, origin):
    folder, process = stock_commands[origin]
    status = process.wait(timeout=120)
    errors = Path(f'{folder}.log').read_text()
    assert status == 0, errors
    files = list(folder.glob('*.mid'))
    assert len(files) == 2, errors
    note_seq = import_note_seq()
    for file in files:
        notes = note_seq.midi_file_to_sequence_proto(str(file)).notes
        assert [note.pitch for note in notes[:2]] == [60, 64]
