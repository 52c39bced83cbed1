#!/usr/bin/env python
"""How large an effect must be for the comparison to see it: the table in docs/comparison.md.

    python scripts/power.py [TABLES]

A table has the nine claims of the study. One is true: its method differs from both others by an
effect in units of the standard deviation of paired differences between seeds; in the other claims
there is no difference.
"""

import sys

import numpy as np

from magenta_reg.analysis.report.claims import CLAIMS
from magenta_reg.analysis.report.verdicts import CONFIRMED, CONTRADICTED, ClaimPart, verdicts
from magenta_reg.analysis.statistics.paired import t_estimate

SEEDS = (2, 3, 5, 10, 20)
EFFECTS = (0, 1, 1.5, 2, 3, 5, 8)
NUM_OTHERS = 2  # Baseline and dropout.


def confirmed_share(num_seeds, effect, num_tables, seed=0):
    """Returns how often the true claim is confirmed, and how often another one is decided."""
    rng = np.random.default_rng([seed, num_seeds])
    confirmed = wrong = 0
    for _ in range(num_tables):
        parts = []
        for index, claim in enumerate(CLAIMS):
            # The method's own seeds are in both of its differences.
            own, others = rng.normal(size=num_seeds), rng.normal(size=[NUM_OTHERS, num_seeds])
            parts += [ClaimPart(claim, '', t_estimate(
                effect * (index == 0) + (own - other) / np.sqrt(2), 0.0, None), 1)
                for other in others]
        true, *nulls = verdicts(parts)
        confirmed += true.word == CONFIRMED
        wrong += any(each.word in (CONFIRMED, CONTRADICTED) for each in nulls)
    return confirmed / num_tables, wrong / num_tables


def main(num_tables):
    print(f'| seeds | {" | ".join(map(str, EFFECTS))} | another claim decided |')
    print(f'|---|{"---|" * (len(EFFECTS) + 1)}')
    for num_seeds in SEEDS:
        found = [confirmed_share(num_seeds, effect, num_tables) for effect in EFFECTS]
        shares = ' | '.join(f'{share:.2f}' for share, _ in found)
        print(f'| {num_seeds} | {shares} | {found[0][1]:.3f} |', flush=True)


if __name__ == '__main__':
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
