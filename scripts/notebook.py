"""Makes the notebook of an example in percent format: scripts/notebook.py docs/examples/NAME.py.

Cells begin with `# %%`, `# %% [markdown]` or `# %% tags=["script"]`; the last are left out.
"""

import json
import re
import sys
from pathlib import Path

_CELL = re.compile(r'^# %%(.*)\n', re.MULTILINE)


def notebook_text(script):
    """Returns the .ipynb of the text of a script; it has no outputs."""
    _, *parts = _CELL.split(script)
    cells = [_cell(kind.strip(), source.strip('\n'))
             for kind, source in zip(parts[::2], parts[1::2], strict=True)
             if 'script' not in kind]
    for number, cell in enumerate(cells, 1):
        cell['id'] = f'cell-{number}'
    notebook = {'cells': cells, 'nbformat': 4, 'nbformat_minor': 5, 'metadata': {
        'kernelspec': {'display_name': 'Python 3', 'language': 'python', 'name': 'python3'},
        'language_info': {'name': 'python'}}}
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + '\n'


def _cell(kind, source):
    if kind == '[markdown]':
        lines = [line.removeprefix('#').removeprefix(' ') for line in source.splitlines()]
        return {'cell_type': 'markdown', 'metadata': {}, 'source': _lines('\n'.join(lines))}
    if kind:
        raise ValueError(f'unknown kind of cell: {kind}')
    return {'cell_type': 'code', 'execution_count': None, 'metadata': {}, 'outputs': [],
            'source': _lines(source)}


def _lines(text):
    return text.splitlines(keepends=True)


if __name__ == '__main__':
    for path in map(Path, sys.argv[1:]):
        path.with_suffix('.ipynb').write_text(notebook_text(path.read_text(encoding='utf-8')),
                                              encoding='utf-8')
