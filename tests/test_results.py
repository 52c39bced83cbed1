"""What the pages say was found is what the published reports hold."""

import re

import pytest

from magenta_reg.base.files import read_json
from scripts import results


@pytest.fixture(scope='module')
def summary():
    return read_json(results.FOLDER / results.RESULTS)


def test_the_summary_is_of_the_reports_beside_it(summary):
    folders = {path.name for path in results.FOLDER.iterdir() if path.is_dir()}
    assert set(summary) == folders - {'samples'}
    for name, study in summary.items():
        assert study['reports'] == results.summarize(results.FOLDER / name)['reports']


def test_readme_and_results_page_have_the_tables_of_the_summary():
    for page, tables in results.tables().items():
        text = page.read_text()
        for table in tables:
            assert table in text


def test_every_figure_of_the_results_page_is_there_and_no_other():
    text = results.PAGE.read_text()
    shown = set(re.findall(r'\]\((\S+\.png)\)', text))
    assert shown == {str(path.relative_to(results.FOLDER))
                     for path in results.FOLDER.rglob('*.png')}

