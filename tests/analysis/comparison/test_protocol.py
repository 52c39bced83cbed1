"""A protocol file: what it may hold, and what is said of one that is wrong."""

import json

import pytest

from magenta_reg.analysis.comparison.data_warnings import notes_on
from magenta_reg.analysis.comparison.protocol import Trial, read_protocol
from magenta_reg.base.errors import UserError
from magenta_reg.cli import analyze as command
from tests.analysis.comparison.test_data_warnings import tuned

TRIAL = {'config': 'basic_rnn', 'experiment': 'baseline', 'share': 1, 'settings': {
    'learning_rate': 0.003}, 'seed': 0, 'steps': 60, 'loss': 1.5, 'best_step': 40, 'error': None,
    'chosen': True, 'run_dir': 'trials/a'}


def write(folder, *trials, **content):
    path = folder / 'protocol.json'
    path.write_text(json.dumps({'trials': list(trials), 'missing': [], **content}))
    return path


def test_a_file_is_read_as_it_was_written_and_missing_runs_become_lines(tmp_path):
    failed = {**TRIAL, 'loss': None, 'best_step': None, 'error': 'killed', 'chosen': False}
    missing = [{'name': 'runs/dropout_seed1', 'error': 'no space\nleft'}]
    found = read_protocol(write(tmp_path, TRIAL, failed, missing=missing))
    assert [trial._asdict() for trial in found.trials] == [TRIAL, failed]
    assert found.notes() == ['left out: runs/dropout_seed1: no space left']


@pytest.mark.parametrize(('content', 'said'), [
    ('{"trials": [', 'is not valid JSON'), ('[]', 'must be an object with trials, missing'),
    ('{"trials": []}', "has no 'missing'"),
    ('{"trials": [], "missing": [], "trails": []}', "unknown key 'trails': did you mean 'trials'?"),
    ('{"trials": {}, "missing": []}', 'trials {} should be list'),
    (json.dumps({'trials': [TRIAL, {**TRIAL, 'los': 1}], 'missing': []}),
     "trials 2: unknown key 'los': did you mean 'loss'?"),
    (json.dumps({'trials': [{**TRIAL, 'seed': '0'}], 'missing': []}),
     "trials 1: seed '0' should be int"),
    (json.dumps({'trials': [], 'missing': ['x']}), 'missing 1 must be an object with name, error'),
    (b'\xff\xfe', 'is not valid JSON'), (None, 'No such file')])
def test_a_wrong_file_is_one_line_that_names_it_and_status_2(tmp_path, capsys, content, said):
    path = tmp_path / 'protocol.json'
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SystemExit) as exit_info:
        command.COMMAND.run(command.main, ['--run_dirs=R', '--sequence_example_file=D',
                                           '--output_dir=A', f'--protocol={path}'])
    assert exit_info.value.code == 2
    error = capsys.readouterr().err
    assert error.count('\n') == 1
    assert str(path) in error
    assert said in error


def test_a_folder_in_place_of_the_file_is_an_error(tmp_path):
    with pytest.raises(UserError, match='cannot read'):
        read_protocol(tmp_path)


def trials(*counts, settings=('learning_rate',)):
    return [Trial(**{**TRIAL, 'experiment': name, 'settings': dict.fromkeys(settings, 0.1)})
            for name, count in counts for _ in range(count)]


@pytest.mark.parametrize(('counts', 'settings', 'said'), [
    ((('baseline', 4), ('dropout', 4)), ('learning_rate',), 'equally long (trials of each: 4)'),
    ((('baseline', 4), ('dropout', 2)), ('learning_rate',), 'unless each'),
    ((('baseline', 4),), ('learning_rate',), 'unless each'), ((), (), 'unless each'),
    ((('baseline', 4), ('dropout', 4)), ('clip_norm',), 'unless each')])
def test_unequal_settings_are_no_warning_where_each_methods_were_searched_for_as_long(
        tmp_path, counts, settings, said):
    groups = [tuned('baseline', **{'hparams.learning_rate': 0.001}),
              tuned('dropout', **{'hparams.learning_rate': 0.003})]
    for group in groups:
        group.method = group.label
    protocol = read_protocol(write(tmp_path, *(each._asdict() for each in trials(
        *counts, settings=settings))))
    note, = notes_on(groups, [], protocol)
    assert 'learning_rate 0.001 (baseline), 0.003 (dropout)' in note
    assert said in note


def test_a_setting_that_was_not_searched_for_keeps_its_warning_beside_one_that_was(tmp_path):
    groups = [tuned('baseline', **{'hparams.learning_rate': 0.001, 'hparams.batch_size': 8}),
              tuned('dropout', **{'hparams.learning_rate': 0.003, 'hparams.batch_size': 16})]
    for group in groups:
        group.method = group.label
    protocol = read_protocol(write(tmp_path, *(each._asdict() for each in trials(
        ('baseline', 2), ('dropout', 2)))))
    unknown, known = notes_on(groups, [], protocol)
    assert 'batch_size 8 (baseline)' in unknown
    assert 'learning_rate' not in unknown
    assert 'unless' in unknown
    assert 'learning_rate' in known
    assert 'equally long' in known
