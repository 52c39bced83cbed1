"""Files that come with the package, found by name wherever it is installed."""

from pathlib import Path

from magenta_reg.base.errors import UserError

_PACKAGE = Path(__file__).parent.parent


def find_file(file, folder, suffix, beside=''):
    """Returns the Path of a user's file, or of the one of that name that comes with the package.

    Args:
        file: str or Path; a name is a file's stem, 'dropout'.
        folder: str, where the package's own are, such as 'configs'.
        suffix: str, theirs, with its dot.
        beside: Path of a folder that a relative `file` is in; the working directory by default.

    Raises:
        UserError: If there is neither; it lists the names.
    """
    path = Path(beside) / file
    if path.exists() and not path.is_dir():
        return path
    # At the top of the repository; inside the package where it is installed (see setup.py).
    tops = [top for top in (_PACKAGE, _PACKAGE.parent) if (top / folder).is_dir()]
    own = {found.stem: found for top in tops[:1] for found in (top / folder).glob(f'*{suffix}')}
    if str(file) not in own:
        raise UserError(f'no such file: {path}; by name there are: {", ".join(sorted(own))}')
    return own[str(file)]
