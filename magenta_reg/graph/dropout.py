"""Noise in the cell: dropout and zoneout whose masks depend on seed, step and position alone.

TensorFlow's DropoutWrapper draws from a generator whose state no checkpoint holds: a run that was
stopped would go on with other masks. Here a mask is a function of (seed, global step, kind, layer,
position in time), so that every pass of one step sees the same masks, however many there are:
professor forcing's two behaviours differ in what was fed and never in what was dropped. All
positions are drawn at once, time first: a pass that ends earlier reads the first of them.
"""

from magenta_reg.base.compat import tf
from magenta_reg.graph.sampling import RECURRENT_DROPOUT, ZONEOUT, layer_chances

DROPOUT_MODES = ('output', 'variational')


class Masks:
    """Draws the masks of one training step, for all positions at once."""

    def __init__(self, seed, step, shape, is_variational=False):
        """Takes what all masks depend on.

        Args:
            seed: int.
            step: int64 scalar tensor, the global step.
            shape: pair of int or int32 scalar tensors, batch and steps of the longest pass.
            is_variational: bool, whether dropout masks are the same at every position.
        """
        self._seed, self._step, self._is_variational = seed, step, is_variational
        self._batch_size, self._num_steps = shape

    def dropout(self, keep_prob, stream, layer, units):
        """Returns float32 [steps, batch, units], 0 or 1 / keep_prob: products keep their mean."""
        num_steps = 1 if self._is_variational else self._num_steps
        kept = self._drawn(keep_prob, stream, layer, units, num_steps)
        mask = tf.cast(kept, tf.float32) * (1.0 / keep_prob)
        return tf.tile(mask, [self._num_steps, 1, 1]) if self._is_variational else mask

    def zoneout(self, probability, stream, layer, units):
        """Returns bool [steps, batch, units], where the old state stays."""
        return self._drawn(probability, stream, layer, units, self._num_steps)

    def _drawn(self, probability, stream, layer, units, num_steps):
        return layer_chances([num_steps, self._batch_size, units], probability, self._seed,
                             self._step, stream, layer)


class OutputDropoutCell:
    """Drops a cell's outputs on their way up: Magenta's dropout, and Zaremba's.

    Source: Srivastava et al. 2014; with variational masks Gal & Ghahramani 2016, arXiv:1512.05287.
    """

    def __init__(self, cell, mask):
        """Takes mask float32 [steps or more, batch, units], as `Masks.dropout` makes it."""
        self.cell, self.mask = cell, mask
        self.output_size, self.state_size = cell.output_size, cell.state_size

    def __call__(self, time, inputs, state):
        output, state = self.cell(time, inputs, state)
        return output * self.mask[time], state


class RecurrentNoiseCell:
    """Drops an LSTM's hidden state on its way to the next position, and zones its state out.

        recurrent dropout:  the gates read h_{t-1} * mask / keep_prob; c_{t-1} is whole
        zoneout:            c_t = mask c_{t-1} + (1 - mask) c'_t, and h_t alike with its own mask

    Without `masks`, as in evaluation and generation, recurrent dropout is off and zoneout takes
    the mask's expectation.

    Source: recurrent dropout on h, Gal & Ghahramani 2016, arXiv:1512.05287; zoneout, Krueger et
    al. 2016, arXiv:1606.01305, equations 4 and 5, one probability for c and h.
    """

    def __init__(self, make_cell, masks, layer, keep_prob, zoneout_prob, input_size):
        self._cell, self._zoneout_prob = make_cell(input_size=input_size), zoneout_prob
        self.output_size, self.state_size = self._cell.output_size, self._cell.state_size
        self._dropout = self._zoneout = None
        if masks and keep_prob < 1:
            self._dropout = masks.dropout(keep_prob, RECURRENT_DROPOUT, layer, self.output_size)
        if masks and zoneout_prob:
            self._zoneout = [masks.zoneout(zoneout_prob, stream, layer, self.output_size)
                             for stream in ZONEOUT]

    def __call__(self, time, inputs, state):
        read = state
        if self._dropout is not None:
            read = state._replace(h=state.h * self._dropout[time])
        output, new = self._cell(time, inputs, read)
        if not self._zoneout_prob:
            return output, new
        c, h = (self._zoned_out(time, index, state[index], new[index]) for index in (0, 1))
        return h, type(new)(c, h)

    def _zoned_out(self, time, index, old, new):
        if self._zoneout is None:
            return self._zoneout_prob * old + (1 - self._zoneout_prob) * new
        return tf.where(self._zoneout[index][time], old, new)
