"""Runs on melodies whose distribution is known, their exact errors, and a table of them.

What the experiments of the methods share. A run or data set that is there is not made again.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

import magenta_reg
from magenta_reg.analysis.exposure.next_events import StepDistributions
from magenta_reg.analysis.oracle.measure import network_errors
from magenta_reg.analysis.statistics.position_means import bin_edges, bin_means
from magenta_reg.oracles.table import load_oracle

SEEDS = (0, 1, 2)
COLUMNS = {'loss': 'held-out loss', 'true_kl': 'KL after true events',
           'own_kl': 'KL after own events', 'ratio': 'their ratio',
           'generated_nll': 'NLL of own under the oracle', 'acted': 'acted'}


class OracleExperiment(NamedTuple):
    """One data set of an oracle, and what all runs on it have in common."""

    folder: Path  # It gets data/ and runs/NAME_SEED.
    oracle: str  # As --input takes it.
    hparams: str
    num_training_steps: int
    num_steps: int  # Events of the melodies that are measured.
    primer_steps: int = 1
    config: str = 'basic_rnn'
    num_melodies: int = 1000  # To measure on, and to generate.
    seeds: tuple = SEEDS

    def run(self, name, experiment_file, hparams='', start=None, **flags):
        """Trains one network a seed and measures it. Returns dict of COLUMNS to float64 [seeds].

        `start` is the name of runs whose newest networks these start from, seed by seed.
        """
        data = self._data()
        oracle = load_oracle(data / 'oracle.npz')
        rows = []
        for seed in self.seeds:
            run_dir = self.run_dir(name, seed)
            if start:
                flags['warm_start_bundle_file'] = self.run_dir(start, seed)
            result = magenta_reg.train(
                run_dir, data / 'training_melodies.tfrecord',
                eval_sequence_example_file=data / 'eval_melodies.tfrecord', config=self.config,
                experiment=experiment_file, seed=seed, num_training_steps=self.num_training_steps,
                hparams=','.join(filter(None, [self.hparams, hparams])),
                eval_every=self.num_training_steps, free_running_melodies=0,
                train_loss_melodies=0, **flags)
            errors = network_errors(StepDistributions.from_run(run_dir), oracle,
                                    self.num_melodies, self.num_steps, self.primer_steps)
            rows.append({**errors.summary(), 'loss': result.evaluation.loss,
                         'acted': np.nan if result.acted is None else result.acted})
        return {column: np.array([row[column] for row in rows]) for column in COLUMNS}

    def run_dir(self, name, seed):
        """Returns the folder of a run."""
        return self.folder / 'runs' / f'{name.replace(" ", "_")}_seed{seed}'

    def curves(self, name, temperatures):
        """Returns the likelihoods of both over temperatures, float64 [seeds, temperatures] each.

        They are of the network's melodies under the oracle, and of the oracle's under the network.
        """
        oracle = load_oracle(self.folder / 'data' / 'oracle.npz')
        errors = [network_errors(StepDistributions.from_run(self.run_dir(name, seed)), oracle,
                                 self.num_melodies, self.num_steps, self.primer_steps,
                                 temperatures=temperatures) for seed in self.seeds]
        return (np.array([each.generated_nll.mean(axis=1) for each in errors]),
                np.array([each.oracle_nll.mean(axis=1) for each in errors]))

    def by_bar(self, name):
        """Returns the errors after true and after own events, float64 [seeds, bars] each."""
        oracle = load_oracle(self.folder / 'data' / 'oracle.npz')
        errors = [network_errors(StepDistributions.from_run(self.run_dir(name, seed)), oracle,
                                 self.num_melodies, self.num_steps, self.primer_steps)
                  for seed in self.seeds]
        edges = bin_edges(errors[0].true_kl.shape[1])
        return tuple(np.array([bin_means(getattr(each, mode).mean(axis=0), edges, 0)
                               for each in errors]) for mode in ('true_kl', 'own_kl'))

    def _data(self):
        """Returns the folder of the data set, which is made if it is not there."""
        data = self.folder / 'data'
        if not (data / 'oracle.npz').exists():
            magenta_reg.create_dataset(self.oracle, data, config=self.config, plot=False)
        return data


def print_table(title, found):
    """Prints Markdown: the mean over seeds and the standard deviation between them.

    Args:
        title: str.
        found: dict of a row's name to what `OracleExperiment.run` returned.
    """
    print(f'\n{title}\n\n| | {" | ".join(COLUMNS.values())} |\n|---|{"---|" * len(COLUMNS)}')
    for name, columns in found.items():
        print(f'| {name} | ' + ' | '.join(_cell(columns[column]) for column in COLUMNS) + ' |',
              flush=True)


def _cell(values):
    if np.isnan(values).any():
        return ''
    if len(values) == 1:
        return f'{values[0]:.3f}'
    return f'{values.mean():.3f} ± {values.std(ddof=1):.3f}'
