"""Looks whether what is set up would begin, so that Start is never pressed in vain."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Slot

from engine.api.errors import ConfigError, EngineError
from engine.api.training import CheckRun
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.pages.train.data_view import DataView
from gui.pages.train.setup_panel import SetupPanel

SETTLE_MS = 150


class RunCheck(QObject):
    """Asks the engine a moment after the last change, and tells the set-up what it refuses."""

    def __init__(
        self, client: EngineClient, setup: SetupPanel, data: DataView, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._setup, self._data = setup, data
        self._checking = PageRequest(client, self, "browse", quiet=True)  # about a request
        self._checking.answered.connect(self._on_fitting)
        self._checking.failed.connect(self._on_refused)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._look)
        setup.changed.connect(self._settle.start)
        data.own_changed.connect(self._settle.start)
        data.preview_wanted.connect(self._settle.start)

    @Slot()
    def _look(self) -> None:
        if self._setup.card is None or not self._setup.data.is_here:
            self._checking.drop()
            self._setup.set_refusal("")
            return
        try:
            run = replace(self._setup.request("cpu"), augmentation=self._data.augmentation)
        except ConfigError as error:
            self._setup.set_refusal(str(error))
            return
        self._checking.ask(CheckRun(run), about=run)

    @Slot()
    def _on_fitting(self) -> None:
        self._setup.set_refusal("")

    @Slot(object, EngineError)
    def _on_refused(self, _: CheckRun, error: EngineError) -> None:
        self._setup.set_refusal(str(error))
