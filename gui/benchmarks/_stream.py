"""A stream of JPEG pictures on this machine, as network cameras send them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path

import av
import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImageWriter

from gui.widgets.rgb_images import as_image

QUALITY = 90
BOUNDARY = "frame"


@dataclass
class Stream:
    """A stream that is being served.

    Attributes:
        frames_per_second: how fast; 0 for as fast as somebody reads.
    """

    address: str
    frames_per_second: float = 0.0


def pictures_of(film: Path) -> list[bytes]:
    """Return the pictures of a film as JPEG files."""
    with av.open(str(film)) as container:
        return [_jpeg(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


@contextmanager
def serve(pictures: Sequence[bytes]) -> Iterator[Stream]:
    """Serve the pictures one after the other, in a circle, to whoever asks."""
    stream = Stream("")

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Say nothing about who asks."""

        def do_GET(self) -> None:
            """Send pictures until the other side has gone."""
            self.send_response(200)
            self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
            self.end_headers()
            due_s = time.monotonic()
            with suppress(OSError):
                for picture in cycle(pictures):
                    head = f"Content-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                    self.wfile.write(f"--{BOUNDARY}\r\n{head}".encode() + picture + b"\r\n")
                    if stream.frames_per_second:
                        due_s = max(due_s + 1 / stream.frames_per_second, time.monotonic())
                        time.sleep(max(0.0, due_s - time.monotonic()))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    stream.address = f"http://127.0.0.1:{server.server_port}/stream"
    try:
        yield stream
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _jpeg(pixels: np.ndarray) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"jpeg"))
    writer.setQuality(QUALITY)
    if not writer.write(as_image(pixels)):
        raise RuntimeError(writer.errorString())
    return bytes(buffer.data().data())
