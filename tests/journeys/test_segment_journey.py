"""From opening a drawn picture to two segmenters compared with its true classes."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget

from engine.data.shapes import SHAPE_CLASSES, draw_scene
from gui.widgets.canvas import Canvas
from gui.widgets.class_legend import ClassLegend

SIDE_PX = 64
CLASSES = ("background", *SHAPE_CLASSES)


@pytest.fixture
def picture(tmp_path):
    """A drawn scene with its mask where masks are looked for."""
    scene = draw_scene(3, SIDE_PX)
    for folder, values in (("images", scene.pixels), ("masks", scene.semantic_mask)):
        (tmp_path / folder).mkdir()
        Image.fromarray(values.astype(np.uint8)).save(tmp_path / folder / "scene.png")
    return tmp_path / "images" / "scene.png"


@pytest.fixture
def at_segment(open_window, picture):
    """The window on the Segment page, with the network for drawn scenes chosen."""
    person = open_window(picture)
    session = person.window.workbench.session
    person.until(lambda: session.current and session.current.picture)
    person.press("rail.segment")
    person.choose("segment.model", "unet")
    person.choose("segment.weights", "unet-shapes")
    return person


def run(person, name: str = "segment") -> ClassLegend:
    """Press Run and wait for the areas."""
    person.press(f"{name}.run")
    legend = person.find(ClassLegend, "segment.legend")
    person.until(lambda: legend.classes and "%" in legend.model().index(0, 1).data())
    return legend


def test_a_drawn_picture_is_segmented_scored_and_looked_at_class_by_class(at_segment):
    legend = run(at_segment)
    assert set(CLASSES) <= set(legend.classes)
    scores = at_segment.find(QLabel, "segment.scores")
    at_segment.until(lambda: "unet-shapes: mIoU" in scores.text())
    pixel_accuracy = float(scores.text().split("pixel accuracy ")[1].split(" %")[0])
    assert pixel_accuracy > 50  # it was trained on such pictures
    at_segment.press("segment.hide_all")
    assert legend.hidden == frozenset(legend.classes)
    row = legend.model().index(legend.classes.index("square"), 0)
    at_segment.bot.mouseClick(
        legend.viewport(), Qt.MouseButton.LeftButton, pos=legend.visualRect(row).center()
    )
    at_segment.bot.keyClick(legend, Qt.Key.Key_S)
    assert legend.hidden == frozenset(legend.classes) - {"square"}
    at_segment.press("segment.show_all")
    assert legend.hidden == frozenset()


def test_two_segmenters_are_compared_across_a_line_that_is_dragged(at_segment):
    run(at_segment)
    at_segment.press("segment.compare")
    at_segment.choose("segment.second.model", "unet")
    at_segment.choose("segment.second.weights", "unet-camvid")
    handle = at_segment.find(QWidget, "split.handle")
    at_segment.press("segment.second.run")
    at_segment.until(handle.isVisible)
    assert at_segment.find(QLabel, "split.right").text() == "unet-camvid"
    before = handle.share
    centre = handle.rect().center()
    at_segment.bot.mousePress(handle, Qt.MouseButton.LeftButton, pos=centre)
    at_segment.bot.mouseMove(handle, centre + QPoint(40, 0))
    at_segment.bot.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=centre)
    at_segment.until(lambda: handle.share != before)


def test_mask_and_overlay_are_saved_where_a_person_says(at_segment, tmp_path, monkeypatch):
    run(at_segment)
    target = tmp_path / "kept"
    target.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(target))
    at_segment.press("segment.save")
    at_segment.until(lambda: len(list(target.glob("*.png"))) >= 2)
    sizes = {Image.open(file).size for file in target.glob("*.png")}
    assert sizes == {(SIDE_PX, SIDE_PX)}


def test_closing_while_a_segmenter_runs_leaves_nothing_behind(at_segment):
    assert at_segment.find(Canvas, "segment.canvas").isVisible()
    at_segment.press("segment.run")
    at_segment.close()  # the guard of every test looks for leftover threads
