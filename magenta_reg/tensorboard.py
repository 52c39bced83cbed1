"""Scalars for TensorBoard, under Magenta's names."""

from magenta_reg.compat import tf

_MAGENTA_TAGS = {name: f'metrics/{name}' for name in
                 ('accuracy', 'perplexity', 'event_accuracy', 'no_event_accuracy')}


class ScalarWriter:
    """Writes scalars into a folder of TensorBoard events."""

    def __init__(self, folder, start_step=0):
        """Opens a new file of events.

        Args:
            folder: Path.
            start_step: int, where training goes on: TensorBoard forgets the later steps that an
                earlier process wrote.
        """
        # Files are named by the second; the suffix keeps two of one second apart, in order.
        self._writer = tf.summary.FileWriter(str(folder), filename_suffix=f'.{start_step:012}')
        self._writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), start_step + 1)

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
