"""Weights of a generator from a checkpoint, with the settings that they show."""

import re
from pathlib import Path
from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.base.files import plain_path, printable
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.interop.cudnn import without_cudnn
from magenta_reg.interop.variable_names import current_name
from magenta_reg.model.experiment import Experiment, resolve_experiment
from magenta_reg.runs.checkpoints import newest_checkpoint, read_checkpoint, weights_sha256
from magenta_reg.runs.run import Run

# The hparams that the network's shape or arithmetic depends on.
_NETWORK_HPARAMS = ('rnn_layer_sizes', 'attn_length', 'residual_connections')

_SCOPES = ('rnn/', 'fully_connected/')
_LSTM_BIAS = re.compile(r'rnn/multi_rnn_cell/cell_(\d+)/(?:.*/)?basic_lstm_cell/bias')


class Weights(NamedTuple):
    """A generator's variables and what is known of their origin."""

    source: str  # The path they were read from.
    variables: dict  # By Magenta's variable names: float32 arrays.
    step: int | None
    config: str | None  # Or a bundle's generator id.
    hparams: dict  # Those of _NETWORK_HPARAMS that are known.

    def sha256(self):
        """Returns the hash of the variables."""
        return weights_sha256(self.variables)


def read_weights(path):
    """Returns the Weights in a checkpoint of this package or stock Magenta.

    Args:
        path: Path of a checkpoint ('train/model.ckpt-300'), or of a folder with checkpoints or a
            run folder, whose newest one is read. Those of a run come with its settings.

    Raises:
        UserError: If there is no checkpoint, or it holds no MelodyRNN.
    """
    checkpoint = _checkpoint_of(Path(path))
    run = Run(checkpoint.parent.parent)
    if not run.exists():
        return weights_of_checkpoint(checkpoint)
    experiment = Experiment.from_run(run)
    return weights_of_checkpoint(
        checkpoint, config=experiment.encoding.name,
        hparams={name: experiment.hparams[name] for name in _NETWORK_HPARAMS})


def weights_of_checkpoint(checkpoint, source=None, config=None, hparams=None):
    """Returns the Weights in a checkpoint: `source` is its name in messages, its path by default.

    `config` and `hparams` are what is known of it beside what its variables show.
    """
    source = str(source or checkpoint)
    found = {current_name(name): value for name, value in read_checkpoint(checkpoint).items()}
    found = without_cudnn(found, source)
    variables = {name: value for name, value in found.items() if name.startswith(_SCOPES)}
    step = int(found['global_step']) if 'global_step' in found else None
    known = {**_shown_hparams(variables, found, source), **(hparams or {})}
    return Weights(source, variables, step, config, known)


def experiment_of_weights(weights, file=None, config=None, hparams=''):
    """Makes the Experiment that weights belong to, named after the file they are from.

    The other arguments are those of `resolve_experiment`; what they do not say, the weights do.

    Raises:
        UserError: If a setting or a variable differs from what the weights have.
    """
    implied = {'config': weights.config, 'hparams': weights.hparams}
    experiment = resolve_experiment(file, config, hparams, implied=implied)
    check_fit(experiment, weights)
    return experiment._replace(name=printable(Path(weights.source).name))


def check_fit(experiment, weights):
    """Raises UserError that names the first setting or variable in which Weights differ."""
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
    """Sets the generator's variables of the default graph: dict of str to float32 array."""
    for variable in generator_variables():
        variable.load(variables[variable.op.name], session)


def _misfit(weights, what, theirs, ours):
    return UserError(f'{weights.source} does not fit: {what} is {theirs} there and {ours} here; '
                     'give the --config and --hparams that it was trained with')


def _checkpoint_of(path):
    """Returns the Path of a checkpoint: `path` itself, or the newest in that folder."""
    if path.is_dir():
        newest = Run(path).latest_checkpoint() or _latest_by_name(path) or newest_checkpoint(path)
        if not newest:
            raise UserError(f'{path} has no checkpoint: give a folder that training wrote, or a '
                            'path like train/model.ckpt-300')
        return Path(newest)
    if not path.exists() and not Path(f'{path}.index').exists():
        raise UserError(f'no such checkpoint: {path}')
    return path


def _latest_by_name(folder):
    """Returns the path of the checkpoint that TensorFlow's file 'checkpoint' names, or None."""
    with plain_path(folder / 'checkpoint') as state:
        found = tf.train.latest_checkpoint(str(state.parent))
    if found and Path(found).is_relative_to(state.parent):
        return folder / Path(found).relative_to(state.parent)
    return found


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
