"""Names of variables in checkpoints of older TensorFlow: Magenta's published bundles are of 2016.

TensorFlow renamed the variables of its cells in 1.0 and in 1.2; their values mean the same.

Source: TensorFlow 0.12, contrib/rnn/python/ops/rnn_cell.py, for the oldest names; TensorFlow 1.15,
contrib/rnn/python/tools/checkpoint_convert.py, for the next.
"""

import re

# Parts of names before 1.0, and from 1.0 on.
_BEFORE_1_0 = {
    'RNN': 'rnn',
    'MultiRNNCell': 'multi_rnn_cell',
    'BasicLSTMCell': 'basic_lstm_cell',
    'AttentionCellWrapper': 'attention_cell_wrapper',
    'AttnOutputProjection': 'attn_output_projection',
    'Attention': 'attention',
    'AttnW': 'attn_w',
    'AttnV': 'attn_v',
}

# Last parts of a cell's names before 1.2, and from 1.2 on.
_BEFORE_1_2 = {'weights': 'kernel', 'biases': 'bias'}


def current_name(name):
    """Returns today's name of a checkpoint's variable; only those of cells have changed."""
    if not name.startswith(('RNN/', 'rnn/')):
        return name
    name = name.replace('/Linear/Matrix', '/kernel').replace('/Linear/Bias', '/bias')
    name = re.sub(r'/Cell(\d+)/', r'/cell_\1/', name)
    *scopes, last = [_BEFORE_1_0.get(part, part) for part in name.split('/')]
    return '/'.join([*scopes, _BEFORE_1_2.get(last, last)])
