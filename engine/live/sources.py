"""From a description of a source to its pictures."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine.api.errors import ConfigError
from engine.api.live import (
    CameraSource,
    LiveSource,
    MovingSceneSource,
    NetworkSource,
    PictureFolderSource,
    VideoFileSource,
)
from engine.live.camera import CameraReader
from engine.live.moving_scene import MovingSceneReader
from engine.live.network_stream import open_network_stream
from engine.live.picture_folder import PictureFolderReader
from engine.live.source_reader import SourceReader
from engine.live.video_file import open_video_file

_HOW = "give a film, a folder, http://… or rtsp://…, camera, camera:NUMBER, scene or scene:SEED"


def open_source(source: LiveSource) -> SourceReader:
    """Open a source on the thread that will read it; may take seconds.

    Raises:
        SourceError: it is not there, in use, or no source of pictures.
    """
    match source:
        case CameraSource():
            return CameraReader(source)
        case NetworkSource():
            return open_network_stream(source)
        case VideoFileSource():
            return open_video_file(source.path)
        case PictureFolderSource():
            return PictureFolderReader(source)
        case MovingSceneSource():
            return MovingSceneReader(source)


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """How a source is opened and kept.

    Attributes:
        title: what messages call it.
        open: called on the thread that reads.
        is_retried: whether a loss is waited out: a cable comes back, a missing file does not.
        patience_s: silence for longer counts as lost.
        opening_s: an opening that takes longer counts as lost.
        first_pause_s, longest_pause_s: before another attempt; each pause is twice the last.
    """

    title: str
    open: Callable[[], SourceReader]
    is_retried: bool = True
    patience_s: float = 1.5
    opening_s: float = 10.0
    first_pause_s: float = 0.5
    longest_pause_s: float = 10.0

    def pause_s(self, attempt: int) -> float:
        """Return the pause after so many failures in a row."""
        doublings = min(max(0, attempt - 1), 30)
        return min(self.longest_pause_s, self.first_pause_s * 2.0**doublings)


def plan_of(source: LiveSource) -> SourcePlan:
    """Return how a source is opened and kept."""
    opening = partial(open_source, source)
    if isinstance(source, NetworkSource):
        return SourcePlan(source.title, opening, patience_s=source.patience_s)
    return SourcePlan(source.title, opening, is_retried=isinstance(source, CameraSource))


def source_of(text: str) -> LiveSource:
    """Return the source that a text on the command line means.

    Raises:
        ConfigError: it means none, or an address or number is out of range.
    """
    if "://" in text:
        return NetworkSource(text)
    kind, _, which = text.partition(":")
    if kind in ("camera", "scene") and (not which or which.isdecimal()):
        number = int(which or 0)
        return CameraSource(number) if kind == "camera" else MovingSceneSource(number)
    if kind == "camera":
        return CameraSource(name=which)
    path = Path(text)
    if text and os.path.isdir(path):
        return PictureFolderSource(path)
    if os.path.isfile(path):
        return VideoFileSource(path)
    if text.isdecimal():
        return CameraSource(int(text))
    raise ConfigError(f"{text!r} is no source of pictures; {_HOW}")
