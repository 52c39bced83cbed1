"""Objects in a notebook: text, tables, pictures and whole pages as HTML that needs nothing else."""

import base64
from html import escape
from pathlib import Path

_CELL = 'padding: .2em .8em; text-align: left; overflow-wrap: anywhere'


def text_html(text):
    """Returns an object's text with its line breaks."""
    return f'<pre style="white-space: pre-wrap; font-family: monospace">{escape(str(text))}</pre>'


def table_html(rows, header=()):
    """Returns a table of rows of str, each with its name in front, below a header if there is one.

    Args:
        rows: iterable of sequences of str.
        header: sequence of str.
    """
    body = [f'<tr>{_cell("th", name)}{"".join(_cell("td", value) for value in values)}</tr>'
            for name, *values in rows]
    head = ''.join(_cell('th', name) for name in header)
    return f'<table>{f"<tr>{head}</tr>" if head else ""}{"".join(body)}</table>'


def _cell(tag, value):
    return f'<{tag} style="{_CELL}">{escape(str(value))}</{tag}>'


def image_html(path, description):
    """Returns the picture in a PNG file; nothing if it is gone."""
    try:
        data = base64.b64encode(Path(path).read_bytes()).decode()
    except OSError:
        return ''
    return (f'<img style="width: 32em; max-width: 100%" alt="{escape(description)}" '
            f'src="data:image/png;base64,{data}">')


def page_html(page, title, height):
    """Returns a whole page in a frame of its own, which becomes as high as the page is.

    Its styles and scripts do not reach the notebook, nor those of the notebook the page.

    Args:
        page: str, an HTML page.
        title: str, what screen readers call the frame.
        height: int, pixels, where scripts are off.
    """
    fit = "this.style.height = this.contentDocument.documentElement.scrollHeight + 'px'"
    return (f'<iframe title="{escape(title)}" srcdoc="{escape(page)}" onload="{fit}" '
            f'style="width: 100%; height: {height}px; border: 0"></iframe>')
