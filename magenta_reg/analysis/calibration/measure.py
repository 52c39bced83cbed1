"""Calibration: what a network thinks of its own melodies minus what it thinks of real ones.

A network from whose distribution its training melodies could have come finds its own melodies on
average as likely as held-out ones, and is as unsure of the next event in both; so both differences
should be 0, at every position. Above 0 in likelihood it has drifted into what is easy to expect,
below 0 into what it does not know.

Source: Braverman et al. 2020 (1906.05664), entropy rate calibration; the form is ours.
"""

import numpy as np

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.exposure.measure import cached_exposures, split_measured
from magenta_reg.analysis.likelihood.measure import cached_likelihoods
from magenta_reg.analysis.report.claims import ENTROPY_GAP, OWN_GAP
from magenta_reg.analysis.statistics.paired import equivalence_p, mean_difference
from magenta_reg.analysis.statistics.position_means import bin_edges, bin_means


def cached_gaps(comparison, groups):
    """Measures both differences of groups of one encoding.

    Returns:
        int64 [bins + 1], the ends of the bars, as positions in the melody.
        dict of quantity (OWN_GAP, ENTROPY_GAP) to dict of group label to float64 [seeds, melodies,
        bins], nats per event, own minus held-out; without groups that have no numbers.
    """
    likelihoods = cached_likelihoods(comparison, groups)
    exposures, _ = split_measured(cached_exposures(comparison, groups))
    edges = bin_edges(comparison.held_out.num_free_steps)
    own = {label: np.float64(likelihoods.cells[label, label]) - likelihoods.cells[REAL, label]
           for label in likelihoods.scorers}
    return comparison.held_out.primer_steps + edges, {
        OWN_GAP: {label: bin_means(gap, edges, 2) for label, gap in own.items()
                  if np.isfinite(gap).all()},
        ENTROPY_GAP: {label: np.stack([run.own.entropy_nats - run.true.entropy_nats
                                       for run in runs]) for label, runs in exposures.items()}}


def summarize(gaps, margins, seed):
    """Returns dict of group label to dict of quantity to (Estimate, p of equivalence or None).

    Args:
        gaps: dict of quantity to dict of group label to float64 [seeds, melodies, bins].
        margins: dict of quantity to float, nats.
    """
    rows = {}
    for quantity, own in gaps.items():
        for label, values in own.items():
            found = mean_difference(values.mean(axis=2), seed)
            p = None if found.p is None else equivalence_p(found, margins[quantity])
            rows.setdefault(label, {})[quantity] = (found, p)
    return rows
