"""Records a running picture as a film of constant rate that is true to time."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import av

from engine.api.errors import ConfigError, EngineError, StorageError
from engine.api.live_analysis import FilmPlace, RecordingConfig, RecordingReport
from engine.live.film_file import FilmFile, Pixels
from engine.live.partial_file import PartialFile, reason_of


class VideoRecorder:
    """Takes frames at any moments and writes one for each tick of the film's rate.

    A frame is seen until the next one comes: it is repeated where the source is slow or lost, and
    left out where several fall on one tick. The first frame gives the size; frames of another
    size are scaled to it, with black borders. Until it is closed the film is `NAME.part.mp4`,
    which plays but for its last second.
    """

    def __init__(
        self,
        target: Path,
        config: RecordingConfig,
        open_file: Callable[[Path], PartialFile] = PartialFile,
    ) -> None:
        """Prepare a film; nothing is written before the first frame.

        Raises:
            ConfigError: a name that is not of an MP4.
        """
        if target.suffix.lower() != ".mp4":
            raise ConfigError(f"{target.name}: films are written as .mp4; choose such a name")
        self._target = target
        self._rate = config.frames_per_second
        self._open_file = open_file
        self._film: FilmFile | None = None
        self._shown: av.VideoFrame | None = None
        self._start_s = 0.0
        self._written = 0
        self._due = 0
        self._report: RecordingReport | None = None

    @property
    def is_open(self) -> bool:
        """Whether frames are still taken: not after `close`, nor after a failure."""
        return self._report is None

    def add(self, pixels: Pixels, time_s: float) -> FilmPlace | None:
        """Show a frame from this moment on; nothing happens once the recording has ended.

        Returns:
            Where in the film it begins; None once it has ended. Of frames with one place only
            the last is in the film.

        Args:
            pixels: RGB uint8 (H, W, 3).
            time_s: on a clock that goes on whatever the source does; the first is the film's 0.

        Raises:
            StorageError: the film cannot go on, as on a full disk. Raised once; what was written
                before is a film that plays.
            ConfigError: frames too small for a film.
        """
        if self._film is None and self.is_open:
            self._film, self._start_s = self._begin(pixels), time_s
        self.hold(time_s)
        if self._film is None or not self.is_open:
            return None
        self._shown = self._film.framed(pixels)
        tick = max(self._tick(time_s), self._written)
        self._due = tick + 1
        return FilmPlace(tick, tick / self._rate)

    def hold(self, time_s: float) -> None:
        """Go on showing the last frame up to this moment.

        Called now and then while a source is lost, it spares the next frame all that work.

        Raises:
            StorageError: as `add`.
        """
        if self._film is None or not self.is_open:
            return
        try:
            self._write_until(self._film, self._tick(time_s))
        except (OSError, av.FFmpegError) as error:
            raise StorageError(self._give_up(self._film, error).problem) from error

    def close(self, time_s: float | None = None) -> RecordingReport:
        """End the film and give it its name; what went wrong is told in the report.

        Args:
            time_s: until when the last frame is seen; None for one tick.
        """
        if self._report is not None:
            return self._report
        if self._film is None:
            return self._end(None, 0)
        last = self._due if time_s is None else max(1, self._tick(time_s))
        try:
            self._write_until(self._film, last)
            path = self._film.finish()
        except (OSError, av.FFmpegError) as error:
            return self._give_up(self._film, error)
        is_there = path == self._target
        problem = f"{self._target.name} is in use; the recording is {path}"
        return self._end(path, self._written, "" if is_there else problem)

    def _tick(self, time_s: float) -> int:
        """Return the tick that is nearest to a moment."""
        return math.floor((time_s - self._start_s) * self._rate + 0.5)

    def _begin(self, pixels: Pixels) -> FilmFile:
        height, width = pixels.shape[:2]
        file = None
        try:
            file = self._open_file(self._target)
            return FilmFile(file, width, height, self._rate)
        except (EngineError, OSError, av.FFmpegError) as error:
            if file is not None:
                file.discard()
            is_clear = isinstance(error, EngineError)
            problem = str(error) if is_clear else f"{self._target.name}: {reason_of(error)}"
            self._end(None, 0, problem)
            if is_clear:
                raise
            raise StorageError(problem) from error

    def _write_until(self, film: FilmFile, tick: int) -> None:
        """Write the frame that is shown on all ticks before this one."""
        while self._shown is not None and self._written < tick:
            film.write(self._shown, self._written)
            self._written += 1

    def _give_up(self, film: FilmFile, error: Exception) -> RecordingReport:
        path, frames = film.rescue()
        ends = f"ends after {frames / self._rate:.1f} s" if frames else "has no whole second"
        problem = f"{self._target.name} {ends}: {reason_of(error)}"
        return self._end(path, frames, problem)

    def _end(self, path: Path | None, frames: int, problem: str = "") -> RecordingReport:
        film, self._film, self._shown = self._film, None, None
        size = (film.width, film.height) if film else (0, 0)
        encoder = film.encoder if film else ""
        self._report = RecordingReport(path, frames, frames / self._rate, *size, encoder, problem)
        return self._report
