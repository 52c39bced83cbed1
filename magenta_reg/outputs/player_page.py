"""One page with a player and a piano roll for each melody, all in one HTML file."""

import base64
from pathlib import Path

from magenta_reg.base.notebook import page_html
from magenta_reg.base.templates import load_template
from magenta_reg.outputs.formats import writing
from magenta_reg.outputs.piano_roll import piano_roll_svg
from magenta_reg.outputs.synthesis import encoded

MAX_MELODIES = 200
# A notebook holds each of them as long as it is open, and saves them all.
_MAX_IN_NOTEBOOK = 10

_TEMPLATE = Path(__file__).with_name('player.html')


class PlayerPage:
    """Collects melodies, at most 150 KB each, and writes them as a page when it is closed."""

    def __init__(self, path, heading, max_melodies=MAX_MELODIES):
        """Begins a page; `path` is the HTML file to make or replace, None for `render` alone."""
        self._path, self._heading, self._max_melodies = path, heading, max_melodies
        self._melodies, self._num_melodies = [], 0

    def add(self, melody, facts=None):
        """Adds an OutputMelody, with facts (dict of str to str) below it.

        Melodies after the first `max_melodies` are only counted.
        """
        from markupsafe import Markup

        self._num_melodies += 1
        if self._num_melodies > self._max_melodies:
            return
        self._melodies.append({
            'title': melody.title or melody.name or f'Melody {self._num_melodies}',
            'caption': melody.caption, 'facts': facts or {},
            'secs_per_step': melody.secs_per_step, 'roll': Markup(piano_roll_svg(melody)),
            'sound': base64.b64encode(encoded(melody, 'mp3')).decode()})

    def render(self):
        """Returns the page: str."""
        return load_template(_TEMPLATE).render(heading=self._heading, count=self._count(),
                                               melodies=self._melodies)

    def close(self):
        """Writes the page atomically."""
        with writing(self._path) as temporary:
            temporary.write_bytes(self.render().encode())

    def _count(self):
        """Returns the sentence that says how many melodies there are, and how many are shown."""
        left_out = self._num_melodies - self._max_melodies
        if left_out > 0:
            return (f'The first {self._max_melodies} of {self._num_melodies} melodies; {left_out} '
                    'are left out to keep the page light.')
        return f'{self._num_melodies} melod{"y" if self._num_melodies == 1 else "ies"}.'


def notebook_html(melodies, heading=''):
    """Returns the page as an object's HTML in a notebook.

    Args:
        melodies: iterable of (OutputMelody, facts); the first ten are shown.
        heading: str; without one it is a melody alone.
    """
    page, num_melodies = PlayerPage(None, heading, _MAX_IN_NOTEBOOK), 0
    for num_melodies, (melody, facts) in enumerate(melodies, 1):  # noqa: B007
        page.add(melody, facts)
    return page_html(page.render(), heading or 'Melody', min(900, 120 + 280 * num_melodies))
