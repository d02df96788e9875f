"""From an empty Live page to counted, kept and stopped moving pictures."""

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QTreeWidget, QWidget

from gui.widgets.canvas import Canvas


@pytest.fixture
def at_live(open_window):
    """The window on the Live page, with its models listed; nothing runs."""
    person = open_window()
    person.press("rail.live")
    person.until(lambda: person.window.workbench.models)
    return person


@pytest.fixture
def running(at_live):
    """The moving scene, looked at by the first detector, which finds its face."""
    at_live.press("live.first_run")
    page = at_live.window.pages.page("live")
    at_live.until(lambda: page.answer is not None)
    return at_live


def test_the_moving_scene_starts_and_stops_with_one_button(at_live):
    page = at_live.window.pages.page("live")
    start = at_live.find(QAbstractButton, "live.start")
    assert start.text() == "Start"
    at_live.press("live.start")
    at_live.until(lambda: page.answer is not None)
    canvas = at_live.find(Canvas, "live.canvas")
    assert canvas.isVisible()
    assert not canvas.picture_rect().isEmpty()
    assert start.text() == "Stop"
    at_live.press("live.start")
    at_live.until(lambda: not page.is_running)
    assert not canvas.isVisible()
    assert start.text() == "Start"
    at_live.press("live.start")  # and once more
    at_live.until(lambda: page.answer is not None)


def test_a_line_drawn_by_mouse_is_listed_and_counted_on(running):
    page = running.window.pages.page("live")
    running.until(running.find(QAbstractButton, "live.draw_line").isEnabled)
    running.press("live.draw_line")
    drawer = running.find(QWidget, "live.drawer")
    area = running.find(Canvas, "live.canvas").picture_rect()
    left, right = (
        QPoint(round(area.left() + share * area.width()), round(area.center().y()))
        for share in (0.2, 0.8)
    )
    running.bot.mousePress(drawer, Qt.MouseButton.LeftButton, pos=left)
    running.bot.mouseMove(drawer, right)
    running.bot.mouseRelease(drawer, Qt.MouseButton.LeftButton, pos=right)
    regions = running.find(QTreeWidget, "live.lines")
    running.until(lambda: regions.topLevelItemCount() == 1)
    running.until(lambda: len(page.answer.analysis.lines) == 1)


def test_a_snapshot_is_kept_where_a_person_says(running, tmp_path, monkeypatch):
    target = tmp_path / "frame.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    running.until(running.find(QAbstractButton, "live.snapshot").isEnabled)
    shown = running.window.pages.page("live").answer.pixels.shape
    running.press("live.snapshot")
    running.until(target.is_file)
    assert Image.open(target).size == (shown[1], shown[0])


def test_closing_the_window_while_pictures_run_leaves_nothing_behind(running):
    running.close()  # the guard of every test looks for leftover threads
    assert running.window.ended_in_time
