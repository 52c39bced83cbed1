"""Cached results: what decides a result names its file."""

import functools
import hashlib
import json
import pickle
from pathlib import Path

import magenta_reg
from magenta_reg.base.files import make_folder, replacing

_KEY_DIGITS = 20


class Cache:
    """A folder of results, each under the hash of what it depends on.

    A result depends on its inputs and on the code: the package's own sources are in every key, so
    that a change to them computes everything anew.
    """

    def __init__(self, folder):
        """Makes the cache; the folder, a Path, is made with the first result."""
        self._folder = Path(folder)
        self._used = set()
        self.num_found, self.num_computed = 0, 0

    def get(self, name, inputs, compute):
        """Returns the result of `compute()`, from the folder if it is there.

        Args:
            name: str, of the result, for people who look into the folder.
            inputs: what JSON can hold: everything but the code that the result depends on. Arrays
                and files go in by their hashes.
            compute: function without arguments; its result must be picklable.
        """
        path = self._folder / f'{name}-{_cache_key(name, inputs)}.pickle'
        self._used.add(path.name)
        try:
            result = pickle.loads(path.read_bytes())
        except Exception:
            result = compute()
            make_folder(self._folder)
            with replacing(path) as temporary:
                temporary.write_bytes(pickle.dumps(result))
            self.num_computed += 1
        else:
            self.num_found += 1
        return result

    def drop_unused(self):
        """Removes the results that were not asked for since the cache was made."""
        for path in self._folder.glob('*.pickle'):
            if path.name not in self._used:
                path.unlink()


def array_sha256(*arrays):
    """Returns the hash of NumPy arrays' types, shapes and values."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f'{array.dtype}{array.shape}'.encode() + array.tobytes())
    return digest.hexdigest()


def _cache_key(name, inputs):
    text = json.dumps([name, inputs, _code_sha256()], sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_DIGITS]


@functools.cache
def _code_sha256():
    """Returns the hash of the package's sources and of its texts, which figures have with them."""
    root = Path(magenta_reg.__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*root.rglob('*.py'), *root.rglob('*.md')]):
        digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()
