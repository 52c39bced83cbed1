"""The page as headless Chromium lays it out: nothing is cut off, shrunk or too small to read."""

import html
import itertools
import json
import re
import shutil
import subprocess

import pytest

from magenta_reg.analysis.report.page import render
from magenta_reg.analysis.report.section import Table, report_figure
from magenta_reg.analysis.report.style import BESIDE_INCHES, PAGE_INCHES, styled_figure
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.outputs.melody import OutputMelody
from magenta_reg.outputs.piano_roll import piano_roll_svg
from tests.analysis.report.test_page import make_page

CHROMIUM = shutil.which('chromium') or shutil.which('google-chrome')
SCREEN, PHONE = 1280, 390
# The widest name without a place to break that a page has: a path.
PATH = '/data/' + 40 * 'melodies_' + '.tfrecord'
_TEXTS = texts('report')
_FRAME = """<iframe src="page.html" style="width: {width}px; height: 900px; border: 0"></iframe>
<pre id="said"></pre>
<script>addEventListener('message', event => {{
  document.getElementById('said').textContent = event.data;
}});</script>"""
_SAY = """{
const box = each => { const {left, right, top, bottom, width} = each.getBoundingClientRect();
                      return {left, right, top, bottom, width}; };
const shown = each => each.checkVisibility({contentVisibilityAuto: true});
const all = query => [...document.querySelectorAll(query)];
const cut = query => all(query).map(each => each.scrollWidth - each.clientWidth);
const words = all('main *').filter(each => shown(each) && !each.matches('.of') && (
  [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim())));
const out = words.filter(each => !each.closest('.wide') && box(each).right > innerWidth + 0.5);
const sizes = words.map(each => parseFloat(getComputedStyle(each).fontSize) *
  (each.ownerSVGElement ? each.getScreenCTM().a : 1));
const toc = document.querySelector('.contents');
const is_open = toc.querySelector('details').open;
const answers = document.querySelector('.answers');
const fold = document.querySelector('.more input');
const rest = document.querySelector('.rest');
const before = shown(rest);
fold.click();
const after = shown(rest);
const first = {answers: box(answers), figure: box(document.querySelector('main figure img'))};
scrollTo(0, 2000);
parent.postMessage(JSON.stringify({
  page: document.documentElement.scrollWidth, inner: innerWidth, first,
  out: out.map(each => each.outerHTML.slice(0, 80)), smallest: Math.min(...sizes),
  images: all('figure img').map(each => [each.naturalWidth, box(each).width]),
  beside: all('.beside').map(each => box(each.children[1]).left - box(each.children[0]).right),
  cut: [...cut('figure .wide'), ...cut('.sample .wide')],
  toc: box(toc), is_open, is_marked: Boolean(toc.querySelector('[aria-current]')),
  rest: [before, after], headings: all('h1, h2, h3').map(each => each.tagName),
  alts: all('img').map(each => each.alt)}), '*');
}"""


def drawn(inches):
    with styled_figure(inches, 2.0) as figure:
        figure.subplots().set_xlabel('events')
    return report_figure('report', 'overview', drawn=figure)


def full_page():
    """A page with figures of both widths, a long and wide table, and names that do not break."""
    page = make_page()
    rows = [[f'{"scheduled_sampling"} - {"professor_forcing"} {n}', Estimate(1.25, 1.0, 1.5),
             *(['sign-flip permutation over melodies'] * 4), *([0.001] * 6)] for n in range(20)]
    table = Table('t', 'Long', PATH, ['compared', *(f'column {n}' for n in range(11))], rows)
    section = page.sections[0]._replace(
        text=f'Plain words. {PATH}\n\nExact words.', notes=[PATH], tables=[table],
        figures=[drawn(PAGE_INCHES), drawn(BESIDE_INCHES)])
    roll = piano_roll_svg(OutputMelody(64 * [60, -2], 16, 120.0, title='a'))
    return render(page._replace(
        facts={f'fact {n}': 'some words on what was compared here' for n in range(5)},
        introduction=_TEXTS['INTRODUCTION'], verdicts=page.verdicts * 3,
        overview_figures=[drawn(PAGE_INCHES)], verdict_figures=[drawn(PAGE_INCHES)],
        sections=[section], samples=[page.samples[0]._replace(roll=roll)],
        command=f'--sequence_example_file={PATH}', run_configs={'baseline': PATH}))


@pytest.fixture(scope='module', params=[SCREEN, PHONE], ids=['screen', 'phone'])
def measured(request, tmp_path_factory):
    """The width of a screen, and what a script in the page measures there."""
    if not CHROMIUM:
        pytest.skip('there is no Chromium: the page cannot be laid out')
    folder = tmp_path_factory.mktemp('laid_out')
    (folder / 'page.html').write_text(
        full_page().replace('</body>', f'<script>{_SAY}</script></body>'))
    frame = folder / 'frame.html'
    frame.write_text(_FRAME.format(width=request.param))
    dumped = subprocess.run(
        [CHROMIUM, '--headless', '--no-sandbox', '--disable-gpu', '--virtual-time-budget=3000',
         '--window-size=1400,900', f'--user-data-dir={folder / "profile"}', '--dump-dom',
         frame.as_uri()], capture_output=True, text=True, check=True, timeout=120).stdout
    said = re.search(r'<pre id="said">(.*?)</pre>', dumped, re.DOTALL)[1]
    return request.param, json.loads(html.unescape(said))


def test_nothing_runs_out_of_the_screen(measured):
    width, found = measured
    assert found['page'] <= found['inner'] == width
    assert not found['out']


def test_figures_keep_their_size_so_that_their_text_is_12_pixels_or_more(measured):
    _, found = measured
    assert len(found['images']) == 4
    for natural, shown in found['images']:
        assert shown == pytest.approx(natural * 96 / 150, abs=1)
    assert found['smallest'] >= 12


def test_figures_and_piano_rolls_are_whole_on_a_screen_and_scroll_on_a_phone(measured):
    width, found = measured
    assert len(found['cut']) == 5
    assert all((hidden > 0) == (width == PHONE) for hidden in found['cut'])


def test_text_stands_beside_narrow_figures_on_a_screen_and_below_on_a_phone(measured):
    width, found = measured
    assert len(found['beside']) == 1
    assert (found['beside'][0] > 0) == (width == SCREEN)


def test_the_contents_stay_beside_the_text_or_folded_on_top(measured):
    width, found = measured
    assert found['toc']['top'] == 0
    assert found['is_open'] == (width == SCREEN)
    assert found['is_marked']
    if width == SCREEN:
        assert found['toc']['right'] < found['first']['answers']['left']


def test_answers_and_a_figure_are_on_the_first_screen(measured):
    width, found = measured
    assert found['first']['answers']['bottom'] < 900
    if width == SCREEN:
        assert found['first']['figure']['bottom'] < 900


def test_a_folded_table_unfolds(measured):
    assert measured[1]['rest'] == [False, True]


def test_headings_are_in_order_and_images_have_words(measured):
    _, found = measured
    levels = [int(name[1]) for name in found['headings']]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all(found['alts'])
