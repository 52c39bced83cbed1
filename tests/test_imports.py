"""What the package imports: docs/architecture.md and pyproject.toml say it, and no Magenta."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from magenta_reg import __version__
from magenta_reg.codec.encodings import ENCODINGS
from tests.small import make_melodies, write_examples

TOP = Path(__file__).parent.parent
PACKAGE = TOP / 'magenta_reg'
PROJECT = tomllib.loads((TOP / 'pyproject.toml').read_text())['project']
STOCK = ('magenta', 'tf_keras', 'tf_slim', 'tensorflow_probability')
# Not loaded before the first melody: a start takes as long as what it imports.
LATE = ('note_seq', 'keras', 'pandas', 'sklearn', 'matplotlib', 'music21', 'openTSNE', 'soundfile',
        'pooch', 'jinja2')
LOADERS = {'import_library', 'import_module', 'import_magenta', 'import_note_seq'}

# The commands in one process that finds none of STOCK.
WITHOUT_MAGENTA = """
import importlib, pkgutil, sys
sys.modules.update(dict.fromkeys({stock}))
import magenta_reg
for module in pkgutil.walk_packages(magenta_reg.__path__, 'magenta_reg.'):
    importlib.import_module(module.name)

def run(name, *flags):
    command = importlib.import_module(f'magenta_reg.cli.{{name}}')
    command.COMMAND.run(command.main, flags)

run('train', '--experiment=professor_forcing', '--run_dir=run', '--num_training_steps=1',
    '--sequence_example_file=training.tfrecord', '--hparams=rnn_layer_sizes=[5],batch_size=4')
run('generate', '--run_dir=run', '--output_dir=first', '--num_outputs=1', '--num_steps=32')
late = {{name.partition('.')[0] for name in sys.modules}} & {{*{late}}}
assert not late, f'{{late}} are loaded for a first melody'
run('generate', '--run_dir=run', '--bundle_file=x.mag', '--save_generator_bundle')
run('generate', '--bundle_file=x.mag', '--output_dir=melodies', '--num_outputs=1',
    '--output_format=midi,musicxml,tfrecord')
run('generate', '--bundle_file=x.mag', '--score=melodies/generated.tfrecord',
    '--score_output=scores.csv')
assert not {{name.partition('.')[0] for name in sys.modules if sys.modules[name]}} & {{*{stock}}}
"""


def imports_of(path):
    """Yields the absolute names that a file imports, by statement or by a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Call):
            function = getattr(node.func, 'id', getattr(node.func, 'attr', None))
            first = node.args[0] if node.args else None
            if function in LOADERS and isinstance(first, ast.Constant):
                yield first.value
            elif function == 'import_note_seq':
                yield 'note_seq'


def third_party():
    """Returns a dict of a third-party name, google's with what follows it, and rooms."""
    rooms = {}
    for path in PACKAGE.rglob('*.py'):
        for name in imports_of(path):
            parts = name.split('.')
            if parts[0] in sys.stdlib_module_names or parts[0] == 'magenta_reg':
                continue
            top = '.'.join(parts[:2]) if parts[0] == 'google' else parts[0]
            rooms.setdefault(top, set()).add(path.relative_to(PACKAGE).parts[0])
    return rooms


def table(section):
    """Returns a dict of an import and (package, rooms), of a table of docs/architecture.md."""
    text = (TOP / 'docs/architecture.md').read_text().split(f'## {section}')[1].split('\n## ')[0]
    rows = re.findall(r'^\| (\S+) \| `(\S+)` \| ([^|]+) \| [^|]+ \|$', text, re.MULTILINE)
    return {name: (package, set(rooms.split(', '))) for package, name, rooms in rows}


@pytest.fixture(scope='module')
def without_magenta(tmp_path_factory):
    """A folder in which the commands were run in a process that cannot import stock Magenta."""
    folder = tmp_path_factory.mktemp('without_magenta')
    write_examples(folder / 'training.tfrecord', make_melodies(4, 0), ENCODINGS['basic_rnn'])
    subprocess.run([sys.executable, '-c', WITHOUT_MAGENTA.format(stock=STOCK, late=LATE)],
                   check=True, cwd=folder, env={**os.environ, 'PYTHONPATH': str(TOP)})
    return folder


CORE, CLUSTER, WITH_STOCK = map(table, ('The core', 'Only for studies', 'Only with stock'))


def test_the_table_of_imports_is_the_imports():
    found = third_party()
    listed = {name: rooms for name, (_, rooms) in (CORE | CLUSTER | WITH_STOCK).items()}
    assert listed.pop('numpy') == {'everywhere'}
    del found['numpy']
    assert listed == found


def test_only_interop_imports_stock_magenta():
    found = third_party()
    assert {name: found[name] for name in STOCK if name in found} == {'magenta': {'interop'}}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported():
    declared = {canonicalize_name(Requirement(text).name) for text in PROJECT['dependencies']}
    assert declared == {canonicalize_name(package) for package, _ in CORE.values()} | {
        'audioop-lts'}
    assert {Requirement(text).name for text in PROJECT['optional-dependencies']['ray']} == {
        package for package, _ in CLUSTER.values()}


def pins():
    """Returns a dict of package and Requirement, of requirements.txt."""
    lines = [line.partition('#')[0].strip()
             for line in (TOP / 'requirements.txt').read_text().splitlines()]
    found = [Requirement(line) for line in lines if line and not line.startswith('-')]
    assert all(str(pin.specifier).startswith('==') for pin in found)
    return {canonicalize_name(pin.name): pin for pin in found}


@pytest.mark.parametrize(
    'text', PROJECT['dependencies'] + PROJECT['optional-dependencies']['ray'])
def test_every_dependency_is_pinned_within_its_bound(text):
    needed = Requirement(text)
    pin = pins()[canonicalize_name(needed.name)]
    version = next(iter(pin.specifier)).version
    assert needed.specifier.contains(version)
    assert str(needed.specifier).startswith('>='), 'has a lower bound'
    assert (pin.marker and str(pin.marker)) == (needed.marker and str(needed.marker))


def test_the_commands_run_where_stock_magenta_is_not_installed(without_magenta):
    made = {path.name for path in without_magenta.rglob('*')}
    assert made >= {'x.mag', 'generated.csv', 'scores.csv'}


def test_the_citation_has_the_version():
    assert f'version: {__version__}\n' in (TOP / 'CITATION.cff').read_text()
