"""Decodes the picture that a person wants to see now, and the next one ahead of time."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, Signal, Slot

from engine.api.annotations import Sample, Shape
from engine.api.errors import EngineError
from engine.api.pictures import LoadPicture, LoadSample, Picture
from gui.bridge.engine_client import EngineClient
from gui.bridge.engine_task import EngineTask
from gui.pages.images.sample_files import sample_file, sample_key
from gui.settings import Settings

CACHE_BYTES = 256 << 20


class PictureLoader(QObject):
    """The latest wish wins; decoded pictures are kept up to a number of bytes."""

    loaded = Signal(object, object, object)  # Path, Picture, tuple[Shape, ...] of a sample
    failed = Signal(object, str)  # Path, one line

    def __init__(self, client: EngineClient, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._client, self._settings = client, settings
        self._kept: OrderedDict[Path, tuple[Picture, tuple[Shape, ...]]] = OrderedDict()
        self._wanted: Path | None = None
        self._running: set[Path] = set()

    @property
    def is_waiting(self) -> bool:
        """Whether a picture is wanted that has not come yet."""
        return self._wanted is not None

    def show(self, path: Path) -> None:
        """Answer `loaded` or `failed`, at once where the picture is still kept."""
        kept = self._kept.get(path)
        if kept is not None:
            self._wanted = None
            self._kept.move_to_end(path)
            self.loaded.emit(path, *kept)
            return
        self._wanted = path
        if path not in self._running:
            self._begin("images.picture", path)

    def prefetch(self, path: Path) -> None:
        """Decode a picture that is likely to be wanted next, if nothing is wanted now."""
        if self._wanted is None and path not in self._kept and path not in self._running:
            self._begin("images.prefetch", path)

    def give_up(self) -> None:
        """Want nothing; what runs may still be kept."""
        self._wanted = None

    def forget(self) -> None:
        """Let every picture be read again."""
        self._kept.clear()

    def _begin(self, slot: str, path: Path) -> None:
        key = sample_key(path)
        limit = self._settings.pixel_limit
        request = LoadPicture(path, limit) if key is None else LoadSample(key)
        self._running.add(path)
        task = self._client.latest(slot, request, "browse", quiet=True)
        task.succeeded.connect(self._on_succeeded)
        task.failed.connect(self._on_failed)
        task.crashed.connect(self._on_crashed)
        task.cancelled.connect(self._on_cancelled)

    def _path(self) -> Path:
        """Return the picture whose task has sent the signal that is handled now."""
        request = cast(EngineTask, self.sender()).request
        return sample_file(request.key) if isinstance(request, LoadSample) else request.path

    @Slot(object)
    def _on_succeeded(self, result: Picture | Sample) -> None:
        path = self._path()
        self._running.discard(path)
        entry: tuple[Picture, tuple[Shape, ...]] = (
            (result.picture, result.shapes) if isinstance(result, Sample) else (result, ())
        )
        self._keep(path, entry)
        if path == self._wanted:
            self._wanted = None
            self.loaded.emit(path, *entry)

    def _keep(self, path: Path, entry: tuple[Picture, tuple[Shape, ...]]) -> None:
        self._kept[path] = entry
        self._kept.move_to_end(path)
        total = sum(_bytes(picture) for picture, _ in self._kept.values())
        while total > CACHE_BYTES:
            _, (picture, _) = self._kept.popitem(last=False)
            total -= _bytes(picture)

    @Slot(EngineError)
    def _on_failed(self, error: EngineError) -> None:
        self._fail(str(error))

    @Slot(Exception)
    def _on_crashed(self, bug: Exception) -> None:
        self._fail(f"The program failed on this picture: {bug}")

    def _fail(self, text: str) -> None:
        path = self._path()
        self._running.discard(path)
        if path == self._wanted:
            self._wanted = None
            self.failed.emit(path, text)

    @Slot()
    def _on_cancelled(self) -> None:
        path = self._path()
        self._running.discard(path)
        if path == self._wanted:  # dropped as a prefetch before it was wanted
            self._begin("images.picture", path)


def _bytes(picture: Picture) -> int:
    source = picture.source_values
    return picture.pixels.nbytes + (0 if source is None else source.nbytes)
