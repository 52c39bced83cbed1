"""The study file: defaults, what contradicts, and that the resolved file says the same."""

import pytest
import yaml

from magenta_reg.base.errors import UserError
from magenta_reg.base.shipped import find_file
from magenta_reg.runs.config import write_yaml
from magenta_reg.study.file import Study, read_study
from tests.study.conftest import TINY

GRID = {'small': {'learning_rate': [0.001, 0.01], 'clip_norm': [1.0, 5.0]}}


@pytest.mark.parametrize('changes', [
    {}, {'grid': GRID, 'search_seeds': [3], 'margins': {'loss': 0.02}},
    {'judge': False, 'configs': ['basic_rnn', 'lookback_rnn'], 'hparams': 'learning_rate=0.1'}])
def test_the_resolved_file_reads_as_the_same_study(write_study, tmp_path, changes):
    if changes.get('judge') is False:
        changes = {**changes, 'data': {'input': 'folk', 'training_share': [0.1, 1]}}
    study = read_study(write_study(**changes))
    write_yaml(tmp_path / 'resolved.yaml', study._asdict())
    assert set(yaml.safe_load((tmp_path / 'resolved.yaml').read_text())) == set(Study._fields)
    (tmp_path / 'elsewhere').mkdir()
    (tmp_path / 'resolved.yaml').rename(tmp_path / 'elsewhere' / 'study.yaml')
    assert read_study(tmp_path / 'elsewhere' / 'study.yaml') == study


def test_the_shipped_study_is_ten_lines_and_names_its_experiments_files():
    path = find_file('quick', 'configs/studies', '.yaml')
    said = [line for line in path.read_text().splitlines()
            if line.strip() and not line.startswith('#')]
    assert len(said) <= 10
    assert list(read_study('quick').experiments) == [
        'baseline', 'dropout', 'scheduled_sampling', 'professor_forcing', 'seqgan']


def test_hparams_go_over_the_experiments_and_the_grid_over_both(write_study):
    study = read_study(write_study(hparams='learning_rate=0.5,batch_size=4', grid={
        'small': {'learning_rate': [0.25, 0.125]}}))
    assert study.trials('small') == [{'learning_rate': 0.25}, {'learning_rate': 0.125}]
    hparams = study.experiment('small', 'basic_rnn', 7, study.trials('small')[1]).hparams
    assert (hparams['learning_rate'], hparams['batch_size']) == (0.125, 4)
    assert (hparams['rnn_layer_sizes'], hparams['batch_shards']) == ([8], 1)
    assert study.experiment('small', 'basic_rnn', 7).hparams['learning_rate'] == 0.5


def test_final_runs_have_seeds_that_the_search_had_not(write_study):
    assert read_study(write_study(seeds=None)).seeds == [0]
    study = read_study(write_study(seeds=None, grid=GRID, search_seeds=[0, 4]))
    assert (study.seeds, study.judge['seeds']) == ([5], [6])
    with pytest.raises(UserError, match='seed 4 is in seeds and in search_seeds'):
        read_study(write_study(seeds=[3, 4], grid=GRID, search_seeds=[0, 4]))


TWO = {'small': {'hparams': TINY}, 'other': {'hparams': TINY}}


@pytest.mark.parametrize(('changes', 'message'), [
    ({'unknown': 1}, "unknown key 'unknown'"),
    ({'data': {'inputs': 'folk'}}, "unknown key of data 'inputs': did you mean 'input'"),
    ({'data': {'eval_ratio': 0.1}}, "data has no 'input'"),
    ({'data': {'input': 'folk', 'window_steps': '512x'}}, "window_steps is '512x'"),
    ({'data': None}, "no 'data'"),
    ({'experiments': []}, "no 'experiments'"),
    ({'experiments': ['baselin']}, 'no such file'),
    ({'experiments': ['baseline', 'configs/baseline.yaml']}, "'baseline' twice"),
    ({'experiments': {'a': {'methods': 'x'}}}, "unknown key of the experiment 'a'"),
    ({'experiments': {'a': {'method': 'x'}}, 'judge': None}, "unknown method 'x'"),
    ({'hparams': 'learning=1'}, "unknown hparam 'learning'"),
    ({'hparams': {'batch_size': 0}}, 'batch_size=0 must be above 0'),
    ({'grid': {'smal': {'batch_size': [1]}}}, "unknown experiment of grid 'smal'"),
    ({'grid': {'small': {'batch_size': 1}}}, 'grid: small must be a mapping'),
    ({'grid': {'small': {'batch_size': [1, 0]}}}, 'batch_size=0 must be above 0'),
    ({'grid': {'small': {'clip_norm': [1.0, 2.0]}}, 'experiments': TWO},
     r'unequal numbers of trials \(small 2, other 1\)'),
    ({'seeds': [1, 1]}, r'seeds: \[1, 1\] must be different whole numbers'),
    ({'seeds': [-1]}, r'seeds: \[-1\] must be different whole numbers'),
    ({'seeds': 5}, 'seeds is 5, which is no list'),
    ({'num_training_steps': 'many'}, "num_training_steps is 'many', which is no whole number"),
    ({'num_training_steps': True}, 'num_training_steps is True'),
    ({'eval_every': 0}, 'eval_every=0 is too small'),
    ({'judge': False}, 'judge: no, but data has judge_ratio'),
    ({'judge': {'seed': 1}}, "unknown key of judge 'seed'"),
    ({'data': {'input': 'folk', 'judge_ratio': 0}, 'judge': {'experiment': 'dropout'}},
     'there is a judge, but data has judge_ratio: 0'),
    ({'data': {'input': 'folk', 'training_share': [0.1, 2]}}, r'training_share 2 is not in'),
    ({'generate': {'outputs': 1}}, "unknown key of generate 'outputs'"),
    ({'analysis': {'num_melody': 1}}, "unknown key of analysis 'num_melody'"),
    ({'margins': {'los': 1}}, "unknown margin 'los'"),
    ({'configs': ['basic']}, "'basic'"),
])
def test_what_is_wrong_is_one_line_with_the_files_name(write_study, changes, message):
    path = write_study(**changes)
    with pytest.raises(UserError, match=message) as error:
        read_study(path)
    assert str(error.value).startswith(str(path))
    assert '\n' not in str(error.value)


def test_unequal_trials_are_allowed_by_name(write_study):
    study = read_study(write_study(experiments=TWO, unequal_trials=True, grid={
        'small': {'clip_norm': [1.0, 2.0]}}))
    assert [len(study.trials(name)) for name in TWO] == [2, 1]
