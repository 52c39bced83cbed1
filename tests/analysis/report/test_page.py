"""The page: whole in itself, safe against what runs are called, and what it says of verdicts."""

import html
import re

import pytest
from scipy.stats import ttest_1samp

from magenta_reg.analysis.report.page import AudioSample, Page, effects_table, render
from magenta_reg.analysis.report.section import ReportFigure, Section, Table
from magenta_reg.analysis.report.verdicts import ClaimPart, verdicts
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.paired import t_estimate

# 750 by 300 pixels; the page reads no more of it.
PNG, SVG = b'\x89PNG'.ljust(16) + b'\0\0\x02\xee\0\0\x01,', b'<svg/>'
SENTENCES = ['States are closer.', 'Melodies are likelier.', 'Loss is lower.']


def make_page(**changes):
    sizes = {'n_melodies': 40, 'n_seeds': 3, 'test': 'a test', 'standard_error': 0.02,
             'degrees_of_freedom': 2}
    parts = [
        ClaimPart('closer', 'sampling against baseline',
                  Estimate(-0.2, -0.3, -0.1, 0.0099, **sizes), -1),
        ClaimPart('likelier', 'sampling against dropout',
                  Estimate(0.01, -0.1, 0.3, 0.4, **sizes), 1),
        ClaimPart('lower', 'forcing against baseline',
                  Estimate(n_melodies=40, n_seeds=1, reason='constant states'), -1)]
    table = Table('losses', 'Losses', 'lower is better', ['method', 'loss'],
                  [['baseline', Estimate(2.0, 1.9, 2.1)]])
    section = Section('losses', 'Do the losses show it?', 'What was asked.',
                      [ReportFigure('curves', 'Curves', 'Read it so.', PNG, SVG)],
                      [table, table._replace(title='Hidden table', is_shown=False)], {}, {},
                      ['Too few melodies.'])
    judged = verdicts(parts)
    page = Page('A comparison', 'Which is best?', 'They play.', {'Networks': 'four'},
                {'baseline': 'Learns.'}, ['One seed.'],
                list(zip(SENTENCES, judged, strict=True)),
                [ReportFigure('verdicts', 'Every test', 'Right is as claimed.', PNG, SVG)],
                effects_table(judged),
                [table._replace(name='overview', title='All methods', note='Mind the floor.')],
                [ReportFigure('overview', 'At a glance', 'Grey is real music.', PNG, SVG)],
                [section],
                [AudioSample('baseline, melody 1', '<svg><title>roll</title></svg>', b'sound',
                             128)],
                'melody_rnn_reg_analyze --seed=0', {'data': 'sha256 0a1b'}, {'baseline': 'seed: 0'})
    return page._replace(**changes)


@pytest.fixture(scope='module')
def page():
    return render(make_page())


def test_the_page_needs_nothing_but_itself(page):
    assert not re.search(r'https?://|<script [^>]*src|@import|url\(', page)
    for source in re.findall(r'(?:src|href)="([^"]*)"', page):
        assert source.startswith(('data:', '#')) or source == 'listening.html', source


def test_question_answers_what_was_compared_and_a_figure_come_before_all_details(page):
    text = html.unescape(re.sub(r'<[^>]+>', ' ', page.partition('<main')[2]))
    order = [text.index(part) for part in (
        'Which is best?', 'States are closer.', 'Melodies are likelier.', 'Networks',
        'At a glance', 'Why: the tests', 'Right is as claimed.', 'Mind the floor.',
        'What was asked.')]
    assert order == sorted(order)


def test_each_answer_has_its_word_on_the_first_screen_and_with_its_reasons(page):
    words = re.findall(r'class="word ([\w-]+)"', page)
    assert words == 2 * ['confirmed', 'undecided', 'not-tested']


def test_calibration_has_one_question_and_a_word_for_each_method():
    verdict = make_page().verdicts[0][1]._replace(claim='calibrated:a_method')
    page = render(make_page(verdicts=[('A method is calibrated.', verdict)]))
    front = page[page.index('id="answers"'):page.index('id="reasons"')]
    assert re.search(r'<li>a method\s*<span class="word confirmed">', front)
    assert 'A method is calibrated.' not in front
    assert page.count('A method is calibrated.') == 1


def test_the_first_paragraph_of_a_section_stands_apart_from_the_exact_ones():
    section = make_page().sections[0]._replace(text='Plain.\n\nExact.\n\nMore.')
    text = render(make_page(sections=[section]))
    assert re.search(r'<div class="question"><p>Plain.</p>\s*<div class="exact"><p>Exact.</p>\s*'
                     r'<p>More.</p>', text)


def test_tables_over_eight_rows_fold_all_but_the_first(page):
    assert '<tbody class="rest">' not in page
    table = Table('t', 'Long', '', ['n'], [[f'row {n}'] for n in range(9)])
    section = make_page().sections[0]._replace(tables=[table])
    text = render(make_page(sections=[section]))
    first, rest = re.search(r'<tbody>(.*?)</tbody>\s*<tbody class="rest">(.*?)</tbody>',
                            text[text.index('>Long<'):], re.DOTALL).groups()
    assert re.findall(r'row \d', first) == [f'row {n}' for n in range(5)]
    assert re.findall(r'row \d', rest) == [f'row {n}' for n in range(5, 9)]
    assert 'Show all 9 rows' in text


def test_a_long_note_folds_and_is_all_there():
    note = ' '.join(f'word{n}' for n in range(100))
    page = render(make_page(notes=[note]))
    first, rest = re.search(r'<summary><strong>Note:</strong> (.*?) …</summary>… (.*?)</details>',
                            page).groups()
    assert first + rest == note


def test_words_of_verdicts_can_be_read_on_their_colours(page):
    """WCAG 2.1: a contrast of 4.5 or more."""
    def luminance(colour):
        parts = [int(colour[start:start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
                  for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    found = re.findall(r'^\.(\w+) \{ background: (#\w{6}); color: (#\w{6})', page, re.MULTILINE)
    assert [name for name, *_ in found] == ['confirmed', 'contradicted', 'equivalent']
    for name, *colours in found:
        low, high = sorted(map(luminance, colours))
        assert (high + 0.05) / (low + 0.05) > 7, name


def test_every_test_shows_effect_interval_n_and_adjusted_p(page):
    row = next(row for row in re.findall(r'<tr>.*?</tr>', page, re.DOTALL)
               if 'sampling against baseline' in row)
    for content in ('\u22120.200', '[\u22120.300, \u22120.100]', '40', 'a test', '0.010', '0.020'):
        assert content in row


def test_words_wrap_and_numbers_do_not(page):
    assert '<td class="text">a test</td>' in page
    assert '<td>40</td>' in page
    assert re.search(r'class="text">\s*test</th>', page)
    assert re.search(r'<th scope="col">\s*melodies</th>', page)


def test_a_section_shows_notes_figures_and_the_tables_that_are_for_the_page(page):
    for content in ('Right is as claimed.', 'Too few melodies.', 'Read it so.', 'lower is better',
                    '[1.900, 2.100]'):
        assert content in page
    assert 'Hidden table' not in page


def test_names_cannot_break_the_page():
    name = 'a<b>&"c"'
    table = Table('t', name, name, [name], [[name]])
    section = Section('s', name, name, [ReportFigure(name, name, name, PNG, SVG)], [table], {}, {},
                      [name])
    page = render(make_page(title=name, question=name, notes=[name], sections=[section],
                            samples=[AudioSample(name, '<svg/>', b'', 128)],
                            run_configs={name: name}))
    assert 'a<b>' not in page
    assert page.count('a&lt;b&gt;&amp;') > 10


def test_without_claims_the_page_says_so():
    page = render(make_page(verdicts=[], verdict_figures=[]))
    assert 'No claim is about the methods that are here.' in page


def test_p_values_stand_below_their_own_names():
    table = effects_table(verdicts([
        ClaimPart(name, name, t_estimate(values, 0.0, 40), 1)
        for name, values in (('closer', [1.0, 1.1, 1.3]), ('lower', [1.0, 2.0, 5.0]))]))
    row = dict(zip(table.columns, table.rows[0], strict=True))
    p = ttest_1samp([1.0, 1.1, 1.3], 0).pvalue
    assert (row['p'], row['p (claim)']) == pytest.approx((p, 2 * p))


def test_a_claim_that_is_not_tested_says_why_in_the_answers():
    effect = t_estimate([0.5], 0.001, 40)
    (verdict,) = verdicts([ClaimPart('closer', 'a', effect, 1)])
    page = render(make_page(verdicts=[('States are closer.', verdict)]))
    answers = page[page.index('class="answers"'):page.index('What was compared')]
    assert 'one seed: not tested' in answers
