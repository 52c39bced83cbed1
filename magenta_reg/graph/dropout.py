"""Noise in the cell: dropout and zoneout whose masks depend on seed, step and position alone.

TensorFlow's DropoutWrapper draws from a generator whose state no checkpoint holds: a run that was
stopped would go on with other masks. Here a mask is a function of (seed, global step, kind, layer,
position in time), so that every pass of one step sees the same masks, however many there are:
professor forcing's two behaviours differ in what was fed and never in what was dropped.
"""

from typing import NamedTuple

from magenta_reg.compat import tf
from magenta_reg.graph.sampling import (
    OUTPUT_DROPOUT,
    RECURRENT_DROPOUT,
    ZONEOUT,
    position_uniforms,
)

DROPOUT_MODES = ('output', 'variational')


class Masks:
    """Draws the masks of one training step at the time that a TimedCell has set.

    Attributes:
        time: int64 scalar tensor, the position in time of the loop body being built.
    """

    def __init__(self, seed, step, is_variational=False):
        """Makes the source of all masks.

        Args:
            seed: int.
            step: int64 scalar tensor, the global step.
            is_variational: bool, whether dropout masks are the same at every position.
        """
        self._seed, self._step, self._is_variational = seed, step, is_variational
        self.time = None

    def dropped(self, values, keep_prob, stream, layer):
        """Sets a share of values to 0 and scales the others, so that the mean stays.

        Args:
            values: float32 [batch, units].
            keep_prob: float in (0, 1].
            stream: int, OUTPUT_DROPOUT or RECURRENT_DROPOUT.
            layer: int.
        """
        time = tf.zeros_like(self.time) if self._is_variational else self.time
        is_kept = self._uniforms(values, stream, layer, time) < keep_prob
        return values * (tf.cast(is_kept, tf.float32) * (1.0 / keep_prob))

    def zoned_out(self, old, new, probability, stream, layer):
        """Returns `new` float32 [batch, units] with a share of its values taken from `old`."""
        is_old = self._uniforms(new, stream, layer, self.time) < probability
        return tf.where(is_old, old, new)

    def _uniforms(self, values, stream, layer, time):
        return position_uniforms(tf.shape(values), self._seed, self._step, stream, layer, time)


class TimedState(NamedTuple):
    """The state of a TimedCell.

    Attributes:
        layers: the inner cell's state.
        time: int64 scalar, how many positions there were.
    """

    layers: object
    time: object


class TimedCell:
    """A cell that counts positions and tells `masks` the one whose operations are being built.

    No RNNCell by inheritance: it adds neither variables nor a variable scope to the inner cell.
    """

    def __init__(self, cell, masks):
        self._cell, self._masks = cell, masks
        self.output_size = cell.output_size
        self.state_size = TimedState(cell.state_size, tf.TensorShape([]))

    def zero_state(self, batch_size, dtype):
        """Returns the state before any position."""
        return TimedState(self._cell.zero_state(batch_size, dtype), tf.zeros([], tf.int64))

    def __call__(self, inputs, state, scope=None):
        self._masks.time = state.time
        output, layers = self._cell(inputs, state.layers)
        return output, TimedState(layers, state.time + 1)


class OutputDropoutCell:
    """Drops a layer's outputs on their way up: Magenta's dropout, and Zaremba's.

    Source: Srivastava et al. 2014; with variational masks Gal & Ghahramani 2016, arXiv:1512.05287.
    """

    def __init__(self, cell, masks, layer, keep_prob):
        self._cell, self._masks, self._layer, self._keep_prob = cell, masks, layer, keep_prob
        self.output_size, self.state_size = cell.output_size, cell.state_size
        self.zero_state = cell.zero_state

    def __call__(self, inputs, state, scope=None):
        output, state = self._cell(inputs, state)
        dropped = self._masks.dropped(output, self._keep_prob, OUTPUT_DROPOUT, self._layer)
        return dropped, state


class RecurrentNoiseCell:
    """Drops an LSTM's hidden state on its way to the next position, and zones its state out.

        recurrent dropout:  the gates read h_{t-1} * mask / keep_prob; c_{t-1} is whole
        zoneout:            c_t = mask c_{t-1} + (1 - mask) c'_t, and h_t alike with its own mask

    Without `masks`, as in evaluation and generation, recurrent dropout is off and zoneout takes
    the mask's expectation.

    Source: recurrent dropout on h, Gal & Ghahramani 2016, arXiv:1512.05287; zoneout, Krueger et
    al. 2016, arXiv:1606.01305, equations 4 and 5, one probability for c and h.
    """

    def __init__(self, cell, masks, layer, keep_prob, zoneout_prob):
        self._cell, self._masks, self._layer = cell, masks, layer
        self._keep_prob, self._zoneout_prob = keep_prob, zoneout_prob
        self.output_size, self.state_size = cell.output_size, cell.state_size
        self.zero_state = cell.zero_state

    def __call__(self, inputs, state, scope=None):
        heard = state
        if self._masks and self._keep_prob < 1:
            heard = state._replace(h=self._masks.dropped(
                state.h, self._keep_prob, RECURRENT_DROPOUT, self._layer))
        output, new = self._cell(inputs, heard)
        if not self._zoneout_prob:
            return output, new
        new = type(new)(c=self._zoned_out(state.c, new.c, ZONEOUT[0]),
                        h=self._zoned_out(state.h, new.h, ZONEOUT[1]))
        return new.h, new

    def _zoned_out(self, old, new, stream):
        if self._masks is None:
            return self._zoneout_prob * old + (1 - self._zoneout_prob) * new
        return self._masks.zoned_out(old, new, self._zoneout_prob, stream, self._layer)
