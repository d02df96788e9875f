"""Answers about running pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.api.live_session import (
    CloseLive,
    DrawFrame,
    HoldRecording,
    LiveRun,
    OpenLive,
    StopRecording,
)


def open_live(request: OpenLive) -> LiveRun:
    """Open a source and begin to listen to it."""
    from engine.live.session import LiveSession

    return LiveSession(request)


def close_live(request: CloseLive) -> bool:
    """End a session; whether all of its threads ended."""
    return request.run.close()


def stop_recording(request: StopRecording) -> None:
    """End a recording."""
    request.run.stop_recording()


def hold_recording(request: HoldRecording) -> None:
    """Keep a recording's file complete up to now."""
    request.run.hold()


def draw_answer(request: DrawFrame) -> NDArray[np.uint8]:
    """Return a frame with what was found on it."""
    from engine.live.frame_drawing import draw_frame

    answer = request.answer
    return draw_frame(answer.pixels, answer.analysis, answer.segmentation)
