"""Prints the numbers that muspy and libfmp give for tests/five_melodies.py.

In an environment of its own, with muspy==0.5.0, libfmp==1.3.0 and this package:

    PYTHONPATH=. python tests/measures/published_numbers.py
"""

import numpy as np

from magenta_reg.measures.melody_notes import notes_of_melody
from tests.five_melodies import MELODIES

MEASURED = {**MELODIES, 'scale twice': 2 * MELODIES['scale'],
            'all, one after another': [event for each in MELODIES.values() for event in each]}


def muspy_numbers(notes):
    """Returns pitch-class entropy, scale consistency, groove consistency and empty-beat rate."""
    import muspy

    music = muspy.Music(resolution=4, tracks=[muspy.Track(notes=[
        muspy.Note(start, pitch, end - start, 64) for start, end, pitch in notes.spans()])])
    return [muspy.pitch_class_entropy(music), muspy.scale_consistency(music),
            muspy.groove_consistency(music, 16), muspy.empty_beat_rate(music)]


def libfmp_number(notes):
    """Returns SI of 3 to 8 seconds with the settings of slSeanWU/MusDr, run_python_scapeplot.py."""
    from libfmp import c3, c4

    chroma = np.zeros([12, len(notes.events)])
    for start, end, pitch in notes.spans():
        chroma[pitch % 12, start:end] = 1
    frames, _ = c3.smooth_downsample_feature_sequence(chroma, 8, filt_len=17, down_sampling=4)
    frames = c3.normalize_feature_sequence(frames, norm='2', threshold=0.001)
    similarity, _ = c4.compute_sm_ti(frames, frames, L=16, shift_set=np.arange(12), direction=2,
                                     tempo_rel_set=c4.compute_tempo_rel_set(0.5, 2, 7))
    similarity = c4.threshold_matrix(np.round(similarity, 9), thresh=0.25, strategy='relative',
                                     scale=True, penalty=-2, binarize=False)
    scape = c4.compute_fitness_scape_plot(c4.normalization_properties_ssm(similarity))[0]
    return scape[5:16].max()


if __name__ == '__main__':
    for name, events in MEASURED.items():
        found = notes_of_melody(events)
        print(f'    {name!r}: {[float(x) for x in (*muspy_numbers(found), libfmp_number(found))]},')
