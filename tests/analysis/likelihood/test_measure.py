import numpy as np
import pytest

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.comparison.runs import seeds_of
from magenta_reg.analysis.likelihood.figures import (
    draw_likelihood_matrix,
    draw_likelihood_positions,
)
from magenta_reg.analysis.likelihood.measure import (
    group_likelihoods,
    likelihood_against_position,
    likelihood_differences,
    per_melody,
)
from magenta_reg.analysis.statistics.position_means import bin_centres
from tests.analysis.fake_runs import (
    MarkovModel,
    make_melodies,
    make_transitions,
    mean_log_likelihood,
)
from tests.analysis.groups_of_runs import make_group

PRIMER, STEPS, MELODIES = 4, 40, 12


def continuations(model, real, number=1):
    """Returns int32 [number, melodies, STEPS]."""
    return np.stack([model.generate(list(real[:, :PRIMER]), STEPS, seed)
                     for seed in range(1, 1 + number)])


def make_study(a_seeds=3, b_seeds=2):
    """Returns two groups, what their runs generate, and real melodies."""
    groups = [make_group('a', [MarkovModel(make_transitions(10 + i)) for i in range(a_seeds)]),
              make_group('b', [MarkovModel(make_transitions(20 + i)) for i in range(b_seeds)])]
    real = np.stack(make_melodies(make_transitions(5), MELODIES, STEPS))
    generated = {run.label: continuations(run.model, real)
                 for group in groups for run in group.runs}
    return groups, generated, real


def test_every_cell_is_the_pairs_own_likelihood():
    groups, generated, real = make_study()
    found = group_likelihoods(groups, generated, real, PRIMER)
    for generator in groups:
        for scorer in groups:
            for i, run in enumerate(generator.runs):
                wanted = mean_log_likelihood(scorer.runs[i % scorer.n_seeds].model,
                                                     generated[run.label][0], PRIMER)
                cell = per_melody(found.cells[generator.label, scorer.label])
                np.testing.assert_allclose(cell[i], wanted, rtol=1e-5)
    assert found.cells[REAL, 'a'].shape == (3, MELODIES, STEPS - PRIMER)
    np.testing.assert_allclose(
        per_melody(found.cells[REAL, 'b'])[1],
        mean_log_likelihood(groups[1].runs[1].model, real, PRIMER), rtol=1e-5)


def judged(judges, run, generated):
    """Returns float64 [melodies], the mean over judges of a run's melodies' likelihoods."""
    return np.mean([mean_log_likelihood(judge.model, generated[run.label][0], PRIMER)
                    for judge in judges], axis=0)


def test_without_judges_all_other_seeds_of_the_first_group_judge():
    groups, generated, real = make_study()
    found = group_likelihoods(groups, generated, real, PRIMER)
    first = groups[0].runs
    for group in groups:
        for i, run in enumerate(group.runs):
            siblings = [judge for j, judge in enumerate(first) if j != i]
            np.testing.assert_allclose(per_melody(found.by_judge[group.label])[i],
                                       judged(siblings, run, generated), rtol=1e-5)
    assert found.by_judge[REAL].shape == (1, MELODIES, STEPS - PRIMER)
    np.testing.assert_allclose(
        per_melody(found.by_judge[REAL])[0],
        np.mean([mean_log_likelihood(judge.model, real, PRIMER) for judge in first], axis=0),
        rtol=1e-5)
    assert found.judge == 'other seeds of a'


def test_a_network_is_never_judged_by_itself_nor_by_one_of_the_same_seed():
    groups, generated, real = make_study(1, 1)
    assert group_likelihoods(groups, generated, real, PRIMER).by_judge == {}
    # Another seed is no sibling of the judge's: its melodies have a judge, the judge's have none.
    groups[1] = groups[1]._replace(seeds=[7])
    assert set(group_likelihoods(groups, generated, real, PRIMER).by_judge) == {'b', REAL}


def test_given_judges_score_all_melodies_whatever_their_seeds():
    groups, generated, real = make_study(2, 1)
    judges = make_group('judge', [MarkovModel(make_transitions(seed)) for seed in (30, 31)]).runs
    found = group_likelihoods(groups, generated, real, PRIMER, judges)
    for group in groups:
        for row, run in zip(per_melody(found.by_judge[group.label]), group.runs, strict=True):
            np.testing.assert_allclose(row, judged(judges, run, generated), rtol=1e-5)
    assert set(found.by_judge) == {'a', 'b', REAL}
    assert set(found.cells) == {(generator, scorer) for generator in ('a', 'b', REAL)
                                for scorer in 'ab'}


def test_a_melodys_likelihood_is_the_mean_over_its_continuations():
    groups, _, real = make_study(1, 1)
    generated = {run.label: continuations(run.model, real, 3)
                 for group in groups for run in group.runs}
    found = group_likelihoods(groups, generated, real, PRIMER)
    model = groups[1].runs[0].model
    wanted = np.mean([mean_log_likelihood(model, each, PRIMER)
                      for each in generated[groups[0].runs[0].label]], axis=0)
    assert found.cells['a', 'b'].shape == (1, MELODIES, STEPS - PRIMER)
    np.testing.assert_allclose(per_melody(found.cells['a', 'b'])[0], wanted, rtol=1e-5)


def test_encodings_are_not_mixed():
    groups, generated, real = make_study()
    mixed = [groups[0], groups[1]._replace(encoding='mono_rnn')]
    with pytest.raises(ValueError, match='likelihoods compare within one'):
        group_likelihoods(mixed, generated, real, PRIMER)


def test_a_generator_that_repeats_itself_is_found_likelier_and_an_equal_one_is_not():
    sure = 0.8 * np.eye(6)[[1, 2, 3, 4, 5, 0]] + 0.2 / 6
    even = np.full([6, 6], 1 / 6)
    groups = [make_group('sure', [MarkovModel(sure)]), make_group('even', [MarkovModel(even)])]
    real = np.stack(make_melodies(even, 30, STEPS))
    generated = {run.label: continuations(run.model, real)
                 for group in groups for run in group.runs}
    own, common = likelihood_differences(
        group_likelihoods(groups, generated, real, PRIMER, groups[0].runs), seeds_of(groups), 0)
    assert own['sure', 'even'].low > 0
    assert own['sure', 'even'].p_melodies < 0.001
    assert set(common) == {('sure', 'even'), ('sure', REAL), ('even', REAL)}
    assert common['even', REAL].p_melodies > 0.01


def test_positions_count_from_the_melodys_beginning():
    groups, generated, real = make_study()
    own, common = likelihood_against_position(
        group_likelihoods(groups, generated, real, PRIMER), 0)
    assert own['a'].points.tolist() == [4, 20, 36]
    assert bin_centres(own['a'].points).tolist() == [11.5, 27.5]
    assert set(common) == {'a', 'b', REAL}


def test_the_figures_hold_every_cell_and_every_line():
    groups, generated, real = make_study()
    likelihoods = group_likelihoods(groups, generated, real, PRIMER)
    matrix = likelihoods.matrix(0)
    axis = draw_likelihood_matrix(matrix).axes[0]
    texts = [text.get_text() for text in axis.texts]
    assert len(texts) == 6
    assert texts[1].startswith(f'\N{MINUS SIGN}{-matrix["a", "b"].value:.3f}')
    left, right = draw_likelihood_positions(likelihoods, groups, 0).axes
    assert [line.get_label() for line in left.lines] == ['a', 'b']
    assert [line.get_label() for line in right.lines] == ['a', 'b', REAL]
    likelihoods = group_likelihoods(*make_study(1, 1), PRIMER)
    assert len(draw_likelihood_positions(likelihoods, groups, 0).axes) == 1


def test_a_network_gone_wrong_is_shown_as_such_and_compares_with_nothing():
    groups, generated, real = make_study(1, 1)
    groups[1].runs[0].model.transitions = np.full([6, 6], np.nan)
    likelihoods = group_likelihoods(groups, generated, real, PRIMER)
    own, _ = likelihood_differences(likelihoods, seeds_of(groups), 0)
    assert (own['a', 'b'].p, own['a', 'b'].reason) == (None, 'values that are not finite')
    axis = draw_likelihood_matrix(likelihoods.matrix(0)).axes[0]
    texts = [text.get_text() for text in axis.texts]
    assert [text.startswith('not finite') for text in texts] == [False, True] * 3
