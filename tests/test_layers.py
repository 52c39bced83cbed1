"""The layers of the house: a module imports only from rows below its own."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / 'magenta_reg'

# From the bottom up, as in CONTRIBUTING.md; a folder stands for all that is in it.
LAYERS = [
    ['base'],
    ['codec', 'runs', 'readers'],
    ['sources', 'extraction', 'measures', 'oracles'],
    ['graph.fast'],
    ['dataset', 'graph'],
    ['methods'],
    ['model'],
    ['interop', 'outputs'],
    ['training', 'generation'],
    ['api'],
    ['analysis.statistics', 'analysis.comparison'],
    ['analysis.report'],
    ['analysis'],
    ['study'],
    ['cli', '__init__'],
]


def layer_of(module):
    """Returns the row of a dotted name below magenta_reg: that of its longest listed prefix."""
    parts = module.split('.')
    for end in range(len(parts), 0, -1):
        prefix = '.'.join(parts[:end])
        for row, names in enumerate(LAYERS):
            if prefix in names:
                return row
    raise AssertionError(f'{module} is in no layer: add it to LAYERS')


def name_of(path):
    parts = path.relative_to(PACKAGE).with_suffix('').parts
    return '.'.join(parts[:-1] if parts[-1] == '__init__' and len(parts) > 1 else parts)


def imports_of(path):
    """Yields the dotted names below magenta_reg that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{path}: relative import'
            is_module = [f'{node.module}.{alias.name}' for alias in node.names
                         if node.module.startswith('magenta_reg') and
                         (PACKAGE.parent / node.module.replace('.', '/') / f'{alias.name}.py')
                         .exists()]
            names = is_module or [node.module]
        else:
            continue
        for name in names:
            if name.startswith('magenta_reg.'):
                yield name.removeprefix('magenta_reg.')


@pytest.mark.parametrize('path', sorted(PACKAGE.rglob('*.py')), ids=name_of)
def test_a_module_imports_from_its_own_layer_or_below(path):
    own = layer_of(name_of(path))
    for imported in imports_of(path):
        assert layer_of(imported) <= own, f'{name_of(path)} imports {imported} from a layer above'


def folder_of(module):
    """Returns the dotted folder of a module; one that lies loose at the top is its own."""
    is_folder = (PACKAGE / module.replace('.', '/')).is_dir()
    return module if is_folder or '.' not in module else module.rpartition('.')[0]


@pytest.mark.parametrize('place_of', [lambda module: module, folder_of], ids=['files', 'folders'])
def test_there_are_no_circles(place_of):
    graph, done, trail = {}, set(), []
    for path in PACKAGE.rglob('*.py'):
        own = place_of(name_of(path))
        graph.setdefault(own, set()).update({*map(place_of, imports_of(path))} - {own})

    def visit(name):
        assert name not in trail, f'circle: {" -> ".join([*trail, name])}'
        if name in done or name not in graph:
            return
        trail.append(name)
        for other in graph[name]:
            visit(other)
        done.add(trail.pop())

    for name in graph:
        visit(name)


def test_only_compat_loads_tensorflow():
    for path in PACKAGE.rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            names = ([alias.name for alias in node.names] if isinstance(node, ast.Import) else
                     [node.module] if isinstance(node, ast.ImportFrom) else [])
            assert not any(name.split('.')[0] == 'tensorflow' for name in names), path


FOLDERS = [path.parent for path in sorted(PACKAGE.rglob('__init__.py'))]


def test_a_folder_is_one_look_at_most_15_modules_and_4_at_the_top():
    for folder in FOLDERS:
        modules = [path.name for path in folder.glob('*.py') if path.name != '__init__.py']
        assert len(modules) <= (4 if folder == PACKAGE else 15), (folder, modules)


@pytest.mark.parametrize('folder', FOLDERS[1:], ids=lambda folder: folder.name)
def test_every_folder_stands_in_the_picture_of_contributing(folder):
    text = (PACKAGE.parent / 'CONTRIBUTING.md').read_text()
    assert f'{folder.name}/ ' in text.split('```')[1], f'{folder} is not in the picture'


@pytest.mark.parametrize('folder', FOLDERS[1:], ids=lambda folder: folder.name)
def test_every_folder_says_in_one_docstring_what_it_is_for(folder):
    docstring = ast.get_docstring(ast.parse((folder / '__init__.py').read_text()))
    assert 1 <= len((docstring or '').splitlines()) <= 3, folder
