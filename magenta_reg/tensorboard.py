"""Scalars for TensorBoard, under Magenta's names."""

from magenta_reg.compat import tf

_MAGENTA_TAGS = {'accuracy': 'metrics/accuracy', 'perplexity': 'metrics/perplexity'}


class ScalarWriter:
    """Writes scalars into a folder of TensorBoard events."""

    def __init__(self, folder):
        self._writer = tf.summary.FileWriter(str(folder))

    def write(self, step, figures):
        """Adds one value for each figure and flushes.

        Args:
            step: int, global step.
            figures: dict of str to float.
        """
        self._writer.add_summary(tf.Summary(value=[
            tf.Summary.Value(tag=_MAGENTA_TAGS.get(name, name), simple_value=value)
            for name, value in figures.items()]), step)
        self._writer.flush()

    def close(self):
        self._writer.close()
