"""Scores melodies with our network and prints the seconds an event, start and graph left out.

    python ours_likelihood.py RUN_DIR MELODIES.json NUM_SUMMED
"""

import json
import sys
import time

import numpy as np

from magenta_reg.model.model import MelodyModel


def main(run_dir, path, num_summed):
    with open(path) as file:
        melodies = [np.array(events, np.int32) for events in json.load(file)]
    model = MelodyModel.from_run(run_dir)
    model.log_likelihood(melodies[:1])
    start = time.perf_counter()
    found = model.log_likelihood(melodies)
    secs = time.perf_counter() - start
    print(json.dumps({'event_secs': secs / int(found.num_events.sum()),
                      'nats': float(found.total_nats[:int(num_summed)].sum())}))


if __name__ == '__main__':
    main(*sys.argv[1:])
