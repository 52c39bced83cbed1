"""Libraries that are missing, broken or too old: one line with the command that mends it."""

import os
import subprocess
import sys
import tomllib
import types
from pathlib import Path

import pytest

from magenta_reg.base import compat
from magenta_reg.base.errors import UserError
from magenta_reg.interop.magenta import INSTALL, import_magenta
from tests.test_imports import pins

TOP = Path(__file__).parents[2]


def test_a_broken_note_seq_ends_a_command_in_one_line_whichever_process_meets_it(tmp_path):
    (tmp_path / 'note_seq').mkdir()
    (tmp_path / 'note_seq/__init__.py').write_text('raise TypeError("Descriptors\\n of old")')
    (tmp_path / 'a.abc').write_text('X:1\nT:a\nK:C\nCDEF|\n')
    (tmp_path / 'b.abc').write_text('X:1\nT:b\nK:C\nCDEF|\n')
    for num_workers in (1, 2):
        done = subprocess.run(
            [sys.executable, '-c', 'from magenta_reg.cli.entry import *; create_dataset()',
             '--config=basic_rnn', f'--input={tmp_path}', '--dry_run',
             f'--num_workers={num_workers}'],
            capture_output=True, text=True, check=False,
            env={**os.environ, 'PYTHONPATH': f'{tmp_path}{os.pathsep}{TOP}'})
        line = done.stderr.splitlines()[-1]
        assert done.returncode == 2
        assert 'Traceback' not in done.stderr
        assert line.startswith('melody_rnn_reg_create_dataset: cannot import note_seq (TypeError: '
                               'Descriptors of old): run pip install --force-reinstall note-seq')


@pytest.mark.parametrize(('version', 'is_too_old'), [
    ('1.15.5', True), ('2.9.3', True), ('2.17.1', True), ('2.18.0-rc1', False),
    ('2.21.0', False), ('3.0.0', False)])
def test_a_tensorflow_that_is_too_old_is_named(monkeypatch, version, is_too_old):
    module = types.SimpleNamespace(__version__=version, disable_v2_behavior=lambda: None)
    monkeypatch.setattr(compat, 'import_library', lambda name, command: module)
    if not is_too_old:
        assert compat.load_tensorflow() is module
        return
    with pytest.raises(UserError) as error:
        compat.load_tensorflow()
    assert str(error.value) == (f'TensorFlow {version} is too old, 2.18 is needed: run pip install '
                                "--upgrade 'tensorflow>=2.18'")


def test_the_oldest_tensorflow_is_the_declared_one():
    project = tomllib.loads((TOP / 'pyproject.toml').read_text())['project']
    assert f'tensorflow>={compat.MIN_TENSORFLOW}' in project['dependencies']


@pytest.mark.parametrize('missing', ['magenta.common', 'tensorflow.compat.v1'])
def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UserError) as error:
        import_magenta('magenta.common')
    package, _, command = str(error.value).partition(': run ')
    assert package.startswith(f'cannot import {missing.partition(".")[0]} (ModuleNotFoundError')
    assert command == (INSTALL if 'magenta' in missing else
                       "pip install --upgrade 'tensorflow>=2.18'")


def test_the_command_that_installs_magenta_has_the_pinned_versions():
    versions = dict(word.split('==') for word in INSTALL.split() if '==' in word)
    assert versions == {name: next(iter(pins()[name].specifier)).version for name in versions}
    assert {'magenta', 'tf-slim', 'tensorflow-probability'} == {*versions}
