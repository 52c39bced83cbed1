"""A graph that is built once, filled with a checkpoint's weights, and run."""

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.graph.fast.cores import sharded_session


class LoadedGraph:
    """A graph with its session; `tensors` is what it computes, to be fetched."""

    def __init__(self, build, *args, batch_shards=0):
        """Builds by a function of `args` that returns placeholders, a sequence, and the tensors.

        `batch_shards` is the hparam.
        """
        with tf.Graph().as_default():
            self._session = sharded_session(batch_shards)
            self._inputs, self.tensors = build(*args)
            self._variables = {variable.op.name: variable for variable in tf.trainable_variables()}
            self._values = {name: tf.placeholder(variable.dtype.base_dtype, variable.shape)
                            for name, variable in self._variables.items()}
            self._assign = tf.group(*[tf.assign(self._variables[name], value)
                                      for name, value in self._values.items()])

    def load(self, weights):
        """Sets the variables to `weights`, a dict of arrays by Magenta's names.

        Raises:
            UserError: If one is missing or has another shape.
        """
        for name, variable in self._variables.items():
            shape = tuple(variable.shape.as_list())
            found = weights[name].shape if name in weights else 'nothing'
            if found != shape:
                raise UserError(f'the checkpoint does not fit the settings: variable {name} '
                                f'should have the shape {shape}, the checkpoint has {found}')
        self._session.run(self._assign, {value: weights[name]
                                         for name, value in self._values.items()})

    def run(self, fetches, inputs):
        """Returns the values of a nest of tensors, given a sequence of arrays as the inputs."""
        return self._session.run(fetches, dict(zip(self._inputs, inputs, strict=True)))
