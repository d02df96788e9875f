"""Decodes the picture that a person wants to see now, and the next one ahead of time."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from engine.api.annotations import Sample, Shape
from engine.api.errors import EngineError
from engine.api.pictures import LoadPicture, LoadSample, Picture
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.pages.images.sample_files import sample_file, sample_key
from gui.settings import Settings

CACHE_BYTES = 256 << 20


class PictureLoader(QObject):
    """The latest wish wins; decoded pictures are kept up to a number of bytes."""

    loaded = Signal(object, object, object)  # Path, Picture, tuple[Shape, ...] of a sample
    failed = Signal(object, str)  # Path, one line

    def __init__(self, client: EngineClient, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._settings = settings
        self._kept: OrderedDict[Path, tuple[Picture, tuple[Shape, ...]]] = OrderedDict()
        self._wanted: Path | None = None
        self._running: set[Path] = set()
        # One in place of another; what runs may end, for its picture is kept.
        self._picture = PageRequest(client, self, "browse", quiet=True)
        self._prefetch = PageRequest(client, self, "browse", quiet=True)
        for request in (self._picture, self._prefetch):
            request.answered.connect(self._on_answered)
            request.failed.connect(self._on_failed)
            request.crashed.connect(self._on_crashed)
            request.cancelled.connect(self._on_cancelled)

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
            self._begin(self._picture, path)

    def prefetch(self, path: Path) -> None:
        """Decode a picture that is likely to be wanted next, if nothing is wanted now."""
        if self._wanted is None and path not in self._kept and path not in self._running:
            self._begin(self._prefetch, path)

    def give_up(self) -> None:
        """Want nothing; what runs may still be kept."""
        self._wanted = None

    def forget(self) -> None:
        """Let every picture be read again."""
        self._kept.clear()

    def _begin(self, by: PageRequest, path: Path) -> None:
        key = sample_key(path)
        limit, value_range = self._settings.pixel_limit, self._settings.value_range
        self._running.add(path)
        by.ask(LoadPicture(path, limit, value_range) if key is None else LoadSample(key))

    @Slot(object, object)
    def _on_answered(self, request: LoadPicture | LoadSample, result: Picture | Sample) -> None:
        path = _path_of(request)
        self._running.discard(path)
        if isinstance(request, LoadPicture) and request.value_range != self._settings.value_range:
            if path == self._wanted:  # another range was chosen meanwhile
                self._begin(self._picture, path)
            return
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

    @Slot(object, EngineError)
    def _on_failed(self, request: LoadPicture | LoadSample, error: EngineError) -> None:
        self._fail(_path_of(request), str(error))

    @Slot(object, Exception)
    def _on_crashed(self, request: LoadPicture | LoadSample, bug: Exception) -> None:
        self._fail(_path_of(request), f"The program failed on this picture: {bug}")

    def _fail(self, path: Path, text: str) -> None:
        self._running.discard(path)
        if path == self._wanted:
            self._wanted = None
            self.failed.emit(path, text)

    @Slot(object)
    def _on_cancelled(self, request: LoadPicture | LoadSample) -> None:
        path = _path_of(request)
        self._running.discard(path)
        if path == self._wanted:  # dropped as a prefetch before it was wanted
            self._begin(self._picture, path)


def _path_of(request: LoadPicture | LoadSample) -> Path:
    return sample_file(request.key) if isinstance(request, LoadSample) else request.path


def _bytes(picture: Picture) -> int:
    source = picture.source_values
    return picture.pixels.nbytes + (0 if source is None else source.nbytes)
