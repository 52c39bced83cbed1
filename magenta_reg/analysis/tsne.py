"""One t-SNE picture of a model's hidden states in both modes."""

from typing import NamedTuple

import numpy as np

PERPLEXITIES = (30, 100)
# States of a melody, evenly spaced over all of it; with more of them fewer melodies fit.
_POSITIONS_PER_MELODY = 32


class Embedding(NamedTuple):
    """Two-dimensional coordinates of both modes, embedded together.

    Distances mean nothing between two embeddings, and little within one beyond its neighbourhoods.

    Attributes:
        teacher_forced: float32 [melodies, positions, 2].
        free_running: float32 [melodies, positions, 2].
    """

    teacher_forced: np.ndarray
    free_running: np.ndarray


class Panel(NamedTuple):
    """An embedding with what it was made with.

    Attributes:
        embedding: Embedding, or None.
        positions: int [positions], which positions of the modes were embedded.
        perplexity: float.
        seed: int.
        reason: str or None, why there is no embedding.
    """

    embedding: Embedding | None
    positions: np.ndarray
    perplexity: float
    seed: int
    reason: str | None = None


def embed_panel(modes, seed, max_points=2000, perplexity=30):
    """Embeds states at evenly spaced positions of whole melodies of both modes jointly.

    Args:
        modes: TwoModes.
        seed: int, of the melodies drawn and of the embedding.
        max_points: int, as many states as both modes have together at most.
        perplexity: float.

    Returns:
        Panel.
    """
    num_positions = modes.teacher_forced.shape[1]
    positions = np.unique(np.linspace(
        0, num_positions - 1, min(num_positions, _POSITIONS_PER_MELODY)).astype(int))
    for states in modes:
        if not np.isfinite(states).all() or np.ptp(states) == 0:
            return Panel(None, positions, perplexity, seed, 'states not finite or all the same')
    spaced = type(modes)(*(states[:, positions] for states in modes))
    embedding = embed(spaced, seed, max_points, perplexity)
    # openTSNE takes as much as the points allow if there are too few.
    num_points = 2 * embedding.teacher_forced[..., 0].size
    return Panel(embedding, positions, min(perplexity, (num_points - 1) / 3), seed)


def embed(modes, seed, max_points=2000, perplexity=30, num_components=50):
    """Embeds whole melodies of both modes jointly.

    Args:
        modes: TwoModes.
        seed: int, of the melodies drawn and of the embedding.
        max_points: int, melodies are drawn until both modes together have about as many states.
        perplexity: float.
        num_components: int, principal components that t-SNE starts from.

    Returns:
        Embedding of the melodies drawn.

    Source: van der Maaten & Hinton 2008; initialization after Kobak & Berens 2019.
    """
    from openTSNE import TSNE
    from sklearn.decomposition import PCA
    from threadpoolctl import threadpool_limits

    num_melodies, positions, units = modes.teacher_forced.shape
    num_drawn = min(num_melodies, max(1, max_points // (2 * positions)))
    drawn = np.sort(np.random.default_rng(seed).permutation(num_melodies)[:num_drawn])
    states = np.stack([modes.teacher_forced[drawn], modes.free_running[drawn]])
    states = states.reshape(-1, units)
    num_components = min(num_components, *states.shape)
    tsne = TSNE(perplexity=perplexity, initialization='pca', neighbors='exact', n_jobs=1,
                random_state=seed)
    # At this size approximate neighbours gain nothing, and threads wait longer than they work.
    with threadpool_limits(1):
        reduced = PCA(num_components, svd_solver='full').fit_transform(states)
        coordinates = np.asarray(tsne.fit(reduced), np.float32)
    return Embedding(*coordinates.reshape(2, num_drawn, positions, 2))
