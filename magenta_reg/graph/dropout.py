"""Noise in the cell: dropout and zoneout whose masks depend on seed, step and position alone.

TensorFlow's DropoutWrapper draws from a generator whose state no checkpoint holds: a run that was
stopped would go on with other masks. Here a mask is a function of (seed, global step, kind, layer,
position in time), so that every pass of one step sees the same masks, however many there are:
professor forcing's two behaviours differ in what was fed and never in what was dropped. All
positions are drawn at once, time first: a pass that ends earlier reads the first of them.
"""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.sampling import OUTPUT_DROPOUT, RECURRENT_DROPOUT, ZONEOUT, layer_chances

DROPOUT_MODES = ('output', 'variational')


class Masks:
    """Draws the masks of one training step, each kind and layer once for all positions.

    Attributes:
        time: int64 scalar tensor, the position in time of the loop body being built.
    """

    def __init__(self, seed, step, shape, is_variational=False):
        """Makes the source of all masks.

        Args:
            seed: int.
            step: int64 scalar tensor, the global step.
            shape: pair of int or int32 scalar tensors, batch and steps of the longest pass.
            is_variational: bool, whether dropout masks are the same at every position.
        """
        self._seed, self._step, self._is_variational = seed, step, is_variational
        self._batch_size, self._num_steps = shape
        self._drawn = {}
        self.time = None

    def dropped(self, values, keep_prob, stream, layer):
        """Sets a share of values to 0 and scales the others, so that the mean stays.

        Args:
            values: float32 [batch, units], at `time`.
            keep_prob: float in (0, 1].
            stream: int, OUTPUT_DROPOUT or RECURRENT_DROPOUT.
            layer: int.
        """
        mask = self.dropout_mask(keep_prob, stream, layer, values.shape.as_list()[1])
        return values * mask[self.time]

    def dropout_mask(self, keep_prob, stream, layer, units):
        """Returns what `dropped` multiplies with: 0 or 1 / keep_prob.

        Args:
            keep_prob, stream, layer: as in `dropped`.
            units: int.

        Returns:
            float32 [steps, batch, units].
        """
        def make(kept):
            mask = tf.cast(kept, tf.float32) * (1.0 / keep_prob)
            return tf.tile(mask, [self._num_steps, 1, 1]) if self._is_variational else mask
        num_steps = 1 if self._is_variational else self._num_steps
        return self._once((keep_prob, stream, layer, units), num_steps, make)

    def zoned_out(self, old, new, probability, stream, layer):
        """Returns `new` float32 [batch, units] with a share of its values taken from `old`."""
        is_old = self._once((probability, stream, layer, new.shape.as_list()[1]), self._num_steps)
        return tf.where(is_old[self.time], old, new)

    def _once(self, key, num_steps, make=lambda drawn: drawn):
        """Returns a mask, drawn outside of any loop at its first use."""
        if key not in self._drawn:
            probability, stream, layer, units = key
            with tf.control_dependencies(None):
                self._drawn[key] = make(layer_chances(
                    [num_steps, self._batch_size, units], probability, self._seed, self._step,
                    stream, layer))
        return self._drawn[key]


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
        self.cell, self._masks = cell, masks
        self.output_size = cell.output_size
        self.state_size = TimedState(cell.state_size, tf.TensorShape([]))

    def zero_state(self, batch_size, dtype):
        """Returns the state before any position."""
        return TimedState(self.cell.zero_state(batch_size, dtype), tf.zeros([], tf.int64))

    def __call__(self, inputs, state, scope=None):
        self._masks.time = state.time
        output, layers = self.cell(inputs, state.layers)
        return output, TimedState(layers, state.time + 1)


class OutputDropoutCell:
    """Drops a layer's outputs on their way up: Magenta's dropout, and Zaremba's.

    Source: Srivastava et al. 2014; with variational masks Gal & Ghahramani 2016, arXiv:1512.05287.
    """

    def __init__(self, cell, masks, layer, keep_prob):
        self.cell = cell
        self._masks, self._layer, self._keep_prob = masks, layer, keep_prob
        self.output_size, self.state_size = cell.output_size, cell.state_size
        self.zero_state = cell.zero_state

    def mask(self):
        """Returns the mask of all positions, see `Masks.dropout_mask`."""
        return self._masks.dropout_mask(self._keep_prob, OUTPUT_DROPOUT, self._layer,
                                        self.output_size)

    def __call__(self, inputs, state, scope=None):
        output, state = self.cell(inputs, state)
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
