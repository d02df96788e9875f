"""What a person would write with OpenCV alone: read, make grey, find faces, draw them."""

from __future__ import annotations

import time
from pathlib import Path

import cv2

from engine.api.errors import SourceError
from engine.api.live_session import BareLoop, RunPlainLoop
from engine.api.tasks import TaskContext

_CASCADE = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"


def run_plain_loop(request: RunPlainLoop, context: TaskContext) -> BareLoop:
    """Time the loop of OpenCV's own tutorial for some seconds, without a window.

    Raises:
        SourceError: the film has no pictures.
        TaskCancelled: between two frames.
    """
    cascade = cv2.CascadeClassifier(str(_CASCADE))
    capture = cv2.VideoCapture(str(request.film))
    count, begun_s = 0, time.perf_counter()
    while (gone_s := time.perf_counter() - begun_s) < request.seconds:
        context.raise_if_cancelled()
        is_there, frame = capture.read()
        if not is_there:
            capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            is_there, frame = capture.read()
        if not is_there:
            raise SourceError(f"{request.film.name} has no pictures; choose another film")
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        for x, y, width, height in cascade.detectMultiScale(grey, 1.1, 4):
            cv2.rectangle(frame, (x, y), (x + width, y + height), (255, 0, 0), 2)
        count += 1
    capture.release()
    return BareLoop(count / gone_s)
