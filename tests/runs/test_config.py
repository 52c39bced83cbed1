"""Experiment files and hparams: what is given goes over defaults, what is wrong is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.interop.magenta import import_magenta
from magenta_reg.model.experiment import default_hparams, resolve_experiment
from magenta_reg.runs.config import merge_hparams, parse_hparams, read_yaml, write_yaml

DEFAULTS = {'batch_size': 64, 'rnn_layer_sizes': [128, 128], 'dropout_keep_prob': 0.5,
            'residual_connections': False, 'sampling_schedule': 'linear'}


@given(st.integers(1, 10 ** 6), st.lists(st.integers(1, 999), min_size=1, max_size=4),
       st.floats(1e-6, 1.0), st.booleans())
def test_hparams_are_read_as_magentas_own_parser_reads_them(batch, sizes, keep_prob, residual):
    training = import_magenta('magenta.contrib.training')
    text = (f'batch_size={batch},rnn_layer_sizes=[{",".join(map(str, sizes))}],'
            f'dropout_keep_prob={keep_prob!r},residual_connections={str(residual).lower()}')
    expected = training.HParams(**DEFAULTS)
    expected.parse(text)
    assert merge_hparams(DEFAULTS, parse_hparams(text)) == expected.values()


@pytest.mark.parametrize(('text', 'named'), [
    ('batch_sise=3', "'batch_sise'.*did you mean 'batch_size'"),
    ('batch_size=3.5', 'batch_size'),
    ('batch_size=many', 'batch_size'),
    ('rnn_layer_sizes=[64,x]', 'rnn_layer_sizes'),
    ('residual_connections=perhaps', 'residual_connections'),
    ('batch_size', "'batch_size'"),
    ('batch_size=[3', 'batch_size='),
    ('=3', "'=3'"),
])
def test_wrong_hparams_are_named_in_one_line(text, named):
    with pytest.raises(UserError, match=named) as error:
        merge_hparams(DEFAULTS, parse_hparams(text))
    assert '\n' not in str(error.value)


def test_flags_go_over_the_file_and_the_file_over_magentas_defaults(tmp_path):
    file = tmp_path / 'mine.yaml'
    file.write_text('method: scheduled_sampling\nconfig: basic_rnn\n'
                    'hparams: {dropout_keep_prob: 0.7, learning_rate: 1e-2}\n')
    experiment = resolve_experiment(file, 'mono_rnn', 'dropout_keep_prob=0.9', seed=4)
    assert (experiment.name, experiment.method, experiment.seed) == (
        'mine', 'scheduled_sampling', 4)
    assert experiment.encoding.name == 'mono_rnn'
    assert experiment.hparams['dropout_keep_prob'] == 0.9
    assert experiment.hparams['learning_rate'] == 0.01
    assert experiment.hparams['batch_size'] == 128
    assert experiment.hparams['sampling_schedule'] == 'linear'


def test_a_config_alone_trains_as_magenta_does():
    experiment = resolve_experiment(config='attention_rnn')
    assert experiment.method == 'teacher_forcing'
    assert experiment.hparams == default_hparams(ENCODINGS['attention_rnn'], 'teacher_forcing')
    assert experiment.hparams['dropout_keep_prob'] == 0.5


@pytest.mark.parametrize(('content', 'named'), [
    ('metod: teacher_forcing', "'metod'.*'method'"),
    ('config: basic_rnn\nmethod: professor', "'professor'.*'professor_forcing'"),
    ('config: basic', "'basic'.*'basic_rnn'"),
    ('config: basic_rnn\nhparams: {gate_generator: 0.5}', "'gate_generator'"),
    ('config: basic_rnn\nmethod: [', 'not valid YAML'),
    ('just text', 'key: value'),
    ('method: teacher_forcing', '--config'),
])
def test_wrong_experiment_files_are_named(tmp_path, content, named):
    file = tmp_path / 'wrong.yaml'
    file.write_text(content)
    with pytest.raises(UserError, match=named):
        resolve_experiment(file)


def test_yaml_comes_back_as_it_was_written(tmp_path):
    content = {'name': 'x', 'hparams': {'sizes': [1, 2], 'rate': 0.001, 'flag': False}}
    write_yaml(tmp_path / 'a.yaml', content)
    assert read_yaml(tmp_path / 'a.yaml', content) == content
    assert [path.name for path in tmp_path.iterdir()] == ['a.yaml']
