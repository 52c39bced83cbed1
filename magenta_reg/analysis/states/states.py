"""Hidden states of one model in its two modes, teacher-forced and free-running, and their views."""

from typing import NamedTuple

import numpy as np

from magenta_reg.model.experiment import Experiment
from magenta_reg.runs.checkpoints import read_checkpoint
from magenta_reg.runs.run import Run

ALL_LAYERS = 'all layers'
DISCRIMINATOR = 'discriminator'


class TwoModes(NamedTuple):
    """What was taken of one model on the same melodies in both modes, such as its hidden states.

    Row i of both belongs to the same held-out melody; position j of both comes after equally many
    events.

    Attributes:
        teacher_forced, free_running: float32 [melodies, positions, units], the hidden states (h)
            of all layers side by side.
    """

    teacher_forced: np.ndarray
    free_running: np.ndarray


def states_after(model, melodies, primer_steps):
    """Returns the hidden states after each event behind a primer.

    A state depends on the events fed so far and on nothing else. So the states of free-running
    generation ARE the states of a teacher-forced pass over the generated events.

    Args:
        model: MelodyModel.
        melodies: int32 [melodies, num_steps], Melody events.
        primer_steps: int.

    Returns:
        float32 [melodies, num_steps - primer_steps - 1, units]: position j is the state after event
        primer_steps + j; the last event is never fed.
    """
    return np.stack(model.score(list(melodies), states=True).states)[:, primer_steps:]


def read_modes(model, held_out, generated):
    """Returns the TwoModes after true and after generated events, behind the same primers.

    Up to the primer's end the two modes are the same by construction: position 0 is the first state
    that has seen an event of its own mode. States may be not finite.

    Args:
        model: MelodyModel.
        held_out: HeldOut.
        generated: int32 [melodies, num_steps], the model's continuations of the same primers.

    Source: Lamb et al. 2016 (1610.09038), section 4.
    """
    return TwoModes(*(states_after(model, melodies, held_out.primer_steps)
                      for melodies in (held_out.melodies, generated)))


class NetworkParts(NamedTuple):
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


def read_network(run_dir, checkpoint):
    """Reads the NetworkParts of a run's checkpoint, str, its path prefix.

    With attention or residual connections the cell's output is more than the top layer's hidden
    state, and is not among the states: there is no projection then.
    """
    hparams = Experiment.from_run(Run(run_dir)).hparams
    if hparams['attn_length'] or hparams['residual_connections']:
        return NetworkParts(hparams['rnn_layer_sizes'], None, None)
    variables = read_checkpoint(checkpoint)
    return NetworkParts(hparams['rnn_layer_sizes'], variables['fully_connected/weights'],
                   variables['fully_connected/biases'])


def view_modes(modes, network):
    """Returns the parts of a network's states that are compared on their own: dict to TwoModes.

    These are all layers, each layer where there are several, and what professor forcing's
    discriminator sees by default: the top layer's state and the distribution of the next class
    (`concat_behaviour`, 'states_logits').
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
