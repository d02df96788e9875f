"""Pixels survive the way to Qt and back."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from gui.widgets.rgb_images import as_image, as_pixels, as_pixmap, image_over


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5])  # rows of Qt end at whole words
def test_pixels_are_the_same_after_the_way_to_qt_and_back(
    qtbot: QtBot, random: np.random.Generator, width: int
) -> None:
    pixels = random.integers(0, 256, (3, 2 * width, 3)).astype(np.uint8)
    for view in (pixels, pixels[:, ::2], pixels[::-1]):
        np.testing.assert_array_equal(as_pixels(as_image(view)), view)
        np.testing.assert_array_equal(as_pixels(as_pixmap(view).toImage()), view)


def test_an_image_keeps_its_pixels_when_the_array_changes() -> None:
    pixels = np.full((2, 2, 3), 7, np.uint8)
    kept, over = as_image(pixels), image_over(pixels)
    pixels[:] = 9
    assert kept.pixelColor(0, 0) == QColor(7, 7, 7)
    assert over.pixelColor(0, 0) == QColor(9, 9, 9)
