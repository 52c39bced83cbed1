"""MAESTRO comes over the network once, whole and checked; a local server stands for the network."""

import hashlib
import http.server
import io
import re
import threading
import zipfile

import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.sources import download
from magenta_reg.sources import known_sets as maestro
from magenta_reg.sources.sources import open_source

TABLE = (b'canonical_composer,canonical_title,split,year,midi_filename,audio_filename,duration\n'
         b'Bach,Fugue,train,2004,2004/1.midi,,9\nLiszt,Waltz,test,2006,2006/2.midi,,9\n')


class Server:
    """Serves one file, whole or from where a Range says, and can break off once.

    Attributes:
        ranges: list of the Range header, or None, of each request.
        break_after: int or None, the number of bytes after which the next answer breaks off.
        knows_ranges: bool.
    """

    def __init__(self, content):
        self.ranges, self.break_after, self.knows_ranges = [], None, True
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.answer(self, content)

            def log_message(self, *args):
                pass

        self._httpd = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self._httpd.server_port}/music.zip'
        threading.Thread(target=self._httpd.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, handler, content):
        wanted = handler.headers['Range']
        self.ranges.append(wanted)
        start = int(re.fullmatch(r'bytes=(\d+)-', wanted)[1]) if wanted else 0
        if handler.path != '/music.zip':
            handler.send_error(404)
            return
        if not self.knows_ranges:
            start = 0
        if start and start >= len(content):
            handler.send_response(416)
            handler.send_header('Content-Range', f'bytes */{len(content)}')
            handler.send_header('Content-Length', '0')
            handler.end_headers()
            return
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header('Content-Range',
                                f'bytes {start}-{len(content) - 1}/{len(content)}')
        handler.send_header('Content-Length', str(len(content) - start))
        handler.end_headers()
        handler.wfile.write(content[start:self.break_after])
        self.break_after = None

    def stop(self):
        self._httpd.shutdown()
        self._httpd.server_close()


@pytest.fixture
def content(tune):
    """A zip in the form of MAESTRO's, with both tables."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, data in {'2004/1.midi': tune, '2006/2.midi': tune, 'm.csv': TABLE,
                           'm.json': b'{"midi_filename": {"0": "2004/1.midi"}}',
                           'LICENSE': b'CC' * 100_000}.items():
            archive.writestr(f'maestro-v3.0.0/{name}', data)
    return buffer.getvalue()


@pytest.fixture
def sha256(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def server(content):
    server = Server(content)
    yield server
    server.stop()


def test_a_file_is_downloaded_once(server, content, sha256, tmp_path):
    path = download.fetch(server.url, sha256, tmp_path / 'new' / 'cache')
    assert path.read_bytes() == content
    server.stop()
    assert download.fetch(server.url, sha256, path.parent) == path
    assert server.ranges == [None]
    assert [file.name for file in path.parent.iterdir()] == ['music.zip']


def test_a_download_that_broke_off_goes_on_where_it_stopped(server, content, sha256, tmp_path):
    server.break_after = 150_000
    with pytest.raises(UserError, match='the connection broke off'):
        download.fetch(server.url, sha256, tmp_path)
    kept = (tmp_path / 'music.zip.partial').read_bytes()
    assert len(kept) > 100_000
    assert kept == content[:len(kept)]
    assert not (tmp_path / 'music.zip').exists()
    assert download.fetch(server.url, sha256, tmp_path).read_bytes() == content
    assert server.ranges == [None, f'bytes={len(kept)}-']


def test_a_download_that_ended_before_it_was_checked_is_taken(server, content, sha256, tmp_path):
    (tmp_path / 'music.zip.partial').write_bytes(content)
    assert download.fetch(server.url, sha256, tmp_path).read_bytes() == content
    assert server.ranges == [f'bytes={len(content)}-']


def test_a_server_that_cannot_go_on_sends_it_all(server, content, sha256, tmp_path):
    server.knows_ranges = False
    (tmp_path / 'music.zip.partial').write_bytes(content[:500])
    assert download.fetch(server.url, sha256, tmp_path).read_bytes() == content


def test_more_than_there_is_is_thrown_away(server, content, sha256, tmp_path):
    (tmp_path / 'music.zip.partial').write_bytes(content + b'more')
    assert download.fetch(server.url, sha256, tmp_path).read_bytes() == content
    assert server.ranges == [f'bytes={len(content) + 4}-', None]


def test_another_checksum_is_refused_and_nothing_is_kept(server, content, sha256, tmp_path):
    (tmp_path / 'music.zip.partial').write_bytes(b'something else')
    with pytest.raises(UserError, match=f'whose sha256 is not {sha256}') as raised:
        download.fetch(server.url, sha256, tmp_path)
    assert '\n' not in str(raised.value)
    assert list(tmp_path.iterdir()) == []
    assert download.fetch(server.url, sha256, tmp_path).read_bytes() == content


def test_a_file_that_was_damaged_later_is_downloaded_again(server, content, sha256, tmp_path):
    path = download.fetch(server.url, sha256, tmp_path)
    path.write_bytes(content[:-1])
    assert download.fetch(server.url, sha256, tmp_path).read_bytes() == content


def test_without_a_network_there_is_one_line(server, sha256, tmp_path):
    server.stop()
    with pytest.raises(UserError, match='could not be downloaded') as raised:
        download.fetch(server.url, sha256, tmp_path)
    assert '\n' not in str(raised.value)
    assert 'no connection' in str(raised.value)
    assert str(tmp_path) in str(raised.value)


def test_a_server_that_has_it_no_more_is_one_line(server, sha256, tmp_path):
    with pytest.raises(UserError, match='the server answers 404'):
        download.fetch(server.url.replace('music', 'gone'), sha256, tmp_path)


def test_two_commands_do_not_write_one_file(server, sha256, tmp_path):
    import fcntl
    with open(tmp_path / 'music.zip.partial', 'ab') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(UserError, match='by another command'):
            download.fetch(server.url, sha256, tmp_path)
    assert server.ranges == []


def test_maestro_is_read_out_of_its_zip_with_its_split(server, sha256, tmp_path, monkeypatch):
    monkeypatch.setattr(maestro, 'URL', server.url)
    monkeypatch.setattr(maestro, 'SHA256', sha256)
    monkeypatch.setenv(maestro.CACHE_VARIABLE, str(tmp_path / 'cache'))
    source = open_source('maestro')
    assert source.splits == ('train', 'test')
    pieces = [piece for item in source.items for piece in source.read(item)]
    assert [(piece.name, piece.group, piece.split, piece.reason) for piece in pieces] == [
        ('2004/1.midi', 'Bach / Fugue', 'train', None),
        ('2006/2.midi', 'Liszt / Waltz', 'test', None)]
    assert (tmp_path / 'cache' / 'music.zip').exists()
