"""Big pictures: seen at once, reduced rightly, and no thread left behind."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from engine.api.pictures import Picture
from gui.widgets.canvas import Canvas
from gui.widgets.canvas.picture_pyramid import PicturePyramid, halved


def words(image):
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint8)
    return flat.reshape(image.height(), image.width(), 4)[:, :, 2::-1].astype(int)


@pytest.mark.parametrize("shape", [(6, 8), (7, 9), (1, 5), (1, 1)])
def test_halving_averages_blocks_of_four_and_repeats_odd_edges(shape):
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 4), np.uint8)
    half = halved(pixels.view(np.uint32)[..., 0]).view(np.uint8)
    height, width = shape
    padded = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge").astype(float)
    blocks = padded.reshape(len(padded) // 2, 2, -1, 2, 4).mean(axis=(1, 3))
    assert np.abs(half.reshape(blocks.shape) - blocks).max() <= 1


def test_brightness_is_kept_over_many_levels():
    level = np.random.default_rng(0).integers(0, 2**32, (512, 512), np.uint32)
    mean = level.view(np.uint8).mean()
    while level.size > 1:
        level = halved(level)
    assert abs(level.view(np.uint8).mean() - mean) < 2


def test_a_level_is_never_coarser_than_the_screen():
    pyramid = PicturePyramid(np.zeros((1_000, 1_500, 3), np.uint8))
    for scale in (4.0, 1.0, 0.6, 0.5, 0.3, 0.13, 0.01):
        image, side = pyramid.image_for(scale)
        assert scale * side <= 1 or side == 1
        assert image.width() == -(-1_500 // int(side))


def test_a_big_picture_is_there_at_once_and_right_when_it_is_reduced():
    pixels = np.random.default_rng(0).integers(0, 256, (2_001, 2_003, 3), np.uint8)
    pyramid = PicturePyramid(pixels)
    preview, side = pyramid.image_for(0.25)
    assert not pyramid.is_complete
    assert np.array_equal(words(preview), pixels[:: int(side), :: int(side)])
    pyramid.build()
    assert pyramid.is_complete
    quarter, side = pyramid.image_for(0.25)
    assert side == 4
    expected = pixels[:2_000, :2_000].reshape(500, 4, 500, 4, 3).mean(axis=(1, 3))
    assert np.abs(words(quarter)[:500, :500] - expected).max() <= 2
    whole, side = pyramid.image_for(1.0)
    assert side == 1
    assert np.array_equal(words(whole), pixels)


def test_a_stopped_build_leaves_the_preview():
    pyramid = PicturePyramid(np.zeros((2_000, 2_000, 3), np.uint8))
    pyramid.stop()
    pyramid.build()
    assert not pyramid.is_complete
    assert not pyramid.image_for(0.1)[0].isNull()


def big(value=9):
    return Picture(np.full((3_000, 4_000, 3), value, np.uint8), None, "RGB")


def reducing():
    return [t for t in threading.enumerate() if t.name == "canvas-pyramid"]


def test_a_big_picture_gets_sharp_and_its_thread_ends(qtbot):
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.set_picture(big())
    assert not canvas.is_sharp
    centre = canvas.grab().toImage().pixelColor(canvas.rect().center())
    assert centre.getRgb()[:3] == (9, 9, 9)
    qtbot.waitUntil(lambda: canvas.is_sharp)
    qtbot.waitUntil(lambda: not reducing())


def test_no_thread_outlives_the_widget(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    canvas = Canvas(parent)
    canvas.set_picture(big())
    canvas._picture_view._on_tick()
    assert reducing()
    import shiboken6

    shiboken6.delete(canvas)
    assert not reducing()


def test_another_picture_stops_the_work_on_the_last_one(qtbot):
    canvas = Canvas()
    qtbot.addWidget(canvas)
    for value in range(4):
        canvas.set_picture(big(value))
        canvas._picture_view._on_tick()
    qtbot.waitUntil(lambda: canvas.is_sharp)
    colour = canvas.grab().toImage().pixelColor(canvas.rect().center())
    assert colour.getRgb()[:3] == (3, 3, 3)
