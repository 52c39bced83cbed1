"""The generated melodies of one call, as Python holds and a notebook shows them."""

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import user_path
from magenta_reg.outputs.player_page import PlayerPage, notebook_html


class Melodies(list):
    """A list of Output that shows itself in a notebook: player and piano roll of each.

    Attributes:
        heading: str, what a page of them is called.
    """

    def __init__(self, outputs, heading):
        """Takes an iterable of Output."""
        super().__init__(outputs)
        self.heading = heading

    def __getitem__(self, index):
        found = super().__getitem__(index)
        return Melodies(found, self.heading) if isinstance(index, slice) else found

    def __repr__(self):
        return f'<{len(self)} melod{"y" if len(self) == 1 else "ies"}: {self.heading}>'

    def _repr_html_(self):
        return notebook_html(self._shown(), self.heading)

    def save(self, path):
        """Writes a page with a player and a piano roll for each, as --html does.

        Args:
            path: str or Path of the .html file; one that is there is replaced.
        """
        path = user_path(path)
        if path.suffix.lower() not in ('.html', '.htm'):
            raise UserError(f'{path}: all melodies together are a page: give a name that ends with '
                            '.html, or save each of them')
        page = PlayerPage(path, self.heading)
        for melody, facts in self._shown():
            page.add(melody, facts)
        page.close()

    def _shown(self):
        return ((output.melody(), output.facts()) for output in self)
