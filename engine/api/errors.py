"""Every failure the engine reports on purpose.

A message is one line: what is wrong with the value in it, the limit, and the cure.
"""

from __future__ import annotations

from engine.api.wording import one_line


class EngineError(Exception):
    """Base of all expected failures; anything else is a bug and keeps its traceback.

    Args:
        message: what a file says in it may hold anything; it stays one line.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(one_line(message))


class ConfigError(EngineError):
    """A request or a parameter is outside its documented range, or names what does not exist."""


class PictureError(EngineError):
    """A picture file cannot be read or written."""


class DatasetError(EngineError):
    """A dataset or annotation file is missing, empty, or inconsistent with its pictures."""


class WeightsError(EngineError):
    """A weight file cannot be read, is unsafe, or belongs to another model."""


class DownloadError(EngineError):
    """A download failed, was incomplete, or its checksum differs."""


class DeviceError(EngineError):
    """The chosen device is absent or out of memory."""


class StorageError(EngineError):
    """A result cannot be written: no permission, no space, or a file in the way."""


class TrainingError(EngineError):
    """A training run cannot go on: its loss is no number any more, or the memory does not do."""


class SourceError(EngineError):
    """A camera, film or stream cannot be opened, or gives no more pictures."""


class SourceRefusedError(SourceError):
    """A stream wants a login, or another: trying again helps nobody, and may lock the account."""


class TaskCancelled(Exception):
    """Control flow, not a failure: the user asked the running task to stop."""
