"""Asks for the thumbnails of the rows in sight, few at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QPixmap

from engine.api.annotations import Sample
from engine.api.pictures import LoadSample, LoadThumbnail, Thumbnail
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.pages.images.sample_files import sample_key
from gui.settings import Settings
from gui.widgets.rgb_images import as_pixmap
from gui.widgets.thumbnail_model import Tile

IN_FLIGHT = 2
"""More would make the picture that a person wants to see wait for them."""


class ThumbnailLoader(QObject):
    """What is asked last is read; rows that were scrolled away are dropped."""

    ready = Signal(object, object)  # Path, Tile

    def __init__(
        self, client: EngineClient, settings: Settings, side_px: int, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._settings, self._side_px = settings, side_px
        self._queue: list[Path] = []
        self._request = PageRequest(client, self, "browse", quiet=True)  # about a path
        self._request.answered.connect(self._on_answered)
        self._request.busy_changed.connect(self._pump)

    @Slot(object)
    def want(self, paths: tuple[Path, ...]) -> None:
        """Replace what waits by these."""
        self._queue = [path for path in paths if not self._request.is_busy_about(path)]
        self._pump()

    @Slot()
    def _pump(self) -> None:
        while self._queue and self._request.count < IN_FLIGHT:
            path = self._queue.pop(0)
            key = sample_key(path)
            limit = self._settings.pixel_limit
            request = LoadThumbnail(path, self._side_px, limit) if key is None else LoadSample(key)
            self._request.add(request, about=path)

    @Slot(object, object, object)
    def _on_answered(self, _: object, result: Thumbnail | Sample, path: Path) -> None:
        if isinstance(result, Sample):
            picture = result.picture
            pixmap = _reduced(picture.pixels, self._side_px)
            tile = Tile(pixmap, caption=f"{picture.width} x {picture.height}")
            self.ready.emit(path, tile)
        else:
            pixels = result.pixels
            size = f"{result.size[0]} x {result.size[1]}" if result.size else ""
            shown = None if pixels is None else as_pixmap(pixels)
            self.ready.emit(path, Tile(shown, result.problem, size))


def _reduced(pixels: NDArray[np.uint8], side_px: int) -> QPixmap:
    """Return a picture in memory reduced to fit a square; a stride first, to stay quick."""
    step = max(1, max(pixels.shape[:2]) // (3 * side_px))
    return as_pixmap(pixels[::step, ::step]).scaled(
        side_px,
        side_px,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
