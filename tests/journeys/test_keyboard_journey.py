"""All of it without a mouse: only keys are pressed, and only where the focus is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QTableView, QTreeWidget, QWidget

from gui.pages.latent.filmstrip import Filmstrip
from gui.widgets.class_legend import ClassLegend
from gui.widgets.step_player import StepPlayer

ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
SHIFT, NONE = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier
MOST_STOPS = 150


class Typist:
    """Somebody with a keyboard alone."""

    def __init__(self, person: Any) -> None:
        self.person, self.window = person, person.window
        self.until = person.until

    @property
    def place(self) -> str:
        """Name of the control that has the focus."""
        focused = QApplication.focusWidget()
        return focused.objectName() if focused is not None else ""

    def key(self, key: Qt.Key, modifiers: Any = NONE, times: int = 1) -> None:
        for _ in range(times):
            focused = QApplication.focusWidget()
            self.person.bot.keyClick(focused or self.window, key, modifiers)

    def words(self, text: str) -> None:
        self.person.bot.keyClicks(QApplication.focusWidget(), text)

    def tab_to(self, name: str) -> None:
        """Press Tab until a control has the focus."""
        passed = []
        for _ in range(MOST_STOPS):
            if self.place == name:
                return
            self.key(Qt.Key.Key_Tab)
            passed.append(self.place)
        pytest.fail(f"Tab never comes to {name}; it passes {sorted(set(passed))}")

    def choose(self, name: str, data: object) -> None:
        """Go to a list and choose an entry by the arrow keys."""
        self.tab_to(name)
        box = self.person.find(QComboBox, name)
        self.until(lambda: box.findData(data) >= 0)
        self.key(Qt.Key.Key_Home)
        for _ in range(box.count()):
            if box.currentData() != data:
                self.key(Qt.Key.Key_Down)
        assert box.currentData() == data

    def go_to_page(self, number: int, key: str) -> Any:
        self.key(Qt.Key.Key_0 + number, ALT)  # type: ignore[arg-type]
        page = self.window.pages.page(key)
        assert page.isVisible()
        focused = QApplication.focusWidget()
        assert focused is not None
        assert page.isAncestorOf(focused)
        return page


@pytest.fixture
def typist(open_window: Any, astronaut: Path, tmp_path: Path) -> Typist:
    person = open_window(astronaut)
    person.window.workbench.settings.set_text("train/root", str(tmp_path / "runs"))
    session = person.window.workbench.session
    person.until(lambda: session.current and session.current.picture)
    person.until(lambda: person.window.workbench.models)
    return Typist(person)


def test_a_face_is_found_and_its_suppression_stepped_through(typist: Typist) -> None:
    typist.go_to_page(2, "detect")
    typist.choose("detect.model", "viola-jones-face")
    typist.key(Qt.Key.Key_Return, CONTROL)
    table = typist.person.find(QTableView, "detect.boxes")
    typist.until(lambda: table.model().rowCount() == 1)
    typist.tab_to("detect.score.slider")
    typist.key(Qt.Key.Key_Home)
    typist.tab_to("detect.iou.slider")
    typist.key(Qt.Key.Key_End)
    typist.until(lambda: table.model().rowCount() > 20)
    typist.key(Qt.Key.Key_N, CONTROL | SHIFT)
    player = typist.window.findChild(StepPlayer)
    typist.until(lambda: player.trace is not None)
    typist.key(Qt.Key.Key_Right)
    assert player.index == 1


def test_a_picture_is_segmented_and_one_class_shown_alone(typist: Typist) -> None:
    typist.go_to_page(3, "segment")
    typist.choose("segment.model", "unet")
    typist.choose("segment.weights", "unet-shapes")
    typist.key(Qt.Key.Key_Return, CONTROL)
    legend = typist.person.find(ClassLegend, "segment.legend")
    typist.until(lambda: len(legend.classes) > 2)
    typist.tab_to("segment.legend")
    typist.key(Qt.Key.Key_Down)
    typist.key(Qt.Key.Key_S)
    assert legend.hidden == frozenset(legend.classes) - {legend.current}


def test_a_zone_is_drawn_over_running_pictures(typist: Typist) -> None:
    page = typist.go_to_page(4, "live")
    typist.tab_to("live.start")
    typist.key(Qt.Key.Key_Space)
    typist.until(lambda: page.answer is not None)
    draw = typist.person.find(QWidget, "live.draw_zone")
    typist.until(draw.isEnabled)
    typist.tab_to("live.draw_zone")
    typist.key(Qt.Key.Key_Space)
    assert typist.place == "live.drawer"
    for arrow in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        typist.key(Qt.Key.Key_Space)
        typist.key(arrow, SHIFT, 3)
    typist.key(Qt.Key.Key_Space)
    typist.key(Qt.Key.Key_Return)
    zones = typist.person.find(QTreeWidget, "live.zones")
    typist.until(lambda: zones.topLevelItemCount() == 1)
    typist.until(lambda: len(page.answer.analysis.zones) == 1)


def test_a_walk_between_two_codes_is_made_and_scrubbed(typist: Typist) -> None:
    page = typist.go_to_page(5, "latent")
    typist.until(lambda: page.state.picture is not None)
    typist.key(Qt.Key.Key_K, CONTROL)
    typist.tab_to("latent.axis_1")
    before = page.state.code.copy()
    typist.key(Qt.Key.Key_PageUp, times=3)
    assert not np.array_equal(page.state.code, before)
    typist.key(Qt.Key.Key_K, CONTROL)
    typist.tab_to("qt_tabwidget_tabbar")
    typist.key(Qt.Key.Key_Right)
    typist.tab_to("latent.strip_lerp")
    strip = typist.person.find(Filmstrip, "latent.strip_lerp")
    typist.until(lambda: len(strip._images) > 2)
    typist.key(Qt.Key.Key_Right)
    assert strip.index == 1


def test_a_training_is_started_and_stopped(typist: Typist) -> None:
    page = typist.go_to_page(6, "train")
    start = typist.person.find(QWidget, "train.start")
    typist.until(start.isEnabled)
    typist.tab_to("train.first_run")
    typist.key(Qt.Key.Key_Space)
    typist.tab_to("train.setting.epochs")
    typist.words("1000")
    typist.key(Qt.Key.Key_Return, CONTROL)
    typist.until(lambda: page.current and page.current.status and page.current.status.step > 3)
    typist.key(Qt.Key.Key_Period, CONTROL | SHIFT)
    typist.until(lambda: page.current.status.state == "stopped")
