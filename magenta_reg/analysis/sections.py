"""The sections of the report, in their order: a row each; and what they measure for longest."""

from magenta_reg.analysis.calibration import section as calibration_section
from magenta_reg.analysis.exposure import section as exposure_section
from magenta_reg.analysis.exposure.measure import cached_exposure
from magenta_reg.analysis.likelihood import section as likelihood_section
from magenta_reg.analysis.likelihood.measure import cache_scores
from magenta_reg.analysis.listening import section as listening_section
from magenta_reg.analysis.losses import section as losses_section
from magenta_reg.analysis.losses.measure import cache_losses
from magenta_reg.analysis.memorization import section as memorization_section
from magenta_reg.analysis.music import section as music_section
from magenta_reg.analysis.oracle import section as oracle_section
from magenta_reg.analysis.protocol import section as protocol_section
from magenta_reg.analysis.quality import section as quality_section
from magenta_reg.analysis.quality.measure import cached_curve
from magenta_reg.analysis.states import section as states_section
from magenta_reg.analysis.states.measure import cached_states
from magenta_reg.analysis.training import section as methods_section

SECTIONS = [
    states_section.make_section,
    losses_section.make_section,
    protocol_section.make_section,
    likelihood_section.make_section,
    calibration_section.make_section,
    exposure_section.make_section,
    oracle_section.make_section,
    quality_section.make_section,
    music_section.make_section,
    listening_section.make_section,
    memorization_section.make_section,
    methods_section.make_section,
]


def measure_run(comparison, label):
    """Measures of one run what takes longest, into the cache: any process can do it.

    Args:
        comparison: Comparison.
        label: str, of a ComparedRun.
    """
    run = next(run for run in comparison.runs if run.label == label)
    for measure in (cached_states, music_section.cached_music, cache_losses, cache_scores,
                    cached_exposure, cached_curve):
        measure(comparison, run)
