"""The Segment page alone, with a real engine and a tiny network that knows nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from engine.api.pictures import Picture
from engine.data.picture_writer import save_picture
from engine.service import EngineService
from gui.document.picture_document import PictureDocument
from gui.pages.segment.page import SegmentPage
from tests.engine.inference.tiny_unet import save_tiny_unet
from tests.gui.pages.page_support import PersonAtCanvas

HEIGHT, WIDTH = 48, 64
CLASSES = ("sky", "road", "car")


def pixels(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)


class Viewer(PersonAtCanvas):
    """A person at the Segment page."""

    def __init__(self, qtbot: QtBot, folder: Path, service: EngineService | None = None) -> None:
        super().__init__(qtbot, folder, SegmentPage, service=service)
        controls = self.page._controls
        for side, panel in (("first", controls.model), ("second", controls.second)):
            panel.choose_model("unet")
            path = folder / f"{side}.safetensors"
            panel.set_weights_file(save_tiny_unet(path, CLASSES, (HEIGHT, WIDTH), len(side)))

    @property
    def legend(self) -> Any:
        return self.page._controls.view.legend

    def answer(self, side: Any = "first") -> Any:
        return self.page._presenter.answers[side]

    def open(self, seed: int = 0, name: str = "images/street.png") -> PictureDocument:
        """Open a picture that lies in a folder."""
        path = self.folder / name
        save_picture(path, pixels(seed))
        document = PictureDocument(path)
        document.set_picture(Picture(pixels(seed), path, "RGB"))
        self.session.set_current(document)
        return document

    def choose(self, name: str, data: object) -> None:
        box = self.find(QComboBox, name)
        box.setCurrentIndex(box.findData(data))

    def run(self, side: str = "first") -> Any:
        """Press Run and wait for the answer with its areas."""
        self.press("segment.run" if side == "first" else "segment.second.run")
        self.until(lambda: self.answer(side) is not None and self.answer(side).areas)
        return self.answer(side)

    def count(self, kind: type) -> int:
        return sum(isinstance(request, kind) for request in self.requests)
