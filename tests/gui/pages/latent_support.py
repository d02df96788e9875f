"""The Latent page alone, with a real engine and small models that know nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QSettings, Qt
from PySide6.QtWidgets import QComboBox, QWidget
from pytestqt.qtbot import QtBot

import engine.models  # noqa: F401  fills the registry
from engine.api.latent import LatentSource
from engine.core.registry import MODELS
from gui.bridge.engine_client import EngineClient
from gui.document.session import Session
from gui.pages.latent.page import LatentPage
from gui.settings import Settings
from gui.workbench import Workbench
from tests.engine.inference.latents import saved, some_codes

WAIT_MS = 30_000
WidgetT = TypeVar("WidgetT", bound=QWidget)
SMALL = {"base_channels": 4, "image_size": 8}


class Explorer:
    """A person at the Latent page."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.bot, self.folder = qtbot, folder
        self.client = EngineClient()
        self.session = Session()
        self.settings = Settings(
            QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        )
        self.bench = Workbench(self.client, self.session, self.settings, None)
        # Without shipped weights: what is tested here are the small models of this folder.
        self.bench.models = tuple(replace(card, weights=()) for card in MODELS)
        self.problems: list[str] = []
        self.messages: list[str] = []
        self.crashes: list[Exception] = []
        self.bench.problem.connect(self.problems.append)
        self.bench.message.connect(self.messages.append)
        self.client.failed.connect(lambda error: self.problems.append(str(error)))
        self.client.crashed.connect(self.crashes.append)
        self.page = LatentPage(self.bench)
        self.page.resize(1280, 720)
        self.page.show()
        qtbot.waitExposed(self.page)
        self.is_open = True

    @property
    def desk(self) -> Any:
        return self.page.desk

    def find(self, kind: type[WidgetT], name: str) -> WidgetT:
        found = self.page.findChild(kind, name)
        assert found is not None, f"no {kind.__name__} named {name}"
        return found

    def press(self, name: str) -> None:
        button = self.find(QWidget, name)
        assert button.isEnabled(), f"{name} is disabled"
        self.bot.mouseClick(button, Qt.MouseButton.LeftButton)

    def choose(self, name: str, data: object) -> None:
        """Choose an entry of a list by its data, as a person does."""
        box = self.find(QComboBox, name)
        index = box.findData(data)
        assert index >= 0, f"{name} has no {data}"
        box.setCurrentIndex(index)
        box.activated.emit(index)

    def show(self, tab: QWidget) -> None:
        self.page.tabs.setCurrentWidget(tab)
        self.until(tab.isVisible)

    def until(self, holds: Callable[[], Any]) -> None:
        self.bot.waitUntil(lambda: bool(holds()), timeout=WAIT_MS)

    def open(self, key: str, dimensions: int = 2, with_codes: bool = True, **config: Any) -> Any:
        """Open a small model and wait for its picture and its cloud."""
        codes = some_codes(dimensions, has_posterior="vae" in key) if with_codes else None
        values = {"latent_dimensions": dimensions, **SMALL, **config}
        values = {name: value for name, value in values.items() if value is not None}
        source: LatentSource = saved(self.folder, key, codes, **values)
        self.page.open(source)
        self.until(lambda: self.desk.facts is not None and self.desk.facts.source == source)
        self.until(lambda: self.desk.picture is not None)
        if with_codes or not self.desk.facts.has_encoder:
            self.until(lambda: self.desk.cloud is not None)
            self.until(lambda: self.page.explore.map_panel.plane is not None)
        return self.desk

    def drag(self, widget: QWidget, *points: QPointF | QPoint) -> None:
        """Drag with the left button over points of a widget."""
        places = [p.toPoint() if isinstance(p, QPointF) else p for p in points]
        self.bot.mousePress(widget, Qt.MouseButton.LeftButton, pos=places[0])
        for place in places[1:]:
            self.bot.mouseMove(widget, place)
        self.bot.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=places[-1])

    def close(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        self.client.shut_down()
        self.page.hide()
        for thing in (self.page, self.bench, self.session, self.client, self.settings):
            thing.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
