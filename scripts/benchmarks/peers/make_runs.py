"""Trains small runs for a few updates, for what compares runs.

    python make_runs.py FOLDER TRAINING.tfrecord EVAL.tfrecord METHOD,METHOD,... NUM_SEEDS
"""

import sys
from pathlib import Path

from magenta_reg import api

_HPARAMS = 'batch_size=16,rnn_layer_sizes=[32,32]'


def main(folder, training, evaluation, methods, num_seeds):
    for method in methods.split(','):
        for seed in range(int(num_seeds)):
            api.train(Path(folder) / f'{method}_{seed}', training,
                      eval_sequence_example_file=evaluation, experiment=method,
                      config='basic_rnn', hparams=_HPARAMS, seed=seed, num_training_steps=4,
                      eval_every=2, free_running_melodies=0, train_loss_melodies=0)


if __name__ == '__main__':
    main(*sys.argv[1:])
