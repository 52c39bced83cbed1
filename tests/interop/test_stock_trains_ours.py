"""Magenta's own training and evaluation loops run our graphs, from Magenta's own input queue."""

import glob
import time

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.batches import make_batch
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.melody_graph import TrainTensors, generator_variables
from magenta_reg.interop.magenta import import_magenta
from magenta_reg.interop.stock_graph import build_graph_fn
from magenta_reg.methods import METHODS
from magenta_reg.model.evaluate import evaluate
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.checkpoints import read_checkpoint
from tests.small import make_experiment, make_melodies, write_examples
from tests.stock import run_training, stock_graph

METHOD_CONFIGS = {'teacher_forcing': 'mono_rnn', 'scheduled_sampling': 'attention_rnn',
                  'professor_forcing': 'lookback_rnn'}


def summaries(folder):
    """Returns the scalars of the TensorBoard events in a folder, by name: the last of each."""
    values = {}
    for path in sorted(glob.glob(f'{folder}/events.out.tfevents*')):
        for event in tf.train.summary_iterator(path):
            values |= {value.tag: value.simple_value for value in event.summary.value}
    return values


@pytest.mark.parametrize('method', METHODS)
def test_run_training_runs_our_graph(tmp_path, method):
    experiment = make_experiment(method, METHOD_CONFIGS.get(method, 'basic_rnn'), batch_size=4)
    path = write_examples(tmp_path / 'examples', make_melodies(6, seed=0), experiment.encoding)
    run_training(build_graph_fn(experiment.builder(), 'train', [path]), tmp_path / 'train',
                 num_training_steps=4, summary_frequency=1)
    weights = read_checkpoint(f'{tmp_path}/train/model.ckpt-4')
    assert weights['global_step'] == 4
    # The whole update runs: that of a discriminator, too.
    reader = tf.train.load_checkpoint(f'{tmp_path}/train/model.ckpt-4')
    moments = [name for name in reader.get_variable_to_shape_map()
               if 'decision/weights' in name and name.endswith('/Adam')]
    assert len(moments) == (method in ('professor_forcing', 'seqgan'))
    assert all(reader.get_tensor(name).any() for name in moments)
    assert np.isfinite(MelodyModel(experiment, weights).score(make_melodies(2, 1)).log_probs[0]
                       ).all()
    written = summaries(tmp_path / 'train')
    assert written['metrics/perplexity'] == pytest.approx(np.exp(written['loss']), rel=1e-5)
    assert {'metrics/accuracy', 'global_step/sec'} <= set(written)
    own = {'scheduled_sampling': 'sampling_probability',
           'professor_forcing': 'discriminator_accuracy'}.get(method, 'accuracy')
    assert np.isfinite(written[f'metrics/{own}'])


@pytest.mark.parametrize('method', ['professor_forcing', 'seqgan'])
@pytest.mark.parametrize(('hparams', 'num_training_steps', 'named'), [
    ({'adversarial_start_step': 3}, None, 'adversarial_start_step=0'),
    ({'adversarial_start': 'plateau'}, None, 'adversarial_start=step'),
    ({'adversarial_start_share': 0.5}, None, 'adversarial_start_share=0.5'),
    ({'adversarial_start_share': 0.5}, 10, 'adversarial_start_share=0')])
def test_a_start_that_stocks_loop_would_skip_is_refused(method, hparams, num_training_steps, named):
    builder = make_experiment(method, **hparams).builder(num_training_steps)
    with pytest.raises(ValueError, match=named):
        build_graph_fn(builder, 'train', ['examples'])
    build_graph_fn(builder, 'generate')


def test_run_training_updates_our_graph_as_its_own(tmp_path):
    experiment = make_experiment('teacher_forcing', 'lookback_rnn', batch_size=4)
    # The queue's order is by chance, so every melody is the same.
    path = write_examples(tmp_path / 'examples', make_melodies(1, 0) * 4, experiment.encoding)
    start = tmp_path / 'start' / 'model.ckpt-0'
    _save_initial_weights(experiment, start)
    stock = stock_graph(experiment, 'train', [path])

    def stocks_own():
        # Magenta applies some gradients while others are still computed from the same weights.
        with tf.variable_scope(tf.get_variable_scope(), use_resource=True):
            stock()

    trained = {}
    for name, build in (('stock', stocks_own),
                        ('ours', build_graph_fn(experiment.builder(), 'train', [path]))):
        run_training(_starting_from(start, build), tmp_path / name, num_training_steps=3)
        trained[name] = read_checkpoint(f'{tmp_path}/{name}/model.ckpt-3')
    names = set(experiment.builder().variable_shapes())
    assert names <= set(trained['ours'])
    for name in names:
        np.testing.assert_allclose(trained['ours'][name], trained['stock'][name], atol=1e-5,
                                   err_msg=name)


def _save_initial_weights(experiment, checkpoint):
    checkpoint.parent.mkdir()
    with tf.Graph().as_default(), sharded_session() as session:
        build_graph_fn(experiment.builder(), 'generate')()
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, str(checkpoint))


def _starting_from(checkpoint, build):
    def build_and_start():
        build()
        tf.train.init_from_checkpoint(str(checkpoint), {
            variable.op.name: variable for variable in generator_variables()})
    return build_and_start


def test_run_eval_evaluates_our_graph_without_dropout(tmp_path, monkeypatch):
    experiment = make_experiment('scheduled_sampling', 'lookback_rnn', batch_size=4,
                                 dropout_keep_prob=0.5)
    melodies = make_melodies(1, seed=5) * 4
    path = write_examples(tmp_path / 'examples', melodies, experiment.encoding)
    run_training(build_graph_fn(experiment.builder(), 'train', [path]), tmp_path / 'train',
                 num_training_steps=2)
    # It would wait a minute for the next checkpoint.
    sleep = time.sleep
    monkeypatch.setattr(time, 'sleep', lambda secs: sleep(min(secs, 0.01)))
    import_magenta('magenta.models.shared.events_rnn_train').run_eval(
        build_graph_fn(experiment.builder(), 'eval', [path]), str(tmp_path / 'train'),
        str(tmp_path / 'eval'), num_batches=2, timeout_secs=0)
    written = summaries(tmp_path / 'eval')
    model = MelodyModel(experiment, read_checkpoint(f'{tmp_path}/train/model.ckpt-2'))
    expected = evaluate(model, melodies)
    assert written['loss'] == pytest.approx(expected.loss, abs=1e-5)
    assert written['metrics/accuracy'] == pytest.approx(expected.accuracy, abs=1e-6)
    assert written['metrics/perplexity'] == pytest.approx(np.exp(expected.loss), rel=1e-5)


@pytest.mark.parametrize('config', ENCODINGS)
def test_batches_of_magentas_queue_have_the_events_back(tmp_path, monkeypatch, config):
    experiment = make_experiment(config=config, batch_size=5)
    melodies = make_melodies(5, seed=6)
    path = write_examples(tmp_path / 'examples', melodies, experiment.encoding)
    builder, batches = experiment.builder(), []

    def keep(batch):
        batches.append(batch)
        return TrainTensors(tf.no_op(), {'loss': tf.constant(0.0)}, None, None)

    monkeypatch.setattr(builder, 'build_train', keep)
    with tf.Graph().as_default(), sharded_session() as session:
        build_graph_fn(builder, 'train', [path])()
        tf.train.start_queue_runners(session, coord=(coordinator := tf.train.Coordinator()))
        found = session.run(batches[0])
        coordinator.request_stop()
    rows = [next(row for row, events in enumerate(melodies)
                 if len(events) == length + 1 and (events == found_events[:length + 1]).all())
            for found_events, length in zip(found.events, found.lengths, strict=True)]
    expected = make_batch([melodies[row] for row in rows], experiment.encoding.codec)
    for name in expected._fields:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


def test_evaluation_in_the_graph_masks_padding_and_counts_events_by_decoding(tmp_path):
    experiment = make_experiment('teacher_forcing', 'attention_rnn', batch_size=3)
    melodies = make_melodies(3, seed=3)
    path = write_examples(tmp_path / 'examples', melodies, experiment.encoding)
    with tf.Graph().as_default(), sharded_session() as session:
        build_graph_fn(experiment.builder(), 'eval', [path])()
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        weights = session.run({v.op.name: v for v in generator_variables()})
        tf.train.start_queue_runners(session, coord=(coordinator := tf.train.Coordinator()))
        lengths = tf.get_default_graph().get_tensor_by_name('batch:2')
        labels = tf.get_default_graph().get_tensor_by_name('batch:1')
        _, lengths, labels = session.run([tf.get_collection('eval_ops'), lengths, labels])
        figures = session.run({name: tf.get_collection(name)[0] for name in (
            'loss', 'metrics/accuracy', 'metrics/event_accuracy', 'metrics/no_event_accuracy')})
        coordinator.request_stop()
    codec = experiment.encoding.codec
    by_labels = {codec.encode(events)[1].tobytes(): events for events in melodies}
    chosen = [by_labels[row[:length].astype(np.int32).tobytes()]
              for row, length in zip(labels, lengths, strict=True)]
    scores = MelodyModel(experiment, weights).score(chosen)
    correct = np.concatenate(scores.correct)
    is_event = np.concatenate([events[1:] != -2 for events in chosen])
    assert figures['loss'] == pytest.approx(-np.concatenate(scores.log_probs).mean(), abs=1e-5)
    assert figures['metrics/accuracy'] == pytest.approx(correct.mean(), abs=1e-6)
    assert figures['metrics/event_accuracy'] == pytest.approx(correct[is_event].mean(), abs=1e-6)
    assert figures['metrics/no_event_accuracy'] == pytest.approx(correct[~is_event].mean(),
                                                                 abs=1e-6)


def test_an_unknown_mode_and_missing_files_are_named():
    builder = make_experiment().builder()
    with pytest.raises(ValueError, match="'test' must be one of train, eval, generate"):
        build_graph_fn(builder, 'test')
    for mode in ('train', 'eval'):
        with pytest.raises(ValueError, match=f'{mode!r} needs sequence_example_file_paths'):
            build_graph_fn(builder, mode)
