"""Films, and streams that FFmpeg reads, through PyAV: with times, exact seeking and turning."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame

from engine.api.errors import SourceError
from engine.api.regular_files import open_regular
from engine.live.source_reader import Pixels, SourceReader

_MOST_BYTES, _BEGINNING = 1 << 44, 512
_LISTS = (b"#EXTM3U", b"ffconcat", b"<", b"v=0", b"[")  # of HLS, concat, DASH, SDP, players
_EPSILON_S = 1e-4  # times of a film are whole ticks: of one part in 90,000, mostly
_MISSING_FRAMES, _MISSING_S = 2, 0.2  # films often end so much before what they say
_DAMAGED_PACKETS = 200  # in a row; then there is no more to hope for


class VideoReader(SourceReader):
    """Reads the first video of a file or address.

    Args:
        location: what FFmpeg opens.
        title: what messages call it.
        timeout_s: longest silence while it opens, and later; None waits for ever.
        options: of FFmpeg.
        explain: what an error of FFmpeg means.
    """

    def __init__(
        self,
        location: str,
        title: str,
        timeout_s: tuple[float, float] | None = None,
        options: dict[str, str] | None = None,
        explain: Callable[[Exception], SourceError] | None = None,
    ) -> None:
        self._title = title
        self._explain = explain or partial(_unreadable, title)
        try:
            self._container = av.open(location, timeout=timeout_s, options=options or {})
        except (av.FFmpegError, OSError, ValueError) as error:
            raise self._explain(error) from error
        if not self._container.streams.video:
            self._container.close()
            raise SourceError(f"{title} has no pictures; choose a film")
        self._stream = self._container.streams.video[0]
        rate = self._stream.average_rate or self._stream.guessed_rate
        self.period_s = float(1 / rate) if rate else 1 / 25
        self.is_live = not self._container.duration
        # Decoding several pictures at once is faster, and late by as many.
        self._stream.thread_type = "SLICE" if self.is_live else "AUTO"
        if self._container.duration:
            self.duration_s = self._container.duration / av.time_base
        self._start_s = float((self._stream.start_time or 0) * (self._stream.time_base or 0))
        self._frames = self._decode()
        self._ahead: list[VideoFrame] = []
        self._current: VideoFrame | None = None
        self._next_s = 0.0  # for films whose pictures have no times
        self._end_s = _end_of(self._container, self._stream)

    def grab(self) -> float | None:
        """Go to the next picture; see SourceReader."""
        self._current = self._ahead.pop(0) if self._ahead else next(self._frames, None)
        if self._current is None:
            self.shortfall = self._missing()
            return None
        time_s = self._time_of(self._current)
        self._next_s = time_s + self.period_s
        return time_s

    def _missing(self) -> str:
        """Say where a film ends that should be longer: a download or copy that broke off."""
        missing_s = (self._end_s or 0.0) - self._next_s
        if self.is_live or missing_s <= max(_MISSING_FRAMES * self.period_s, _MISSING_S):
            return ""
        last, of_all = (round(each / self.period_s) for each in (self._next_s, self._end_s or 0))
        return (
            f"{self._title} ends early, at frame {last} of {of_all}; the rest of the file is "
            "missing or damaged"
        )

    def retrieve(self) -> Pixels | None:
        """Return the picture gone to; see SourceReader."""
        if self._current is None:
            return None
        pixels = np.asarray(self._current.to_ndarray(format="rgb24"), np.uint8)
        # A telephone held upright writes lying pictures and how to turn them.
        turns = round(self._current.rotation / 90) % 4
        return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels

    def seek(self, time_s: float) -> None:
        """Let the next `grab` go to the picture shown at that time; see SourceReader.

        Exact: from the key picture before it, those between are decoded.
        """
        if self.is_live:
            super().seek(time_s)
        time_s = max(0.0, time_s)
        from_s = time_s
        while not self._seek_from(from_s, time_s) and from_s > 0:
            # A key picture may be stored before the target and shown after it.
            from_s = max(0.0, time_s - max(1.0, 2 * (time_s - from_s)))

    def _seek_from(self, from_s: float, time_s: float) -> bool:
        """Decode from a key picture on up to the target; whether it was before the target."""
        try:
            self._container.seek(int((from_s + self._start_s) * av.time_base), backward=True)
        except av.FFmpegError as error:
            raise self._explain(error) from error
        self._frames = self._decode()
        self._ahead, self._current, self._next_s = [], None, 0.0
        shown: VideoFrame | None = None
        for frame in self._frames:
            if self._time_of(frame) > time_s + _EPSILON_S:
                self._ahead = [frame] if shown is None else [shown, frame]
                return shown is not None
            shown = frame
            self._next_s = self._time_of(frame) + self.period_s
        self._ahead = [] if shown is None else [shown]
        return shown is not None

    def close(self) -> None:
        """Release the file or connection."""
        self._frames = iter(())
        self._current, self._ahead = None, []
        self._container.close()

    def _time_of(self, frame: VideoFrame) -> float:
        return self._next_s if frame.time is None else float(frame.time) - self._start_s

    def _decode(self) -> Iterator[VideoFrame]:
        """All pictures from here on; damaged parts are passed over."""
        damaged = 0
        packets = self._container.demux(self._stream)
        while True:
            try:
                for frame in _frames_of(next(packets)):
                    damaged = 0
                    yield frame
            except (StopIteration, av.EOFError):
                return
            except av.InvalidDataError as error:
                damaged += 1
                if damaged > _DAMAGED_PACKETS:
                    raise self._explain(error) from error
            except (av.FFmpegError, OSError) as error:
                raise self._explain(error) from error


def _end_of(container: Any, stream: Any) -> float | None:
    """Return when the pictures of a film should end; None where the file does not tell.

    Sound may go on for longer than pictures.
    """
    if stream.duration:
        return float(stream.duration * stream.time_base)
    is_silent = not container.streams.audio
    return container.duration / av.time_base if container.duration and is_silent else None


def _frames_of(packet: Any) -> list[VideoFrame]:
    return [frame for frame in packet.decode() if isinstance(frame, VideoFrame)]


def open_video_file(path: Path) -> VideoReader:
    """Open a film.

    Raises:
        SourceError: it is missing, no film, or has no pictures.
    """
    if not os.path.isfile(path):
        what = "is a folder" if os.path.isdir(path) else "does not exist"
        raise SourceError(f"{path.name} {what}; choose a film")
    _refuse_list(path)
    reader = VideoReader(str(path), path.name, options={"protocol_whitelist": "file"})
    if reader.is_live:
        # Raw streams in a file tell no length: still, each picture has its time.
        reader.is_live = False
    return reader


def _refuse_list(path: Path) -> None:
    """Raise SourceError for a text that FFmpeg would follow to other files and addresses."""
    try:
        with open_regular(path, _MOST_BYTES) as stream:
            beginning = stream.read(_BEGINNING)
    except OSError as error:
        raise SourceError(f"{path.name} cannot be read ({error.strerror})") from error
    start = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    is_text = all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in beginning)
    if start.startswith(_LISTS) or (is_text and beginning):
        raise SourceError(
            f"{path.name} is a text or a list of other files, and no film; choose one"
        )


def _unreadable(title: str, error: Exception) -> SourceError:
    if isinstance(error, (av.ExitError, TimeoutError)):
        return SourceError(f"{title}: no answer in time; is it still there?")
    if isinstance(error, av.InvalidDataError):
        return SourceError(f"{title} is damaged, or no film that this program reads")
    reason = getattr(error, "strerror", None) or "unreadable"
    return SourceError(f"{title}: {str(reason).lower()}; is it still there?")
