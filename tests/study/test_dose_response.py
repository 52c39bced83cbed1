"""Held-out loss against the share of the training set: the numbers of every report, once."""

import csv

from magenta_reg.study.dose_response import write_dose_response


def report(losses):
    """Returns what results.json has of methods with these held-out losses."""
    return {'groups': [{'label': name, 'method': name, 'config': 'basic_rnn', 'seeds': [1, 2]}
                       for name in losses],
            'sections': {'losses': {'groups': {
                name: {'held_out': {'value': loss, 'low': loss - 0.1, 'high': loss + 0.1}}
                for name, loss in losses.items()}}}}


def test_a_row_a_method_and_share_and_a_figure(tmp_path):
    reports = [(1.0, report({'baseline': 1.0, 'dropout': 1.1})),
               (0.01, report({'baseline': 3.0, 'dropout': 2.5}))]
    table, figure = write_dose_response(tmp_path, reports)
    rows = list(csv.DictReader(table.open()))
    assert [[row[name] for name in ('training_share', 'method', 'held_out_loss', 'low')]
            for row in rows] == [
        ['1.0', 'baseline', '1.0', '0.9'], ['1.0', 'dropout', '1.1', '1.0'],
        ['0.01', 'baseline', '3.0', '2.9'], ['0.01', 'dropout', '2.5', '2.4']]
    assert figure.read_bytes().startswith(b'\x89PNG')


def test_one_share_is_no_curve(tmp_path):
    assert write_dose_response(tmp_path, [(1.0, report({'baseline': 1.0}))]) == []
    assert not list(tmp_path.iterdir())
