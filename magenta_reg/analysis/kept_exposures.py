"""Exposure bias of every run, each kept by what it depends on, and means over stretches."""

import itertools

import numpy as np

from magenta_reg.analysis.exposure_bias import run_exposure
from magenta_reg.analysis.resampled import resampled_difference, resampled_interval
from magenta_reg.analysis.step_distributions import StepDistributions


def keep_exposures(material, groups):
    """Measures exposure bias of every run of groups.

    Args:
        material: Material.
        groups: list of Group.

    Returns:
        dict of group label to list of RunExposure, one a seed.
    """
    return {group.label: [_keep(material, run) for run in group.runs] for group in groups}


def _keep(material, run):
    held_out = material.held_out

    def compute():
        model = StepDistributions.from_run(run.run_dir)
        return run_exposure(model, held_out.melodies, material.generated[run.label],
                            held_out.primer_steps, material.seed)

    return material.of_run('exposure', run, compute)


def split_measured(exposures):
    """Splits groups into those with numbers and the reasons of the others.

    Args:
        exposures: dict of group label to list of RunExposure.

    Returns:
        dict of group label to list of RunExposure.
        dict of group label to str.
    """
    reasons = {label: next((run.bias.reason for run in runs if run.bias.reason), '')
               for label, runs in exposures.items()}
    return ({label: runs for label, runs in exposures.items() if not reasons[label]},
            {label: reason for label, reason in reasons.items() if reason})


def mean_excess(runs, seed):
    """Returns the Interval of a group's excess divergence, mean over all stretches.

    Args:
        runs: list of RunExposure, with numbers.
        seed: int.
    """
    values, resamples = _of_all_stretches(runs)
    return resampled_interval(values, resamples, runs[0].bias.n, seed)


def excess_differences(exposures, seed):
    """Compares the mean excess of every two groups, the first minus the second.

    Args:
        exposures: dict of group label to list of RunExposure, with numbers.
        seed: int.

    Returns:
        dict of (label, label) to Difference.
    """
    found = {}
    for first, second in itertools.combinations(exposures, 2):
        found[first, second] = resampled_difference(
            *_of_all_stretches(exposures[first]), *_of_all_stretches(exposures[second]),
            exposures[first][0].bias.n, seed)
    return found


def _of_all_stretches(runs):
    """Returns float64 [seeds] and float64 [seeds, resamples], means over stretches."""
    return (np.array([run.bias.excess.mean() for run in runs]),
            np.array([run.bias.resamples.mean(axis=1) for run in runs]))
