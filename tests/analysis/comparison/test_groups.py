import pytest
import yaml

from magenta_reg.analysis.comparison.data_warnings import notes_on
from magenta_reg.analysis.comparison.runs import by_encoding, group_runs, load_runs
from tests.analysis.fake_runs import MarkovModel, make_melodies, make_runs, make_transitions

TRUTH = make_transitions(0)


@pytest.fixture
def load(tmp_path, monkeypatch):
    def load_with(*models_and_settings):
        models = [MarkovModel(TRUTH, name, seed, config)
                  for name, seed, config, _ in models_and_settings]
        run_dirs = make_runs(tmp_path, monkeypatch, models, make_melodies(TRUTH, 3, 20))
        for run_dir, (name, seed, config, other) in zip(run_dirs, models_and_settings,
                                                         strict=True):
            content = {'name': name, 'method': 'teacher_forcing', 'config': config, 'seed': seed,
                       'hparams': {'learning_rate': 0.01, 'clip_norm': 5, **other.get(
                           'hparams', {})},
                       'data': {'train': other.get('train', 'aa' * 32), 'dataset': str(seed)},
                       **({'warm_start': {'path': 'b', 'sha256': other['start']}}
                          if 'start' in other else {})}
            (run_dir / 'config.yaml').write_text(yaml.safe_dump(content))
        return load_runs(run_dirs)[0]

    return load_with


def test_seeds_of_one_method_are_one_group(load):
    runs = load(('baseline', 0, 'basic_rnn', {}), ('dropout', 0, 'basic_rnn', {}),
                ('baseline', 2, 'basic_rnn', {}))
    groups = group_runs(runs)
    assert [(group.label, group.seeds) for group in groups] == [
        ('baseline', [0, 2]), ('dropout', [0])]
    assert groups[0].runs == [runs[0], runs[2]]
    assert groups[0].training_data == 'aa' * 32
    assert [note for note in notes_on(groups, runs) if 'Only one network each of dropout' in note]


def test_other_settings_are_another_group_that_says_which(load):
    runs = load(('baseline', 0, 'basic_rnn', {}),
                ('baseline', 1, 'basic_rnn', {'hparams': {'learning_rate': 0.02}}),
                ('mine', 0, 'basic_rnn', {}), ('mine', 0, 'lookback_rnn', {}),
                ('other', 0, 'basic_rnn', {'train': 'b' * 64}), ('other', 0, 'basic_rnn', {}))
    groups = group_runs(runs)
    assert [group.label for group in groups] == [
        'baseline (learning_rate=0.01)', 'baseline (learning_rate=0.02)',
        'mine (basic_rnn)', 'mine (lookback_rnn)',
        'other (data bbbbbbbb)', 'other (data aaaaaaaa)']
    assert {name: len(found) for name, found in by_encoding(groups).items()} == {
        'basic_rnn': 5, 'lookback_rnn': 1}
    text = ' '.join(notes_on(groups, runs))
    assert 'different encodings (basic_rnn, lookback_rnn)' in text
    assert 'trained on different data' in text


def test_an_encoding_stands_for_the_settings_and_files_that_go_with_it(load):
    lookback = {'hparams': {'clip_norm': 3}, 'train': 'c' * 64}
    faster = {'hparams': {'clip_norm': 3, 'learning_rate': 0.02}, 'train': 'c' * 64}
    runs = load(('mine', 0, 'basic_rnn', {}), ('mine', 0, 'lookback_rnn', lookback),
                ('mine', 0, 'lookback_rnn', faster))
    assert [group.label for group in group_runs(runs[:2])] == [
        'mine (basic_rnn)', 'mine (lookback_rnn)']
    assert [group.label for group in group_runs(runs)] == [
        'mine (basic_rnn, learning_rate=0.01)', 'mine (lookback_rnn, learning_rate=0.01)',
        'mine (lookback_rnn, learning_rate=0.02)']


def test_the_same_network_twice_counts_once(load):
    runs = load(*[('baseline', 0, 'basic_rnn', {})] * 2, ('baseline', 1, 'basic_rnn', {}))
    (group,) = group_runs(runs)
    assert group.seeds == [0, 1]
    assert notes_on([group], runs) == [
        'Left out, because a run of the same settings and seed is there: '
        f'{runs[1].label}.']


def test_without_limits_there_are_no_notes(load):
    runs = load(('baseline', 0, 'basic_rnn', {}), ('baseline', 1, 'basic_rnn', {}))
    assert notes_on(group_runs(runs), runs) == []


def test_a_run_older_than_an_hparam_had_its_default(load):
    runs = load(('baseline', 0, 'basic_rnn', {}),
                ('baseline', 1, 'basic_rnn', {'hparams': {'zoneout_prob': 0.0}}),
                ('baseline', 2, 'basic_rnn', {'hparams': {'zoneout_prob': 0.1}}))
    assert [group.seeds for group in group_runs(runs)] == [[0, 1], [2]]


def test_seeds_that_start_each_from_its_own_network_are_one_group(load):
    runs = load(('mine', 0, 'basic_rnn', {'start': 'a' * 64}),
                ('mine', 1, 'basic_rnn', {'start': 'b' * 64}),
                ('baseline', 0, 'basic_rnn', {'start': 'a' * 64}),
                ('baseline', 0, 'basic_rnn', {'start': 'b' * 64}),
                ('other', 0, 'basic_rnn', {}), ('other', 1, 'basic_rnn', {'start': 'b' * 64}))
    groups = group_runs(runs)
    assert [(group.label.split(' (')[0], group.seeds) for group in groups] == [
        ('mine', [0, 1]), ('baseline', [0]), ('baseline', [0]), ('other', [0]), ('other', [1])]
    assert groups[0].label == 'mine'
    assert groups[1].label == f'baseline (warm_start.sha256={"a" * 64})'
