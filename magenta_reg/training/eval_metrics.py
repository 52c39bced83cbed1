"""What is measured at each evaluation of a training."""

import numpy as np

from magenta_reg.model.evaluate import evaluate
from magenta_reg.model.free_running import FreeRunning, FreeRunningMeasure
from magenta_reg.model.model import MelodyModel

# Held-out melodies that a method's own measures are of, at most.
_NUM_JUDGED = 256


class EvalMetrics:
    """Measures a network on the same melodies and by the same random numbers every time.

    Attributes:
        columns: list of str, the metrics there can be.
    """

    _COLUMNS = ('event_accuracy', 'no_event_accuracy', 'train_loss_exact', 'loss_magenta',
                *FreeRunning._fields)

    def __init__(self, experiment, eval_melodies, train_melodies, num_free_running,
                 num_train_melodies):
        """Draws the melodies.

        Args:
            experiment: Experiment; its seed decides what is drawn.
            eval_melodies: list of int32 [steps + 1], Melody events.
            train_melodies: as `eval_melodies`.
            num_free_running: int, melodies to generate at most; 0 is none.
            num_train_melodies: int, training melodies to evaluate at most; 0 is none.
        """
        self.columns = [*self._COLUMNS, *experiment.builder().HELD_OUT_METRICS]
        self._model, self._eval_melodies = MelodyModel(experiment), eval_melodies
        rng = np.random.default_rng(experiment.seed)
        drawn = rng.permutation(len(train_melodies))[:num_train_melodies]
        self._train_melodies = [train_melodies[index] for index in sorted(drawn)]
        self._free_running = num_free_running and FreeRunningMeasure(
            eval_melodies, num_free_running, experiment.seed)
        drawn = rng.permutation(len(eval_melodies))[:_NUM_JUDGED]
        self._judged = [eval_melodies[index] for index in drawn]

    def evaluate(self, weights, step):
        """Returns the Evaluation of weights, a dict of str to array, at a global step."""
        self._model.set_weights(weights, step)
        return evaluate(self._model, self._eval_melodies)

    def others(self, evaluation, has_started):
        """Returns what stands beside an Evaluation, of the same weights: dict of str to float.

        `has_started` is whether the method has: before, it has no measures of its own.
        """
        model, metrics = self._model, {}
        if self._train_melodies:
            metrics['train_loss_exact'] = evaluate(model, self._train_melodies).loss
        # Where training has no dropout, Magenta's evaluation is ours.
        metrics['loss_magenta'] = evaluation.loss if not model.is_noisy else evaluate(
            model, self._eval_melodies, with_noise=True).loss
        if self._free_running and self._free_running.is_possible():
            metrics |= self._free_running(model)._asdict()
        if has_started:
            metrics |= model.held_out_metrics(self._judged)
        return metrics
