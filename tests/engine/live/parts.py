"""Clocks moved by hand, readers that obey, films and MJPEG servers for the tests of live."""

from __future__ import annotations

import io
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from engine.api.live import LiveEvent, LiveResult
from engine.live.clock import Clock
from engine.live.pipeline import Listener
from engine.live.source_reader import Pixels, SourceReader
from engine.live.sources import SourcePlan

LIMIT_S = 60.0  # of every wait: only a failing test waits so long


class ManualClock(Clock):
    """Stands still until it is moved, and then wakes everyone who waits for it."""

    def __init__(self) -> None:
        self._now_s = 100.0
        self._conditions: set[threading.Condition] = set()

    def now_s(self) -> float:
        return self._now_s

    def wait_until(self, condition: threading.Condition, moment_s: float | None) -> None:
        self._conditions.add(condition)
        if moment_s is None or self._now_s < moment_s:
            condition.wait()

    def advance(self, seconds: float) -> None:
        self._now_s += seconds
        for condition in list(self._conditions):
            with condition:
                condition.notify_all()


class FlyingClock(Clock):
    """For one thread: whoever waits finds that the moment has come.

    Where no moment is waited for, the next of `when_idle` is called.
    """

    def __init__(self) -> None:
        self.time_s = 100.0
        self.when_idle: deque[Callable[[], None]] = deque()

    def now_s(self) -> float:
        return self.time_s

    def wait_until(self, condition: threading.Condition, moment_s: float | None) -> None:
        if moment_s is None:
            self.when_idle.popleft()()
        else:
            self.time_s = max(self.time_s, moment_s)


def grey(level: int, size: tuple[int, int] = (16, 12)) -> Pixels:
    return np.full((size[1], size[0], 3), level, np.uint8)


class NumberedFilm(SourceReader):
    """A film whose picture number n is grey of level n, at ten pictures a second."""

    is_live = False
    period_s = 0.1

    def __init__(self, count: int) -> None:
        self._count, self._next = count, 0
        self.duration_s = count * self.period_s
        self.threads: set[int] = set()
        self.is_closed = False
        self.retrieved: list[int] = []

    def grab(self) -> float | None:
        self.threads.add(threading.get_ident())
        if self._next >= self._count:
            return None
        self._next += 1
        return (self._next - 1) * self.period_s

    def retrieve(self) -> Pixels:
        self.retrieved.append(self._next - 1)
        return grey(self._next - 1)

    def seek(self, time_s: float) -> None:
        self._next = min(int(time_s / self.period_s + 1e-6), self._count - 1)

    def close(self) -> None:
        self.threads.add(threading.get_ident())
        self.is_closed = True


class ScriptedCamera(SourceReader):
    """Gives what the script yields: pixels, None for an unreadable picture, or an error raised."""

    def __init__(self, script: Iterator[Any]) -> None:
        self._script, self._current = script, None
        self.threads: set[int] = set()
        self.is_closed = threading.Event()

    def grab(self) -> float | None:
        self.threads.add(threading.get_ident())
        try:
            self._current = next(self._script)
        except StopIteration:
            return None
        if isinstance(self._current, Exception):
            raise self._current
        return 0.0

    def retrieve(self) -> Pixels | None:
        return self._current

    def close(self) -> None:
        self.threads.add(threading.get_ident())
        self.is_closed.set()


def plan(open_reader: Callable[[], SourceReader], **changes: Any) -> SourcePlan:
    """A source that is tried again at once."""
    values = {"first_pause_s": 0.0, "longest_pause_s": 0.0, **changes}
    return SourcePlan("the source", open_reader, **values)


class Notes:
    """Everything a pipeline tells, to be waited for."""

    def __init__(self) -> None:
        self.events: list[LiveEvent] = []
        self.results: list[LiveResult] = []
        self.crashes: list[BaseException] = []
        self.ready_calls = 0
        self._changed = threading.Condition()
        self.listener = Listener(self.event, self.result, self.ready, self.crash)

    def states(self) -> list[str]:
        return [event.state for event in self.events]

    def levels(self) -> list[int]:
        return [int(result.frame.pixels[0, 0, 0]) for result in self.results]

    def wait(self, is_there: Callable[[], Any]) -> None:
        with self._changed:
            assert self._changed.wait_for(is_there, LIMIT_S), (self.events, len(self.results))

    def wait_state(self, state: str, times: int = 1) -> None:
        self.wait(lambda: self.states().count(state) >= times)

    def event(self, event: LiveEvent) -> None:
        self._note(lambda: self.events.append(event))

    def result(self, result: LiveResult) -> None:
        self._note(lambda: self.results.append(result))

    def crash(self, error: BaseException) -> None:
        self._note(lambda: self.crashes.append(error))

    def ready(self) -> None:
        with self._changed:
            self.ready_calls += 1
            self._changed.notify_all()

    def _note(self, append: Callable[[], None]) -> None:
        with self._changed:
            append()
            self._changed.notify_all()


def write_film(path: Path, count: int, *, size: tuple[int, int] = (64, 48), rate: int = 10) -> Path:
    """Picture n is grey of level 5 n + 20; see `number_of`."""
    return write_pictures(path, [grey(level_of(number), size) for number in range(count)], rate)


def write_pictures(path: Path, pictures: Sequence[Pixels], rate: int = 10) -> Path:
    """Write a film with pictures that look both ways, as cameras and telephones do."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mpeg4", rate=rate)
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 2_000_000
        stream.codec_context.gop_size = 12
        stream.codec_context.max_b_frames = 2
        stream.height, stream.width = pictures[0].shape[:2]
        for pixels in pictures:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def cut_film(path: Path, count: int, share: float) -> Path:
    """Write a film of noise that is listed at its start, and keep a share of the file alone."""
    random = np.random.default_rng(0)
    with av.open(str(path), "w", container_options={"movflags": "faststart"}) as container:
        stream: Any = container.add_stream("mpeg4", rate=10)
        stream.pix_fmt, stream.width, stream.height = "yuv420p", 64, 48
        stream.codec_context.max_b_frames = 0
        for _ in range(count):
            pixels = random.integers(0, 256, (48, 64, 3)).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    return path


def level_of(number: int) -> int:
    return 5 * number + 20


def number_of(pixels: Pixels) -> int:
    """Which picture of `write_film` this is."""
    return round((float(pixels[4:-4, 4:-4].mean()) - 20) / 5)


def jpeg(pixels: Pixels) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=90)
    return stream.getvalue()


@contextmanager
def mjpeg_server(script: Callable[[int], Iterator[Pixels]]) -> Iterator[str]:
    """Serve MJPEG on 127.0.0.1; yields the address.

    Args:
        script: the pictures of connection number n; at its end the connection is closed.
    """
    numbers = iter(range(1_000_000))

    def body() -> Iterator[bytes]:
        for pixels in script(next(numbers)):
            data = jpeg(pixels)
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}"
            yield head.encode() + b"\r\n\r\n" + data + b"\r\n"

    with _server("multipart/x-mixed-replace; boundary=frame", body) as address:
        yield address


@contextmanager
def serving(content: bytes, content_type: str) -> Iterator[str]:
    """Serve one file, whatever is asked for; yields the address."""
    with _server(content_type, lambda: iter([content]), len(content)) as address:
        yield address


@contextmanager
def _server(
    content_type: str, body: Callable[[], Iterator[bytes]], length: int | None = None
) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Tests are quiet."""

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            if length is not None:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            with suppress(OSError):  # the other side may have gone
                for part in body():
                    self.wfile.write(part)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/stream"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(LIMIT_S)
