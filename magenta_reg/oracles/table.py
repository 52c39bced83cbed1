"""The table of oracles, how a text names one, and the file that keeps one."""

import json

import numpy as np

from magenta_reg.base.errors import UserError, unknown_name
from magenta_reg.codec.codec import NO_EVENT, NOTE_OFF
from magenta_reg.oracles.lstm import LstmOracle
from magenta_reg.oracles.markov import MarkovOracle
from magenta_reg.oracles.motif import MotifOracle
from magenta_reg.runs.config import merge_hparams, parse_hparams

ORACLES = {oracle.name: oracle for oracle in [LstmOracle, MotifOracle, MarkovOracle]}

_PREFIX = 'oracle:'
_ABOUT = 'about'


def is_oracle(text):
    """Returns whether an input, str or Path, names an oracle."""
    return str(text).startswith(_PREFIX)


def make_oracle(text, encoding, seed):
    """Returns the Oracle that a text names, over the events of an Encoding.

    Args:
        text: str, `oracle:NAME`, perhaps with settings: `oracle:markov,order=1,num_melodies=500`.
        encoding: Encoding.
        seed: int, which decides its numbers.

    Raises:
        UserError: If there is no such oracle, or it does not fit the encoding.
    """
    name, _, given = str(text).removeprefix(_PREFIX).partition(',')
    if name not in ORACLES:
        raise unknown_name('oracle', name, ORACLES)
    oracle, codec = ORACLES[name], encoding.codec
    values = parse_hparams(given)
    if unknown := set(values) - set(oracle.SETTINGS):
        raise UserError(f'{_PREFIX}{name}: '
                        f'{unknown_name("setting", min(unknown), oracle.SETTINGS)}')
    settings = merge_hparams(oracle.SETTINGS, values)
    _check_limits(oracle, settings)
    events = [NO_EVENT, NOTE_OFF, *range(codec.min_note, codec.max_note)]
    if misfit := oracle.misfit(len(events), settings):
        raise UserError(f'{_PREFIX}{name} does not fit {encoding.name}: {misfit}')
    rng = np.random.default_rng([seed, 0])
    return oracle(events, settings, oracle.draw_arrays(len(events), settings, rng))


def draw_melodies(oracle, seed):
    """Returns the melodies that an Oracle's settings ask for, list of int32 [steps].

    Lengths are drawn evenly from `min_steps` to `max_steps`.
    """
    least, most, count = (oracle.settings[name] for name in
                          ('min_steps', 'max_steps', 'num_melodies'))
    lengths = np.random.default_rng([seed, 1]).integers(least, most, count, endpoint=True)
    return oracle.draw(lengths, [seed, 2])


def save_oracle(oracle, path):
    """Writes an Oracle as a NumPy archive; the same oracle gives the same bytes."""
    about = json.dumps({'name': oracle.name, 'settings': oracle.settings})
    np.savez(path, events=oracle.events, **oracle.arrays, **{_ABOUT: np.array(about)})


def load_oracle(path):
    """Returns the Oracle in a file of `save_oracle`; UserError if it is none."""
    try:
        with np.load(path) as file:
            arrays = dict(file)
        about = json.loads(str(arrays.pop(_ABOUT)))
        return ORACLES[about['name']](arrays.pop('events'), about['settings'], arrays)
    except FileNotFoundError:
        raise UserError(f'{path} is missing') from None
    except Exception as error:  # Whatever zipfile, NumPy and JSON say of damaged bytes.
        raise UserError(f'{path} holds no oracle') from error


def _check_limits(oracle, settings):
    for name, (least, most) in oracle.LIMITS.items():
        if not least <= settings[name] <= most:
            raise UserError(f'{_PREFIX}{oracle.name}: {name}={settings[name]} is not in '
                            f'[{least:g}, {most:g}]')
    if settings['min_steps'] > settings['max_steps']:
        raise UserError(f'{_PREFIX}{oracle.name}: min_steps={settings["min_steps"]} is above '
                        f'max_steps={settings["max_steps"]}')
