"""The words of the report: each folder of the analysis has a text.md, a part under each heading."""

import functools
from pathlib import Path

_ANALYSIS = Path(__file__).parent.parent


@functools.cache
def texts(room):
    """Reads analysis/ROOM/text.md: under `## NAME` the text of that name, however it is wrapped.

    A figure or table is under `## figure NAME: TITLE`: its caption, and its title.

    Args:
        room: str, a folder of the analysis, such as 'states'.

    Returns:
        dict of name, or 'title of NAME', to str: a line a paragraph, with an empty line between
        two. Texts may have fields for `str.format`.
    """
    parts = {}
    for part in (_ANALYSIS / room / 'text.md').read_text().split('\n## ')[1:]:
        heading, _, text = part.partition('\n')
        name, _, title = heading.partition(': ')
        parts[name] = '\n\n'.join(' '.join(each.split()) for each in text.strip().split('\n\n'))
        if title:
            parts[f'title of {name}'] = title
    return parts
