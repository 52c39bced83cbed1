"""MAESTRO comes over the network once, whole and checked; a local server stands for the network."""

import hashlib
import http.server
import io
import multiprocessing
import threading
import zipfile

import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.sources import known_sets
from magenta_reg.sources.known_sets import download
from magenta_reg.sources.open_source import open_source

TABLE = (b'canonical_composer,canonical_title,split,year,midi_filename,audio_filename,duration\n'
         b'Bach,Fugue,train,2004,2004/1.midi,,9\nLiszt,Waltz,test,2006,2006/2.midi,,9\n')


class Server:
    """Serves one file, and can break off once.

    Attributes:
        num_requests: int, how many were answered.
        break_after: int or None, the number of bytes after which the next answer breaks off.
    """

    def __init__(self, content):
        self.num_requests, self.break_after = 0, None
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
        self.num_requests += 1
        if handler.path != '/music.zip':
            handler.send_error(404)
            return
        handler.send_response(200)
        handler.send_header('Content-Length', str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[:self.break_after])
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
    path = download(server.url, sha256, tmp_path / 'new' / 'cache')
    assert path.read_bytes() == content
    server.stop()
    assert download(server.url, sha256, path.parent) == path
    assert server.num_requests == 1
    assert [file.name for file in path.parent.iterdir()] == ['music.zip']


def test_a_download_that_broke_off_leaves_nothing_and_the_next_one_works(
        server, content, sha256, tmp_path):
    server.break_after = 150_000
    with pytest.raises(UserError, match='the connection broke off'):
        download(server.url, sha256, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert download(server.url, sha256, tmp_path).read_bytes() == content


def test_another_checksum_is_refused_and_nothing_is_kept(server, content, sha256, tmp_path):
    with pytest.raises(UserError, match=f'whose sha256 is not {"0" * 64};') as raised:
        download(server.url, '0' * 64, tmp_path)
    assert '\n' not in str(raised.value)
    assert list(tmp_path.iterdir()) == []
    assert download(server.url, sha256, tmp_path).read_bytes() == content


def test_a_file_that_was_damaged_later_is_downloaded_again(server, content, sha256, tmp_path):
    path = download(server.url, sha256, tmp_path)
    path.write_bytes(content[:-1])
    assert download(server.url, sha256, tmp_path).read_bytes() == content


def test_without_a_network_there_is_one_line(server, sha256, tmp_path):
    server.stop()
    with pytest.raises(UserError, match='could not be downloaded') as raised:
        download(server.url, sha256, tmp_path)
    assert '\n' not in str(raised.value)
    assert 'no connection' in str(raised.value)
    assert str(tmp_path) in str(raised.value)


def test_a_server_that_has_it_no_more_is_one_line(server, sha256, tmp_path):
    with pytest.raises(UserError, match='the server answers 404'):
        download(server.url.replace('music', 'gone'), sha256, tmp_path)


def test_two_commands_at_once_both_have_the_file(server, content, sha256, tmp_path):
    with multiprocessing.get_context('fork').Pool(2) as pool:
        paths = pool.starmap(download, [(server.url, sha256, tmp_path)] * 2, chunksize=1)
    assert [path.read_bytes() for path in paths] == [content] * 2
    assert [path.name for path in tmp_path.iterdir()] == ['music.zip']


def test_maestro_is_read_out_of_its_zip_with_its_split(server, sha256, tmp_path, monkeypatch):
    monkeypatch.setattr(known_sets, 'MAESTRO_URL', server.url)
    monkeypatch.setattr(known_sets, 'MAESTRO_SHA256', sha256)
    monkeypatch.setenv(known_sets.CACHE_VARIABLE, str(tmp_path / 'cache'))
    source = open_source('maestro')
    assert source.splits == ('train', 'test')
    pieces = [piece for item in source.items for piece in source.read(item)]
    assert [(piece.name, piece.group, piece.split, piece.reason) for piece in pieces] == [
        ('2004/1.midi', 'Bach / Fugue', 'train', None),
        ('2006/2.midi', 'Liszt / Waltz', 'test', None)]
    assert (tmp_path / 'cache' / 'music.zip').exists()
