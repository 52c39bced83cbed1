"""docs/comparison.md says how large an effect must be; a simulation says the same."""

import re
import sys
from pathlib import Path

import pytest
from scipy import stats

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / 'scripts'))

from power import EFFECTS, SEEDS, confirmed_share  # noqa: E402


def documented():
    rows = {}
    for line in (ROOT / 'docs' / 'comparison.md').read_text().splitlines():
        cells = [cell.strip() for cell in line.strip('|').split('|')]
        if len(cells) == len(EFFECTS) + 2 and re.fullmatch(r'\d+', cells[0]):
            rows[int(cells[0])] = [float(cell) for cell in cells[1:]]
    return rows


@pytest.mark.parametrize(('num_seeds', 'effect'), [(3, 8), (5, 3), (10, 1.5)])
def test_the_power_is_what_the_documentation_says(num_seeds, effect):
    assert list(documented()) == list(SEEDS)
    num_tables = 120
    wanted = documented()[num_seeds][EFFECTS.index(effect)]
    found, wrong = confirmed_share(num_seeds, effect, num_tables, seed=1)
    low, high = stats.binom.ppf([0.0005, 0.9995], num_tables, wanted) / num_tables
    assert low <= found <= high
    assert wrong <= stats.binom.ppf(0.999, num_tables, 0.05) / num_tables
