"""The notes that music21 finds in a MusicXML score, in quarters and bars of the score."""

import io
import re
import warnings
from fractions import Fraction
from itertools import accumulate
from xml.etree import ElementTree

import music21
import numpy as np


def music21_notes(document):
    """Returns sorted (part, start, end, pitch) of a score-partwise document, in quarters.

    music21 says where in its bar a note is and how long; where bars begin `_bar_begins` says.
    """
    root = ElementTree.parse(io.BytesIO(document)).getroot()
    begins = _bar_begins(root)
    _name_by_number(root)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        score = music21.converter.parseData(ElementTree.tostring(root), format='musicxml')
        score = score.toSoundingPitch()
    return sorted(
        (_number_of(part), _rounded(begins[index] + start),
         _rounded(begins[index] + start + element.quarterLength), pitch)
        for part in score.parts
        for index, measure in enumerate(part.getElementsByClass(music21.stream.Measure))
        for element in measure.recurse().notes
        if element.quarterLength and not isinstance(element, music21.harmony.Harmony)
        for start in [Fraction(element.getOffsetInHierarchy(measure))]
        for pitch in map(_midi_pitch, getattr(element, 'pitches', ())) if 0 <= pitch < 128)


def quarters_of(notes):
    """Returns sorted (part, start, end, pitch) of Notes, in quarters."""
    begins_secs, tempos = notes.tempos.T
    begins = np.cumsum([0, *np.diff(begins_secs) * tempos[:-1] / 60])

    def quarters(secs):
        section = np.searchsorted(begins_secs, secs + 1e-9, 'right') - 1
        return begins[section] + (secs - begins_secs[section]) * tempos[section] / 60

    return sorted(
        (int(part), _rounded(start), _rounded(end), int(pitch))
        for part, start, end, pitch in zip(
            notes.instruments, quarters(notes.starts_secs), quarters(notes.ends_secs),
            notes.pitches, strict=True))


def _name_by_number(root):
    """Gives every part an id and name that say its number, for music21 makes ids of names."""
    for number, part in enumerate(root.findall('part')):
        for listed in root.iterfind('part-list/score-part'):
            if listed.get('id') == part.get('id'):
                for child in list(listed):
                    listed.remove(child)
                ElementTree.SubElement(listed, 'part-name').text = f'P{number}'
                listed.set('id', f'P{number}')
        part.set('id', f'P{number}')


def _number_of(part):
    return int(re.match(r'P(\d+)', part.id)[1])


def _rounded(quarters):
    # Exact halves of the last digit, such as 1/32's, go to one side.
    return round(float(quarters) + 1e-6, 4)


def _midi_pitch(pitch):
    return int(pitch.ps - pitch.alter) + int(pitch.alter)


def _bar_begins(root):
    """Returns where each bar begins: it is as long as its longest part."""
    lengths, divisions = {}, 1
    for part in root.findall('part'):
        for index, measure in enumerate(part.findall('measure')):
            position = 0
            for element in measure:
                if (found := element.findtext('divisions')) and element.tag == 'attributes':
                    divisions = Fraction(found)
                if element.find('chord') is None and element.find('grace') is None:
                    sign = {'note': 1, 'forward': 1, 'backup': -1}.get(element.tag, 0)
                    length = Fraction(element.findtext('duration') or 0) / divisions
                    position = max(0, position + sign * length)
                lengths[index] = max(lengths.get(index, 0), position)
    return [0, *accumulate(lengths[index] for index in sorted(lengths))]
