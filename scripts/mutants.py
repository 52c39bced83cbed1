#!/usr/bin/env python
"""Plants small mistakes in the code, one at a time, and lists those that no test notices.

    python scripts/mutants.py --part=statistics --count=100

cosmic-ray plants them in a copy of the project: a sum for a difference, >= for >, another number,
True for False. The seed draws which are tried. The tests run once without a mistake, to see which
of them enter a function; each mistake then meets those of its function, the shortest first, in a
fork with TensorFlow loaded. A killed run goes on where it was. Exit status 1 if one lives. `make
mutants` installs cosmic-ray in an environment of its own.

A mistake that lives is the same program, or changes a text or a default alone, or asks for a
test that fails with it. Look at each that ran out of time: a loop without an end is noticed, a slow
machine is not.
"""

import difflib
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from magenta_reg.base.compat import load_tensorflow
from magenta_reg.base.errors import UserError, unknown_name
from magenta_reg.base.progress import progress
from magenta_reg.cli.command import Command

# The modules of each part, and the tests that should notice.
PARTS = {
    'statistics': (['magenta_reg/analysis/statistics', 'magenta_reg/measures/mmd.py'],
                   ['tests/analysis', 'tests/measures']),
    'methods': (['magenta_reg/methods'], ['tests/methods', 'tests/training/test_start.py']),
    'graph': (['magenta_reg/graph'], ['tests/graph', 'tests/methods']),
    'oracles': (['magenta_reg/oracles'], ['tests/oracles', 'tests/dataset/test_oracle_data.py']),
}
# Of each kind of mistake cosmic-ray has dozens; these are slips that a programmer makes.
OPERATORS = [
    'AddNot', 'NumberReplacer', 'ReplaceTrueWithFalse', 'ReplaceFalseWithTrue',
    'ReplaceAndWithOr', 'ReplaceOrWithAnd', 'ZeroIterationForLoop',
    'ReplaceUnaryOperator_Delete_Not', 'ReplaceUnaryOperator_USub_UAdd',
    *(f'ReplaceBinaryOperator_{one}' for one in (
        'Add_Sub', 'Sub_Add', 'Mul_Div', 'Div_Mul', 'FloorDiv_Mul', 'Mod_Add', 'Pow_Mul')),
    *(f'ReplaceComparisonOperator_{one}' for one in (
        'Eq_NotEq', 'NotEq_Eq', 'Lt_LtE', 'LtE_Lt', 'Gt_GtE', 'GtE_Gt', 'Is_IsNot', 'IsNot_Is')),
]

COMMAND = Command('mutants', 'Lists planted mistakes that no test notices.')
COMMAND.string('part', 'statistics', f'Whose code: {", ".join(PARTS)}.')
COMMAND.integer('count', 100, 'How many mistakes are tried; 0 is all.', lower_bound=0)
COMMAND.integer('seed', 0, 'Decides which.')
COMMAND.string('cosmic_ray', '.venv-mutants/bin/cosmic-ray', 'The program.')
COMMAND.integer('timeout_secs', 300, 'Tests may take so much longer than ten times their time.')
COMMAND.string('output_dir', 'mutants', 'Folder of the copy and of the results; it goes on there.')


def main(flags):
    """Tries the mistakes and prints those that live; exit status 1 if one does."""
    if flags.part not in PARTS:
        raise unknown_name('part', flags.part, PARTS)
    folder = Path(flags.output_dir, f'{flags.part}_{flags.seed}_{flags.count}').resolve()
    load_tensorflow()
    for name in ('hypothesis', 'matplotlib.pyplot', 'note_seq', 'scipy.stats'):  # Slow to load.
        importlib.import_module(name)
    if not (folder / 'mistakes.json').exists():
        _prepare(flags, folder)
    results = _execute(flags, folder)
    alive, late = ([diff for status, diff in results if status == each]
                   for each in (0, -signal.SIGALRM))
    print('\n'.join([*late, f'{len(late)} planted mistakes ran out of time.', *alive,
                     f'{len(alive)} of {len(results)} planted mistakes live.']))
    if alive:
        sys.exit(1)


def _prepare(flags, folder):
    """Copies the project, traces its tests there, and draws the mistakes."""
    modules, tests = PARTS[flags.part]
    copy, session, config = (folder / name for name in ('copy', 'session.sqlite', 'config.toml'))
    copy.mkdir(parents=True, exist_ok=True)
    files = subprocess.run(['git', 'ls-files', '-z'], capture_output=True, check=True).stdout
    subprocess.run(['cp', '--parents', '-t', copy, *files.decode().strip('\0').split('\0')],
                   check=True)
    if _run_tests(copy, tests, _Trace(copy, folder / 'trace.json')):
        raise UserError(f'the tests of {flags.part} fail without any mistake, see '
                        f'{folder}/pytest.log: mend them first')
    config.write_text('\n'.join([
        '[cosmic-ray]', f'module-path = {json.dumps([str(copy / each) for each in modules])}',
        'timeout = 1', 'excluded-modules = []', 'test-command = ""',
        '[cosmic-ray.distributor]', 'name = "local"']))
    session.unlink(missing_ok=True)
    subprocess.check_call([flags.cosmic_ray, 'init', config, session])
    dump = subprocess.check_output([flags.cosmic_ray, 'dump', session], text=True)
    found = [json.loads(line)[0]['mutations'][0] for line in dump.splitlines()]
    found = sorted([str(Path(each['module_path']).relative_to(copy)), each['operator_name'],
                    each['occurrence'], each['start_pos'][0]] for each in found
                   if each['operator_name'].removeprefix('core/') in OPERATORS)
    drawn = random.Random(flags.seed).sample(found, min(flags.count or len(found), len(found)))
    (folder / 'mistakes.json').write_text(json.dumps(drawn))


def _execute(flags, folder):
    """Runs what is left, with a progress bar. Returns [pytest's status, diff] of each mistake."""
    copy, results = folder / 'copy', folder / 'results.jsonl'
    mistakes, trace = (json.loads((folder / f'{name}.json').read_text())
                       for name in ('mistakes', 'trace'))
    results.touch()
    done = len(results.read_text().splitlines())
    for path, operator, occurrence, row in progress(
            mistakes[done:], description='planting', unit='mistake', total=len(mistakes),
            initial=done):
        seconds = _choose(trace, path, row)
        module, original = copy / path, (copy / path).read_text()
        try:
            subprocess.check_call([flags.cosmic_ray, 'apply', module, operator, str(occurrence)])
            diff = difflib.unified_diff(original.splitlines(), module.read_text().splitlines(),
                                        path, path, lineterm='')
            status = _run_tests(copy, {test.split('::')[0] for test in seconds},
                                _Shortest(seconds), flags.timeout_secs + 10 * sum(seconds.values()))
        finally:
            module.write_text(original)
        with results.open('a') as file:
            file.write(json.dumps([status, '\n'.join(diff)]) + '\n')
    return [json.loads(line) for line in results.read_text().splitlines()]


def _choose(trace, path, row):
    """Returns id: seconds of the tests that enter a function around a row, or else its module."""
    for first_row, last_row in ((row, row), (float('inf'), 0)):
        chosen = {test: seconds for test, (seconds, functions) in trace.items() if any(
            file == path and first <= first_row and last_row <= last
            for file, first, last in functions)}
        if chosen:
            return chosen
    return {test: seconds for test, (seconds, _) in trace.items()}


def _run_tests(folder, tests, plugin, timeout_secs=0):
    """Runs tests of a copy in a fork until one fails. Returns its exit status."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    signal.alarm(int(timeout_secs))
    with (folder.parent / 'pytest.log').open('w') as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    for name in [name for name in sys.modules if name.split('.')[0] == 'magenta_reg']:
        del sys.modules[name]
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    status = pytest.main(['-x', '-p', 'no:cacheprovider', '--rootdir', '.', *tests], [plugin])
    sys.stdout.flush()
    os._exit(status)


class _Trace:
    """Writes of each test its seconds and the functions that it enters: file, first, last line."""

    def __init__(self, folder, path):
        self._folder, self._path, self._tests = f'{folder}/', path, {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item):
        codes, started = set(), time.monotonic()
        sys.settrace(lambda frame, event, argument: codes.add(frame.f_code))
        yield
        sys.settrace(None)
        self._tests[item.nodeid] = time.monotonic() - started, [
            (code.co_filename.removeprefix(self._folder), code.co_firstlineno,
             max(row or 0 for *_, row in code.co_lines()))
            for code in codes if code.co_filename.startswith(self._folder)]

    def pytest_sessionfinish(self):
        self._path.write_text(json.dumps(self._tests))


class _Shortest:
    """Runs the tests of a dict of id to seconds, the shortest first."""

    def __init__(self, seconds):
        self._seconds = seconds

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        items[:] = sorted((item for item in items if item.nodeid in self._seconds),
                          key=lambda item: self._seconds[item.nodeid])


if __name__ == '__main__':
    COMMAND.run(main)
