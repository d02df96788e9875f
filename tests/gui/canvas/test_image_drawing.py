"""An image that is drawn in bands looks as if it were drawn in one piece."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from gui.widgets.canvas import image_drawing
from gui.widgets.canvas.image_drawing import draw_image

WIDTH, HEIGHT = 320, 400
Places = tuple[QRectF, QRectF]


def noise() -> QImage:
    pixels = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8)
    image = QImage(pixels.data, WIDTH, HEIGHT, 4 * WIDTH, QImage.Format.Format_RGB32)
    return image.copy()


def drawn(places: Places, *, is_smooth: bool) -> np.ndarray:
    canvas = QImage(400, 500, QImage.Format.Format_RGB32)
    canvas.fill(0)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=is_smooth)
    draw_image(painter, places[0], noise(), places[1])
    painter.end()
    return np.array(canvas.constBits()).reshape(500, 400, 4)


@pytest.mark.parametrize("is_smooth", [True, False])
@pytest.mark.parametrize(
    "places",
    [
        (QRectF(0, 0, 400, 500), QRectF(0, 0, WIDTH, HEIGHT)),
        (QRectF(10.3, 7.6, 333.4, 444.9), QRectF(0, 0, WIDTH, HEIGHT)),
        (QRectF(20, 30, 350, 63), QRectF(15.5, 3.25, 80, 20)),
        (QRectF(5, 5, 100, 130), QRectF(0, 0, WIDTH, HEIGHT)),
    ],
)
def test_bands_leave_no_trace(
    places: Places, is_smooth: bool, monkeypatch: pytest.MonkeyPatch, qapp: object
) -> None:
    del qapp
    in_bands = drawn(places, is_smooth=is_smooth)
    monkeypatch.setattr(image_drawing, "ALONE_PIXELS", 0)
    np.testing.assert_array_equal(in_bands, drawn(places, is_smooth=is_smooth))


def test_the_hints_and_the_clip_of_the_painter_stay(qapp: object) -> None:
    del qapp
    canvas = QImage(400, 500, QImage.Format.Format_RGB32)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    draw_image(painter, QRectF(0, 0, 300, 300), noise(), QRectF(0, 0, 30, 30))
    assert painter.testRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    assert not painter.hasClipping()
    painter.end()
