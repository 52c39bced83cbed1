"""The generator x scorer matrix of a comparison, each cell kept by what it depends on."""

from magenta_reg.analysis.held_out import REAL
from magenta_reg.analysis.likelihood_groups import group_likelihoods, score_continuations


def kept_likelihoods(material, groups):
    """Returns the GroupLikelihoods of groups of one encoding; the first is the reference.

    Args:
        material: Material.
        groups: list of Group of one encoding.
    """
    held_out = material.held_out

    def score(run, label, melodies):
        # The scorer's key holds the held-out melodies, the generator's what it made of them.
        return material.of_run(
            'likelihood', run,
            lambda: score_continuations(run, melodies, held_out.primer_steps),
            generator=REAL if label == REAL else material.keys[label])

    return group_likelihoods(groups, material.generated, held_out.melodies, held_out.primer_steps,
                             score=score)
