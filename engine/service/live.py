"""Handlers of requests about running pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.api.live import CameraSource, ListCameras
from engine.api.live_analysis import ExportLog
from engine.api.live_session import (
    BareLoop,
    CloseLive,
    DrawFrame,
    HoldRecording,
    LiveRun,
    OpenLive,
    RunBareLoop,
    StopRecording,
)
from engine.api.tasks import TaskContext
from engine.service.dispatch import answer


@answer.register
def _list_cameras(request: ListCameras, context: TaskContext) -> tuple[CameraSource, ...]:
    from engine.live.camera import list_cameras

    return list_cameras()


@answer.register
def _open_live(request: OpenLive, context: TaskContext) -> LiveRun:
    from engine.live.session import LiveSession

    return LiveSession(request)


@answer.register
def _run_bare_loop(request: RunBareLoop, context: TaskContext) -> BareLoop:
    from engine.live.bare_loop import run_bare_loop

    return run_bare_loop(request, context)


@answer.register
def _close_live(request: CloseLive, context: TaskContext) -> bool:
    return request.run.close()


@answer.register
def _stop_recording(request: StopRecording, context: TaskContext) -> None:
    request.run.stop_recording()


@answer.register
def _hold_recording(request: HoldRecording, context: TaskContext) -> None:
    request.run.hold()


@answer.register
def _draw_frame(request: DrawFrame, context: TaskContext) -> NDArray[np.uint8]:
    from engine.live.frame_drawing import draw_frame

    answer = request.answer
    return draw_frame(answer.pixels, answer.analysis, answer.segmentation)


@answer.register
def _export_log(request: ExportLog, context: TaskContext) -> Path:
    from engine.live.detection_log import export_coco

    return export_coco(request, context)
