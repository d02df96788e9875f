"""Downloads against a real server on this machine that can be told to misbehave."""

from __future__ import annotations

import hashlib
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine.api.errors import DownloadError, StorageError, TaskCancelled
from engine.api.tasks import TaskContext
from engine.core import downloads
from engine.core.downloads import download, open_https

CONTENT = bytes(range(256)) * 4000  # four chunks
CHECKSUM = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves CONTENT.

    Attributes:
        ranges: the Range header of each request, None without one.
        cut_after: bytes after which the connection is closed; None to send all.
        knows_ranges: whether a Range is honoured.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.ranges: list[str | None] = []
        self.content = CONTENT
        self.cut_after: int | None = None
        self.knows_ranges = True
        self.is_missing = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/weights.pth"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        if self.server.is_missing:
            self.send_error(404)
            return
        content, start = self.server.content, 0
        if wanted and self.server.knows_ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(content)}")
                self.end_headers()
                return
            self.send_response(206)
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = None if self.server.cut_after is None else start + self.server.cut_after
        self.wfile.write(content[start:end])

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def open_local(request: urllib.request.Request, timeout_s: float) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return opener.open(request, timeout=timeout_s)


def fetch(
    server: Server, target: Path, checksum: str = CHECKSUM[:8], context: TaskContext | None = None
) -> Path:
    context = context or TaskContext(lambda _: None)
    return download(server.url, target, len(CONTENT), checksum, context, open_local)


def test_a_download_arrives_whole_and_leaves_nothing_else(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "hub" / "weights.pth"
    assert fetch(server, target) == target
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == ["weights.pth"]


def test_progress_rises_to_one(server: Server, tmp_path: Path) -> None:
    seen: list[float | None] = []
    context = TaskContext(lambda progress: seen.append(progress.fraction), interval_s=0.0)
    fetch(server, tmp_path / "weights.pth", context=context)
    arriving = seen[: seen.index(1.0) + 1]
    assert arriving == sorted(arriving, key=float)
    assert len(arriving) >= 4


def test_a_file_that_is_there_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "weights.pth"
    target.write_bytes(CONTENT)
    fetch(server, target)
    assert server.ranges == []


def test_a_damaged_file_is_replaced(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "weights.pth"
    target.write_bytes(CONTENT[:-1])
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_a_download_cut_short_says_so_and_resumes_where_it_stopped(
    server: Server, tmp_path: Path
) -> None:
    target = tmp_path / "weights.pth"
    server.cut_after = 300_000
    with pytest.raises(DownloadError, match=r"724000 bytes are missing.*300 kB are kept"):
        fetch(server, target)
    assert not target.exists()
    server.cut_after = None
    fetch(server, target)
    assert server.ranges == [None, "bytes=300000-"]
    assert target.read_bytes() == CONTENT


def test_a_server_without_ranges_sends_the_file_from_the_start(
    server: Server, tmp_path: Path
) -> None:
    target = tmp_path / "weights.pth"
    target.with_name("weights.pth.part").write_bytes(b"x" * 1000)
    server.knows_ranges = False
    fetch(server, target)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("part", [CONTENT, CONTENT + b"more"])
def test_a_part_that_is_complete_or_too_long_is_settled(
    server: Server, tmp_path: Path, part: bytes
) -> None:
    target = tmp_path / "weights.pth"
    target.with_name("weights.pth.part").write_bytes(part)
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_a_wrong_checksum_deletes_what_arrived(server: Server, tmp_path: Path) -> None:
    server.content = CONTENT[::-1]
    with pytest.raises(DownloadError, match=r"checksum differs from the published .*deleted"):
        fetch(server, tmp_path / "weights.pth")
    assert list(tmp_path.glob("weights*")) == []


def test_cancelling_stops_between_chunks_and_keeps_the_part(server: Server, tmp_path: Path) -> None:
    context = TaskContext(lambda progress: context.cancel(), interval_s=0.0)
    target = tmp_path / "weights.pth"
    with pytest.raises(TaskCancelled):
        fetch(server, target, context=context)
    part = target.with_name("weights.pth.part").read_bytes()
    assert 0 < len(part) <= downloads.CHUNK_BYTES
    assert CONTENT.startswith(part)
    assert not target.exists()


def test_a_missing_file_is_one_line_with_the_status(server: Server, tmp_path: Path) -> None:
    server.is_missing = True
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:\d+: .*status 404 Not Found"):
        fetch(server, tmp_path / "weights.pth")


def test_an_unreachable_server_is_a_download_error(server: Server, tmp_path: Path) -> None:
    def refuse(request: urllib.request.Request, timeout_s: float) -> Any:
        raise urllib.error.URLError("Name or service not known")

    with pytest.raises(DownloadError, match=r"failed \(Name or service not known\)"):
        download(server.url, tmp_path / "a", 0, "", TaskContext(lambda _: None), refuse)


def test_without_a_network_one_is_told_what_to_fetch_by_hand_and_where_to_put_it(
    server: Server, tmp_path: Path
) -> None:
    def refuse(request: urllib.request.Request, timeout_s: float) -> Any:
        raise urllib.error.URLError(socket.gaierror(-2, "Name or service not known"))

    with pytest.raises(DownloadError) as raised:
        download(server.url, tmp_path / "a", 0, "", TaskContext(lambda _: None), refuse)
    text = str(raised.value)
    assert "Errno" not in text
    assert f"fetch {server.url} by hand and put it at {tmp_path / 'a'}" in text


def test_a_full_disk_is_noticed_before_anything_is_written(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": len(CONTENT)})
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(StorageError, match=r"1\.02 MB are needed"):
        fetch(server, tmp_path / "weights.pth")
    assert list(tmp_path.glob("weights*")) == []


def test_a_folder_that_cannot_be_made_is_a_storage_error(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        fetch(server, tmp_path / "file" / "weights.pth")


@pytest.mark.parametrize("scheme", ["http", "ftp", "file"])
def test_only_https_is_opened(scheme: str) -> None:
    request = urllib.request.Request(f"{scheme}://127.0.0.1/weights.pth")
    with pytest.raises(DownloadError, match="only https"):
        open_https(request, 1.0)


def test_a_redirection_out_of_https_is_refused() -> None:
    redirects = downloads._HttpsOnlyRedirects()
    request = urllib.request.Request("https://example.org/weights.pth")
    with pytest.raises(DownloadError, match="only https"):
        redirects.redirect_request(request, None, 302, "Found", {}, "http://example.org/weights")
    followed = redirects.redirect_request(
        request, None, 302, "Found", {}, "https://example.org/elsewhere"
    )
    assert followed is not None
    assert followed.full_url == "https://example.org/elsewhere"
