"""The Segment page alone, with a real engine and a tiny network that knows nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, Qt
from PySide6.QtWidgets import QComboBox, QWidget
from pytestqt.qtbot import QtBot

import engine.models  # noqa: F401  fills the registry
from engine.api.pictures import Picture
from engine.core.checkpoint import save_weights
from engine.core.registry import MODELS
from engine.data.picture_writer import save_picture
from engine.models.segmentation.unet import Unet, UnetConfig
from gui.bridge.engine_client import EngineClient
from gui.document.picture_document import PictureDocument
from gui.document.session import Session
from gui.pages.segment.page import SegmentPage
from gui.settings import Settings
from gui.workbench import Workbench

WAIT_MS = 30_000
HEIGHT, WIDTH = 48, 64
CLASSES = ("sky", "road", "car")
SMALL = {"in_channels": 3, "classes": 3, "base_channels": 4, "depth": 1, "normalisation": "none"}
WidgetT = TypeVar("WidgetT", bound=QWidget)


def pixels(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)


def small_weights(folder: Path, name: str, seed: int) -> Path:
    """A tiny U-Net with random weights, as a run writes them."""
    torch.manual_seed(seed)
    card = {
        "model": "unet",
        "classes": list(CLASSES),
        "size": [HEIGHT, WIDTH],
        "recipe": {"model_config": SMALL, "train_config": {}},
    }
    model = Unet(UnetConfig(**SMALL))  # type: ignore[arg-type]
    save_weights(folder / name, model.state_dict(), {"card": json.dumps(card)})
    return folder / name


class Viewer:
    """A person at the Segment page."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.bot, self.folder = qtbot, folder
        self.client = EngineClient()
        self.session = Session()
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self.settings = Settings(store)
        self.bench = Workbench(self.client, self.session, self.settings, None)
        self.bench.models = tuple(MODELS)
        self.requests: list[Any] = []
        self.problems: list[str] = []
        self.messages: list[str] = []
        self.crashes: list[Exception] = []
        self.client.task_started.connect(lambda task: self.requests.append(task.request))
        self.client.failed.connect(lambda error: self.problems.append(str(error)))
        self.client.crashed.connect(self.crashes.append)
        self.bench.problem.connect(self.problems.append)
        self.bench.message.connect(self.messages.append)
        self.page = SegmentPage(self.bench)
        self.page.resize(1280, 720)
        self.page.show()
        qtbot.waitExposed(self.page)
        for side, panel in self.page._panels.items():
            panel.choose_model("unet")
            panel.set_weights_file(small_weights(folder, f"{side}.safetensors", len(side)))

    @property
    def canvas(self) -> Any:
        return self.page._canvas

    @property
    def legend(self) -> Any:
        return self.page._inspector.view.legend

    def answer(self, side: Any = "first") -> Any:
        return self.page._presenter.answer(side)

    def open(self, seed: int = 0, name: str = "images/street.png") -> PictureDocument:
        """Open a picture that lies in a folder."""
        path = self.folder / name
        save_picture(path, pixels(seed))
        document = PictureDocument(path)
        document.set_picture(Picture(pixels(seed), path, "RGB"))
        self.session.set_current(document)
        return document

    def find(self, kind: type[WidgetT], name: str) -> WidgetT:
        found = self.page.findChild(kind, name)
        assert found is not None, f"no {kind.__name__} named {name}"
        return found

    def press(self, name: str) -> None:
        button = self.find(QWidget, name)
        assert button.isEnabled(), f"{name} is disabled"
        self.bot.mouseClick(button, Qt.MouseButton.LeftButton)

    def choose(self, name: str, data: object) -> None:
        box = self.find(QComboBox, name)
        box.setCurrentIndex(box.findData(data))

    def run(self, side: str = "first") -> Any:
        """Press Run and wait for the answer with its areas."""
        self.press("segment.run" if side == "first" else "segment.second.run")
        self.until(lambda: self.answer(side) is not None and self.answer(side).areas)
        return self.answer(side)

    def until(self, holds: Callable[[], Any]) -> None:
        self.bot.waitUntil(lambda: bool(holds()), timeout=WAIT_MS)

    def count(self, kind: type) -> int:
        return sum(isinstance(request, kind) for request in self.requests)

    def marks(self, layer: str) -> tuple[Any, ...]:
        return self.canvas._stage.layers._layers[layer].marks

    def close(self) -> None:
        self.client.shut_down()
        self.page.hide()
        for thing in (self.page, self.bench, self.session, self.client, self.settings):
            thing.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
