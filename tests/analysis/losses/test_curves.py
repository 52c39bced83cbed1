import numpy as np
import pytest

from magenta_reg.analysis.comparison.curves import Curve
from magenta_reg.analysis.losses.curves import (
    average,
    epochs,
    loss_curves,
    losses_at,
    magentas_way,
)
from magenta_reg.analysis.losses.figures import draw_loss_curves, draw_magentas_way
from magenta_reg.analysis.losses.measure import draw_sample, loss_per_melody
from magenta_reg.dataset.batches import training_batch_indices
from tests.analysis.fake_runs import MarkovModel, make_melodies, make_transitions
from tests.analysis.groups_of_runs import make_group, write_evaluations


def make_two_seeds(folder):
    return make_group('baseline', run_dirs=[
        write_evaluations(folder / '0', [3.0, 2.0, 2.5, 2.6], [2.9, 1.8, 1.5, 1.4],
                          [3.1, 2.2, 2.4, 2.3]),
        write_evaluations(folder / '1', [3.2, 2.2, 2.1], [3.0, 2.0, 1.5], [3.3, 2.4, 2.2])])


def test_curves_are_averaged_where_all_seeds_have_points(tmp_path):
    losses = loss_curves(make_two_seeds(tmp_path))
    assert losses.evaluation.points.tolist() == [100, 200, 300]
    assert losses.evaluation.estimate.value == pytest.approx([3.1, 2.1, 2.3])
    assert losses.evaluation.estimate.low == pytest.approx([3.0, 2.0, 2.1])
    assert losses.evaluation.estimate.high == pytest.approx([3.2, 2.2, 2.5])
    assert losses.evaluation.estimate.n_seeds == 2
    assert losses.missing == []


def test_the_gap_is_taken_within_each_run(tmp_path):
    losses = loss_curves(make_two_seeds(tmp_path))
    assert losses.gap.estimate.value == pytest.approx([0.15, 0.2, 0.8])
    assert losses.gap.estimate.high == pytest.approx([0.2, 0.2, 1.0])


@pytest.mark.parametrize(('step', 'wanted'), [
    (200, (200, 2.0, 1.8, 0.2)), (299, (200, 2.0, 1.8, 0.2)), (1000, (400, 2.6, 1.4, 1.2))])
def test_losses_at_a_checkpoint_are_those_of_the_last_evaluation_until_then(tmp_path, step, wanted):
    first = loss_curves(make_two_seeds(tmp_path)).of_runs[0]
    names = ['update', 'evaluation loss', 'training loss', 'gap']
    assert losses_at(step, *first) == pytest.approx(dict(zip(names, wanted, strict=True)))
    assert losses_at(99, *first) == {}


def test_runs_of_before_lack_a_curve_and_it_is_said(tmp_path):
    group = make_group('baseline', run_dirs=[
        write_evaluations(tmp_path / '0', [3.0, 2.0], [2.5, 1.5], [3.0, 2.0]),
        write_evaluations(tmp_path / '1', [3.0, 2.0])])
    losses = loss_curves(group)
    assert losses.evaluation is not None
    assert losses.training is losses.gap is losses.magenta is None
    assert losses.missing == [('baseline (seed 1)', 'training'), ('baseline (seed 1)', 'magenta')]
    assert losses_at(200, *losses.of_runs[0])['gap'] == 0.5
    assert losses_at(200, *losses.of_runs[1])['gap'] is None


def test_a_run_that_was_never_evaluated_has_no_losses(tmp_path):
    (tmp_path / 'run').mkdir()
    (tmp_path / 'run/metrics.csv').write_text('step,split,loss\n10,train,2\n')
    losses = loss_curves(make_group('baseline', run_dirs=[tmp_path / 'run']))
    assert losses_at(10, *losses.of_runs[0]) == {}
    assert losses.evaluation is None
    assert losses.missing[0] == ('baseline (seed 0)', 'evaluation')


@pytest.mark.parametrize(('num_melodies', 'batch_size'), [(10, 4), (12, 4), (3, 8), (7, 1)])
def test_epochs_are_the_times_that_training_takes_a_melody(num_melodies, batch_size):
    lengths, step = np.full(num_melodies, 5), 60
    taken = sum(len(training_batch_indices(lengths, batch_size, 0, i)) for i in range(step))
    assert epochs(step, num_melodies, batch_size) == pytest.approx(taken / num_melodies)


def test_without_common_steps_there_is_no_average():
    assert average([Curve(np.array([1]), np.array([2.0])),
                    Curve(np.array([2]), np.array([2.0]))]) is None


def losses_of(folder, **ends):
    return [loss_curves(make_group(method, run_dirs=[write_evaluations(
        folder / method, [3.0, exact], [2.0, 1.0], [3.0, magenta])]))
        for method, (exact, magenta) in ends.items()]


def test_magentas_way_may_turn_the_order_round(tmp_path):
    found = magentas_way(losses_of(tmp_path, baseline=(2.2, 2.2), dropout=(2.1, 2.4),
                                   mine=(2.0, 2.0)))
    assert list(found['exact']) == ['mine', 'dropout', 'baseline']
    assert list(found['magenta']) == ['mine', 'baseline', 'dropout']
    assert found['changed'] == [['dropout', 'baseline']]
    assert found['step'] == 200
    assert 'baseline is ahead of dropout only with dropout left on' in found['conclusion']


def test_magentas_way_may_change_nothing(tmp_path):
    found = magentas_way(losses_of(tmp_path, baseline=(2.2, 2.5), dropout=(2.1, 2.4)))
    assert found['changed'] == []
    assert found['conclusion'].endswith('The order is the same.')


def test_magentas_way_needs_two(tmp_path):
    (tmp_path / 'old').mkdir()
    old = loss_curves(make_group('old', run_dirs=[write_evaluations(
        tmp_path / 'old/run', [3.0, 2.0])]))
    found = magentas_way([*losses_of(tmp_path, baseline=(2.2, 2.5)), old])
    assert (found['step'], found['left_out']) == (None, ['old'])
    assert draw_magentas_way([old]) is None


def test_weighted_melody_losses_are_the_loss_in_nats_per_event():
    melodies = [*make_melodies(make_transitions(0), 4, 30),
                *make_melodies(make_transitions(0), 4, 50)]
    num_events = draw_sample(melodies, 0, 8, 1000).num_events
    for seed in range(2):
        model = MarkovModel(make_transitions(seed))
        losses = loss_per_melody(model, melodies)
        assert losses.shape == (8,)
        of_events = np.concatenate(model.score(melodies).log_probs)
        assert np.average(losses, weights=num_events) == pytest.approx(-of_events.mean())


def test_figures_show_what_there_is(tmp_path):
    losses = [loss_curves(make_two_seeds(tmp_path)),
              *losses_of(tmp_path, dropout=(2.1, 2.4))]
    curves, gap = draw_loss_curves(losses).axes
    assert {line.get_linestyle() for line in curves.lines} == {'-', '--'}
    assert gap.get_ylabel() == 'evaluation - training'
    low, high = curves.get_ylim()
    assert low < 1.0 < 2.6 < high
    assert [axis.get_title()[:11] for axis in draw_magentas_way(losses).axes] == [
        'dropout off', 'dropout lef']
    old = loss_curves(make_group('old', run_dirs=[write_evaluations(
        tmp_path / 'old', [3.0, 2.0])]))
    assert len(draw_loss_curves([old]).axes) == 1


def test_a_method_that_goes_astray_leaves_the_picture_and_the_others_stay_readable(tmp_path):
    good = write_evaluations(tmp_path / 'a', [3.0, 2.6, 2.5, 2.6], [2.9, 2.4, 2.2, 2.0])
    astray = write_evaluations(tmp_path / 'b', [3.0, 2.6, 9.0, 7.0], [3.0, 2.5, 8.9, 6.9])
    losses = [loss_curves(make_group('baseline', run_dirs=[good])),
              loss_curves(make_group('seqgan', run_dirs=[astray]))]
    curves = draw_loss_curves(losses).axes[0]
    assert [text.get_text() for text in curves.texts] == ['\N{UPWARDS ARROW} seqgan to 9.0']
    lowest, highest = curves.get_ylim()
    assert lowest < 2.0
    assert 3.0 < highest < 4.0
    broken = write_evaluations(tmp_path / 'c', [float('nan')] * 4, [float('nan')] * 4)
    losses.insert(0, loss_curves(make_group('dropout', run_dirs=[broken])))
    assert draw_loss_curves(losses).axes[0].get_ylim() == (lowest, highest)
    alone = draw_loss_curves(losses[1:2]).axes[0]
    assert not alone.texts
    assert alone.get_ylim()[1] > 3.0
