"""Weights of a generator from a checkpoint, with what they show of its settings."""

import re
from pathlib import Path
from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.interop.variable_names import current_name
from magenta_reg.model.experiment import Experiment, resolve_experiment
from magenta_reg.runs.checkpoints import read_checkpoint, weights_sha256
from magenta_reg.runs.run import Run

# The hparams that the network's shape or arithmetic depends on.
NETWORK_HPARAMS = ('rnn_layer_sizes', 'attn_length', 'residual_connections')

_SCOPES = ('rnn/', 'fully_connected/')
_LSTM_BIAS = re.compile(r'rnn/multi_rnn_cell/cell_(\d+)/(?:.*/)?basic_lstm_cell/bias')


class Weights(NamedTuple):
    """A generator's variables and what is known of their origin.

    Attributes:
        source: str, the path they were read from.
        variables: dict of str to float32 array, by Magenta's variable names.
        step: int or None, the global step.
        config: str or None, the config, or a bundle's generator id.
        hparams: dict, those of NETWORK_HPARAMS that are known.
    """

    source: str
    variables: dict
    step: int | None
    config: str | None
    hparams: dict

    def sha256(self):
        """Returns the digest of the variables' names and values."""
        return weights_sha256(self.variables)


def read_weights(path):
    """Reads the weights of a checkpoint that this package or stock Magenta wrote.

    Args:
        path: Path of a checkpoint ('train/model.ckpt-300'), of a folder with checkpoints, or of a
            run folder, whose newest checkpoint is read.

    Returns:
        Weights. If the checkpoint lies in a run folder of ours, its settings are known.

    Raises:
        UserError: If there is no checkpoint, or it holds no MelodyRNN.
    """
    checkpoint = _checkpoint_of(Path(path))
    run = Run(checkpoint.parent.parent)
    if not run.exists():
        return weights_of_checkpoint(checkpoint)
    experiment = Experiment.from_run(run)
    hparams = {name: experiment.hparams[name] for name in NETWORK_HPARAMS}
    return weights_of_checkpoint(checkpoint, config=experiment.encoding.name, hparams=hparams)


def weights_of_checkpoint(checkpoint, source=None, config=None, hparams=None):
    """Returns the Weights in a checkpoint.

    Args:
        checkpoint: str or Path, path prefix.
        source: str, what to call it in messages; the path by default.
        config: str or None.
        hparams: dict, what is known beside what the variables show.

    Raises:
        UserError: If it cannot be read or holds no MelodyRNN.
    """
    source = str(source or checkpoint)
    found = {current_name(name): value for name, value in read_checkpoint(checkpoint).items()}
    variables = {name: value for name, value in found.items() if name.startswith(_SCOPES)}
    step = int(found['global_step']) if 'global_step' in found else None
    known = {**_shown_hparams(variables, found, source), **(hparams or {})}
    return Weights(source, variables, step, config, known)


def experiment_of_weights(weights, file=None, config=None, hparams=''):
    """Makes the experiment that weights belong to; what is not given, they say themselves.

    Args:
        weights: Weights.
        file: Path of an experiment file, or None.
        config: str or None, a MelodyRNN config.
        hparams: str, 'name=value,...'.

    Returns:
        Experiment, named after the file that the weights are from.

    Raises:
        UserError: If a setting or a variable differs from what the weights have.
    """
    implied = {'config': weights.config, 'hparams': weights.hparams}
    experiment = resolve_experiment(file, config, hparams, implied=implied)
    check_fit(experiment, weights)
    return experiment._replace(name=Path(weights.source).name)


def check_fit(experiment, weights):
    """Raises UserError that names the first setting or variable in which weights differ.

    Args:
        experiment: Experiment.
        weights: Weights.
    """
    encoding, known = experiment.encoding, ENCODINGS.get(weights.config)
    if known and known.codec is not encoding.codec:
        raise _misfit(weights, 'config', known.name, encoding.name)
    for name, value in weights.hparams.items():
        if value != experiment.hparams[name]:
            raise _misfit(weights, f'hparam {name}', value, experiment.hparams[name])
    expected = experiment.builder().variable_shapes()
    found = {name: value.shape for name, value in weights.variables.items()}
    for name in sorted({*expected, *found}):
        if found.get(name) != expected.get(name):
            raise _misfit(weights, f'the shape of variable {name}', found.get(name, 'nothing'),
                          expected.get(name, 'nothing'))


def load_variables(variables, session):
    """Sets the generator's variables in the default graph from a dict of str to float32 array."""
    for variable in generator_variables():
        variable.load(variables[variable.op.name], session)


def _misfit(weights, what, theirs, ours):
    return UserError(f'{weights.source} does not fit: {what} is {theirs} there and {ours} here; '
                     'give the --config and --hparams that it was trained with')


def _checkpoint_of(path):
    """Returns the Path of a checkpoint: the path itself, or the newest in a folder."""
    if path.is_dir():
        newest = Run(path).latest_checkpoint() or tf.train.latest_checkpoint(str(path))
        if not newest:
            raise UserError(f'{path} has no checkpoint: give a folder that training wrote, or a '
                            'path like train/model.ckpt-300')
        return Path(newest)
    if not path.exists() and not Path(f'{path}.index').exists():
        raise UserError(f'no such checkpoint: {path}')
    return path


def _shown_hparams(variables, found, source):
    """Returns the hparams that the variables' names and shapes show."""
    biases = {int(match[1]): variables[match[0]] for match in map(_LSTM_BIAS.fullmatch, variables)
              if match}
    if sorted(biases) != list(range(len(biases))) or not biases:
        raise UserError(f'{source} holds no MelodyRNN: it should have the variable rnn/'
                        'multi_rnn_cell/cell_0/basic_lstm_cell/bias or one like it, it has '
                        f'{", ".join(sorted(found)[:3]) or "nothing"}')
    shown = {'rnn_layer_sizes': [len(biases[layer]) // 4 for layer in sorted(biases)],
             'residual_connections': any('input_projection_wrapper' in name for name in variables)}
    if not any('attention_cell_wrapper' in name for name in variables):
        shown['attn_length'] = 0
    return shown
