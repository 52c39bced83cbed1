"""The overview: its cells are the sections' numbers, and what was not measured is empty."""

from types import SimpleNamespace

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.report.overview import COLUMNS, overview, text_lines
from magenta_reg.analysis.report.overview_figure import draw_overview
from magenta_reg.analysis.report.style import REAL_COLOUR, looks_of
from magenta_reg.analysis.statistics.estimate import Estimate
from tests.analysis.drawn import is_within_its_page

LOOKS = looks_of([SimpleNamespace(label=name, method=name.split()[0])
                  for name in ('baseline', 'dropout (x)')])


def cell(value):
    return {'value': value, 'low': value - 0.1, 'high': value + 0.1}


def make_numbers(**sections):
    groups = [{'label': 'baseline', 'method': 'baseline', 'config': 'basic_rnn', 'seeds': [0, 1]},
              {'label': 'dropout (x)', 'method': 'dropout', 'config': 'lookback_rnn', 'seeds': [0]}]
    return {'groups': groups, 'sections': sections}


SECTIONS = {
    'losses': {'groups': {'baseline': {'held_out': cell(2.0)}}},
    'states': {'groups': {'baseline': {'classifier': {
        **cell(0.25), 'at_floor_size': 0.75, 'floor': 0.5}}}},
    'likelihood': {
        'groups': {'baseline': {'own': cell(-1.0), 'judge': cell(-1.5),
                                'repetition': cell(0.3)}},
        'held_out': {'basic_rnn': {'judge': cell(-1.2), 'repetition': cell(0.4)}}}}


def test_a_row_has_the_sections_numbers():
    table = overview(make_numbers(**SECTIONS))[0]
    row = dict(zip(COLUMNS, table.rows[0], strict=True))
    assert row == {
        'method': 'baseline', 'seeds': 2, 'held-out loss': Estimate(2.0, 1.9, 2.1),
        'states told apart': Estimate(0.75, 0.65, 0.85), 'floor': 0.5,
        'own log-lik.': Estimate(-1.0, -1.1, -0.9),
        'judge log-lik.': Estimate(-1.5, -1.6, -1.4),
        'repetition': Estimate(0.3, 0.3 - 0.1, 0.4)}
    assert table.rows[1][0] == REAL


def test_encodings_have_a_table_each_and_nothing_measured_is_empty():
    basic, lookback = overview(make_numbers(**SECTIONS))
    assert (basic.name, lookback.name) == ('overview_basic_rnn', 'overview_lookback_rnn')
    assert [row[0] for row in lookback.rows] == ['dropout (x)']
    assert all(cell in (None, Estimate()) for cell in lookback.rows[0][2:])
    assert len(overview(make_numbers())) == 2


def test_text_has_aligned_columns():
    lines = text_lines(overview(make_numbers(**SECTIONS))[0])
    assert len({len(line) for line in lines}) == 1
    end = lines[0].index('held-out loss') + len('held-out loss')
    assert lines[1][:end].endswith(' 2.000')
    assert lines[2][:end].endswith(' \N{EN DASH}')


def test_the_figure_has_a_panel_a_number_with_real_music_as_a_line():
    table = overview(make_numbers(**SECTIONS))[0]
    figure = draw_overview(table, LOOKS)
    marks = {axis.get_title('left').split('\n')[0]: [
        line.get_xdata()[0] for line in axis.lines if line.get_marker() == LOOKS['baseline'].marker]
        for axis in figure.axes}
    assert list(marks.values()) == [[2.0], [0.75], [-1.5], [0.3]]
    grey = [[line.get_xdata()[0] for line in axis.lines if line.get_color() == REAL_COLOUR]
            for axis in figure.axes]
    # The loss of real music is none; of states it is what two halves of it give.
    assert grey == [[], [0.5], [-1.2], [0.4]]
    assert is_within_its_page(figure)


def test_there_is_no_figure_where_nothing_was_measured():
    assert draw_overview(overview(make_numbers())[0], LOOKS) is None
