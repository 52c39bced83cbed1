"""The one exception that means 'what was asked for cannot be done, and here is why'."""

import difflib


class UserError(ValueError):
    """Bad input: one line that names the thing, the value and the way out.

    Commands print it without a traceback and exit with status 2. Anything else that is raised is
    a bug of ours and keeps its traceback.
    """


def unknown_name(kind, name, known):
    """Returns the `UserError` for a name that is not among `known`, with the nearest one that is.

    Args:
        kind: str, what is named, for example 'hparam'.
        name: str, the unknown name.
        known: iterable of str, every valid name.
    """
    known = sorted(known)
    nearest = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    hint = f'did you mean {nearest[0]!r}?' if nearest else 'valid: ' + ', '.join(known)
    return UserError(f'unknown {kind} {name!r}: {hint}')
