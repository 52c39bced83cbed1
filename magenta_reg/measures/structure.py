"""The structureness indicator: how well some stretch of a melody is repeated in it.

It is the largest fitness of all stretches of 3 to 8 seconds at 120 quarters a minute: a stretch is
fit if paths through the self-similarity matrix find much of the melody again in it, and find it
alike. The published code reads chroma from audio; here they are those of the events, one voice.

Source: Wu & Yang 2020 (2008.01307), section 5.4, with the settings of its code; Müller, Jiang &
Grosche 2013, "A Robust Fitness Measure for Capturing Repetitions in Music Recordings".
"""

import numpy as np

# Two frames a second; chroma are means over the 2.1 seconds about a frame.
_STEPS_PER_FRAME = 4
_SMOOTHED_STEPS = 17
_LENGTHS_FRAMES = (6, 16)
# Of the matrix: paths of 16 frames are smoothed, at these relative tempi; a quarter is kept.
_SMOOTHED_FRAMES = 16
_TEMPI = np.exp(np.linspace(np.log(0.5), np.log(2), 7))
_KEPT_SHARE = 0.25
_PENALTY = -2.0
_TINY = 1e-16


def structure_indicator(notes):
    """Returns the largest fitness, in [0, 1], of MelodyNotes; NaN if there are too few steps."""
    if len(notes.events) <= _STEPS_PER_FRAME * (_LENGTHS_FRAMES[0] - 1) or not len(notes.pitches):
        return np.nan
    similarity = self_similarity(chroma(notes))
    return max(0.0, float(fitness(similarity, *_LENGTHS_FRAMES).max()))


def chroma(notes):
    """Returns the smoothed pitch classes of each frame, float64 [12, frames] of length 1."""
    sounding = np.zeros([12, len(notes.events)])
    for start, end, pitch in notes.spans():
        sounding[pitch % 12, start:end] = 1
    window = np.ones(_SMOOTHED_STEPS) / _SMOOTHED_STEPS
    smooth = np.stack([np.convolve(row, window, 'full') for row in sounding])
    # As 'same', which has the longer of both lengths.
    start = _SMOOTHED_STEPS // 2
    frames = smooth[:, start:start + len(notes.events):_STEPS_PER_FRAME]
    lengths = np.linalg.norm(frames, axis=0)
    return np.where(lengths > 0.001, frames / np.maximum(lengths, 0.001), 1 / np.sqrt(12))


def self_similarity(frames):
    """Returns how alike the paths from any two frames are, float64 [frames, frames].

    In any transposition and at any of the tempi; the most alike quarter is stretched to [0, 1],
    all others are the penalty.
    """
    shifted = np.stack([np.roll(frames, shift, axis=0) for shift in range(12)])
    alike = np.max(_smoothed_paths(np.swapaxes(shifted, 1, 2) @ frames), axis=0)
    # Ties stay ties, whatever the order of sums.
    alike = np.round(alike, 9)
    least = np.sort(alike.ravel())[int(np.round(alike.size * (1 - _KEPT_SHARE)))]
    is_kept = (alike >= least) & (alike > 0)
    low, high = alike[is_kept].min(), alike.max()
    if high > low:
        alike = np.where(is_kept, (alike - low) / (high - low), _PENALTY)
    np.fill_diagonal(alike, 1)
    return alike


def _smoothed_paths(similarity):
    """Returns the best mean over a path that begins or ends at a cell: [..., frames, frames]."""
    size = similarity.shape[-1]
    best = np.zeros_like(similarity)
    for tempo in _TEMPI:
        stretched = int(np.ceil(size / tempo))
        columns, back = _resampled(stretched, size), _resampled(size, stretched)
        paths = similarity[..., columns]
        for means in (_mean_ahead(paths), _mean_ahead(paths[..., ::-1, ::-1])[..., ::-1, ::-1]):
            best = np.maximum(best, means[..., back])
    return best


def _resampled(num_points, size):
    """Returns the indices, of `size`, of evenly spaced points."""
    places = np.round(np.arange(1, num_points + 1) / num_points * size) - 1
    return np.maximum(places, 0).astype(np.int64)


def _mean_ahead(paths):
    """Returns the mean of 16 cells from each one down the diagonal, nothing beyond the edge."""
    sums, length = paths, 1
    while length < _SMOOTHED_FRAMES:
        ahead = np.zeros_like(sums)
        ahead[..., :-length, :-length] = sums[..., length:, length:]
        sums, length = sums + ahead, 2 * length
    return sums / length


def fitness(similarity, shortest, longest):
    """Returns the fitness of every stretch of `shortest` to `longest` frames, float64 [stretches].

    The harmonic mean of how alike the best family of paths over a stretch is, and of how much of
    the whole it covers, both without the stretch itself.
    """
    size = len(similarity)
    starts, lengths = np.array([(start, length) for length in range(shortest, longest + 1)
                                for start in range(size - length + 1)]).T
    scores = _accumulated(similarity, starts, lengths)
    cells, covered = _backtracked(scores, lengths)
    own, last = np.arange(len(starts)), size - 1
    score = np.maximum(scores[own, last, 0], scores[own, last, lengths])
    alike = (score - lengths) / (cells + _TINY)
    cover = (covered - lengths) / (size + _TINY)
    return 2 * alike * cover / (alike + cover + _TINY)


def _accumulated(similarity, starts, lengths):
    """Returns the best scores of paths to each cell: float64 [stretches, frames, 1 + longest].

    Column 0 is between paths.
    """
    size, longest = len(similarity), lengths.max()
    columns = np.minimum(starts[:, np.newaxis] + np.arange(longest), size - 1)
    alike = np.moveaxis(similarity[:, columns], 0, 1)
    found = np.full([len(starts), size, longest + 1], -np.inf)
    found[:, 0, 0], found[:, 0, 1] = 0, alike[:, 0, 0]
    own = np.arange(len(starts))
    nothing = np.full([len(starts), longest - 1], -np.inf)
    for row in range(1, size):
        before = found[:, row - 1]
        found[:, row, 0] = np.maximum(before[:, 0], before[own, lengths])
        found[:, row, 1] = found[:, row, 0] + alike[:, row, 0]
        two_before = found[:, row - 2, 1:-1] if row > 1 else nothing
        found[:, row, 2:] = alike[:, row, 1:] + np.maximum(
            np.maximum(before[:, 1:-1], before[:, :-2]), two_before)
    return found


def _backtracked(scores, lengths):
    """Returns the cells and the covered rows of the best family of paths: two int64 [stretches].

    Near the first rows and columns fewer steps are allowed back than forth, as in the published
    code.
    """
    own = np.arange(len(lengths))
    row = np.full(len(lengths), scores.shape[1] - 1)
    in_path = scores[own, row, lengths] >= scores[own, row, 0]
    column = np.where(in_path, lengths, 0)
    cells, covered, top = in_path.astype(np.int64), np.zeros_like(row), row.copy()
    while (row + column > 0).any():
        is_between, is_first = (column == 0) & (row > 0), column == 1
        is_inside = (column > 1) & (row > 0)
        covered += np.where(is_first, top - row + 1, 0)
        above = np.maximum(row - 1, 0)
        jumps = is_between & (scores[own, above, lengths] > scores[own, above, 0])
        row_step, column_step = _best_step(scores, own, row, column)
        top = np.where(jumps, above, top)
        cells += jumps | is_inside
        row, column = (np.where(is_between, above, np.where(is_inside, row - row_step, row)),
                       np.where(jumps, lengths, np.where(is_inside, column - column_step,
                                                         np.where(is_first, 0, column))))
    return cells, covered


def _best_step(scores, own, row, column):
    """Returns the rows and columns back from each cell inside a path."""
    def score(rows, columns, is_allowed=True):
        found = scores[own, np.maximum(row - rows, 0), np.maximum(column - columns, 0)]
        return np.where(is_allowed, found, -np.inf)

    steps = np.stack([score(1, 1), score(2, 1, row > 2), score(1, 2, column > 2)])
    best = steps.argmax(axis=0)
    return 1 + (best == 1), 1 + (best == 2)
