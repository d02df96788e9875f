"""The Latent page alone, with a real engine and small models that know nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QComboBox, QWidget
from pytestqt.qtbot import QtBot

from engine.api.latent import LatentSource
from engine.core.registry import MODELS
from engine.service import EngineService
from gui.pages.latent.page import LatentPage
from tests.engine.inference.latents import saved, some_codes
from tests.gui.pages.page_support import Person

SMALL = {"base_channels": 4, "image_size": 8}


class Explorer(Person):
    """A person at the Latent page."""

    def __init__(self, qtbot: QtBot, folder: Path, service: EngineService | None = None) -> None:
        # Without shipped weights: what is tested here are the small models of this folder.
        bare = [replace(card, weights=()) for card in MODELS]
        super().__init__(qtbot, folder, LatentPage, bare, service=service)

    @property
    def state(self) -> Any:
        return self.page.state

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

    def open(self, key: str, dimensions: int = 2, with_codes: bool = True, **config: Any) -> Any:
        """Open a small model and wait for its picture and its cloud."""
        codes = some_codes(dimensions, has_posterior="vae" in key) if with_codes else None
        values = {"latent_dimensions": dimensions, **SMALL, **config}
        values = {name: value for name, value in values.items() if value is not None}
        source: LatentSource = saved(self.folder, key, codes, **values)
        self.page.open(source)
        self.until(lambda: self.state.facts is not None and self.state.facts.source == source)
        self.until(lambda: self.state.picture is not None)
        if with_codes or not self.state.facts.has_encoder:
            self.until(lambda: self.state.cloud is not None)
            self.until(lambda: self.page.explore.map_panel.plane is not None)
        return self.state

    def drag(self, widget: QWidget, *points: QPointF | QPoint) -> None:
        """Drag with the left button over points of a widget."""
        places = [p.toPoint() if isinstance(p, QPointF) else p for p in points]
        self.bot.mousePress(widget, Qt.MouseButton.LeftButton, pos=places[0])
        for place in places[1:]:
            self.bot.mouseMove(widget, place)
        self.bot.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=places[-1])
