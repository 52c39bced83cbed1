"""The page holds every sound and picture itself, and says what it leaves out."""

import base64
import io
from html.parser import HTMLParser

import pytest
import soundfile

from magenta_reg.base.errors import UserError
from magenta_reg.outputs.player_page import PlayerPage
from tests.outputs.melodies import make_melody


class Tags(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.found, self.text = [], ''
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def named(self, name):
        return [attributes for tag, attributes in self.found if tag == name]


def write_page(path, num_melodies, **options):
    page = PlayerPage(path, 'Some <melodies>', **options)
    for number in range(num_melodies):
        page.add(make_melody([60, -2, 64 + number, -1], title=f'No. {number} <i>'),
                 {'log-likelihood': f'-{number}.5 & nats'})
    page.close()
    return Tags(path.read_text())


def test_every_melody_has_a_player_a_picture_and_its_figures(tmp_path):
    page = write_page(tmp_path / 'index.html', 3)
    for tag in ('article', 'audio', 'svg', 'dl'):
        assert len(page.named(tag)) == 3
    for audio in page.named('audio'):
        sound, rate = soundfile.read(io.BytesIO(
            base64.b64decode(audio['src'].removeprefix('data:audio/mpeg;base64,'))))
        assert 'controls' in audio
        assert len(sound) / rate == pytest.approx(4 * 0.125 + 0.06, abs=0.001)
        assert abs(sound).max() > 0.1
    for text in ('3 melodies.', 'No. 2 <i>', '-2.5 & nats', 'Some <melodies>'):
        assert text in page.text
    assert not page.named('i')


def test_nothing_is_loaded_from_elsewhere(tmp_path):
    page = write_page(tmp_path / 'index.html', 2)
    sources = [attributes[name] for _, attributes in page.found for name in ('src', 'href')
               if name in attributes]
    assert all(source.startswith('data:') for source in sources)
    assert 'url(' not in page.text
    assert 'import' not in page.text


def test_what_a_keyboard_reaches_has_a_name(tmp_path):
    page = write_page(tmp_path / 'index.html', 2)
    reached = page.named('audio') + [attributes for _, attributes in page.found
                                     if 'tabindex' in attributes]
    assert len(reached) == 4
    assert all('No. ' in attributes['aria-label'] for attributes in reached)


def test_too_many_are_counted_and_left_out(tmp_path):
    page = write_page(tmp_path / 'index.html', 5, max_melodies=2)
    assert len(page.named('audio')) == 2
    assert 'The first 2 of 5 melodies; 3 are left out' in page.text


def test_an_error_leaves_the_old_page(tmp_path, monkeypatch):
    path = tmp_path / 'index.html'
    path.write_text('before')
    page = PlayerPage(path, 'Interrupted')
    page.add(make_melody([60]))

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr('os.replace', interrupt)
    with pytest.raises(KeyboardInterrupt):
        page.close()
    assert path.read_text() == 'before'
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_written_before_the_page_is_closed(tmp_path):
    page = PlayerPage(tmp_path / 'index.html', 'Melodies')
    page.add(make_melody([60]))
    assert list(tmp_path.iterdir()) == []
    page.close()
    assert '1 melody.' in (tmp_path / 'index.html').read_text()


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    page = PlayerPage(tmp_path / 'nowhere' / 'index.html', 'Melodies')
    with pytest.raises(UserError, match=r'^cannot write .*nowhere/index.html: No such file[^\n]*$'):
        page.close()
