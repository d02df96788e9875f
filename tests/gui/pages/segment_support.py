"""The Segment page alone, with a real engine and a tiny network that knows nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from engine.api.pictures import Picture
from engine.core.checkpoint import save_weights
from engine.data.picture_writer import save_picture
from engine.models.segmentation.unet import Unet, UnetConfig
from gui.document.picture_document import PictureDocument
from gui.pages.segment.page import SegmentPage
from tests.gui.pages.page_support import Person

HEIGHT, WIDTH = 48, 64
CLASSES = ("sky", "road", "car")
SMALL = {"in_channels": 3, "classes": 3, "base_channels": 4, "depth": 1, "normalisation": "none"}


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


class Viewer(Person):
    """A person at the Segment page."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        super().__init__(qtbot, folder, SegmentPage)
        for side, panel in self.page._panels.items():
            panel.choose_model("unet")
            panel.set_weights_file(small_weights(folder, f"{side}.safetensors", len(side)))

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
