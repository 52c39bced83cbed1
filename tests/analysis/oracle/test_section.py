"""The section on the oracle: shown for its data alone, with a row a method."""

import json

import numpy as np
import pytest

from magenta_reg.analysis.oracle import section as oracle_section
from magenta_reg.analysis.oracle.estimates import OWN_ERROR, RATIO, REVERSE_ERROR, TRUE_ERROR
from magenta_reg.codec.encodings import ENCODINGS
from tests.analysis.fake_comparison import make_comparison, table_of
from tests.analysis.fake_runs import PITCHES, MarkovModel, make_melodies, make_transitions
from tests.analysis.oracle.networks import OracleNetwork, markov

TRUTH = make_transitions(0)
BASIC = ENCODINGS['basic_rnn']


def as_oracle(transitions):
    """Returns the MarkovOracle over basic_rnn's events that a MarkovModel is, and tiny others."""
    oracle = markov(1, 0, [-2, -1, *range(48, 84)])
    table = oracle.arrays['table'] * 1e-6
    columns = np.searchsorted(oracle.events, PITCHES)
    table[columns[:, None], columns] += transitions
    oracle.arrays['table'] = table / table.sum(axis=1, keepdims=True)
    return oracle


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """The Comparison of two networks, the second of which is the oracle, and the section."""
    models = [MarkovModel(0.5 * TRUTH + 0.5 * make_transitions(1), 'baseline'),
              MarkovModel(TRUTH, 'dropout')]
    with pytest.MonkeyPatch.context() as monkeypatch:
        comparison = make_comparison(tmp_path_factory.mktemp('oracle'), monkeypatch, models,
                                     make_melodies(TRUTH, 30, 48))
        networks = {run.run_dir: OracleNetwork(as_oracle(run.model.transitions), BASIC)
                    for run in comparison.runs}

        class Opener:
            from_run = staticmethod(lambda run_dir, checkpoint: networks[run_dir])

        monkeypatch.setattr(oracle_section, 'StepDistributions', Opener)
        comparison = comparison._replace(oracle=as_oracle(TRUTH))
        yield comparison, oracle_section.make_section(comparison)


def test_the_network_that_is_the_oracle_has_no_error_and_the_other_one_has(made):
    section = made[1]
    assert [figure.name for figure in section.figures] == ['oracle_errors', 'oracle_temperatures']
    rows = table_of(section, 'oracle')
    assert list(rows) == ['baseline', 'dropout', 'the oracle itself']
    for name in (TRUE_ERROR, OWN_ERROR, REVERSE_ERROR):
        assert rows['dropout'][f'{name} [95%]'].value == pytest.approx(0, abs=1e-9)
        assert rows['baseline'][f'{name} [95%]'].low > 0.01
        assert rows['the oracle itself'][f'{name} [95%]'].value == 0
    assert rows['baseline'][f'{RATIO} [95%]'].value == pytest.approx(1, abs=0.3)
    nll = [row["NLL of the oracle's melodies under it [95%]"].value for row in rows.values()]
    assert nll[0] > nll[1] == pytest.approx(nll[2], rel=1e-4)
    files = {table.name: table.rows for table in section.tables if not table.is_shown}
    assert len(files['oracle_positions']) == 2 * 6  # 24 steps after the primer, by beats.
    assert files['oracle_positions'][0][:3] == ['baseline', 16, 20]
    assert [row[:2] for row in files['oracle_temperatures'][:2]] == [
        ['baseline', 0.7], ['baseline', 0.8]]


def test_results_json_has_every_number(made):
    comparison, section = made
    numbers = json.loads(json.dumps(section.numbers, allow_nan=False))
    assert numbers['oracle'] == {'name': 'markov', 'settings': comparison.oracle.settings}
    for row in numbers['groups'].values():
        assert set(row) == {'true_kl', 'own_kl', 'ratio', 'reverse_kl', 'generated_nll',
                            'oracle_nll'}
    assert numbers['floor_nll']['basic_rnn']['low'] > 0
    assert [each['temperature'] for each in numbers['temperatures'] if
            each['method'] == 'baseline'] == [0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3]
    one = numbers['temperatures'][3]
    assert one['generated_nll'] == pytest.approx(numbers['groups']['baseline']['generated_nll'])
    assert {each['quantity'] for each in numbers['differences']} >= {'ratio', TRUE_ERROR}


def test_what_was_computed_is_taken_from_the_cache_unless_the_oracle_is_another(made):
    comparison, _ = made
    computed = comparison.cache.num_computed
    oracle_section._cached_errors(comparison, comparison.runs[0])
    assert comparison.cache.num_computed == computed
    other = comparison._replace(oracle=as_oracle(make_transitions(5)))
    oracle_section._cached_errors(other, comparison.runs[0])
    assert comparison.cache.num_computed == computed + 1


def test_melodies_of_people_have_no_such_section(made):
    assert oracle_section.make_section(made[0]._replace(oracle=None)) is None
