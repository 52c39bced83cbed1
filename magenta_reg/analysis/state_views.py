"""Parts of the hidden states that are compared on their own: layers, the discriminator's view."""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.hidden_states import TwoModes
from magenta_reg.checkpoints import read_checkpoint
from magenta_reg.experiments import Experiment
from magenta_reg.runs import Run

ALL_LAYERS = 'all layers'
DISCRIMINATOR = 'discriminator'


class Network(NamedTuple):
    """What of a network decides the views of its states.

    Attributes:
        layer_sizes: list of int, units of each layer.
        weights: float32 [units of the top layer, num_classes] or None, from the top layer's hidden
            state to logits; None if what is projected is not that state.
        biases: float32 [num_classes] or None.
    """

    layer_sizes: list
    weights: np.ndarray | None
    biases: np.ndarray | None


def read_network(run_dir, checkpoint=None):
    """Reads the Network of a run.

    With attention or residual connections the cell's output is more than the top layer's hidden
    state, and is not among the states: there is no projection then.

    Args:
        run_dir: str or Path.
        checkpoint: str, a checkpoint's path prefix, or None for the newest one.

    Returns:
        Network.

    Raises:
        UserError: If there is no run or no checkpoint there.
    """
    run = Run(run_dir)
    hparams = Experiment.from_run(run).hparams
    if hparams['attn_length'] or hparams['residual_connections']:
        return Network(hparams['rnn_layer_sizes'], None, None)
    variables = read_checkpoint(checkpoint or run.require_checkpoint())
    return Network(hparams['rnn_layer_sizes'], variables['fully_connected/weights'],
                   variables['fully_connected/biases'])


def view_modes(modes, network):
    """Returns what is compared of a network's states.

    Args:
        modes: TwoModes, of the hidden states of all layers.
        network: Network.

    Returns:
        dict of str to TwoModes: all layers, each layer where there are several, and what
        professor forcing's discriminator sees by default: the top layer's state beside the
        distribution of the next class (`concat_behaviour`, 'states_logits').
    """
    views = {ALL_LAYERS: modes}
    ends = np.cumsum(network.layer_sizes)
    if len(ends) > 1:
        for number, (end, size) in enumerate(zip(ends, network.layer_sizes, strict=True), 1):
            views[f'layer {number}'] = TwoModes(*(
                states[..., end - size:end] for states in modes))
    if network.weights is not None:
        views[DISCRIMINATOR] = TwoModes(*(_behaviour(states, network) for states in modes))
    return views


def _behaviour(states, network):
    top = states[..., -network.layer_sizes[-1]:]
    logits = top @ network.weights + network.biases
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.concatenate([top, odds / odds.sum(axis=-1, keepdims=True)], axis=-1)
