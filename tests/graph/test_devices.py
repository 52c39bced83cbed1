"""Nothing in a graph ties it to a CPU: what has no kernel for a GPU is bookkeeping, listed here.

There is no GPU to run on; TensorFlow's registry knows the kernels of both devices all the same.
"""

import functools

import numpy as np
import pytest
from tensorflow.python.framework import kernels

from magenta_reg.base.compat import tf
from magenta_reg.dataset.batches import make_batch
from magenta_reg.graph.generation import NO_BEAM, Beam
from tests.small import constant_batch, make_experiment, make_melodies

CASES = [('attention_rnn', 'teacher_forcing'), ('lookback_rnn', 'scheduled_sampling'),
         ('basic_rnn', 'professor_forcing'), ('basic_rnn', 'seqgan')]

# Positions, lengths and coins (int32, bool), which a GPU's graph keeps in the CPU's memory, and the
# text of an assertion.
WITHOUT_GPU_KERNEL = {
    ('Const', 'string'), ('Split', 'int32'), ('SplitV', 'bool'),
    *((f'TensorArray{what}V3', dtype) for what in ('', 'Read', 'Write', 'Scatter', 'Gather')
      for dtype in ('int32', 'bool', 'int64'))}


def build_training(config, method):
    experiment = make_experiment(method, config, dropout_keep_prob=0.5)
    batch = constant_batch(make_batch(make_melodies(4, seed=1), experiment.encoding.codec))
    tensors = experiment.builder(10).build_train(batch)
    return [tensors.train_op, *tensors.metrics.values()]


def build_generation(beam):
    builder = make_experiment(config='attention_rnn').builder()
    uniforms = tf.zeros([2, 5, beam.rows])
    return [builder.build_generate(tf.fill([2, 6], 60), tf.constant([1, 3]), uniforms, beam=beam)]


def nodes(graph):
    definition = graph.as_graph_def()
    yield from definition.node
    for function in definition.library.function:
        yield from function.node_def


def has_kernel(node, devices):
    """Returns whether a NodeDef has a kernel for its types on one of the kinds of device."""
    def fits(kernel):
        return kernel.device_type in devices and all(
            dtype in constraint.allowed_values.list.type for constraint in kernel.constraint
            for dtype in ([node.attr[constraint.name].type]
                          if node.attr[constraint.name].type
                          else node.attr[constraint.name].list.type))
    return any(map(fits, registered(node.op)))


@functools.cache
def registered(op):
    return kernels.get_registered_kernels_for_op(op).kernel


def without_gpu_kernel(graph):
    return {(node.op, _dtype(node)) for node in nodes(graph)
            if not has_kernel(node, ('GPU', 'DEFAULT'))}


def _dtype(node):
    number = node.attr['T'].type or node.attr['dtype'].type
    return tf.as_dtype(number).name if number else ''


@pytest.mark.parametrize(('config', 'method'), CASES)
def test_training_has_gpu_kernels_and_runs_where_it_is_put(config, method):
    with tf.Graph().as_default() as graph, tf.device('/cpu:0'):
        fetches = build_training(config, method)
        assert without_gpu_kernel(graph) <= WITHOUT_GPU_KERNEL
        with tf.Session(config=tf.ConfigProto(allow_soft_placement=False)) as session:
            session.run(tf.global_variables_initializer())
            _, *metrics = session.run(fetches)
    assert np.isfinite(metrics).all()


@pytest.mark.parametrize('beam', [NO_BEAM, Beam(2, 2, 1)])
def test_generation_has_gpu_kernels_and_runs_where_it_is_put(beam):
    with tf.Graph().as_default() as graph, tf.device('/cpu:0'):
        fetches = build_generation(beam)
        assert without_gpu_kernel(graph) <= WITHOUT_GPU_KERNEL
        with tf.Session(config=tf.ConfigProto(allow_soft_placement=False)) as session:
            session.run(tf.global_variables_initializer())
            session.run(fetches)


def test_the_registry_tells_kernels_apart():
    """The same checks on operations with and without a kernel for a GPU."""
    with tf.Graph().as_default() as graph:
        tf.matmul(tf.zeros([2, 2]), tf.zeros([2, 2]))
        tf.strings.length('text')
        assert {op for op, _ in without_gpu_kernel(graph)} == {'StringLength', 'Const'}
