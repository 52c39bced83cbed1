"""Commands run in this process."""

from typing import NamedTuple

import pytest

from magenta_reg.cli import analyze, create_dataset, generate, study, train

COMMANDS = {'create_dataset': create_dataset, 'train': train, 'generate': generate,
            'analyze': analyze, 'study': study}


class Result(NamedTuple):
    """How a command ended: its exit status and what it printed."""

    status: int
    out: str
    err: str


@pytest.fixture
def call(capsys):
    """A function that runs a command: call('train', '--run_dir=...') returns a Result."""
    def run(name, *argv):
        module, status = COMMANDS[name], 0
        try:
            module.COMMAND.run(module.main, [str(argument) for argument in argv])
        except SystemExit as stop:
            status = stop.code
        return Result(status, *capsys.readouterr())
    return run
