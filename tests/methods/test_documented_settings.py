"""The page of every method states its settings and their defaults as they are."""

import re
from pathlib import Path

import pytest

from magenta_reg.methods import METHODS

PAGES = Path(__file__).parents[2] / 'docs' / 'methods'


def documented(page, known):
    """Returns dict of name to text, the defaults in the rows '| `name`, `..._end` | 0, 1 | ...'."""
    found = {}
    for names, values in re.findall(r'^\| (`.*?) \| (.*?) \|', page, re.MULTILINE):
        names = re.findall('`(.*?)`', names)
        start = names[0].split('_')[0]
        names = [next(each for each in known if each.startswith(start) and each.endswith(name[3:]))
                 if name.startswith('...') else name for name in names]
        found |= zip(names, re.findall(r'\[.*?\]|[^, ]+', values), strict=True)
    # It has no row, but stands in one.
    return found | dict(re.findall(r'`(\w+)` \((\d+)\)', page))


@pytest.mark.parametrize('method', [name for name, each in METHODS.items() if each.HPARAMS])
def test_defaults_are_those_of_the_methods_page(method):
    hparams = METHODS[method].HPARAMS
    found = documented((PAGES / f'{method}.md').read_text(), hparams)
    assert found == {name: f'{value:g}' if isinstance(value, float) else str(value)
                     for name, value in hparams.items()}
