"""Scheduled sampling: its ends equal known things, its schedules are the paper's."""

import zlib

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.batches import make_batch
from magenta_reg.dataset.examples import Examples
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.methods.scheduled_sampling import sampling_probability
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.run import Run
from magenta_reg.training.train import Schedule, train
from tests.small import constant_batch, make_experiment, make_melodies


def constant_sampling(rate):
    return make_experiment('scheduled_sampling', sampling_schedule='constant', sampling_rate=rate,
                           sampling_max_probability=1.0)


def probability(schedule, rate, step, max_probability=1.0, warmup_steps=0):
    with tf.Graph().as_default(), sharded_session() as session:
        return session.run(sampling_probability(schedule, rate, max_probability,
                                                tf.constant(step, tf.int64), warmup_steps))


def unroll_train(builder, batch, step=3):
    """Returns the Unroll of a training pass without noise over a Batch of tensors."""
    return builder.unroll_train(builder.make_network(), batch, tf.cast(step, tf.int64))


def test_at_probability_zero_loss_and_update_equal_teacher_forcing(small_batch):
    weights = []
    for experiment in (make_experiment(), constant_sampling(0.0)):
        with tf.Graph().as_default(), sharded_session() as session:
            tensors = experiment.builder().build_train(constant_batch(small_batch))
            session.run(tf.global_variables_initializer())
            variables = generator_variables()
            for index, variable in enumerate(variables):
                rng = np.random.default_rng(index)
                variable.load(rng.normal(size=variable.shape).astype(np.float32) * 0.1, session)
            loss, _ = session.run([tensors.metrics['loss'], tensors.train_op])
            weights.append((loss, session.run({v.op.name: v for v in variables})))
    (loss, trained), (sampled_loss, sampled_trained) = weights
    assert sampled_loss == pytest.approx(loss, abs=1e-6)
    for name, value in trained.items():
        np.testing.assert_allclose(sampled_trained[name], value, atol=1e-5, err_msg=name)


@pytest.mark.parametrize('config', ENCODINGS)
def test_labels_recomputed_from_a_true_history_are_the_stored_ones(config):
    experiment = make_experiment('scheduled_sampling', config, sampling_schedule='constant',
                                 sampling_rate=0.0)
    stored = make_batch(make_melodies(6, seed=11, max_steps=90), experiment.encoding.codec)
    with tf.Graph().as_default(), sharded_session() as session:
        unroll = unroll_train(experiment.builder(), constant_batch(stored))
        session.run(tf.global_variables_initializer())
        labels, events = session.run([unroll.labels, unroll.events])
    for row, length in enumerate(stored.lengths):
        np.testing.assert_array_equal(labels[row, :length], stored.labels[row, :length])
        np.testing.assert_array_equal(events[row, :length], stored.events[row, :length])


def test_at_probability_one_later_true_events_are_ignored(small_batch):
    changed = small_batch._replace(events=np.where(
        np.arange(small_batch.events.shape[1]) == 0, small_batch.events, 61).astype(np.int32))
    with tf.Graph().as_default(), sharded_session() as session:
        builder = constant_sampling(1.0).builder()
        network, step = builder.make_network(), tf.constant(3, tf.int64)
        unrolls = [builder.unroll_train(network, constant_batch(batch), step)
                   for batch in (small_batch, changed)]
        session.run(tf.global_variables_initializer())
        first, second = session.run([(unroll.outputs, unroll.events) for unroll in unrolls])
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert (first[1][:, 1:] != small_batch.events[:, 1:-1]).mean() > 0.5


def test_coins_are_thrown_for_every_event_with_the_scheduled_probability(small_batch):
    with tf.Graph().as_default(), sharded_session() as session:
        builder, step = constant_sampling(0.3).builder(), tf.placeholder(tf.int64, [])
        # A pitch that is never sampled marks where the true event was fed.
        marked = np.where(np.arange(small_batch.events.shape[1]) == 0, small_batch.events, 83)
        unroll = unroll_train(builder, constant_batch(
            small_batch._replace(events=marked.astype(np.int32))), step)
        session.run(tf.global_variables_initializer())
        for variable in generator_variables():
            if variable.op.name == 'fully_connected/biases':
                variable.load(np.where(np.arange(38) == 37, -100, 0).astype(np.float32), session)
        is_true = np.array([session.run(unroll.events, {step: i}) == 83 for i in range(60)])
    is_true = is_true[:, :, 1:]
    assert is_true.mean() == pytest.approx(0.7, abs=0.02)
    # Neither all of a sequence nor all of a step share a coin.
    assert is_true.mean(axis=2).std() < 0.2
    assert is_true.mean(axis=1).std() > 0.1


@pytest.mark.parametrize(('schedule', 'rate', 'closed_form'), [
    ('constant', 0.25, lambda i: 0.25),
    ('linear', 0.001, lambda i: 0.001 * i),
    ('exponential', 0.999, lambda i: 1 - 0.999 ** i),
    ('inverse_sigmoid', 100.0, lambda i: 1 - 100 / (100 + np.exp(i / 100))),
])
def test_schedules_equal_the_papers_formulas_up_to_the_cap(schedule, rate, closed_form):
    for step in (0, 1, 10, 500, 900, 5_000):
        expected = min(closed_form(step), 0.8)
        assert probability(schedule, rate, step, 0.8) == pytest.approx(expected, abs=1e-5)


def test_inverse_sigmoid_passes_one_half_at_k_ln_k_and_does_not_overflow():
    k = 1000.0
    assert probability('inverse_sigmoid', k, round(k * np.log(k))) == pytest.approx(0.5, abs=1e-3)
    assert probability('inverse_sigmoid', k, 10_000_000) == 1.0


@pytest.mark.parametrize('hparams', [
    {'sampling_schedule': 'cosine'},
    {'sampling_schedule': 'exponential', 'sampling_rate': 1.0},
    {'sampling_schedule': 'inverse_sigmoid', 'sampling_rate': 0.5},
    {'sampling_schedule': 'linear', 'sampling_rate': -0.1},
    {'sampling_max_probability': 1.5},
    {'sampling_mode': 'beam'},
    {'sampling_method': 'both'},
    {'sampling_num_passes': 0},
    {'sampling_warmup_steps': -1},
    {'sampling_source': 'data'},
    {'sampling_warmup_share': 1.5},
    {'sampling_end_share': -0.5},
    {'sampling_warmup_share': 0.5, 'sampling_end_share': 0.5},
    {'sampling_warmup_share': 0.5, 'sampling_warmup_steps': 3},
    {'sampling_end_share': 0.5, 'sampling_schedule': 'constant'},
    {'sampling_end_share': 0.5, 'sampling_schedule': 'exponential',
     'sampling_max_probability': 1.0},
])
def test_settings_out_of_range_are_named(hparams):
    with pytest.raises(UserError, match=list(hparams)[-1]):
        make_experiment('scheduled_sampling', **hparams).builder()


@pytest.mark.parametrize('hparams', [
    {'sampling_schedule': 'constant', 'sampling_rate': 0.0, 'sampling_max_probability': 0.0},
    {'sampling_schedule': 'linear', 'sampling_rate': 1.0, 'sampling_max_probability': 1.0},
    {'sampling_schedule': 'inverse_sigmoid', 'sampling_rate': 1.0, 'sampling_warmup_steps': 1},
    {'sampling_num_passes': 1, 'sampling_warmup_share': 0.5, 'sampling_end_share': 1.0},
    {'sampling_schedule': 'exponential', 'sampling_rate': 2.0, 'sampling_end_share': 0.5,
     'sampling_max_probability': 0.999}])
def test_settings_at_the_ends_of_their_ranges_are_allowed(hparams):
    make_experiment('scheduled_sampling', **hparams).builder()


def probabilities(num_training_steps, steps, **hparams):
    """Returns what an update of a training of so many updates reports, at some steps."""
    with tf.Graph().as_default(), sharded_session() as session:
        builder = make_experiment('scheduled_sampling', **hparams).builder(num_training_steps)
        step = tf.placeholder(tf.int64, [])
        batch = constant_batch(make_batch(make_melodies(2, 15), builder.codec))
        reported = builder.unroll_train(builder.make_network(), batch, step).metrics
        return [session.run(reported['sampling_probability'], {step: each}) for each in steps]


@pytest.mark.parametrize('schedule', ['linear', 'exponential', 'inverse_sigmoid'])
def test_a_schedule_in_shares_reaches_its_maximum_there_and_not_before(schedule):
    shares = {'sampling_schedule': schedule, 'sampling_max_probability': 0.8,
              'sampling_warmup_share': 0.25, 'sampling_end_share': 0.75}
    warm, start, before, end, last = probabilities(400, [99, 100, 299, 300, 399], **shares)
    assert warm == 0
    # The inverse sigmoid starts above 0.
    assert start == pytest.approx(0, abs=0.05)
    assert 0.75 < before < 0.8 - 1e-4
    assert end == pytest.approx(0.8, abs=1e-5)
    assert last == pytest.approx(0.8, abs=1e-5)


def test_a_linear_schedule_in_shares_means_the_same_in_a_training_of_any_length():
    shares = {'sampling_max_probability': 0.5, 'sampling_end_share': 0.5}
    for length in (40, 4000):
        found = probabilities(length, [int(share * length) for share in (0, 0.1, 0.25, 0.5, 0.9)],
                              **shares)
        np.testing.assert_allclose(found, [0, 0.1, 0.25, 0.5, 0.5], atol=1e-6)


def test_a_schedule_that_ends_within_its_first_update_is_at_its_maximum_after_it():
    for warmup_share in (0.0, 0.2):
        found = probabilities(5, [0, 1, 2, 4], sampling_max_probability=0.8,
                              sampling_warmup_share=warmup_share,
                              sampling_end_share=warmup_share + 0.05)
        first = [0, 0.8, 0.8, 0.8] if not warmup_share else [0, 0, 0.8, 0.8]
        np.testing.assert_allclose(found, first, atol=1e-6)


def test_shares_need_a_training_with_an_end_and_stay_those_of_its_length(tmp_path):
    experiment = make_experiment('scheduled_sampling', sampling_end_share=0.5)
    run, data = Run(tmp_path / 'run'), Examples(make_melodies(8, 0), 'made.tfrecord', 'sha')
    error = pytest.raises(UserError, match=r'sampling_end_share=.* must be 0 in a training without')
    with error:
        experiment.builder(0)
    with error:
        train(run, experiment, data, None, Schedule(0))
    assert not run.folder.exists()
    train(run, experiment, data, None, Schedule(4))
    assert run.read_config()['num_training_steps'] == 4
    assert MelodyModel.from_run(run.folder).step == 4
    with pytest.raises(UserError, match='num_training_steps: 4, now 8'):
        train(run, experiment, data, None, Schedule(8))
    plain = Run(tmp_path / 'plain')
    train(plain, make_experiment('scheduled_sampling'), data, None, Schedule(4))
    assert 'num_training_steps' not in plain.read_config()


PARALLEL = {'sampling_method': 'parallel', 'sampling_schedule': 'constant'}


def unrolled(experiment, stored):
    """Returns (outputs, labels, events) of one training pass, from weights that depend on names."""
    with tf.Graph().as_default(), sharded_session() as session:
        builder, batch = experiment.builder(), constant_batch(stored)
        step = tf.constant(3, tf.int64)
        unroll = builder.unroll_train(builder.make_network(batch, step), batch, step)
        for variable in generator_variables():
            rng = np.random.default_rng(zlib.crc32(variable.op.name.encode()))
            variable.load(rng.normal(size=variable.shape).astype(np.float32) * 0.5, session)
        return session.run([unroll.outputs, unroll.labels, unroll.events])


@pytest.mark.parametrize('config', ENCODINGS)
def test_parallel_with_probability_zero_is_teacher_forcing_exactly(config):
    noise = {'dropout_keep_prob': 0.6}
    teacher = make_experiment(config=config, **noise)
    stored = make_batch(make_melodies(5, seed=12, max_steps=70), teacher.encoding.codec)
    expected = unrolled(teacher, stored)
    outputs, labels, events = unrolled(make_experiment(
        'scheduled_sampling', config, sampling_rate=0.0, **PARALLEL, **noise), stored)
    for row, length in enumerate(stored.lengths):
        np.testing.assert_array_equal(outputs[row, :length], expected[0][row, :length])
        np.testing.assert_array_equal(labels[row, :length], stored.labels[row, :length])
        np.testing.assert_array_equal(events[row, :length], stored.events[row, :length])


# Without zoneout whole layers run, with it a loop over steps; with attention the loop in any case.
@pytest.mark.parametrize(('config', 'mode', 'zoneout_prob'), [
    ('lookback_rnn', 'sample', 0.0), ('lookback_rnn', 'sample', 0.2),
    pytest.param('attention_rnn', 'sample', 0.2, marks=pytest.mark.slow),
    pytest.param('mono_rnn', 'sample', 0.0, marks=pytest.mark.slow),
    pytest.param('lookback_rnn', 'argmax', 0.0, marks=pytest.mark.slow)])
def test_parallel_with_as_many_passes_as_steps_equals_sequential(config, mode, zoneout_prob):
    options = {'sampling_schedule': 'constant', 'sampling_rate': 0.7, 'sampling_mode': mode,
               'sampling_max_probability': 1.0, 'dropout_keep_prob': 0.6,
               'zoneout_prob': zoneout_prob}
    experiment = make_experiment('scheduled_sampling', config, **options)
    stored = make_batch([events[:9] for events in make_melodies(3, seed=13)],
                        experiment.encoding.codec)
    expected = unrolled(experiment, stored)
    by_passes = {passes: unrolled(make_experiment(
        'scheduled_sampling', config, **{**options, **PARALLEL}, sampling_num_passes=passes),
        stored) for passes in (1, int(stored.lengths.max()))}
    (one, all_of_them), is_far = by_passes.values(), False
    for row, length in enumerate(stored.lengths):
        np.testing.assert_allclose(all_of_them[0][row, :length], expected[0][row, :length],
                                   atol=1e-5)
        for found, wanted in zip(all_of_them[1:], expected[1:], strict=True):
            np.testing.assert_array_equal(found[row, :length], wanted[row, :length])
        is_far |= bool((one[2][row, :length] != expected[2][row, :length]).any())
    assert is_far, 'one pass does not already give the same'


def test_nothing_is_sampled_in_the_warm_up_and_the_schedule_starts_after_it():
    for schedule, rate in (('constant', 0.25), ('linear', 0.001), ('exponential', 0.99),
                           ('inverse_sigmoid', 10.0)):
        assert probability(schedule, rate, 99, warmup_steps=100) == 0
        for step in (100, 101, 150):
            assert probability(schedule, rate, step, warmup_steps=100) == (
                probability(schedule, rate, step - 100))
