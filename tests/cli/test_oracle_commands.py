"""Oracles as a user meets them: from create_dataset to the report, and what is refused."""

import json

import pytest

from tests.small import EXPERIMENT_FILES

BASELINE = next(path for path in EXPERIMENT_FILES if path.stem == 'baseline')
TEXT = 'oracle:markov,order=1,num_melodies=150,min_steps=24,max_steps=30'


@pytest.fixture
def trained(call, tmp_path):
    """A folder with D, a data set of an oracle, and R, a run that was trained on it."""
    made = call('create_dataset', '--config=lookback_rnn', f'--input={TEXT}',
                f'--output_dir={tmp_path / "D"}')
    assert made.status == 0
    assert made.out.startswith('oracle:markov: 150 melodies drawn; their entropy, the lowest ')
    assert call('train', '--config=lookback_rnn', f'--experiment={BASELINE}',
                f'--run_dir={tmp_path / "R"}', '--hparams=rnn_layer_sizes=[6],batch_size=16',
                f'--sequence_example_file={tmp_path / "D" / "training_melodies.tfrecord"}',
                f'--eval_sequence_example_file={tmp_path / "D" / "eval_melodies.tfrecord"}',
                '--num_training_steps=10').status == 0
    return tmp_path


def analyze(call, folder):
    return call('analyze', f'--run_dirs={folder / "R"}', f'--output_dir={folder / "A"}',
                '--num_melodies=10', '--num_steps=24', '--primer_steps=1',
                f'--sequence_example_file={folder / "D" / "eval_melodies.tfrecord"}')


@pytest.mark.slow
def test_the_report_on_a_run_of_an_oracles_melodies_has_its_section(call, trained):
    result = analyze(call, trained)
    assert result.status == 0
    numbers = json.loads((trained / 'A' / 'results.json').read_text())['sections']['oracle']
    row = numbers['groups']['baseline']
    assert 0 < row['true_kl']['low'] < row['true_kl']['high'] < 4
    assert row['oracle_nll']['value'] > numbers['floor_nll']['lookback_rnn']['value']
    page = (trained / 'A' / 'report.html').read_text()
    assert 'How far is each network from the oracle that made the music?' in page
    assert (trained / 'A' / 'tables' / 'oracle_temperatures.csv').exists()


def test_without_the_oracles_file_the_analysis_ends_in_one_line_before_it_begins(call, trained):
    (trained / 'D' / 'oracle.npz').unlink()
    status, _, err = analyze(call, trained)
    assert status == 2
    assert err.count('\n') == 1
    assert 'oracle.npz is missing; ' in err
    assert 'make the data set again' in err
    assert not (trained / 'A').exists()


@pytest.mark.parametrize(('text', 'said'), [
    ('oracle:lstn', "unknown oracle 'lstn': did you mean 'lstm'?"),
    ('oracle:markov,order=3', 'oracle:markov does not fit mono_rnn: order=3 over 130 events')])
def test_an_oracle_that_there_is_not_or_that_does_not_fit_is_one_line(call, tmp_path, text, said):
    status, _, err = call('create_dataset', '--config=mono_rnn', f'--input={text}',
                          f'--output_dir={tmp_path / "D"}')
    assert status == 2
    assert err.count('\n') == 1
    assert said in err
    assert not (tmp_path / 'D').exists()
