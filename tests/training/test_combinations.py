"""Every experiment file with every encoding: each trains, evaluates and generates.

A new file in configs/ and a new row of ENCODINGS are covered without a new test.
"""

import numpy as np
import pytest

from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.model.evaluate import evaluate
from magenta_reg.runs.metrics import read_metrics
from tests.small import EXPERIMENT_FILES, make_melodies

# The slowest files run with every encoding in `make test-slow`; each graph is compared with NumPy
# in all encodings in any case.
OFTEN_SLOW = {'professor_forcing_authors': {'basic_rnn'},
              'professor_forcing': {'basic_rnn', 'attention_rnn'},
              'seqgan': {'basic_rnn'}}

every_combination = pytest.mark.parametrize(
    ('file', 'config'),
    [pytest.param(file, config, marks=[pytest.mark.slow] if is_slow else [])
     for file in EXPERIMENT_FILES for config in ENCODINGS
     for is_slow in [config not in OFTEN_SLOW.get(file.stem, ENCODINGS)]],
    ids=lambda value: value if isinstance(value, str) else value.stem)


def training_rows(trained):
    # Before a method's start its own metrics are empty.
    return [{name: float(value) for name, value in row.items() if name != 'split' and value}
            for row in read_metrics(trained.run.metrics_path)]


def test_there_is_a_file_for_each_of_the_five_methods():
    assert {'baseline', 'dropout', 'scheduled_sampling', 'professor_forcing',
            'seqgan'} <= {
        file.stem for file in EXPERIMENT_FILES}


@every_combination
def test_training_is_finite_and_the_loss_falls(trained_run, file, config):
    rows = training_rows(trained_run(file, config))
    assert [row['step'] for row in rows] == list(range(1, 9))
    assert all(np.isfinite(list(row.values())).all() for row in rows)
    assert rows[-1]['loss'] < rows[0]['loss'] - 0.05


@every_combination
def test_evaluation_counts_every_event_and_is_finite(trained_run, file, config):
    held_out = make_melodies(3, seed=8)
    evaluation = evaluate(trained_run(file, config).model, held_out)
    assert np.isfinite(evaluation.loss)
    assert 0 <= evaluation.accuracy <= 1
    assert evaluation.num_events == sum(len(events) - 1 for events in held_out)


@every_combination
def test_generation_gives_valid_events_after_the_primer(trained_run, file, config):
    primer = make_melodies(1, seed=9, min_steps=17, max_steps=17)[0]
    model = trained_run(file, config).model
    for events in model.generate([primer, primer[:1]], num_steps=40, seed=0):
        assert len(events) == 40
        model.encoding.codec.check_range(events)
    np.testing.assert_array_equal(model.generate([primer], 40, seed=0)[0][:17], primer)


@pytest.mark.parametrize('file', [
    pytest.param(file, marks=[pytest.mark.slow] if file.stem.endswith('_authors') else [],
                 id=file.stem) for file in EXPERIMENT_FILES if file.stem != 'dropout'])
def test_dropout_combines_with_every_method(trained_run, file):
    rows = training_rows(trained_run(file, 'basic_rnn', 'dropout_keep_prob=0.5'))
    assert all(np.isfinite(list(row.values())).all() for row in rows)
    assert rows[-1]['loss'] < rows[0]['loss'] - 0.05
    assert rows[0]['loss'] != training_rows(trained_run(file, 'basic_rnn'))[0]['loss']
