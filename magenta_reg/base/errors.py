"""The exception for bad input, which a command prints in one line."""

import difflib

_WITHOUT_TEXT = {EOFError: 'it ends too early', MemoryError: 'it does not fit into the memory'}


class UserError(ValueError):
    """Bad input: one line that names the thing, the value and the way out.

    Commands print it and exit with status 2. All other exceptions are bugs and keep their
    traceback.
    """

    def _render_traceback_(self):
        """Returns what a notebook shows of it: that line, in a list."""
        return [f'{type(self).__name__}: {self}']


def check_least(settings, **least):
    """Raises UserError for the first of these fields of a NamedTuple that is below its least."""
    for name, lowest in least.items():
        value = getattr(settings, name)
        if value is not None and value < lowest:
            raise UserError(f'--{name}={value} is too small: give {lowest} or more')


def unknown_name(kind, name, known):
    """Returns the UserError for a `name` that is not among `known`, with the nearest one that is.

    Args:
        kind: str, what is named, for example 'hparam'.
    """
    known = sorted(known)
    nearest = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    hint = f'did you mean {nearest[0]!r}?' if nearest else 'valid: ' + ', '.join(known)
    return UserError(f'unknown {kind} {name!r}: {hint}')


def explain(error):
    """Returns the text of an exception, or a text, in one line; never an empty one."""
    text = ' '.join(str(error).split())
    return text or _WITHOUT_TEXT.get(type(error), f'{type(error).__name__} without a message')
