"""What comes of a run written down: a film of what is shown, and a log that belongs to it."""

from __future__ import annotations

import numpy as np

from engine.api.live import LiveResult
from engine.api.live_analysis import LogReport, RecordingReport
from engine.api.live_session import LiveAnswer
from engine.inference.segmentation_maps import areas
from engine.live.detection_log import DetectionLog
from engine.live.frame_drawing import draw_frame
from engine.live.recording import VideoRecorder

_HIDDEN_GREY = 64


class ResultRecorder:
    """Draws each result into the film, and writes its line into the log; for one thread a time."""

    def __init__(self, film: VideoRecorder, log: DetectionLog | None = None) -> None:
        self._film, self._log = film, log
        self._number: int | None = None  # of the frame that the film shows now
        self._hidden: frozenset[str] = frozenset()  # classes that are hidden on it

    def add(self, result: LiveResult, private_classes: tuple[str, ...]) -> None:
        """Show a result from this moment on.

        A frame that no model has looked at is left out where something is private: the one
        before stays, or a grey one where that would show what is private now.

        Raises:
            StorageError: film or log cannot go on.
        """
        frame, answer = result.frame, result.answer
        # One that stands still and is looked at again is shown anew now, not when it arrived.
        moment_s = result.finished_s if frame.number == self._number else frame.captured_s
        if isinstance(answer, LiveAnswer):
            drawn = draw_frame(answer.pixels, answer.analysis, answer.segmentation)
            place = self._film.add(drawn, moment_s)
            found = answer.segmentation
            if self._log is not None and place is not None:
                shares = areas(found.labels, found.classes) if found else None
                self._log.add(answer.analysis, shares, place, frame.number_in_film)
            hidden = answer.analysis.config.private_classes
        elif not private_classes:
            self._film.add(frame.pixels, moment_s)
            hidden = ()
        elif self._number is not None and not self._hidden.issuperset(private_classes):
            self._film.add(np.full_like(frame.pixels, _HIDDEN_GREY), moment_s)
            hidden = private_classes
        else:
            return
        self._number, self._hidden = frame.number, frozenset(hidden)

    def hold(self, now_s: float) -> None:
        """Go on showing the last frame up to this moment.

        Raises:
            StorageError: the film cannot go on.
        """
        self._film.hold(now_s)

    def close(self, now_s: float | None = None) -> tuple[RecordingReport, LogReport | None]:
        """End both; what went wrong is told in the reports."""
        return self._film.close(now_s), self._log.close() if self._log is not None else None
