"""Names of TensorFlow 0.12 and 1.1, as its sources of those versions give them."""

import pytest

from magenta_reg.interop.variable_names import current_name
from tests.small import make_experiment

CELL = 'rnn/multi_rnn_cell/cell_0'
NAMES = [  # Today's name below the cell, that of 1.1, that of 0.12.
    ('basic_lstm_cell/kernel', 'basic_lstm_cell/weights', 'BasicLSTMCell/Linear/Matrix'),
    ('basic_lstm_cell/bias', 'basic_lstm_cell/biases', 'BasicLSTMCell/Linear/Bias'),
    ('attention_cell_wrapper/kernel', 'attention_cell_wrapper/weights',
     'AttentionCellWrapper/Linear/Matrix'),
    ('attention_cell_wrapper/bias', 'attention_cell_wrapper/biases',
     'AttentionCellWrapper/Linear/Bias'),
    ('attention_cell_wrapper/basic_lstm_cell/kernel',
     'attention_cell_wrapper/basic_lstm_cell/weights',
     'AttentionCellWrapper/BasicLSTMCell/Linear/Matrix'),
    ('attention_cell_wrapper/basic_lstm_cell/bias',
     'attention_cell_wrapper/basic_lstm_cell/biases',
     'AttentionCellWrapper/BasicLSTMCell/Linear/Bias'),
    ('attention_cell_wrapper/attention/attn_w', 'attention_cell_wrapper/attention/attn_w',
     'AttentionCellWrapper/Attention/AttnW'),
    ('attention_cell_wrapper/attention/attn_v', 'attention_cell_wrapper/attention/attn_v',
     'AttentionCellWrapper/Attention/AttnV'),
    ('attention_cell_wrapper/attention/kernel', 'attention_cell_wrapper/attention/weights',
     'AttentionCellWrapper/Attention/Linear/Matrix'),
    ('attention_cell_wrapper/attention/bias', 'attention_cell_wrapper/attention/biases',
     'AttentionCellWrapper/Attention/Linear/Bias'),
    ('attention_cell_wrapper/attn_output_projection/kernel',
     'attention_cell_wrapper/attn_output_projection/weights',
     'AttentionCellWrapper/AttnOutputProjection/Linear/Matrix'),
    ('attention_cell_wrapper/attn_output_projection/bias',
     'attention_cell_wrapper/attn_output_projection/biases',
     'AttentionCellWrapper/AttnOutputProjection/Linear/Bias'),
]


@pytest.mark.parametrize(('today', 'of_1_1', 'of_0_12'), NAMES)
def test_names_of_older_versions_become_todays(today, of_1_1, of_0_12):
    assert current_name(f'{CELL}/{of_1_1}') == f'{CELL}/{today}'
    assert current_name(f'RNN/MultiRNNCell/Cell0/{of_0_12}') == f'{CELL}/{today}'
    assert current_name(f'{CELL}/{today}') == f'{CELL}/{today}'


@pytest.mark.parametrize('config', ['basic_rnn', 'attention_rnn'])
def test_the_pairs_are_all_variables_of_a_layer_and_the_projection_keeps_its_names(config):
    experiment = make_experiment(config=config)
    for name in experiment.builder().variable_shapes():
        assert current_name(name) == name
        if name.startswith(CELL):
            assert name.removeprefix(f'{CELL}/') in [today for today, *_ in NAMES]
