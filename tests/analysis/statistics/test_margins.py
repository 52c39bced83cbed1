from pathlib import Path

import pytest

from magenta_reg.analysis.statistics.margins import MARGINS, choose_margins, parse_margins
from magenta_reg.base.errors import UserError


def test_a_study_states_some_margins_and_the_others_stay():
    assert choose_margins(parse_margins('loss=0.02, mmd=1e-4')) == MARGINS | {
        'loss': 0.02, 'mmd': 1e-4}
    assert choose_margins(None) == choose_margins(parse_margins('')) == MARGINS


def test_the_margins_are_those_that_their_page_states():
    page = (Path(__file__).parents[3] / 'docs' / 'comparison.md').read_text()
    for name, margin in choose_margins(MARGINS).items():
        assert f'{name} {margin:g}' in page


@pytest.mark.parametrize(('text', 'said'), [
    ('loss', "'loss' is not NAME=NUMBER"), ('loss=a', "'loss=a' is not NAME=NUMBER"),
    ('los=1', "'los'"), ('loss=0', 'loss=0'), ('loss=-1', 'loss=-1'), ('loss=inf', 'loss=inf'),
    ('loss=nan', 'loss=nan')])
def test_what_is_no_margin_is_named(text, said):
    with pytest.raises(UserError, match=said):
        choose_margins(parse_margins(text))


def test_a_margin_in_a_study_file_must_be_a_number():
    with pytest.raises(UserError, match='loss=small is no number above 0'):
        choose_margins({'loss': 'small'})
