"""The checkpoints of a folder: found whole, written whole, and the oldest dropped."""

import hashlib
import json
import re
import sys
from pathlib import Path

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.base.files import replace_text

_INDEX = re.compile(r'model\.ckpt-(\d+)\.index')
_DATA = re.compile(r'(model\.ckpt-\d+)\.data-\d+-of-\d+')


def checkpoint_step(checkpoint):
    """Returns the global step in a checkpoint's name, 'model.ckpt-300'."""
    return int(str(checkpoint).rsplit('-', 1)[1])


def list_checkpoints(folder):
    """Returns the path prefixes of a folder's checkpoints as str, in the order of their steps."""
    folder = Path(folder)
    names = [match[0] for match in map(_INDEX.fullmatch, _names(folder)) if match]
    prefixes = [str(folder / name.removesuffix('.index')) for name in names]
    return sorted(prefixes, key=checkpoint_step)


def newest_checkpoint(folder, shapes=None):
    """Returns the newest checkpoint that is whole; each one passed over is named on stderr.

    Args:
        folder: Path.
        shapes: dict of variable name to tuple, variables that must be there; or None.

    Returns:
        str, path prefix; or None if there is no checkpoint at all.

    Raises:
        UserError: If there are checkpoints and none is whole.
    """
    prefixes = list_checkpoints(folder)
    for prefix in reversed(prefixes):
        fault = find_fault(prefix, shapes)
        if not fault:
            return prefix
        print(f'the checkpoint {prefix} is damaged and is passed over: {fault}', file=sys.stderr)
    if prefixes:
        raise UserError(f'none of the {len(prefixes)} checkpoints in {folder} is whole; the newest '
                        f'is {prefixes[-1]}: {find_fault(prefixes[-1], shapes)}')
    return None


def find_fault(prefix, shapes=None):
    """Reads every tensor of a checkpoint, which checks its checksum.

    Args:
        prefix: str, path prefix.
        shapes: dict of variable name to tuple, variables that must be there; or None.

    Returns:
        str, what is wrong with it, in one line; None if it is whole.
    """
    try:
        reader = tf.train.load_checkpoint(prefix)
        found = reader.get_variable_to_shape_map()
        for name, shape in (shapes or {}).items():
            if tuple(found.get(name, ())) != shape or name not in found:
                return f'the variable {name} is not there in the shape {shape}'
        for name in sorted(found):
            reader.get_tensor(name)
    except (tf.errors.OpError, ValueError, IndexError, RuntimeError) as error:
        return ' '.join(str(error).split())
    return None


def drop_partial_files(folder):
    """Removes what a save that was killed left behind.

    TensorFlow writes under names with 'tempstate' and renames the index last.
    """
    folder = Path(folder)
    for name in _names(folder):
        match = _DATA.fullmatch(name)
        is_headless = match and not (folder / f'{match[1]}.index').exists()
        if '.tempstate' in name or is_headless:
            (folder / name).unlink(missing_ok=True)


def read_checkpoint(checkpoint):
    """Returns the variables of a checkpoint, without those of the optimizers.

    Args:
        checkpoint: str, path prefix.

    Returns:
        dict of str to array.

    Raises:
        UserError: If it cannot be read.
    """
    try:
        reader = tf.train.load_checkpoint(str(checkpoint))
        return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()
                if 'Adam' not in name and not name.endswith('_power')}
    except (tf.errors.OpError, ValueError) as error:
        raise UserError(f'cannot read the checkpoint {checkpoint}: {error}') from error


def weights_sha256(weights):
    """Returns the hash of a dict of str to array: of the names and the values."""
    digest = hashlib.sha256()
    for name, value in sorted(weights.items()):
        digest.update(name.encode() + value.tobytes())
    return digest.hexdigest()


class Checkpoints:
    """Writes and restores the checkpoints of one training, all of the graph's variables in each.

    Beside each lies model.ckpt-N.pending.json: the figures of the steps since the last row of
    metrics.csv, so that the next row is the same whether training was stopped between or not.
    """

    def __init__(self, folder, num_checkpoints):
        """Takes over the variables of the default graph.

        Args:
            folder: Path.
            num_checkpoints: int, how many of the newest are kept; 0 keeps all.
        """
        self._folder, self._num_checkpoints = Path(folder), num_checkpoints
        self._saver = tf.train.Saver(max_to_keep=None)

    def newest(self):
        """Returns the newest whole checkpoint that fits the graph: str or None."""
        drop_partial_files(self._folder)
        shapes = {variable.op.name: tuple(variable.shape.as_list())
                  for variable in tf.global_variables()}
        return newest_checkpoint(self._folder, shapes)

    def restore(self, session, prefix):
        """Sets the variables. Returns what `save` was given as `pending`."""
        self._saver.restore(session, prefix)
        path = _pending_path(prefix)
        return json.loads(path.read_text()) if path.exists() else []

    def save(self, session, step, pending=()):
        """Writes the checkpoint of a step, and drops the oldest ones.

        Args:
            session: Session.
            step: int, global step.
            pending: list of plain values to keep with it.

        Raises:
            UserError: If it cannot be written; those before it are kept.
        """
        prefix = str(self._folder / f'model.ckpt-{step}')
        try:
            replace_text(_pending_path(prefix), json.dumps(list(pending)))
            self._saver.save(session, prefix, write_meta_graph=False, write_state=False)
            self._drop_old(prefix)
        except (tf.errors.OpError, ValueError, OSError) as error:
            drop_partial_files(self._folder)
            raise UserError(f'cannot write the checkpoint {prefix}: {_cause(error)}. '
                            'Those before it are kept: make room or give rights there, and the '
                            'same command goes on') from error

    def _drop_old(self, newest):
        """Drops all but the newest checkpoints, and those of a future that was passed over."""
        prefixes = list_checkpoints(self._folder)
        own = prefixes[:prefixes.index(newest) + 1]
        kept = own[-self._num_checkpoints:] if self._num_checkpoints else own
        # A copy: TensorFlow makes the paths in the list relative to the folder.
        tf.train.update_checkpoint_state(str(self._folder), newest, list(kept))
        for prefix in set(prefixes) - set(kept):
            remove_checkpoint(prefix)


def remove_checkpoint(prefix):
    """Removes a checkpoint's files, the index first: without it the others count for nothing."""
    path = Path(prefix)
    for name in [f'{path.name}.index', *_names(path.parent)]:
        if name.startswith(f'{path.name}.'):
            path.with_name(name).unlink(missing_ok=True)


def _pending_path(prefix):
    return Path(f'{prefix}.pending.json')


def _names(folder):
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def _cause(error):
    """Returns the part of an error that names the file and why, in one line."""
    if isinstance(error, OSError):
        return f'{error.strerror}: {error.filename}'
    lines = [line for line in str(error).splitlines() if '; ' in line and '/' in line]
    return ' '.join((lines[0] if lines else str(error)).split())
