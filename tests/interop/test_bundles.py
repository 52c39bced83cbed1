"""Bundles: written and read again; old, damaged and hostile ones."""

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.codec.encodings import MELODY_ENCODER_DECODERS
from magenta_reg.interop.bundles import read_bundle, read_bundle_or_weights, write_bundle
from magenta_reg.interop.weights import experiment_of_weights
from tests.interop.test_variable_names import NAMES
from tests.small import make_experiment


def random_variables(experiment, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape).astype(np.float32)
            for name, shape in experiment.builder().variable_shapes().items()}


def parsed(path):
    generator_pb2 = import_note_seq('note_seq.protobuf.generator_pb2')
    return generator_pb2.GeneratorBundle.FromString(path.read_bytes())


@pytest.fixture(scope='module')
def attention(tmp_path_factory):
    """A bundle of attention_rnn: its path, experiment and variables."""
    path = tmp_path_factory.mktemp('bundle') / 'attention.mag'
    experiment = make_experiment(config='attention_rnn', attn_length=7)
    variables = random_variables(experiment)
    write_bundle(experiment, variables, path)
    return path, experiment, variables


@pytest.fixture
def changed(attention, tmp_path):
    """Returns a function that applies another to the parsed bundle and writes the result."""
    def change(apply):
        bundle = parsed(attention[0])
        apply(bundle)
        (tmp_path / 'changed.mag').write_bytes(bundle.SerializeToString())
        return tmp_path / 'changed.mag'
    return change


def assert_equal_variables(weights, variables):
    assert set(weights.variables) == set(variables)
    for name, value in variables.items():
        np.testing.assert_array_equal(weights.variables[name], value, err_msg=name)


def test_a_bundle_comes_back_with_its_settings(attention):
    path, experiment, variables = attention
    weights = read_bundle(path)
    assert_equal_variables(weights, variables)
    assert weights.config == 'attention_rnn'
    assert weights.step is None
    found = experiment_of_weights(weights)
    for name in ('rnn_layer_sizes', 'attn_length', 'residual_connections'):
        assert found.hparams[name] == experiment.hparams[name]


def test_residual_connections_show_in_the_variables(tmp_path):
    experiment = make_experiment(residual_connections=True)
    write_bundle(experiment, random_variables(experiment), tmp_path / 'a.mag')
    found = experiment_of_weights(read_bundle(tmp_path / 'a.mag'))
    assert found.hparams['residual_connections'] is True
    assert found.hparams['rnn_layer_sizes'] == [12, 10]


@pytest.mark.parametrize('version', [1, 2], ids=['1.1', '0.12'])
def test_a_bundle_with_an_older_tensorflows_names_comes_back_under_todays(
        attention, changed, tmp_path, version):
    _, _, variables = attention
    def old_name(name):
        for names in NAMES:
            for layer in (0, 1):
                if name == f'rnn/multi_rnn_cell/cell_{layer}/{names[0]}':
                    prefix = ('rnn/multi_rnn_cell/cell_', 'RNN/MultiRNNCell/Cell')[version - 1]
                    return f'{prefix}{layer}/{names[version]}'
        return name
    with tf.Graph().as_default(), tf.Session() as session:
        saved = {old_name(name): tf.get_variable(name, initializer=value)
                 for name, value in variables.items()}
        assert len(set(saved) - set(variables)) >= 8
        session.run(tf.global_variables_initializer())
        tf.train.Saver(saved, write_version=tf.train.SaverDef.V1).save(
            session, str(tmp_path / 'old'), write_meta_graph=False)

    def put_old_checkpoint(bundle):
        bundle.checkpoint_file[0] = (tmp_path / 'old').read_bytes()

    assert_equal_variables(read_bundle(changed(put_old_checkpoint)), variables)
    # A checkpoint of that format alone is told from a bundle.
    assert_equal_variables(read_bundle_or_weights(tmp_path / 'old'), variables)


def test_of_a_stored_graph_that_is_garbage_nothing_is_read(attention, changed):
    def spoil(bundle):
        bundle.metagraph_file = b'\xff' * 100
    weights = read_bundle(changed(spoil))
    assert_equal_variables(weights, attention[2])
    assert 'attn_length' not in weights.hparams


def refusal(path, read=read_bundle):
    with pytest.raises(UserError) as error:
        read(path)
    message = str(error.value)
    assert str(path) in message
    assert '/tmp/tmp' not in message
    return message


@pytest.mark.parametrize('share', [0.001, 0.3, 0.7, 0.999])
def test_a_bundle_cut_off_is_refused(attention, tmp_path, share):
    content = attention[0].read_bytes()
    (tmp_path / 'cut.mag').write_bytes(content[:int(share * len(content))])
    assert 'damaged' in refusal(tmp_path / 'cut.mag')


def test_a_flipped_bit_among_the_weights_is_refused(attention, changed):
    def flip(bundle):
        content = bytearray(bundle.checkpoint_file[0])
        content[len(content) // 2] ^= 1
        bundle.checkpoint_file[0] = bytes(content)
    message = refusal(changed(flip))
    assert 'is a damaged bundle: cannot read the checkpoint' in message


@pytest.mark.parametrize('content', [b'', b'This is a text, no bundle at all.', b'\x00' * 50])
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    (tmp_path / 'other.mag').write_bytes(content)
    for read in (read_bundle, read_bundle_or_weights):
        assert 'is no bundle, or a damaged one' in refusal(tmp_path / 'other.mag', read)


def test_a_bundle_of_another_model_is_refused_with_the_variable_that_is_missing(
        changed, tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable('decoder/kernel', [2, 2])
        session.run(tf.global_variables_initializer())
        tf.train.Saver(write_version=tf.train.SaverDef.V1).save(session, str(tmp_path / 'other'))

    def put_other_checkpoint(bundle):
        bundle.checkpoint_file[0] = (tmp_path / 'other').read_bytes()

    message = refusal(changed(put_other_checkpoint))
    assert 'basic_lstm_cell/bias' in message
    assert 'it has decoder/kernel' in message


def test_no_file_is_named(tmp_path):
    assert 'no such file' in refusal(tmp_path / 'none.mag')
    assert 'no such checkpoint' in refusal(tmp_path / 'none.mag', read_bundle_or_weights)


def test_an_encoder_alone_needs_a_generator_id(tmp_path):
    experiment = make_experiment()._replace(encoding=MELODY_ENCODER_DECODERS['onehot'])
    variables = random_variables(experiment)
    with pytest.raises(UserError, match='--generator_id is required'):
        write_bundle(experiment, variables, tmp_path / 'a.mag')
    assert not list(tmp_path.iterdir())
    write_bundle(experiment, variables, tmp_path / 'a.mag', generator_id='mine')
    assert parsed(tmp_path / 'a.mag').generator_details.id == 'mine'


def test_a_generator_id_that_is_no_config_asks_for_one(tmp_path):
    experiment = make_experiment()
    write_bundle(experiment, random_variables(experiment), tmp_path / 'a.mag', generator_id='mine')
    weights = read_bundle(tmp_path / 'a.mag')
    with pytest.raises(UserError, match="config 'mine'"):
        experiment_of_weights(weights)
    assert experiment_of_weights(weights, config='basic_rnn').encoding.name == 'basic_rnn'
