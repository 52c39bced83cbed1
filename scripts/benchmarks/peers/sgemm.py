"""Prints how fast NumPy multiplies float32 matrices: large ones, and those of a recurrent step.

    python sgemm.py BATCH_SIZE UNITS
"""

import json
import os
import sys
import time

# Set for older builds on some machines; they would choose slower kernels.
for name in ('OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE'):
    os.environ.pop(name, None)

import numpy as np  # noqa: E402

_SIZE, _SECS = 2048, 1.5


def flops_per_sec(rows, inner, columns):
    """Returns the best of the repetitions that fit into _SECS."""
    rng = np.random.default_rng(0)
    left = rng.random((rows, inner), np.float32)
    right = rng.random((inner, columns), np.float32)
    out = np.empty((rows, columns), np.float32)
    repeats = max(1, int(2e8 / (2 * rows * inner * columns)))
    best, end = float('inf'), time.perf_counter() + _SECS
    while time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(repeats):
            np.matmul(left, right, out=out)
        best = min(best, (time.perf_counter() - start) / repeats)
    return 2 * rows * inner * columns / best


def main(batch_size, units):
    large = flops_per_sec(_SIZE, _SIZE, _SIZE)
    step = flops_per_sec(batch_size, units, 4 * units)
    print(json.dumps({'peak_flops_per_sec': max(large, step), 'large_flops_per_sec': large,
                      'step_flops_per_sec': step}))


if __name__ == '__main__':
    main(*map(int, sys.argv[1:]))
