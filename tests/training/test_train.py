"""Training of every method on a tiny set, evaluation by hand, going on after a stop."""

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.dataset.batches import make_batch
from magenta_reg.dataset.examples import Examples
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.methods import METHODS
from magenta_reg.model.evaluate import evaluate
from magenta_reg.model.experiment import experiment_of_run
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.checkpoints import read_checkpoint
from magenta_reg.runs.config import write_yaml
from magenta_reg.runs.metrics import read_metrics
from magenta_reg.runs.run import BEST, Run
from magenta_reg.training.train import Schedule, train
from tests.small import NO_EVENT, constant_batch, make_experiment, make_melodies

SCHEDULE = Schedule(num_training_steps=20, summary_frequency=5, eval_every=10)


def examples(num_melodies=12, seed=0):
    return Examples(make_melodies(num_melodies, seed), 'made.tfrecord', f'sha of seed {seed}')


def column(run, split, name):
    return [float(row[name]) for row in read_metrics(run.metrics_path) if row['split'] == split]


@pytest.mark.parametrize('method', METHODS)
def test_every_method_trains_evaluates_and_writes_its_metrics(tmp_path, method):
    run = Run(tmp_path / method)
    # SeqGAN's policy alone does not learn the likelihood.
    hparams = {'likelihood_weight': 1.0} if method == 'seqgan' else {}
    outcome = train(run, make_experiment(method, **hparams), examples(), examples(5, seed=1),
                    SCHEDULE)
    assert column(run, 'train', 'step') == [5, 10, 15, 20]
    assert column(run, 'eval', 'step') == [10, 20]
    losses = column(run, 'train', 'loss')
    assert losses[-1] < losses[0]
    assert column(run, 'eval', 'loss')[-1] == outcome.evaluation.loss
    np.testing.assert_allclose(column(run, 'train', 'perplexity'), np.exp(losses))
    own = {'scheduled_sampling': ['sampling_probability'],
           'professor_forcing': ['discriminator_accuracy', 'discriminator_loss',
                                 'adversarial_loss', 'generator_gate', 'discriminator_gate'],
           'seqgan': ['discriminator_accuracy', 'discriminator_loss', 'reward', 'reward_average']}
    for name in own.get(method, []):
        assert np.isfinite(column(run, 'train', name)).all()
    for name in ('event_accuracy', 'no_event_accuracy', 'train_loss_exact', 'loss_magenta',
                 'self_nll', 'state_mmd'):
        assert np.isfinite(column(run, 'eval', name)).all()
    assert sorted(path.name for path in run.folder.iterdir()) == [
        '.lock', 'best', 'config.yaml', 'eval', 'metrics.csv', 'timing.csv', 'train']
    for folder in (run.train_dir, run.eval_dir):
        assert list(folder.glob('events.out.tfevents*'))


def test_evaluation_is_the_mean_over_all_events_the_last_partial_batch_included(tmp_path):
    run = Run(tmp_path / 'run')
    held_out = make_melodies(7, seed=3)
    train(run, make_experiment(), examples(), None, Schedule(num_training_steps=5))
    model = MelodyModel.from_run(run.folder)
    evaluation = evaluate(model, held_out, batch_size=3)
    log_probs, hits = [], []
    for melody in held_out:
        scores = model.score([melody])
        log_probs += scores.log_probs[0].astype(np.float64).tolist()
        hits += scores.correct[0].tolist()
    assert evaluation.num_events == sum(len(melody) - 1 for melody in held_out)
    assert evaluation.loss == pytest.approx(-np.mean(log_probs), abs=1e-6)
    assert evaluation.accuracy == pytest.approx(np.mean(hits))
    events = np.concatenate([melody[1:] for melody in held_out])
    hits = np.array(hits)
    assert evaluation.event_accuracy == pytest.approx(hits[events != NO_EVENT].mean())
    assert evaluation.no_event_accuracy == pytest.approx(hits[events == NO_EVENT].mean())


@pytest.mark.parametrize('method', METHODS)
def test_training_loss_is_also_measured_as_evaluation_is(tmp_path, method):
    run = Run(tmp_path / 'run')
    train(run, make_experiment(method), examples(), examples(5, seed=1), SCHEDULE)
    by_hand = evaluate(MelodyModel.from_run(run.folder), examples().events, batch_size=5)
    assert column(run, 'eval', 'train_loss_exact')[-1] == pytest.approx(by_hand.loss, abs=1e-6)
    # Without dropout Magenta's evaluation is ours.
    assert column(run, 'eval', 'loss_magenta') == column(run, 'eval', 'loss')


def test_the_training_melodies_that_are_measured_are_a_sample(tmp_path):
    run = Run(tmp_path / 'run')
    train(run, make_experiment(), examples(), examples(5, seed=1),
          SCHEDULE._replace(train_loss_melodies=1))
    model = MelodyModel.from_run(run.folder)
    losses = [evaluate(model, [events]).loss for events in examples().events]
    assert np.isclose(column(run, 'eval', 'train_loss_exact')[-1], losses, rtol=0, atol=1e-6).any()


@pytest.mark.parametrize('noise', [{'dropout_keep_prob': 0.5}, {'zoneout_prob': 0.3},
                                   {'recurrent_dropout_keep_prob': 0.5}])
def test_magentas_evaluation_has_the_noise_of_training(noise):
    # Of one length, so that both passes have them in the same rows, under the same masks.
    melodies = make_melodies(6, seed=2, min_steps=30, max_steps=30)
    experiment = make_experiment(**noise)
    with tf.Graph().as_default(), sharded_session() as session:
        batch = make_batch(melodies, experiment.encoding.codec)
        tensors = experiment.builder().build_train(constant_batch(batch))
        session.run(tf.global_variables_initializer())
        weights = session.run({each.op.name: each for each in generator_variables()})
        # The loss of the first update, before it: its masks are those of step 0.
        loss = session.run(tensors.metrics)['loss']
    model = MelodyModel(experiment, weights)
    assert evaluate(model, melodies, with_noise=True).loss == pytest.approx(loss, abs=1e-6)
    assert evaluate(model, melodies).loss != pytest.approx(loss, abs=1e-4)


def test_the_same_seed_gives_the_same_metrics_and_another_seed_gives_others(tmp_path):
    texts = []
    for name, seed in (('a', 0), ('b', 0), ('c', 1)):
        run = Run(tmp_path / name)
        train(run, make_experiment('scheduled_sampling', seed=seed, dropout_keep_prob=0.8),
              examples(), examples(5, seed=1), SCHEDULE)
        texts.append(run.metrics_path.read_text())
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


# Every kind of noise, and all that moves from step to step.
NOISY = {'dropout_keep_prob': 0.6, 'dropout_mode': 'variational', 'zoneout_prob': 0.1,
         'recurrent_dropout_keep_prob': 0.8, 'learning_rate_schedule': 'cosine',
         'learning_rate_warmup_steps': 4, 'learning_rate_decay_steps': 30, 'weight_decay': 0.01}


@pytest.mark.parametrize(('method', 'hparams'), [
    # Of professor forcing the noisy one is enough.
    *(pytest.param(method, {}, marks=[pytest.mark.slow] if method == 'seqgan' else [])
      for method in METHODS if method != 'professor_forcing'),
    ('professor_forcing', {**NOISY, 'gate_average': 0.9, 'gate_generator': 0.4}),
    pytest.param('scheduled_sampling', {**NOISY, 'sampling_method': 'parallel',
                                        'sampling_rate': 0.05}, marks=pytest.mark.slow)])
def test_a_run_that_goes_on_ends_as_one_that_never_stopped(tmp_path, method, hparams):
    whole, parts = Run(tmp_path / 'whole'), Run(tmp_path / 'parts')
    experiment = make_experiment(method, **hparams)
    train(whole, experiment, examples(), examples(5, seed=1), SCHEDULE)
    train(parts, experiment, examples(), examples(5, seed=1),
          SCHEDULE._replace(num_training_steps=10))
    train(parts, experiment, examples(), examples(5, seed=1), SCHEDULE)
    assert parts.metrics_path.read_text() == whole.metrics_path.read_text()
    expected = read_checkpoint(whole.require_checkpoint())
    for name, value in read_checkpoint(parts.require_checkpoint()).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


def test_a_relative_run_folder_keeps_its_checkpoints_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = Run('runs/relative')
    train(run, make_experiment(), examples(), examples(5, seed=1),
          Schedule(num_training_steps=6, eval_every=2, save_checkpoints_steps=2, num_checkpoints=2))
    steps = sorted(int(path.stem.split('-')[1]) for path in run.train_dir.glob('*.index'))
    assert steps == [4, 6]
    assert MelodyModel.from_run(run.folder).step == 6
    assert MelodyModel.from_run(run.folder, run.require_checkpoint(BEST)).step in (2, 4, 6)


def test_the_session_is_opened_before_anything_can_set_its_threads(tmp_path, monkeypatch):
    opened = []

    def opens(count):
        opened.append(len(tf.get_default_graph().get_operations()))
        return sharded_session()

    monkeypatch.setattr('magenta_reg.training.train.sharded_session', opens)
    train(Run(tmp_path / 'run'), make_experiment(), examples(), None, Schedule(1))
    assert opened == [0], 'operations were built before the session'


def test_num_training_steps_is_the_total(tmp_path):
    run = Run(tmp_path / 'run')
    for _ in range(2):
        train(run, make_experiment(), examples(), examples(5, seed=1), SCHEDULE)
    assert MelodyModel.from_run(run.folder).step == 20
    assert column(run, 'eval', 'step') == [10, 20]


def test_other_settings_or_data_do_not_touch_a_run(tmp_path):
    run = Run(tmp_path / 'run')
    train(run, make_experiment(), examples(), None, Schedule(num_training_steps=2))
    before = {path: path.read_bytes() for path in run.folder.rglob('*') if path.is_file()}
    for experiment, data in ((make_experiment(learning_rate=0.5), examples()),
                             (make_experiment(), examples(seed=9))):
        with pytest.raises(UserError, match='other settings'):
            train(run, experiment, data, None, Schedule(num_training_steps=4))
    assert {path: path.read_bytes() for path in run.folder.rglob('*') if path.is_file()} == before


def test_a_loss_that_is_no_number_stops_training_and_keeps_the_last_checkpoint(tmp_path):
    run = Run(tmp_path / 'run')
    experiment = make_experiment()
    train(run, experiment, examples(), None, Schedule(num_training_steps=3))
    checkpoint = run.require_checkpoint()
    _poison(checkpoint)
    with pytest.raises(UserError, match=r'at step 4 loss is nan.*step 3 is kept'):
        train(run, experiment, examples(), None, Schedule(num_training_steps=9))
    assert run.require_checkpoint() == checkpoint


def _poison(checkpoint):
    """Sets a bias in a checkpoint to NaN."""
    reader = tf.train.load_checkpoint(checkpoint)
    with tf.Graph().as_default(), sharded_session() as session:
        variables = [tf.get_variable(name, initializer=tf.constant(
            reader.get_tensor(name) * (np.nan if name == 'fully_connected/biases' else 1)))
            for name in reader.get_variable_to_shape_map()]
        session.run(tf.global_variables_initializer())
        tf.train.Saver(variables).save(session, checkpoint, write_meta_graph=False)


def test_a_run_older_than_an_hparam_goes_on_with_its_default_and_no_other(tmp_path):
    experiment = make_experiment('scheduled_sampling')
    run = Run(tmp_path / 'run')
    train(run, experiment, examples(), None, Schedule(num_training_steps=2))
    content = run.read_config()
    del content['hparams']['sampling_source']
    write_yaml(run.config_path, content)
    assert experiment_of_run(run).hparams['sampling_source'] == 'model'
    assert train(run, experiment, examples(), None, Schedule(num_training_steps=4)).step == 4
    with pytest.raises(UserError, match=r"sampling_source: 'model', now 'uniform'"):
        experiment_of_run(run, hparams='sampling_source=uniform')
