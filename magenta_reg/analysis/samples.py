"""Melodies to look at and listen to: real ones, and how each method goes on from there."""

from magenta_reg.analysis.page import Sample
from magenta_reg.outputs.piano_roll import piano_roll_svg
from magenta_reg.outputs.piece import Piece
from magenta_reg.outputs.synthesis import encoded

NUM_MELODIES = 2
_QPM = 120.0
_FORMAT, _MEDIA_TYPE = 'mp3', 'audio/mpeg'


def draw_samples(material):
    """Returns the Samples of the first held-out melodies: real, then a run of each group.

    Args:
        material: Material.
    """
    primer_steps = material.held_out.primer_steps
    samples = []
    for index, events in enumerate(material.held_out.melodies[:NUM_MELODIES]):
        samples.append(_sample(f'Melody {index + 1}, as it is', events, len(events)))
        for group in material.groups:
            run = group.runs[0]
            samples.append(_sample(f'Melody {index + 1}, {run.label.replace("_", " ")}',
                                   material.generated[run.label][index], primer_steps))
    return samples


def _sample(title, events, primer_steps):
    piece = Piece(events, primer_steps, _QPM, title=title)
    return Sample(title, piano_roll_svg(piece), encoded(piece, _FORMAT), _MEDIA_TYPE)
