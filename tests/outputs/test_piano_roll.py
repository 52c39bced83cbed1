"""A piano roll shows every note, whole, where it is, in the colour of its part."""

import io
import re
from xml.etree import ElementTree

import numpy as np
import pretty_midi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from magenta_reg.measures.melody_notes import notes_of_melody
from magenta_reg.outputs.piano_roll import (
    CONTINUATION_COLOUR,
    PRIMER_COLOUR,
    describe,
    piano_roll_png,
    piano_roll_svg,
    pitch_name,
)
from tests.outputs.melodies import any_events, long_melody, make_melody

SVG = '{http://www.w3.org/2000/svg}'


def parsed(melody):
    return ElementTree.fromstring(piano_roll_svg(melody))


def boxes_of(svg, colour):
    """Returns (x, y, width) of every note drawn in a colour."""
    return [tuple(map(float, box)) for path in svg.iter(f'{SVG}path') if path.get('fill') == colour
            for box in re.findall(r'M(\S+) (\S+)h(\S+)v5H\1z', path.get('d'))]


def pitch_rows(svg):
    """Returns y of the row of each pitch that has a name on the axis."""
    axis = next(group for group in svg.iter(f'{SVG}g') if group.get('class') == 'axis')
    return {text.text.replace('♯', '#'): float(text.get('y')) - 7
            for text in axis.iter(f'{SVG}text') if text.get('text-anchor') == 'end'}


@given(any_events, st.integers(0, 50))
def test_every_note_is_drawn_where_it_is(events, primer_steps):
    svg = parsed(make_melody(events, primer_steps))
    left, step = float(svg.get('data-left')), float(svg.get('data-step-width'))
    name, y_of_name = next(iter(pitch_rows(svg).items()))
    drawn = {(round((x - 1 - left) / step), round((x + width + 1 - left) / step),
              round(pretty_midi.note_name_to_number(name) - (y - 0.5 - y_of_name) / 6), is_primer)
             for is_primer, colour in ((True, PRIMER_COLOUR), (False, CONTINUATION_COLOUR))
             for x, y, width in boxes_of(svg, colour)}
    assert drawn == {(start, end, pitch, start < primer_steps)
                     for start, end, pitch in notes_of_melody(events).spans()}


@given(any_events)
def test_nothing_is_outside_the_picture(events):
    svg = parsed(make_melody(events))
    width, height = float(svg.get('width')), float(svg.get('height'))
    boxes = boxes_of(svg, PRIMER_COLOUR) + boxes_of(svg, CONTINUATION_COLOUR)
    assert all(x > 0 and x + box_width < width and 0 < y < y + 5 < height
               for x, y, box_width in boxes)
    # A digit or letter of 12 pixels is less than 9 wide.
    assert all(float(text.get('x')) + 9 * len(text.text) <= width and
               12 <= float(text.get('y')) <= height
               for text in svg.iter(f'{SVG}text') if text.get('text-anchor') != 'end')


def test_bars_are_numbered_and_have_lines():
    svg = parsed(long_melody(70))
    numbers = [text.text for text in svg.iter(f'{SVG}text') if text.text.isdigit()]
    assert numbers == ['1', '2', '3', '4', '5']
    lines = next(path.get('d') for path in svg.iter(f'{SVG}path')
                 if path.get('stroke') == '#8C8C8C')
    assert [float(x) for x in re.findall(r'M(\S+) ', lines)] == [
        40.5 + 8 * 16 * bar for bar in range(6)]


def test_titles_are_text_and_not_markup():
    svg = parsed(make_melody([60], title='<b> & "quoted"'))
    assert svg.get('aria-label').startswith('<b> & "quoted" Piano roll, 1 bar: 1 note')


@pytest.mark.parametrize('pitch', range(128))
def test_names_of_pitches_are_the_usual_ones(pitch):
    assert pitch_name(pitch).replace('♯', '#') == pretty_midi.note_number_to_name(pitch)


def test_a_melody_is_described():
    assert describe(make_melody([60, 62, -1, 67] + [-2] * 20, primer_steps=2)) == (
        'Piano roll, 2 bars: 3 notes from C4 to G4, of which 2 in the primer of 2 steps.')
    assert 'no notes' in describe(make_melody([-2]))


def test_the_colours_differ_in_print():
    primer, continuation = sorted(
        (luminance(colour) for colour in (PRIMER_COLOUR, CONTINUATION_COLOUR)), reverse=True)
    assert (primer + 0.05) / (continuation + 0.05) > 3  # WCAG 2's contrast of graphics.


def luminance(colour):
    """Returns WCAG 2's relative luminance."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize(('melody', 'has_primer', 'has_continuation'), [
    (make_melody([60], 1, title='one note'), True, False),
    (make_melody([0, 127], 1, title='from end to end'), True, True),
    (make_melody([-2], 0, title='no note'), False, False),
    (long_melody(512), True, True)], ids=['one', 'range', 'none', 'long'])
def test_the_png_shows_both_parts_and_ends_in_margins(melody, has_primer, has_continuation):
    from PIL import Image

    pixels = np.array(Image.open(io.BytesIO(piano_roll_png(melody))).convert('RGB'))
    assert pixels.shape[1] == 1440
    edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    assert (edges == 255).all()
    # The legend has a box of each colour; it is as high in every picture.
    below = pixels[45:]
    for colour, is_there in ((PRIMER_COLOUR, has_primer), (CONTINUATION_COLOUR, has_continuation)):
        rgb = np.round(255 * np.array(to_rgb(colour)))
        assert (below == rgb).all(axis=2).any() == is_there


@settings(max_examples=20)
@given(any_events)
def test_the_same_melody_is_the_same_drawing(events):
    assert piano_roll_svg(make_melody(events)) == piano_roll_svg(make_melody(events.tolist()))
