"""The cache: one folder, whole files or none, and it removes only what it put there."""

import hashlib
import http.server
import threading
from pathlib import Path

import pytest

from nastutor.tasks.downloads import archive, cache

CONTENT = b"an archive" * 1000
MD5 = hashlib.md5(CONTENT).hexdigest()
NAME = "cifar-10-python.tar.gz"


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("NASTUTOR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def server():
    """Serves CONTENT under any path, and fewer bytes than announced under /cut."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append(self.path)
            self.send_response(404 if self.path == "/missing" else 200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[:100] if self.path == "/cut" else CONTENT)

        def log_message(self, *_):
            """Says nothing."""

    requests = []
    own = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=own.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{own.server_port}", requests
    own.shutdown()
    own.server_close()


def test_it_downloads_once(folder, server, capsys):
    url, requests = server
    path = archive("cifar10", NAME, (f"{url}/missing", f"{url}/good"), MD5)
    assert path == folder / "cifar10" / NAME and path.read_bytes() == CONTENT and requests == ["/missing", "/good"]
    assert archive("cifar10", NAME, (f"{url}/good",), MD5) == path and len(requests) == 2
    assert "downloading" in capsys.readouterr().err


def test_a_damaged_file_is_fetched_again(folder, server):
    path = archive("cifar10", NAME, (f"{server[0]}/good",), MD5)
    path.write_bytes(b"damaged")
    assert archive("cifar10", NAME, (f"{server[0]}/good",), MD5).read_bytes() == CONTENT


@pytest.mark.parametrize(("path", "md5", "words"), [("cut", MD5, "checksum"), ("good", "0" * 32, "checksum"), ("missing", MD5, "404")])
def test_what_is_not_whole_is_not_kept(folder, server, path, md5, words):
    with pytest.raises(ConnectionError, match=words):
        archive("cifar10", NAME, (f"{server[0]}/{path}",), md5)
    assert not list(cache.files()) and cache.size() == 0


def test_size_and_empty(folder, server):
    assert cache.folder == folder and cache.size() == 0
    archive("cifar10", NAME, (f"{server[0]}/good",), MD5)
    (folder / "cifar10" / f"{NAME}.cut_off").write_bytes(b"123")
    assert cache.size() == len(CONTENT) + 3 and str(folder) in repr(cache)
    (folder / "my thesis.txt").write_text("dear")
    cache.empty()
    assert cache.size() == 0 and [path.name for path in folder.iterdir()] == ["my thesis.txt"]
    (folder / "my thesis.txt").unlink()
    cache.empty()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("platform", "name", "place"), [("linux", "XDG_CACHE_HOME", ".cache"), ("darwin", "", "Library/Caches"), ("win32", "LOCALAPPDATA", "AppData/Local")]
)
def test_each_system_has_its_place(monkeypatch, tmp_path, platform, name, place):
    for variable in ("NASTUTOR_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert cache.folder == tmp_path / place / "nastutor"
    if name:
        monkeypatch.setenv(name, str(tmp_path / "own"))
        assert cache.folder == tmp_path / "own" / "nastutor"
