"""From a description of a source to its pictures."""

from __future__ import annotations

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


def is_retried(source: LiveSource) -> bool:
    """Whether a loss is waited out: a cable comes back, a missing file does not."""
    return isinstance(source, (CameraSource, NetworkSource))


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
    if path.is_dir():
        return PictureFolderSource(path)
    if path.is_file():
        return VideoFileSource(path)
    if text.isdecimal():
        return CameraSource(int(text))
    raise ConfigError(f"{text!r} is no source of pictures; {_HOW}")
