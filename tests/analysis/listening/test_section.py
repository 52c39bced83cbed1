"""The section on listeners: what it says, and how the command takes votes."""

import csv

import numpy as np
import pytest

from magenta_reg.analysis import analyze as analyze_module
from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.likelihood import section as likelihood_section
from magenta_reg.analysis.listening import section as listening_section
from magenta_reg.analysis.listening.blind_test import make_test
from magenta_reg.analysis.listening.votes import LEFT, Vote
from magenta_reg.cli import analyze as command
from tests.analysis.fake_comparison import table_of
from tests.analysis.fake_runs import MarkovModel, make_melodies, make_runs, make_transitions
from tests.analysis.listening.small_test import NAMES, make_small, simulate_votes

PLANTED = dict(zip([*NAMES, REAL], [-0.6, -0.3, 0.0, 0.3, 0.6], strict=True))


def section_of(comparison, votes):
    return listening_section.make_section(comparison._replace(votes=votes))


def test_without_votes_there_is_no_section(tmp_path, monkeypatch):
    assert section_of(make_small(tmp_path, monkeypatch), ()) is None


def test_many_listeners_give_a_figure_tables_and_numbers(tmp_path, monkeypatch):
    comparison = make_small(tmp_path, monkeypatch)
    test = make_test(comparison)
    votes = simulate_votes(test, PLANTED, 30, np.random.default_rng(0), 0.2)
    section = section_of(comparison, votes)
    assert '30 listeners gave 1,020 votes, on 10 beginnings' in section.text
    assert section.text.endswith('with probability below 0.001: there is a preference.')
    figure, = section.figures
    assert figure.png.startswith(b'\x89PNG')
    rows = table_of(section, 'listening_strengths')
    assert list(rows) == [name.replace('_', ' ') for name in sorted(
        PLANTED, key=PLANTED.get, reverse=True)]
    shown = rows['baseline']['preferred to held-out [95%]']
    difference = section.numbers['strengths']['baseline']['value'] - (
        section.numbers['strengths'][REAL]['value'])
    assert shown.value == pytest.approx(1 / (1 + np.exp(-difference)))
    assert rows[REAL]['preferred to held-out [95%]'] is None
    # Every vote but those on pairs heard again has two players.
    assert sum(row['votes'] for row in rows.values()) == 2 * 30 * 30
    assert len(table_of(section, 'listening_differences')) == 10
    assert list(table_of(section, 'listening_consistency'))[-2:] == ['all', 'without listening']
    assert section.numbers['test'] == test.id
    # One network a method, so nothing is said of methods.
    assert any('not about the methods' in note for note in section.notes)


def test_one_listener_with_few_votes_is_told_what_is_missing(tmp_path, monkeypatch):
    comparison = make_small(tmp_path, monkeypatch, seeds=2)
    section = section_of(comparison, [Vote('Ann', 0, LEFT), Vote('Ann', 1, LEFT)])
    assert not section.figures
    assert [table.name for table in section.tables] == ['listening_consistency']
    assert list(table_of(section, 'listening_consistency')) == ['Ann', 'without listening']
    assert section.notes == [
        'No strengths: beginnings with votes: 1, at least 6 are needed.',
        "One listener voted: intervals and tests speak of this listener's taste alone."]


@pytest.fixture
def flags(tmp_path, monkeypatch):
    """Flags of a comparison of two quick runs, with two sections."""
    monkeypatch.setattr(analyze_module, 'SECTIONS',
                        [likelihood_section.make_section, listening_section.make_section])
    models = [MarkovModel(make_transitions(index), name) for index, name in enumerate(NAMES[:2])]
    run_dirs = make_runs(tmp_path, monkeypatch, models,
                         make_melodies(make_transitions(0), 24, 30))
    return [f'--run_dirs={",".join(map(str, run_dirs))}', '--sequence_example_file=D',
            f'--output_dir={tmp_path / "A"}', '--num_melodies=20', '--num_steps=26',
            '--num_workers=1']


def write_votes(comparison, path, listener, change=None):
    """Writes votes as listening.html does, all for the left side."""
    test = make_test(comparison)
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(['test', 'listener', 'pair', 'left', 'right', 'vote'])
        for index, pair in enumerate(test.pairs):
            writer.writerow([change or test.id, listener, index + 1, *pair.sides, LEFT])


def test_the_command_reads_votes_on_the_page_that_it_wrote(flags, tmp_path, monkeypatch, capsys):
    seen = []
    original = analyze_module.make_test
    monkeypatch.setattr(analyze_module, 'make_test',
                        lambda comparison: seen.append(comparison) or original(comparison))
    command.COMMAND.run(command.main, flags)
    page = (tmp_path / 'A' / 'listening.html').read_text()
    assert original(seen[0]).id in page
    assert 'What listeners preferred' not in (tmp_path / 'A' / 'report.html').read_text()
    for name in ('Ann', 'Ben'):
        write_votes(seen[0], tmp_path / f'votes_{name}.csv', name)
    command.COMMAND.run(command.main, [*flags, f'--votes={tmp_path}/votes_*.csv'])
    report = (tmp_path / 'A' / 'report.html').read_text()
    assert 'What listeners preferred' in report
    assert f'--votes={tmp_path}/votes_Ann.csv,{tmp_path}/votes_Ben.csv' in report
    assert (tmp_path / 'A' / 'tables' / 'listening_consistency.csv').read_text().count('\n') == 5
    # Votes on another test, as when another seed was analyzed, end it in one line.
    write_votes(seen[0], tmp_path / 'votes_Ben.csv', 'Ben', 'abc')
    before = capsys.readouterr() and report
    with pytest.raises(SystemExit) as exit_info:
        command.COMMAND.run(command.main, [*flags, f'--votes={tmp_path}/votes_Ben.csv'])
    error = capsys.readouterr().err.splitlines()[-1]
    assert exit_info.value.code == 2
    assert "votes_Ben.csv, line 2: a vote on the test 'abc', and this comparison has" in error
    assert (tmp_path / 'A' / 'report.html').read_text() == before


def test_a_name_of_no_file_is_one_line_before_anything_is_loaded(flags, capsys):
    with pytest.raises(SystemExit) as exit_info:
        command.COMMAND.run(command.main, [*flags, '--votes=nowhere/*.csv'])
    assert exit_info.value.code == 2
    assert capsys.readouterr().err == (
        'melody_rnn_reg_analyze: --votes: no such file: nowhere/*.csv\n')
