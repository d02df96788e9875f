"""Cameras: found by name, opened through OpenCV by whichever of its backends can."""

from __future__ import annotations

import sys
from functools import cache

import cv2
import numpy as np
from cv2_enumerate_cameras import enumerate_cameras, supported_backends

from engine.api.errors import SourceError
from engine.api.live import CameraSource
from engine.live.source_reader import Pixels, SourceReader

# Media Foundation takes from four seconds to minutes to open a camera: DirectShow comes first.
_ORDER = {
    "win32": (cv2.CAP_DSHOW, cv2.CAP_MSMF),
    "darwin": (cv2.CAP_AVFOUNDATION,),
}.get(sys.platform, (cv2.CAP_V4L2, cv2.CAP_GSTREAMER))


def list_cameras() -> tuple[CameraSource, ...]:
    """Return the cameras of this machine by name, without opening one."""
    found: dict[str, list[CameraSource]] = {}
    for backend in _backends():
        name = cv2.videoio_registry.getBackendName(backend)
        cameras = [
            CameraSource(camera.index, camera.name or f"Camera {camera.index}", name)
            for camera in enumerate_cameras(backend)
        ]
        found[name] = sorted(cameras, key=lambda camera: camera.index)
    # Each backend lists the same cameras: the first that finds any is enough.
    return tuple(next((cameras for cameras in found.values() if cameras), []))


class CameraReader(SourceReader):
    """An open camera."""

    def __init__(self, source: CameraSource) -> None:
        self._title = source.title
        self._capture = _open(source)
        for property_key, value in (
            (cv2.CAP_PROP_FRAME_WIDTH, source.width_px),
            (cv2.CAP_PROP_FRAME_HEIGHT, source.height_px),
        ):
            if value is not None:
                self._capture.set(property_key, value)  # a camera takes the nearest it has

    def grab(self) -> float | None:
        """Wait for the next picture; see SourceReader."""
        if not self._capture.grab():
            raise SourceError(f"{self._title} gives no pictures; is it still plugged in?")
        return 0.0

    def retrieve(self) -> Pixels | None:
        """Return the picture gone to; see SourceReader."""
        is_there, pixels = self._capture.retrieve()
        if not is_there or pixels is None or pixels.size == 0:
            return None
        code = cv2.COLOR_GRAY2RGB if pixels.ndim == 2 else cv2.COLOR_BGR2RGB
        return np.asarray(cv2.cvtColor(pixels, code), np.uint8)

    def close(self) -> None:
        """Let go of the camera."""
        self._capture.release()


def _open(source: CameraSource) -> cv2.VideoCapture:
    _silence()
    for backend, index in _candidates(source):
        capture = cv2.VideoCapture(index, backend)
        if capture.isOpened():
            return capture
        capture.release()
    raise SourceError(_why_not(source))


def _why_not(source: CameraSource) -> str:
    cameras = list_cameras()
    if not cameras:
        return (
            f"{source.title} does not open: there is no camera on this computer; plug one in, or "
            "choose another source"
        )
    places = {source.name} if source.name else {source.index}
    if places.isdisjoint(each.name if source.name else each.index for each in cameras):
        names = ", ".join(f"{each.index} ({each.title})" for each in cameras)
        return f"There is no camera called {source.title} here; there are: {names}"
    return f"{source.title} does not open; is it plugged in, and free of other programs?"


def _candidates(source: CameraSource) -> list[tuple[int, int]]:
    """Backends and numbers to try in turn: by name first, which stays when numbers change."""
    backends = _backends()
    wanted = [b for b in backends if cv2.videoio_registry.getBackendName(b) == source.backend]
    ordered = [*wanted, *(backend for backend in backends if backend not in wanted)]
    named = [
        (backend, camera.index)
        for backend in ordered
        for camera in (enumerate_cameras(backend) if source.name else ())
        if camera.name == source.name
    ]
    # Two cameras of one make have one name: the number tells them apart as long as it fits.
    named.sort(key=lambda candidate: candidate[1] != source.index)
    if named or (source.name and list_cameras()):
        return list(dict.fromkeys(named))  # never another camera in place of the one that is meant
    numbered = [(backend, source.index) for backend in (*ordered, cv2.CAP_ANY)]
    return list(dict.fromkeys(numbered))


@cache
def _backends() -> tuple[int, ...]:
    listed = [b for b in _ORDER if b in supported_backends]
    return tuple(b for b in listed if cv2.videoio_registry.hasBackend(b))


@cache
def _silence() -> None:
    """Keep standard error free of OpenCV's lines about each backend that did not open."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
