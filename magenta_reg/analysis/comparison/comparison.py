"""What every part of the analysis works on: runs, held-out melodies, and continuations of them."""

import hashlib
from typing import NamedTuple

from magenta_reg.analysis.comparison.cache import Cache, array_sha256
from magenta_reg.analysis.comparison.held_out import HeldOut, continue_several_times
from magenta_reg.analysis.statistics.margins import MARGINS
from magenta_reg.base.errors import UserError
from magenta_reg.runs.run import BEST


class Comparison(NamedTuple):
    """The runs of a comparison and the melodies on which they are compared.

    Attributes:
        groups: list of Group.
        held_out: HeldOut.
        continuations: dict of run label to int32 [continuations, melodies, num_steps]: each run's
            continuations of the held-out melodies' beginnings, several of each. A melody is the
            unit of every test, so what is measured of them is averaged within a melody.
        examples: Examples, all melodies of the held-out file, of any length.
        training: Examples of the melodies that the runs were trained on, or None.
        seed: int, of everything drawn.
        cache: Cache.
        keys: dict of run label to str: the hash of a run's weights and metrics, and of the held-out
            melodies; what is computed of one run depends on it and on the seed.
        checkpoint: str, BEST or LAST: at which all networks are.
        judges: list of ComparedRun that score the melodies of all; perhaps empty.
        oracle: Oracle that the held-out melodies were drawn from, or None.
        votes: list of Vote, what listeners said in the blind test of this comparison.
        margins: dict of the names in MARGINS to float: smaller differences do not matter.
        protocol: Protocol of how settings were searched for, or None.
    """

    groups: list
    held_out: HeldOut
    continuations: dict
    examples: object
    training: object
    seed: int
    cache: Cache
    keys: dict
    checkpoint: str = BEST
    judges: list = ()
    oracle: object = None
    votes: list = ()
    margins: dict = MARGINS
    protocol: object = None

    @property
    def generated(self):
        """dict of run label to int32 [melodies, num_steps], the first continuation of each.

        Hidden states, expectations, music and memorization are measured on it, likelihoods and
        repetition on all.
        """
        return {label: each[0] for label, each in self.continuations.items()}

    @property
    def runs(self):
        """list of ComparedRun, every run of the groups."""
        return [run for group in self.groups for run in group.runs]

    def cached_for_run(self, name, run, compute, **inputs):
        """Returns `compute()`, a result about one ComparedRun, from the cache if it is there.

        `inputs` are what else it depends on, as JSON has it.
        """
        return self.cache.get(name, [self.keys[run.label], self.seed, inputs], compute)

    def cached_for_all(self, name, compute, **inputs):
        """Returns `compute()`, a result about all runs, from the cache; see `cached_for_run`."""
        groups = [[group.label, [run.label for run in group.runs]] for group in self.groups]
        others = [examples and examples.sha256 for examples in (self.examples, self.training)]
        keys = {run.label: self.keys[run.label] for run in self.runs}
        return self.cache.get(name, [keys, groups, others, self.seed, inputs], compute)


def compare(groups, held_out, examples, training, seed, cache, step, *, num_continuations=1,
            checkpoint=BEST, judges=(), oracle=None, margins=MARGINS):
    """Returns the Comparison: every run continues the held-out melodies; `step()` after each."""
    if num_continuations < 1:
        raise UserError(f'--num_continuations={num_continuations}: at least 1 is needed')
    melodies = array_sha256(held_out.melodies)
    keys, continuations = {}, {}
    for run in (run for group in groups for run in group.runs):
        keys[run.label] = _run_key(run, melodies, held_out.primer_steps)
        continuations[run.label] = cache.get(
            'continuations', [keys[run.label], seed, num_continuations],
            lambda run=run: continue_several_times(run.model, held_out, seed, num_continuations))
        step()
    for judge in judges:
        keys[judge.label] = _run_key(judge, melodies, held_out.primer_steps)
    return Comparison(groups, held_out, continuations, examples, training, seed, cache, keys,
                      checkpoint, judges, oracle, margins=margins)


def _run_key(run, melodies_sha256, primer_steps):
    digest = hashlib.sha256()
    for part in (run.model.weights_sha256(), melodies_sha256, str(primer_steps), run.label):
        digest.update(part.encode())
    for name in ('config.yaml', 'metrics.csv'):
        path = run.run_dir / name
        digest.update(path.read_bytes() if path.exists() else b'')
    return digest.hexdigest()
