"""The words of the report: each folder of the analysis has a text.md, a part under each heading."""

import functools
from pathlib import Path

_ANALYSIS = Path(__file__).parent.parent


@functools.cache
def texts(room):
    """Reads analysis/ROOM/text.md: under `## NAME` the text of that name, however it is wrapped.

    Args:
        room: str, a folder of the analysis, such as 'states'.

    Returns:
        dict of name to str, in one line. A part may have fields for `str.format`.
    """
    parts = {}
    for part in (_ANALYSIS / room / 'text.md').read_text().split('\n## ')[1:]:
        name, _, text = part.partition('\n')
        parts[name.strip()] = ' '.join(text.split())
    return parts
