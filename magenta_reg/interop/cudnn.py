"""Checkpoints of Magenta 1 with use_cudnn: the same LSTM under other names, without a forget bias.

Source: magenta 1.3, models/shared/events_rnn_graph.py, `make_cudnn`, whose networks without
residual connections are read; TensorFlow 1.15, contrib/cudnn_rnn, for CudnnCompatibleLSTMCell.
"""

import re

import numpy as np

from magenta_reg.base.errors import UserError

# One call for all layers where they are of one size, else a call a layer.
_NAME = re.compile(r'cudnn_lstm(?:_(\d+))?/rnn/multi_rnn_cell/cell_(\d+)/'
                   r'cudnn_compatible_lstm_cell/(kernel|bias)')


def without_cudnn(variables, source):
    """Returns the variables of a checkpoint with those of cuDNN as LstmCell has them.

    Args:
        variables: dict of str to array; one without cuDNN is returned as it is.
        source: str, the checkpoint's name in messages.

    Raises:
        UserError: If they cannot be read: GPU-packed weights, or residual connections.
    """
    if not any(name.startswith('cudnn_lstm') for name in variables):
        return variables
    if 'fully_connected_1/weights' in variables:
        raise UserError(f'{source} was trained with use_cudnn and residual_connections '
                        '(fully_connected_1/weights), which is not read: train it anew without '
                        'use_cudnn')
    return dict(_renamed(name, value, source) for name, value in variables.items())


def _renamed(name, value, source):
    if not name.startswith('cudnn_lstm'):
        return name, value
    match = _NAME.fullmatch(name)
    if not match:
        raise UserError(f'{source} was trained with use_cudnn, and its variable {name} is not '
                        'read: save it with TensorFlow 1 in the form of CudnnCompatibleLSTMCell')
    call, cell, kind = match.groups()
    name = f'rnn/multi_rnn_cell/cell_{int(call or 0) + int(cell)}/basic_lstm_cell/{kind}'
    if kind == 'kernel':
        return name, value
    i, j, f, o = np.split(value, 4)
    # LstmCell adds 1 to the forget gate, cuDNN nothing.
    return name, np.concatenate([i, j, f - 1, o])
