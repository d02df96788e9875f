"""The Images page alone, with a real engine and drawn pictures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.service import EngineService
from gui.pages.images.page import ImagesPage
from tests.gui.pages.page_support import Person


class User(Person):
    """The page with what belongs to it, used as a person would."""

    def __init__(self, qtbot: QtBot, folder: Path, service: EngineService | None = None) -> None:
        super().__init__(qtbot, folder, ImagesPage, (), service=service)

    @property
    def canvas(self) -> Any:
        return self.page.viewer.canvas

    @property
    def document(self) -> Any:
        return self.session.current

    @property
    def names(self) -> list[str]:
        """What the list shows, filtered."""
        model = self.page.browser.model
        return [model.index(row).data() for row in range(model.rowCount())]

    def key(self, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        self.bot.keyClick(self.canvas, key, modifier)

    def open(self, *paths: Path) -> None:
        """Open paths and wait for the first picture and for the annotations beside it."""
        self.page.open_paths(paths)
        self.until(lambda: self.document and self.document.picture and self.document.is_loaded)
        self.until(lambda: not self.page.loader.is_waiting)

    def go(self, name: str) -> None:
        """Wait until a picture is shown."""
        self.until(lambda: self.document and self.document.title == name)
        self.until(lambda: self.document.picture and self.document.is_loaded)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag with the left button; positions in pixels of the picture."""
        self.drag_on(self.canvas, start, end)

    def draw(self, *box: float) -> None:
        """Draw a box by mouse."""
        self.canvas.set_tool("box")
        self.drag((box[0], box[1]), (box[2], box[3]))
        self.canvas.set_tool("select")

    def destroy(self) -> None:
        """Go without closing, as a crash would."""
        self.close(is_told=False)


@pytest.fixture
def new_user(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., User]]:
    """Make the page; a second one has the settings and the journal of the first."""
    users: list[User] = []

    def make(service: EngineService | None = None) -> User:
        users.append(User(qtbot, tmp_path, service))
        return users[-1]

    yield make
    for user in users:
        user.destroy()
        assert not user.crashes, user.crashes


@pytest.fixture
def user(new_user: Callable[..., User]) -> User:
    return new_user()


def save_picture(path: Path, size: tuple[int, int] = (160, 120), shade: int = 120) -> Path:
    """Draw a grey picture with a bright rectangle."""
    width, height = size
    pixels = np.full((height, width, 3), shade, np.uint8)
    pixels[height // 4 : height // 2, width // 4 : width // 2] = (240, 200, 40)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five pictures, one of them bad, whose natural order is not the alphabetical one."""
    place = tmp_path / "pictures"
    place.mkdir()
    for number in (1, 2, 10):
        save_picture(place / f"street {number}.png")
    save_picture(place / "garden.jpg", (200, 100))
    (place / "broken.jpg").write_text("this is no picture", encoding="utf-8")
    return place


@pytest.fixture
def streets(folder: Path) -> Path:
    """Three sound pictures in a folder of their own."""
    (folder / "broken.jpg").unlink()
    (folder / "garden.jpg").unlink()
    return folder


@pytest.fixture
def many(tmp_path: Path) -> Callable[[int], list[Path]]:
    """Draw so many pictures into a folder."""

    def draw(count: int) -> list[Path]:
        place = tmp_path / "many"
        place.mkdir()
        return [save_picture(place / f"picture {n}.png", shade=n) for n in range(1, count + 1)]

    return draw


@pytest.fixture
def write_labelme() -> Callable[..., Path]:
    """Write a labelme file with one box beside a picture."""

    def write(picture: Path, label: str, box: tuple[int, int, int, int]) -> Path:
        shape = {"label": label, "points": [box[:2], box[2:]], "shape_type": "rectangle"}
        with Image.open(picture) as opened:
            width, height = opened.size
        document = {
            "version": "5.5.0",
            "flags": {},
            "shapes": [shape],
            "imagePath": picture.name,
            "imageData": None,
            "imageHeight": height,
            "imageWidth": width,
        }
        target = picture.with_suffix(".json")
        target.write_text(json.dumps(document), encoding="utf-8")
        return target

    return write
