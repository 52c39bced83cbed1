"""Checkpoints: the newest undamaged one found, variables read, saved and dropped."""

import hashlib
import json
import re
import sys
from contextlib import contextmanager
from pathlib import Path

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.base.files import plain_path, replace_text

_INDEX = re.compile(r'model\.ckpt-\d+\.index')
_DATA = re.compile(r'(model\.ckpt-\d+)\.data-\d+-of-\d+')


def checkpoint_step(checkpoint):
    """Returns the global step in a checkpoint's name, 'model.ckpt-300'."""
    return int(str(checkpoint).rsplit('-', 1)[1])


def list_checkpoints(folder):
    """Returns the path prefixes of a folder's checkpoints as str, in the order of their steps."""
    prefixes = [str(path.with_suffix('')) for path in Path(folder).glob('*')
                if _INDEX.fullmatch(path.name)]
    return sorted(prefixes, key=checkpoint_step)


def newest_checkpoint(folder, shapes=None):
    """Returns the newest undamaged checkpoint; each one passed over is named on stderr.

    Args:
        folder: Path.
        shapes: dict of variable name to tuple of int, variables that must be there; or None.

    Returns:
        str, path prefix; None if there is no checkpoint. UserError if all are damaged.
    """
    prefixes, faults = list_checkpoints(folder), []
    for prefix in reversed(prefixes):
        fault = _find_fault(prefix, shapes or {})
        if not fault:
            return prefix
        print(f'the checkpoint {prefix} is damaged and is passed over: {fault}', file=sys.stderr)
        faults.append(fault)
    if faults:
        raise UserError(f'none of the {len(prefixes)} checkpoints in {folder} is whole; the newest '
                        f'is {prefixes[-1]}: {faults[0]}')
    return None


def _find_fault(prefix, shapes):
    """Returns what is wrong with a checkpoint in one line, or None: reading checks the sums."""
    try:
        found = _read(prefix)
    except ValueError as error:
        return ' '.join(str(error).split())
    for name, shape in shapes.items():
        if name not in found or found[name].shape != shape:
            return f'the variable {name} is not there in the shape {shape}'
    return None


def read_checkpoint(checkpoint):
    """Returns the variables of a checkpoint without those of optimizers: dict of str to array."""
    try:
        return {name: value for name, value in _read(checkpoint).items()
                if 'Adam' not in name and not name.endswith('_power')}
    except ValueError as error:
        raise UserError(f'cannot read the checkpoint {checkpoint}: {error}') from error


def _read(prefix):
    with _for_tensorflow(prefix) as plain:
        reader = tf.train.load_checkpoint(plain)
        return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


@contextmanager
def _for_tensorflow(prefix):
    """Yields a checkpoint's `plain_path`; its errors are ValueErrors that name the prefix."""
    with plain_path(prefix) as plain:
        try:
            yield str(plain)
        except (tf.errors.OpError, ValueError, IndexError, RuntimeError) as error:
            text = str(error).replace(str(plain), str(prefix))
            raise ValueError(text or type(error).__name__) from error


def weights_sha256(weights):
    """Returns the hash of the names and values of a dict of str to array."""
    digest = hashlib.sha256()
    for name, value in sorted(weights.items()):
        digest.update(name.encode() + value.tobytes())
    return digest.hexdigest()


class Checkpoints:
    """Saves and restores all variables of the default graph.

    Beside each checkpoint lies model.ckpt-N.pending.json: the metrics of the steps since the last
    row of metrics.csv, so that the next row is the same if training was stopped in between.
    """

    def __init__(self, folder, num_checkpoints):
        """Takes the variables that are there; of checkpoints the newest are kept, all for 0."""
        self._folder, self._num_checkpoints = Path(folder), num_checkpoints
        self._saver = tf.train.Saver(max_to_keep=None)

    def newest(self):
        """Returns the newest undamaged checkpoint that fits the graph: str or None."""
        self._drop_partial_files()
        return newest_checkpoint(self._folder, {
            variable.op.name: tuple(variable.shape.as_list())
            for variable in tf.global_variables()})

    def restore(self, session, prefix):
        """Sets the variables. Returns what `save` was given as `pending`."""
        with _for_tensorflow(prefix) as plain:
            self._saver.restore(session, plain)
        path = _pending_path(prefix)
        return json.loads(path.read_text()) if path.exists() else []

    def save(self, session, step, pending=()):
        """Writes the checkpoint of a step with a list of plain values, then drops the oldest."""
        prefix = str(self._folder / f'model.ckpt-{step}')
        try:
            self._folder.mkdir(exist_ok=True)
            replace_text(_pending_path(prefix), json.dumps(list(pending)))
            with _for_tensorflow(prefix) as plain:
                self._saver.save(session, plain, write_meta_graph=False, write_state=False)
            self._drop_old(prefix)
        except (ValueError, OSError) as error:
            self._drop_partial_files()
            raise UserError(f'cannot write the checkpoint {prefix}: {_cause(error)}. '
                            'Those before it are kept: make room or give rights there, and the '
                            'same command goes on') from error

    def _drop_old(self, newest):
        """Drops all but the newest checkpoints, and later ones that were passed over."""
        prefixes = list_checkpoints(self._folder)
        own = prefixes[:prefixes.index(newest) + 1]
        kept = own[-self._num_checkpoints:] if self._num_checkpoints else own
        # Where stock Magenta looks for the newest one.
        names = [Path(prefix).name for prefix in kept]
        replace_text(self._folder / 'checkpoint', ''.join(
            [f'model_checkpoint_path: "{names[-1]}"\n',
             *(f'all_model_checkpoint_paths: "{name}"\n' for name in names)]))
        for path in [Path(prefix) for prefix in prefixes if prefix not in kept]:
            # The index first: without it the other files do not count.
            path.with_name(f'{path.name}.index').unlink(missing_ok=True)
            for other in list(path.parent.glob(f'{path.name}.*')):
                other.unlink(missing_ok=True)

    def _drop_partial_files(self):
        """Removes what a killed save left: 'tempstate' files, and data whose index never came."""
        for path in list(self._folder.glob('*')):
            match = _DATA.fullmatch(path.name)
            has_no_index = match and not path.with_name(f'{match[1]}.index').exists()
            if '.tempstate' in path.name or has_no_index:
                path.unlink(missing_ok=True)


def _pending_path(prefix):
    return Path(f'{prefix}.pending.json')


def _cause(error):
    """Returns the part of an error that names the file and why, in one line."""
    if isinstance(error, OSError):
        return f'{error.strerror}: {error.filename}'
    lines = [line for line in str(error).splitlines() if '; ' in line and '/' in line]
    return ' '.join((lines[0] if lines else str(error)).split())
