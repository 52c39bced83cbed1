"""One page with a player and a piano roll for each melody, all in one HTML file."""

import base64
from pathlib import Path

from magenta_reg.base.templates import load_template
from magenta_reg.outputs.formats import writing
from magenta_reg.outputs.piano_roll import piano_roll_svg
from magenta_reg.outputs.synthesis import encoded

MAX_MELODIES = 200

_TEMPLATE = Path(__file__).with_name('player.html')


class PlayerPage:
    """Collects melodies, at most 150 KB each, and writes them as a page when it is closed."""

    def __init__(self, path, heading):
        """Begins a page; `path` is the HTML file to make or replace."""
        self._path, self._heading = path, heading
        self._melodies, self._num_melodies = [], 0

    def add(self, melody, facts=None):
        """Adds an OutputMelody, with facts (dict of str to str) below it.

        Melodies after the first MAX_MELODIES are only counted.
        """
        from markupsafe import Markup

        self._num_melodies += 1
        if self._num_melodies > MAX_MELODIES:
            return
        self._melodies.append({
            'title': melody.title or melody.name or f'Melody {self._num_melodies}',
            'caption': melody.caption, 'facts': facts or {},
            'secs_per_step': melody.secs_per_step, 'roll': Markup(piano_roll_svg(melody)),
            'sound': base64.b64encode(encoded(melody, 'mp3')).decode()})

    def close(self):
        """Writes the page atomically."""
        page = load_template(_TEMPLATE).stream(heading=self._heading, count=self._count(),
                                               melodies=self._melodies)
        with writing(self._path) as temporary, open(temporary, 'wb') as file:
            page.dump(file, 'utf-8')

    def _count(self):
        """Returns the sentence that says how many melodies there are, and how many are shown."""
        left_out = self._num_melodies - MAX_MELODIES
        if left_out > 0:
            return (f'The first {MAX_MELODIES} of {self._num_melodies} melodies; {left_out} are '
                    'left out to keep the page light.')
        return f'{self._num_melodies} melod{"y" if self._num_melodies == 1 else "ies"}.'
