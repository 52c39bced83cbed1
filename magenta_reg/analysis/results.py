"""What a comparison found, as arrays for figures and as plain numbers for results.json."""

import platform
import shlex
from importlib import metadata
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.compared_runs import ComparedRun
from magenta_reg.analysis.held_out import HeldOut
from magenta_reg.analysis.intervals import bootstrap_mean
from magenta_reg.analysis.likelihood import REAL
from magenta_reg.analysis.tsne import Embedding
from magenta_reg.analysis.two_sample import Accuracy

DEFINITIONS = {
    'training loss': 'Mean over the last tenth of the recorded training batches, in nats per '
                     "event, with the method's own dropout or sampling in it.",
    'evaluation loss': 'Nats per event over the whole evaluation set, teacher-forced, without '
                       'dropout: the same measure for every method.',
    'two-sample accuracy': 'How often a logistic regression tells a free-running hidden state '
                           'from a teacher-forced one, on melodies it was not fitted to (5 '
                           'folds by melody): 0.5 is not at all, 1.0 always. With its standard '
                           'error over melodies.',
    'floor': 'The same accuracy between random halves of the teacher-forced melodies (mean of 5 '
             'halvings): what no difference looks like, and how much it varies.',
    'log-likelihood': 'Mean log-probability in nats per event of the events after the primer, at '
                      'temperature 1; the primer does not count. Higher is likelier. Intervals '
                      'are 95% bootstrap intervals over melodies.',
    'repetition': '1 - unique 4-grams / 4-grams of the events after the primer: 0 if no four '
                  'events come again, near 1 for one held note.',
}

_PACKAGES = ['magenta_reg', 'tensorflow', 'magenta', 'note-seq', 'numpy', 'scikit-learn',
             'openTSNE', 'matplotlib']


class RunResult(NamedTuple):
    """What was found about one run.

    Attributes:
        run: ComparedRun.
        accuracy: Accuracy, of telling free-running from teacher-forced states.
        floor: Accuracy, of telling teacher-forced from teacher-forced states.
        embedding: Embedding.
        repetition: float64 [melodies], of its continuations.
    """

    run: ComparedRun
    accuracy: Accuracy
    floor: Accuracy
    embedding: Embedding
    repetition: np.ndarray


class Comparison(NamedTuple):
    """What was found about all runs.

    Attributes:
        results: list of RunResult.
        held_out: HeldOut.
        real_repetition: float64 [melodies], of the held-out melodies.
        likelihoods: dict of (generator label, run label) to float64 [melodies], nats per event.
        examples_path: str.
        examples_sha256: str.
        seed: int.
    """

    results: list
    held_out: HeldOut
    real_repetition: np.ndarray
    likelihoods: dict
    examples_path: str
    examples_sha256: str
    seed: int

    @property
    def labels(self):
        """List of str, the runs' labels in order."""
        return [result.run.label for result in self.results]

    @property
    def reference(self):
        """str, label of the run that scores all others: the first."""
        return self.labels[0]

    def log_likelihood(self, generator, scorer):
        """Returns the Estimate of a generator under a scorer, None if they do not compare."""
        values = self.likelihoods.get((generator, scorer))
        return None if values is None else bootstrap_mean(values, self.seed)


def to_numbers(comparison):
    """Returns everything that was measured as JSON holds it, with definitions and settings."""
    return {
        'definitions': DEFINITIONS,
        'settings': _settings(comparison),
        'versions': _versions(),
        'runs': [_run_numbers(comparison, result) for result in comparison.results],
        'held_out': {
            'log_likelihood_reference': _estimate(
                comparison.log_likelihood(REAL, comparison.reference)),
            'repetition': _estimate(bootstrap_mean(comparison.real_repetition, comparison.seed)),
        },
        'likelihood_matrix': _matrix(comparison),
    }


def _run_numbers(comparison, result):
    run, label = result.run, result.run.label
    return {
        'label': label,
        'method': run.method,
        'config': run.model.encoding.name,
        'seed': int(run.model.seed),
        'step': int(run.model.step),
        'run_dir': str(run.run_dir),
        'final_training_loss': run.losses.final_train,
        'final_evaluation_loss': run.losses.final_evaluation,
        'best_evaluation_loss': run.losses.best_evaluation,
        'two_sample': result.accuracy._asdict(),
        'two_sample_floor': result.floor._asdict(),
        'log_likelihood_self': _estimate(comparison.log_likelihood(label, label)),
        'log_likelihood_reference': _estimate(
            comparison.log_likelihood(label, comparison.reference)),
        'log_likelihood_of_held_out': _estimate(comparison.log_likelihood(REAL, label)),
        'repetition': _estimate(bootstrap_mean(result.repetition, comparison.seed)),
    }


def _matrix(comparison):
    generators, scorers = [*comparison.labels, REAL], comparison.labels
    return {
        'generators': generators,
        'scorers': scorers,
        'log_likelihood': [[_estimate(comparison.log_likelihood(generator, scorer))
                            for scorer in scorers] for generator in generators],
        'per_melody': [[_values(comparison.likelihoods.get((generator, scorer)))
                        for scorer in scorers] for generator in generators],
    }


def _settings(comparison):
    held_out = comparison.held_out
    num_melodies, num_steps = held_out.melodies.shape
    options = {
        'run_dirs': ','.join(str(result.run.run_dir) for result in comparison.results),
        'sequence_example_file': comparison.examples_path,
        'seed': comparison.seed,
        'num_melodies': num_melodies,
        'num_steps': num_steps,
        'primer_steps': held_out.primer_steps,
    }
    flags = [shlex.quote(f'--{name}={value}') for name, value in options.items()]
    return {
        **options,
        'sequence_example_sha256': comparison.examples_sha256,
        'melodies_read': held_out.num_read,
        'melodies_long_enough': held_out.num_long_enough,
        'reference': comparison.reference,
        'command': ' '.join(['melody_rnn_reg_analyze', *flags, '--output_dir=A']),
    }


def _versions():
    return {'python': platform.python_version(),
            **{name: metadata.version(name) for name in _PACKAGES}}


def _estimate(estimate):
    return None if estimate is None else estimate._asdict()


def _values(values):
    return None if values is None else [round(float(value), 6) for value in values]
