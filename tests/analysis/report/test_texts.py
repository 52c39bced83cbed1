"""The texts of the report: every part of every folder is there once."""

import re
from pathlib import Path

import pytest

import magenta_reg
from magenta_reg.analysis.report.texts import texts

ANALYSIS = Path(magenta_reg.__file__).parent / 'analysis'
ROOMS = sorted(path.parent.name for path in ANALYSIS.glob('*/text.md'))


def test_a_part_is_one_line_however_it_is_wrapped():
    rule = texts('report')['RULE']
    assert rule.startswith('Methods are compared between networks of the same seed')
    assert '\n' not in rule
    assert rule.endswith('the others stand beside it.')


@pytest.mark.parametrize('room', ROOMS)
def test_every_part_is_there_once_and_says_something(room):
    headings = re.findall(r'^## (.*)$', (ANALYSIS / room / 'text.md').read_text(), re.MULTILINE)
    names = [heading.split(': ')[0] for heading in headings]
    assert [name for name in texts(room) if not name.startswith('title of ')] == names
    assert all(texts(room).values())


@pytest.mark.parametrize('room', ROOMS)
def test_every_figure_and_table_has_a_title(room):
    for name in texts(room):
        if name.startswith(('figure ', 'table ')):
            assert texts(room)[f'title of {name}']
