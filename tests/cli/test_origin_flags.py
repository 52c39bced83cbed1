"""Flags that say where weights come from and which MelodyRNN it is, as a user types them."""

import numpy as np
import pytest
import yaml

from magenta_reg.codec.encodings import (
    ENCODINGS,
    MAGENTA_HPARAMS,
    MELODY_ENCODER_DECODERS,
    TRAINING_HPARAMS,
)
from magenta_reg.dataset.batches import make_batch
from magenta_reg.interop.bundles import read_bundle, write_bundle
from magenta_reg.interop.weights import read_weights
from magenta_reg.model.model import MelodyModel
from tests.small import EXPERIMENT_FILES, make_experiment, make_melodies, write_examples

BASELINE = next(file for file in EXPERIMENT_FILES if file.stem == 'baseline')


@pytest.fixture
def run(trained_run):
    return trained_run(BASELINE, 'basic_rnn').run


@pytest.fixture
def examples(tmp_path):
    return write_examples(tmp_path / 'examples.tfrecord', make_melodies(4, seed=0),
                          ENCODINGS['basic_rnn'])


@pytest.fixture
def bundle(tmp_path):
    """A bundle of basic_rnn with the layers [12, 10]."""
    experiment = make_experiment()
    variables = {name: np.zeros(shape, np.float32)
                 for name, shape in experiment.builder().variable_shapes().items()}
    write_bundle(experiment, variables, tmp_path / 'stock.mag')
    return tmp_path / 'stock.mag'


def test_a_bundle_saved_from_a_run_generates_what_the_run_does(call, run, tmp_path):
    status, out, _ = call('generate', f'--run_dir={run.folder}', '--save_generator_bundle',
                          f'--bundle_file={tmp_path}/run.mag', '--generator_id=basic_rnn')
    assert status == 0
    assert 'run.mag' in out
    tables = []
    for origin in (f'--run_dir={run.folder}', f'--bundle_file={tmp_path}/run.mag',
                   f'--checkpoint_file={run.require_checkpoint()}'):
        folder = tmp_path / f'out{len(tables)}'
        status, out, _ = call('generate', origin, f'--output_dir={folder}', '--num_outputs=2',
                              '--num_steps=20')
        assert status == 0
        assert ('at step 8' in out) is ('bundle' not in origin)
        tables.append([line.split(',')[1:] for line in
                       (folder / 'generated.csv').read_text().splitlines()])
    assert tables[0] == tables[1] == tables[2]


def test_an_encoder_alone_trains_with_magentas_general_hparams_and_generates(
        call, examples, tmp_path):
    status, _, _ = call('train', f'--run_dir={tmp_path}/run', '--melody_encoder_decoder=onehot',
                        '--hparams=rnn_layer_sizes=[8],batch_size=4', '--num_training_steps=1',
                        f'--sequence_example_file={examples}')
    assert status == 0
    content = yaml.safe_load((tmp_path / 'run' / 'config.yaml').read_text())
    assert content['config'] == 'onehot'
    assert content['hparams'] == {**MAGENTA_HPARAMS, **TRAINING_HPARAMS,
                                  'rnn_layer_sizes': [8], 'batch_size': 4}
    bundle = tmp_path / 'run.mag'
    saving = [f'--run_dir={tmp_path}/run', '--save_generator_bundle', f'--bundle_file={bundle}']
    status, _, err = call('generate', *saving)
    assert status == 2
    assert '--generator_id is required' in err
    assert not bundle.exists()
    assert call('generate', *saving, '--generator_id=mine')[0] == 0
    arguments = [f'--bundle_file={bundle}', f'--output_dir={tmp_path}/out', '--num_outputs=1',
                 '--num_steps=8']
    status, _, err = call('generate', *arguments)
    assert status == 2
    assert "'mine'" in err
    assert call('generate', *arguments, '--melody_encoder_decoder=onehot')[0] == 0
    assert len(list((tmp_path / 'out').glob('*.mid'))) == 1


@pytest.mark.parametrize(('name', 'config'), [
    ('onehot', 'basic_rnn'), ('lookback', 'lookback_rnn'), ('key', 'attention_rnn')])
def test_each_encoder_encodes_as_its_config_does(name, config):
    batches = [make_batch(make_melodies(2, 0), encoding.codec)
               for encoding in (MELODY_ENCODER_DECODERS[name], ENCODINGS[config])]
    np.testing.assert_array_equal(*[batch.inputs for batch in batches])
    assert MELODY_ENCODER_DECODERS[name].transpose_to_key == 0


def test_training_starts_from_a_bundle_and_goes_on_without_it(call, bundle, examples, tmp_path):
    arguments = [f'--run_dir={tmp_path}/run', f'--sequence_example_file={examples}',
                 '--config=basic_rnn', '--hparams=rnn_layer_sizes=[12,10],learning_rate=1e-12']
    warm = f'--warm_start_bundle_file={bundle}'
    assert call('train', *arguments, warm, '--num_training_steps=1')[0] == 0
    weights = read_weights(tmp_path / 'run')
    for name, value in read_bundle(bundle).variables.items():
        np.testing.assert_allclose(weights.variables[name], value, atol=1e-9, err_msg=name)
    assert call('train', *arguments, '--num_training_steps=2')[0] == 0
    assert call('train', *arguments, warm, '--num_training_steps=3')[0] == 0
    assert MelodyModel.from_run(tmp_path / 'run').step == 3
    record = yaml.safe_load((tmp_path / 'run' / 'config.yaml').read_text())['warm_start']
    assert record['path'] == str(bundle)


def test_a_warm_start_without_a_checkpoint_yet_cannot_be_left_out(call, bundle, examples,
                                                                  tmp_path):
    arguments = [f'--run_dir={tmp_path}/run', f'--sequence_example_file={examples}',
                 '--num_training_steps=1']
    assert call('train', *arguments, f'--warm_start_bundle_file={bundle}', '--config=basic_rnn',
                '--hparams=rnn_layer_sizes=[12,10]')[0] == 0
    for path in (tmp_path / 'run' / 'train').iterdir():
        path.unlink()
    status, _, err = call('train', *arguments)
    assert status == 2
    assert 'give --warm_start_bundle_file again' in err


TRAIN = ['--run_dir={tmp}/new', '--sequence_example_file={examples}']


@pytest.mark.parametrize(('name', 'argv', 'words'), [
    ('generate', ['--output_dir={tmp}/out'], ['--run_dir', '--checkpoint_file', '--bundle_file']),
    ('generate', ['--bundle_file={bundle}', '--run_dir={run}', '--output_dir={tmp}/out'],
     ['either --bundle_file', '--save_generator_bundle']),
    ('generate', ['--bundle_file={bundle}'], ['--output_dir is required']),
    ('generate', ['--save_generator_bundle', '--run_dir={run}'], ['--bundle_file is required']),
    ('generate', ['--save_generator_bundle', '--bundle_file={tmp}/a.mag'], ['--checkpoint_file']),
    ('generate', ['--bundle_file={tmp}/none.mag', '--output_dir={tmp}/out'],
     ['no such file', 'none.mag']),
    ('generate', ['--bundle_file={examples}', '--output_dir={tmp}/out'],
     ['examples.tfrecord is no bundle']),
    ('generate', ['--bundle_file={bundle}', '--output_dir={tmp}/out', '--config=attention_rnn'],
     ['config is basic_rnn there and attention_rnn here']),
    ('generate', ['--bundle_file={bundle}', '--output_dir={tmp}/out',
                  '--hparams=rnn_layer_sizes=[64,64]'], ['[12, 10] there and [64, 64] here']),
    ('generate', ['--checkpoint_file={tmp}/model.ckpt-9', '--output_dir={tmp}/out',
                  '--config=basic_rnn'], ['no such checkpoint', 'model.ckpt-9']),
    ('generate', ['--checkpoint_file={run}', '--output_dir={tmp}/out', '--config=mono_rnn'],
     ['config is basic_rnn there and mono_rnn here']),
    ('train', [*TRAIN, '--config=basic_rnn', '--melody_encoder_decoder=onehot'],
     ['--config=basic_rnn', '--melody_encoder_decoder=onehot', 'not both']),
    ('train', [*TRAIN, '--melody_encoder_decoder=hot'], ["'hot'", 'onehot']),
    ('train', [*TRAIN, '--config=onehot'], ["config 'onehot'"]),
    ('train', [*TRAIN, '--config=basic_rnn', '--warm_start_bundle_file={bundle}'],
     ['rnn_layer_sizes is [12, 10] there and [128, 128] here']),
    ('train', [*TRAIN, '--config=basic_rnn', '--warm_start_bundle_file={tmp}/none.mag'],
     ['none.mag']),
    ('train', ['--run_dir={run}', '--sequence_example_file={examples}', '--eval',
               '--warm_start_bundle_file={bundle}'], ['--warm_start_bundle_file', '--eval']),
])
def test_bad_input_is_refused_in_one_line_and_nothing_is_made(
        call, run, bundle, examples, tmp_path, name, argv, words):
    places = {'tmp': tmp_path, 'run': run.folder, 'bundle': bundle, 'examples': examples}
    before = sorted(tmp_path.rglob('*'))
    status, _, err = call(name, *[argument.format(**places) for argument in argv])
    assert status == 2
    assert err.count('\n') == 1, err
    for word in words:
        assert word in err
    assert sorted(tmp_path.rglob('*')) == before
