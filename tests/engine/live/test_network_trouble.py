"""Addresses that give no pictures: the line names the cause, and what to do about it."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from engine.api.errors import SourceError, SourceRefusedError
from engine.api.live import NetworkSource
from engine.live.network_stream import open_network_stream
from tests.engine.live.parts import LIMIT_S, serving

SCHEMES = ("http", "rtsp")


@contextmanager
def answering(code: int, scheme: str) -> Iterator[str]:
    """A server that answers every request with this code, in the tongue of the scheme."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Tests are quiet."""

        def parse_request(self) -> bool:
            line = self.raw_requestline.decode().strip()
            head = {}
            while (row := self.rfile.readline().decode().strip()) != "":
                name, _, value = row.partition(":")
                head[name.lower()] = value.strip()
            version = line.rpartition(" ")[2]
            number = f"CSeq: {head['cseq']}\r\n" if "cseq" in head else ""
            length = "Content-Length: 0\r\n\r\n"
            self.wfile.write(f"{version} {code} No\r\n{number}{length}".encode())
            self.close_connection = scheme == "http"
            return False

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{server.server_port}/door"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(LIMIT_S)


def line_about(address: str) -> tuple[str, type]:
    with pytest.raises(SourceError) as caught:
        open_network_stream(NetworkSource(address))
    line = str(caught.value)
    assert "\n" not in line
    return line, caught.type


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_stream_that_wants_a_login_says_how_to_write_one(scheme: str) -> None:
    with answering(401, scheme) as address:
        line, kind = line_about(address)
        assert f"needs a login (401); write {scheme}://NAME:PASSWORD@127.0.0.1" in line
        assert kind is SourceRefusedError
        with_login = address.replace("://", "://anna:hidden@")
        line, kind = line_about(with_login)
        assert "refuses this login (401); check name and password" in line
        assert "hidden" not in line
        assert kind is SourceRefusedError


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (403, "refuses access (403)"),
        (404, "has nothing at this address (404)"),
        (410, "refuses the request (4xx)"),
        (503, "has a fault of its own (5xx)"),
    ],
)
def test_what_a_server_answers_is_told(scheme: str, code: int, words: str) -> None:
    with answering(code, scheme) as address:
        line, kind = line_about(address)
    assert words in line
    assert (kind is SourceRefusedError) == (code == 403)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_refused_connection_asks_whether_it_is_switched_on(scheme: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line, _ = line_about(f"{scheme}://127.0.0.1:{port}/1")
    assert "nobody listens there; is it switched on, and the port right?" in line


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_name_that_nobody_has_is_told(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line, _ = line_about(f"{scheme}://nowhere.invalid/1")
    assert "no computer is called nowhere.invalid; check the name and the network" in line


def test_a_page_in_place_of_pictures_is_called_one() -> None:
    page = b"<!doctype html><html><body>Please log in</body></html>"
    with serving(page, "text/html; charset=utf-8") as address:
        line, _ = line_about(address)
    assert "answers with a page, not pictures; find the address of the stream itself" in line


def test_noise_is_no_page_and_no_stream() -> None:
    with serving(bytes(range(256)) * 8, "application/octet-stream") as address:
        line, _ = line_about(address)
    assert "sends nothing that this program reads as pictures" in line


def test_a_page_behind_a_login_is_looked_at_with_that_login() -> None:
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Tests are quiet."""

        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization", ""))
            self.send_response(200 if seen[-1] else 401)
            self.send_header("WWW-Authenticate", 'Basic realm="door"')
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html>menu</html>")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        line, _ = line_about(f"http://anna:w%40rd@127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        server.server_close()
        thread.join(LIMIT_S)
    assert "answers with a page" in line
    assert seen[-1] == "Basic " + base64.b64encode(b"anna:w@rd").decode()
