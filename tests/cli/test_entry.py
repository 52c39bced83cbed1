"""The console scripts: Ctrl-C while their modules load, and their names."""

import subprocess
import sys

import pytest

from magenta_reg.cli import entry
from tests.cli.conftest import COMMANDS

INTERRUPTED = """
import os, signal, sys
# A shell lets what it starts in the background ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
class Finder:
    def find_spec(name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder)
from magenta_reg.cli.entry import {command}
{command}()
"""


@pytest.mark.parametrize('module', ['absl', 'numpy'])
def test_an_interrupt_while_modules_load_is_one_line(tmp_path, module):
    done = subprocess.run(
        [sys.executable, '-c', INTERRUPTED.format(command='generate', module=module),
         f'--output_dir={tmp_path}/out', f'--run_dir={tmp_path}'],
        capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, 'melody_rnn_reg_generate: interrupted\n')


@pytest.mark.parametrize('name', COMMANDS)
def test_every_command_has_an_entry(name, capsys, monkeypatch):
    monkeypatch.setattr(sys, 'argv', ['command', '--help'])
    with pytest.raises(SystemExit) as stop:
        getattr(entry, name)()
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith(f'melody_rnn_reg_{name}: ')
