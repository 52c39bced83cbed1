"""listening.html in headless Chromium: clicked through, its votes read by the measure."""

import base64
import html
import re
import shutil
import subprocess

import pytest

from magenta_reg.analysis.listening.blind_test import make_test
from magenta_reg.analysis.listening.page import render_test
from magenta_reg.analysis.listening.preference import find_preference
from magenta_reg.analysis.listening.votes import LEFT, NEITHER, RIGHT, Vote, read_votes
from tests.analysis.listening.small_test import NAMES, make_small

CHROMIUM = shutil.which('chromium') or shutil.which('google-chrome')
# What a script in the page can say: lines of text in an element of its own.
_SAY = """
const said = document.body.appendChild(document.createElement('pre'));
said.id = 'said';
const say = line => said.append(line + '\\n');
const key = (name, options) =>
  document.dispatchEvent(new KeyboardEvent('keydown', {key: name, ...options}));
const press = (...names) => names.forEach(name => key(name));
const click = query => document.querySelector(query).click();
const start = name => {
  document.getElementById('name').value = name;
  document.getElementById('start').requestSubmit();
};
const text = id => document.getElementById(id).textContent;
"""


@pytest.fixture(scope='module')
def small(tmp_path_factory):
    """A Comparison with two methods, its BlindTest and its page."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        comparison = make_small(tmp_path_factory.mktemp('runs'), monkeypatch, names=NAMES[:2])
        test = make_test(comparison)
        return comparison, test, render_test(test, comparison)


@pytest.fixture
def browse(small, tmp_path):
    """Returns a function of JavaScript that opens the page from disk, runs it and returns lines.

    The profile, and so what the page keeps, lasts for the test.
    """
    if not CHROMIUM:
        pytest.skip('there is no Chromium: the page cannot be clicked through')

    def run(script):
        path = tmp_path / 'listening.html'
        path.write_text(small[2].replace('</body>', f'<script>{_SAY}{script}</script></body>'))
        dumped = subprocess.run(
            [CHROMIUM, '--headless', '--no-sandbox', '--disable-gpu', '--virtual-time-budget=2000',
             f'--user-data-dir={tmp_path / "profile"}', '--dump-dom', path.as_uri()],
            capture_output=True, text=True, check=True, timeout=120).stdout
        said = re.search(r'<pre id="said">(.*?)</pre>', dumped, re.DOTALL)[1]
        return html.unescape(said).splitlines()

    return run


def read_lines(lines, test, tmp_path):
    path = tmp_path / 'votes.csv'
    path.write_text('\n'.join([*lines, '']), encoding='utf-8')
    return read_votes([path], test)


def test_all_pairs_voted_by_keys_give_a_file_that_the_measure_reads(browse, small, tmp_path):
    _, test, _ = small
    # A listener who always prefers the held-out melody, then dropout; who has no say in one pair.
    order = ['baseline', 'dropout', test.players[-1]]
    words = [LEFT if order.index(pair.left) > order.index(pair.right) else RIGHT
             for pair in test.pairs]
    words[5] = NEITHER
    keys = {LEFT: 'ArrowLeft', RIGHT: 'ArrowRight', NEITHER: '0'}
    pressed = ','.join(f"'{keys[word]}'" for word in words)
    lines = browse(f"""
        start(' Zoë, "the ear" ');
        for (const vote of [{pressed}]) press('1', '2', vote);
        say(text('csv').trimEnd());""")
    votes = read_lines(lines, test, tmp_path)
    assert votes == [Vote('Zoë, "the ear"', index, word) for index, word in enumerate(words)]
    found = find_preference(votes, test, 0)
    assert sorted(found.strengths, key=lambda player: found.strengths[player].value) == order


def test_all_pairs_voted_by_clicks_show_progress_and_are_saved(browse, small, tmp_path):
    _, test, _ = small
    lines = browse("""
        let blob;
        URL.createObjectURL = given => { blob = given; return '#'; };
        start('7');
        while (!document.getElementById('test').hidden) {
          say(text('where') + ' ' + document.getElementById('progress').value);
          click('#left .play'); click('#right .play'); click('[data-vote=neither]');
        }
        click('#end .save');
        say(text('saved'));
        blob.text().then(csv => say(csv.trimEnd()));""")
    n = len(test.pairs)
    assert lines[:n] == [f'Pair {index + 1} of {n} {index}' for index in range(n)]
    assert lines[n] == f'{n} votes saved as votes_7.csv.'
    assert read_lines(lines[n + 1:], test, tmp_path) == [
        Vote('7', index, NEITHER) for index in range(n)]


def test_a_vote_counts_only_after_both_were_heard_and_without_other_keys(browse):
    assert browse("""
        start('7');
        press('ArrowLeft', '1', 'ArrowLeft'); click('[data-vote=left]'); say(text('where'));
        press('2'); key('ArrowLeft', {altKey: true}); say(text('where'));
        click('#keys'); press('ArrowLeft'); say(text('where'));
        click('#keys'); press('ArrowLeft'); say(text('where'));
        press('Backspace'); say(text('where'));
        say(document.querySelector('[aria-pressed=true]').dataset.vote);
        press('ArrowRight');
        say(text('where'));
        say(csv().trimEnd().split(',').at(-1));""") == [
            'Pair 1 of 31', 'Pair 1 of 31', 'Pair 1 of 31', 'Pair 2 of 31', 'Pair 1 of 31', 'left',
            'Pair 2 of 31', 'right']


def test_a_page_loaded_again_goes_on_where_it_was(browse):
    browse("start('Ann'); press('1', '2', '0', '1', '2', '0'); say('');")
    assert browse("say(text('where')); say(text('who'));") == ['Pair 3 of 31', 'Ann']
    # Another listener begins anew.
    lines = browse("""
        while (!document.getElementById('test').hidden) press('1', '2', '0');
        window.confirm = () => true;
        click('#next'); start('Ben'); say(text('where')); say(text('who'));""")
    assert lines == ['Pair 1 of 31', 'Ben']


def test_without_storage_it_works_and_says_so(browse):
    assert browse("""
        Object.defineProperty(window, 'localStorage', {get() { throw new Error('none'); }});
        start('Ann'); press('1', '2', '0');
        say(text('where')); say(document.getElementById('unkept').hidden);""") == [
            'Pair 2 of 31', 'false']


def find_sounds(page):
    """Returns the MP3s in a page, as base64."""
    return re.findall(r'"(/[/+][\w+/=]{500,})"', page)


def test_nothing_that_is_seen_or_heard_names_a_player(small):
    _, test, page = small
    seen = re.sub('<style>.*?</style>', '', page, flags=re.DOTALL)
    sounds = b''.join(map(base64.b64decode, find_sounds(page)))
    for name in [*test.players, *(player.replace('_', ' ') for player in test.players)]:
        assert name not in seen
        assert name.encode() not in sounds


def test_every_sound_is_in_the_page_once(small):
    _, test, page = small
    sounds = find_sounds(page)
    assert len(sounds) == len(test.sounds)
    # Two players can play the same; that is not one sound stored twice.
    assert len(set(sounds)) == len({events.tobytes() for events in test.sounds.values()})


def test_the_page_needs_nothing_but_itself(small):
    page = small[2]
    assert not re.search(r'https?://|@import|url\(|\bimport\(|fetch\(|<link(?![^>]*"data:,")', page)
    for source in re.findall(r'(?:src|href)="([^"]*)"', page):
        assert source.startswith('data:'), source[:60]


def test_every_button_and_field_has_a_name(small):
    page = small[2]
    for attributes, content in re.findall(r'<button([^>]*)>(.*?)</button>', page, re.DOTALL):
        assert 'aria-label=' in attributes or re.sub(r'<[^>]+>', '', content).strip()
    for identity in re.findall(r'<input type="text" id="(\w+)"', page):
        assert f'<label for="{identity}">' in page


def test_the_page_is_made_again_from_the_cache(small):
    comparison, test, page = small
    before = comparison.cache.num_computed
    assert render_test(test, comparison) == page
    assert comparison.cache.num_computed == before


def test_names_of_methods_cannot_break_the_page(tmp_path, monkeypatch):
    comparison = make_small(tmp_path, monkeypatch, names=['</script><b>', 'ü'])
    page = render_test(make_test(comparison), comparison)
    assert page.count('</script>') == 2
