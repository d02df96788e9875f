"""A folder of pictures, shown one after the other like a film."""

from __future__ import annotations

import math
from pathlib import Path

from engine.api.errors import PictureError, SourceError
from engine.api.live import PictureFolderSource
from engine.api.tasks import TaskContext
from engine.data.folder_listing import list_folder
from engine.data.picture_loader import load_picture
from engine.live.source_reader import Pixels, SourceReader


class PictureFolderReader(SourceReader):
    """Reads pictures in natural order; those that cannot be read are passed over."""

    is_live = False

    def __init__(self, source: PictureFolderSource) -> None:
        try:
            self._paths: tuple[Path, ...] = list_folder(
                source.folder, False, TaskContext(lambda progress: None)
            )
        except PictureError as error:
            raise SourceError(str(error)) from error
        if not self._paths:
            raise SourceError(f"{source.title} holds no pictures; choose another folder")
        self.period_s = 1 / source.frames_per_second
        self.duration_s = len(self._paths) * self.period_s
        self._next = 0

    def grab(self) -> float | None:
        """Go to the next picture; see SourceReader."""
        if self._next >= len(self._paths):
            return None
        self._next += 1
        return (self._next - 1) * self.period_s

    def retrieve(self) -> Pixels | None:
        """Return the picture gone to; see SourceReader."""
        try:
            return load_picture(self._paths[self._next - 1]).pixels
        except PictureError:
            return None

    def seek(self, time_s: float) -> None:
        """Let the next `grab` go to the picture shown at that time; see SourceReader."""
        place = math.floor(time_s / self.period_s + 1e-6)
        self._next = min(max(0, place), len(self._paths) - 1)

    def close(self) -> None:
        """Nothing is held open."""
