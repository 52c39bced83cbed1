"""In how many of its updates a method acted."""

import numpy as np

from magenta_reg.analysis.comparison.runs import by_encoding
from magenta_reg.analysis.report.claims import Measured
from magenta_reg.runs.metrics import acted_share
from magenta_reg.runs.run import Run


def acted_shares(groups):
    """Returns the updates of each run that has an `acted_share`, and that: dict by label.

    They are those up to the checkpoint that is compared: what came later is not in it.
    """
    shares = {run.label: (int(run.model.step),
                          acted_share(Run(run.run_dir).metrics_path, run.model.step))
              for group in groups for run in group.runs}
    return {label: found for label, found in shares.items() if found[1] is not None}


def mean_shares(groups, shares):
    """Returns dict of encoding to Measured, with the mean over seeds of each group's shares."""
    return {encoding: Measured(acted={
        group.label: float(np.mean([shares[run.label][1] for run in group.runs]))
        for group in own if all(run.label in shares for run in group.runs)})
        for encoding, own in by_encoding(groups).items()}
