"""What a table becomes in a file and on the page."""

import csv
import io

import pytest

from magenta_reg.analysis.report.section import Table
from magenta_reg.analysis.report.tables import cell_lines, csv_text, difference_table
from magenta_reg.analysis.statistics.estimate import Estimate

TABLE = Table('losses', 'Losses', '', ['Method', 'loss', 'seeds'], [
    ['baseline', Estimate(2.25, 2.0, 2.5), 3],
    ['a, "b"', Estimate(1.5, None, None), 1],
    ['dropout', None, None]])


def test_a_bounded_number_takes_three_columns_and_keeps_every_digit():
    rows = list(csv.DictReader(io.StringIO(csv_text(TABLE))))
    assert list(rows[0]) == ['method', 'loss', 'loss_low', 'loss_high', 'seeds']
    assert rows[0] == {'method': 'baseline', 'loss': '2.25', 'loss_low': '2.0',
                       'loss_high': '2.5', 'seeds': '3'}
    third = 1 / 3
    text = csv_text(TABLE._replace(rows=[['x', Estimate(third, third, third), 1]]))
    assert float(next(csv.DictReader(io.StringIO(text)))['loss']) == third


def test_what_is_not_there_is_empty_and_names_are_quoted():
    rows = list(csv.DictReader(io.StringIO(csv_text(TABLE))))
    assert rows[1]['method'] == 'a, "b"'
    assert (rows[1]['loss'], rows[1]['loss_low']) == ('1.5', '')
    assert rows[2] == {'method': 'dropout', 'loss': '', 'loss_low': '', 'loss_high': '',
                       'seeds': ''}


@pytest.mark.parametrize(('cell', 'lines'), [
    (Estimate(-1.25, -1.5, -1.0), ('\u22121.250', '[\u22121.500, \u22121.000]')),
    (Estimate(1.0, None, None), ('1.000', '')),
    (Estimate(), ('\u2013', '')),
    (None, ('\u2013', '')), (1752, ('1,752', '')), (0.00012, ('1.2e\u221204', '')),
    (0.0, ('0.000', '')), ('scheduled_sampling', ('scheduled sampling', ''))])
def test_cells_as_people_read_them(cell, lines):
    assert cell_lines(cell) == lines


def test_the_names_of_columns_are_for_programs():
    table = TABLE._replace(columns=['p (Holm)', 'held-out loss, nats', 'n'])
    header = csv_text(table).splitlines()[0]
    assert header == 'p_holm,held_out_loss_nats,held_out_loss_nats_low,held_out_loss_nats_high,n'


def test_differences_have_their_p_values_below_their_own_names():
    table, = difference_table('losses', 'loss_differences', {'loss': {
        ('a', 'b'): Estimate(1.0, 0.5, 1.5, 0.01, n_melodies=9, n_seeds=1),
        ('a', 'c'): Estimate(1.0, 0.5, 1.5, 0.03, n_melodies=9, n_seeds=1)}})
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert (row['p'], row['p (Holm)']) == (0.01, 0.02)
