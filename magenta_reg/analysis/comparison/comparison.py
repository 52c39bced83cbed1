"""Results kept by content: what decides a result names its file.

What every part of the analysis works on: runs, held-out melodies, and continuations of them.
"""

import functools
import hashlib
import json
import pickle
from pathlib import Path
from typing import NamedTuple

import magenta_reg
from magenta_reg.analysis.comparison.held_out import HeldOut, continue_melodies
from magenta_reg.base.files import make_folder, replacing

_KEY_DIGITS = 20


class Cache:
    """A folder of results, each under the hash of what it depends on.

    A result depends on its inputs and on the code: the package's own sources are in every key, so
    that a change to them computes everything anew.
    """

    def __init__(self, folder):
        """Makes the cache; the folder is made with the first result.

        Args:
            folder: Path.
        """
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
    """Returns the hash of arrays' types, shapes and values.

    Args:
        *arrays: NumPy arrays.
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f'{array.dtype}{array.shape}'.encode() + array.tobytes())
    return digest.hexdigest()


def _cache_key(name, inputs):
    text = json.dumps([name, inputs, _code_sha256()], sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_DIGITS]


@functools.cache
def _code_sha256():
    """Returns the hash of the package's sources."""
    root = Path(magenta_reg.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob('*.py')):
        digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()


class Comparison(NamedTuple):
    """The runs of a comparison and the melodies on which they are compared.

    Attributes:
        runs: list of ComparedRun, every run of `groups`.
        groups: list of Group.
        held_out: HeldOut.
        generated: dict of run label to int32 [melodies, num_steps]: each run's continuations of
            the held-out melodies' beginnings.
        examples: Examples, all melodies of the held-out file, of any length.
        training: Examples of the melodies that the runs were trained on, or None.
        seed: int, of everything drawn.
        cache: Cache.
        keys: dict of run label to str: the hash of a run's weights and figures, and of the held-out
            melodies; what is computed of one run depends on it and on the seed.
    """

    runs: list
    groups: list
    held_out: HeldOut
    generated: dict
    examples: object
    training: object
    seed: int
    cache: Cache
    keys: dict

    def of_run(self, name, run, compute, **inputs):
        """Returns a result about one run, from the cache if it is there.

        Args:
            name: str, of the result.
            run: ComparedRun.
            compute: function without arguments.
            **inputs: what else the result depends on, as JSON has it.
        """
        return self.cache.get(name, [self.keys[run.label], self.seed, inputs], compute)

    def of_all(self, name, compute, **inputs):
        """Returns a result about all runs, from the cache if it is there; see `of_run`."""
        groups = [[group.label, [run.label for run in group.runs]] for group in self.groups]
        others = [examples and examples.sha256 for examples in (self.examples, self.training)]
        return self.cache.get(name, [self.keys, groups, others, self.seed, inputs], compute)


def gather(runs, groups, held_out, examples, training, seed, cache, step):
    """Lets every run continue the held-out melodies.

    Args:
        runs, groups, held_out, examples, training, seed, cache: see Comparison.
        step: function called after each run.

    Returns:
        Comparison.
    """
    melodies = array_sha256(held_out.melodies)
    keys = {run.label: _run_key(run, melodies, held_out.primer_steps) for run in runs}
    generated = {}
    for run in runs:
        generated[run.label] = cache.get(
            'continuations', [keys[run.label], seed],
            lambda run=run: continue_melodies(run.model, held_out, seed))
        step()
    return Comparison(runs, groups, held_out, generated, examples, training, seed, cache, keys)


def _run_key(run, melodies_sha256, primer_steps):
    digest = hashlib.sha256()
    for part in (run.model.weights_sha256(), melodies_sha256, str(primer_steps), run.label):
        digest.update(part.encode())
    for name in ('config.yaml', 'metrics.csv'):
        path = run.run_dir / name
        digest.update(path.read_bytes() if path.exists() else b'')
    return digest.hexdigest()
