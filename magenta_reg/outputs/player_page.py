"""One page with a player and a piano roll for each melody, which needs nothing but itself."""

import base64
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from magenta_reg.base.errors import UserError
from magenta_reg.outputs.formats import writing
from magenta_reg.outputs.piano_roll import piano_roll_svg
from magenta_reg.outputs.player_template import ARTICLE, FOOT, HEAD
from magenta_reg.outputs.synthesis import encoded

MAX_PIECES = 200


class PlayerPage:
    """Collects melodies on disk, one by one, and writes them as a page when it is closed.

    As a context manager it closes itself; if the block ends with an error, nothing is written.
    """

    def __init__(self, path, heading):
        """Begins a page.

        Args:
            path: Path of the HTML file to make or replace.
            heading: str.

        Raises:
            UserError: If no file can be made in that folder.
        """
        self._path = Path(path)
        self._heading = heading
        self._num_pieces = 0
        try:
            with ExitStack() as stack:
                self._articles = stack.enter_context(
                    tempfile.TemporaryFile(dir=self._path.parent))
                self._stack = stack.pop_all()
        except OSError as error:
            raise UserError(f'cannot write {path}: {error.strerror}') from error

    def __enter__(self):
        return self

    def __exit__(self, error_type, *_):
        if error_type is None:
            self.close()
        else:
            self._stack.close()

    def add(self, piece, extra=None):
        """Adds a melody; of more than MAX_PIECES the rest is only counted.

        Args:
            piece: Piece.
            extra: dict of str to str, what to show below it.
        """
        self._num_pieces += 1
        if self._num_pieces > MAX_PIECES:
            return
        from markupsafe import Markup

        self._write(ARTICLE, title=piece.title or piece.name or f'Melody {self._num_pieces}',
                    caption=piece.caption, facts=extra or {}, secs_per_step=piece.secs_per_step,
                    roll=Markup(piano_roll_svg(piece)),
                    sound=base64.b64encode(encoded(piece, 'mp3')).decode())

    def close(self):
        """Writes the page.

        Raises:
            UserError: If that cannot be done.
        """
        with self._stack, writing(self._path) as temporary, open(temporary, 'wb') as file:
            file.write(_render(HEAD, heading=self._heading, count=self._count()))
            self._articles.seek(0)
            shutil.copyfileobj(self._articles, file)
            file.write(_render(FOOT))

    def _write(self, template, **values):
        """Renders a template to the end of what was collected."""
        try:
            self._articles.write(_render(template, **values))
        except OSError as error:
            raise UserError(f'cannot write {self._path}: {error.strerror}') from error

    def _count(self):
        """Returns the sentence that says how many melodies there are, and how many are shown."""
        if self._num_pieces > MAX_PIECES:
            return (f'The first {MAX_PIECES} of {self._num_pieces} melodies; '
                    f'{self._num_pieces - MAX_PIECES} are left out to keep the page light.')
        return f'{self._num_pieces} melod{"y" if self._num_pieces == 1 else "ies"}.'


def _render(template, **values):
    """Returns a Jinja2 template with its values, as bytes."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True, keep_trailing_newline=True)
    return environment.from_string(template).render(**values).encode()
