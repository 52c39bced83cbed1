"""What the pages say was found is what the published reports hold."""

import re
import sys
from pathlib import Path

import pytest

from magenta_reg.base.files import read_json

sys.path.insert(0, str(Path(__file__).parents[1] / 'scripts'))

import results


@pytest.fixture(scope='module')
def summary():
    return read_json(results.FOLDER / results.RESULTS)


def test_the_summary_is_of_the_reports_beside_it(summary):
    folders = {path.name for path in results.FOLDER.iterdir() if path.is_dir()}
    assert set(summary) == folders - {'samples'}
    for name, study in summary.items():
        assert study['reports'] == results.summarize(results.FOLDER / name)['reports']


def test_pages_and_readme_have_the_tables_that_the_summary_makes(summary):
    pages = results.pages()
    assert len(pages) == 2 + len(summary)
    for page, text in pages.items():
        assert page.read_text() == text, f'{page}: run scripts/results.py'
        assert re.search(r'undecided|not tested', text), 'there are verdicts'


def test_every_figure_of_the_studies_is_shown_and_every_figure_shown_is_there():
    shown = set()
    for page in results.FOLDER.rglob('*.md'):
        links = re.findall(r'\]\(([^)\s]+\.png)\)', page.read_text())
        assert all((page.parent / link).exists() for link in links), page
        shown |= {(page.parent / link).resolve() for link in links}
    assert shown == set(results.FOLDER.rglob('*.png'))
