"""Which source was run last, without passwords, and which cameras there are."""

from __future__ import annotations

import json
from dataclasses import asdict

from PySide6.QtCore import QObject, Slot

from engine.api.errors import EngineError
from engine.api.live import (
    CameraSource,
    ListCameras,
    LiveSource,
    NetworkSource,
    PictureFolderSource,
    VideoFileSource,
)
from gui.bridge.page_request import PageRequest
from gui.pages.live.source_chooser import SourceChooser
from gui.workbench import Workbench


class SourceMemory(QObject):
    """Fills the chooser with what was run last; cameras are looked for when somebody asks."""

    def __init__(self, workbench: Workbench, chooser: SourceChooser) -> None:
        super().__init__(chooser)
        self._settings, self._chooser = workbench.settings, chooser
        self._finding = PageRequest(workbench.client, self, "files")
        self._finding.answered.connect(self._on_cameras)
        self._finding.busy_changed.connect(self._on_finding)
        chooser.cameras_wanted.connect(self._on_cameras_wanted)
        self._restore()

    def remember(self, source: LiveSource) -> None:
        """Keep a source for the next session; of an address what holds no secret."""
        settings = self._settings
        settings.set_text("live/source", self._chooser.kind)
        match source:
            case VideoFileSource():
                settings.set_text("live/film", str(source.path))
            case PictureFolderSource():
                settings.set_text("live/folder", str(source.folder))
            case NetworkSource():
                settings.set_text("live/address", source.address_without_secrets)
            case CameraSource():
                settings.set_text("live/camera", json.dumps(asdict(source)))

    def _restore(self) -> None:
        settings, chooser = self._settings, self._chooser
        chooser.set_texts(
            *(settings.text(f"live/{each}") for each in ("film", "folder", "address"))
        )
        try:
            camera = CameraSource(**json.loads(settings.text("live/camera")))
        except (EngineError, ValueError, TypeError):
            pass  # none was run yet, or the settings were changed by hand
        else:
            chooser.set_cameras([camera])
        chooser.choose_kind(settings.text("live/source", "scene"))

    @Slot()
    def _on_cameras_wanted(self) -> None:
        self._finding.start(ListCameras())

    @Slot()
    def _on_finding(self) -> None:
        self._chooser.set_finding(self._finding.is_busy)

    @Slot(object, object)
    def _on_cameras(self, _: ListCameras, cameras: tuple[CameraSource, ...]) -> None:
        self._chooser.set_cameras(cameras)
