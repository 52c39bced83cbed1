"""What docs/benchmarks.md and README say of speed, written from a benchmark's JSON file."""

import copy
import re
import shutil
from pathlib import Path

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import replace_text

from . import figure, report
from .jobs import JOBS

TOP = Path(__file__).resolve().parents[2]
README = TOP / 'README.md'
PAGE = TOP / 'docs' / 'benchmarks.md'
FOLDER = TOP / 'docs' / 'benchmarks'
BENCH = 'bench.json'

_TABLE = re.compile(r'(?<=<!-- benchmark -->\n).*?(?=\n<!-- end -->)', re.DOTALL)
# Rows of README's comparison with Magenta.
_ROWS = re.compile(r'^\| (?:generates|batches) .* times as fast.*\n', re.MULTILINE)
_FOLDERS = re.compile(r'(?<![^\s=:\'"])/(?:[^/\s]+/)+')


def publish(path):
    """Brings a JSON file and its plots into docs/benchmarks, and writes the pages from it.

    Raises:
        UserError: If the file is of quick sizes, not all jobs ran to their end, or a page has no
            place for its numbers. Then nothing is written.
    """
    content = report.read_json(path)
    left_out = [name for name in JOBS
                if content['jobs'].get(name, {'left_out': 'not run'})['left_out']]
    if content['is_quick'] or left_out:
        raise UserError(f'{path} is not to be published: '
                        + (f'left out: {", ".join(left_out)}' if left_out else 'it is --quick'))
    # Whatever the order was in which they ran.
    content['jobs'] = {name: content['jobs'][name] for name in JOBS}
    written = pages(content)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    report.write_json(FOLDER / BENCH, without_folders(content))
    for name, job in content['jobs'].items():
        figure.draw(FOLDER / f'{name}.png', f'{name}, rounds: {job["rounds"]}', job['figures'])
    for page, text in written.items():
        replace_text(page, text)


def without_folders(content):
    """Returns the content without the folders that the commands' files lay in."""
    content = copy.deepcopy(content)
    for job in content['jobs'].values():
        for peer in job['peers'].values():
            peer['commands'] = [[_FOLDERS.sub('', part) for part in command]
                                for command in peer['commands']]
    return content


def pages(content):
    """Returns dict of Path to the text that each page has by a benchmark's content."""
    return {PAGE: _filled(PAGE, _TABLE, [f'\n{report.markdown(content)}\n']),
            README: _filled(README, _ROWS, _rows(content))}


def _filled(page, places, texts):
    """Returns the text of a page with one of the texts in each of the places."""
    before, following = page.read_text(), iter(texts)
    if len(places.findall(before)) != len(texts):
        raise UserError(f'{page} has no place for the numbers: {places.pattern!r}')
    return places.sub(lambda match: next(following), before)


def _rows(content):
    """Returns README's rows, lines of Markdown."""
    def median(job, name):
        return next(each['median'] for each in content['jobs'][job]['figures']
                    if each['name'] == name)

    def two_digits(value):
        return f'{float(f"{value:.2g}"):,.0f}'

    settings = content['settings']
    ratio = median('generation', 'basic_rnn, seconds a melody of stock / ours')
    fastest_ratio = median('generation', 'basic_rnn, the same with stock at batch_size=1')
    secs = median('generation', 'basic_rnn, seconds of stock, a melody')
    training = [median('training', f'{config}, events/s of ours / stock, whole epochs')
                for config in settings['configs']]
    return [
        f'| generates a melody of {settings["num_steps"]} steps in {secs:.1f} s '
        f'| about {two_digits(ratio)} times as fast, {settings["num_outputs"]} at once; '
        f'{two_digits(fastest_ratio)} times with Magenta at `batch_size=1` '
        '([docs/benchmarks.md](docs/benchmarks.md)) |\n',
        '| batches melodies as its queue holds them | batches by length, a backward pass of its '
        f'own: trains {min(training):.1f} to {max(training):.1f} times as fast |\n']
