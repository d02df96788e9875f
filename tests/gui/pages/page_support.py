"""One page alone, with a real engine and a session of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from pytestqt.qtbot import QtBot

from engine.api.models import ModelCard
from engine.core.registry import MODELS
from engine.service import EngineService
from gui.bridge.engine_client import EngineClient
from gui.bridge.engine_task import EngineTask
from gui.document.session import Session
from gui.settings import Settings
from gui.workbench import Workbench
from tests.gui.hands import Hands
from tests.patient_bot import WAIT_S

NONE: Mapping[str, str] = MappingProxyType({})


class Person(Hands):
    """Somebody at one page: presses, waits, and remembers what was told.

    Args:
        models: that the page is told of when it is made; None for all.
        settings: texts that are set before.
        service: that answers in place of the real engine.
    """

    def __init__(
        self,
        qtbot: QtBot,
        folder: Path,
        page_type: Callable[[Workbench], Any],
        models: Sequence[ModelCard] | None = None,
        settings: Mapping[str, str] = NONE,
        service: EngineService | None = None,
    ) -> None:
        self.folder = folder
        self.client = EngineClient(service=service)
        self.session = Session()
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self.settings = Settings(store)
        for name, text in settings.items():
            self.settings.set_text(name, text)
        self.bench = Workbench(self.client, self.session, self.settings, None)
        self.bench.models = tuple(MODELS if models is None else models)
        self.requests: list[Any] = []
        self.problems: list[str] = []
        self.messages: list[str] = []
        self.crashes: list[Exception] = []
        self.client.task_started.connect(lambda task: self.requests.append(task.request))
        self.client.failed.connect(lambda error: self.problems.append(str(error)))
        self.client.crashed.connect(self.crashes.append)
        self.bench.problem.connect(self.problems.append)
        self.bench.message.connect(self.messages.append)
        self.page = page_type(self.bench)
        super().__init__(self.page, qtbot)
        self.page.resize(1280, 720)
        with qtbot.waitExposed(self.page):
            self.page.show()
        self.is_open = True

    def settle(self) -> None:
        """Wait until everything that was asked has been answered, heard or dropped."""
        self.until(lambda: not self.client.findChildren(EngineTask))

    def close(self, is_told: bool = True) -> bool:
        """Go, as the window does; whether every worker ended in time.

        Args:
            is_told: whether the page hears of it; it does not after a crash.
        """
        if not self.is_open:
            return True
        self.is_open = False
        self.page.hide()
        ended = self.client.shut_down(WAIT_S)
        if is_told:
            self.bench.work_ended.emit()
        for thing in (self.page, self.bench, self.session, self.client, self.settings):
            thing.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return ended


class PersonAtCanvas(Person):
    """Somebody at a page that has one picture."""

    @property
    def canvas(self) -> Any:
        return getattr(self.page, "canvas", None) or self.page._canvas

    def marks(self, layer: str) -> tuple[Any, ...]:
        return self.canvas._stage.layers._layers[layer].marks
