"""The whole window with all its pages: what holds for every control, wherever it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QToolButton,
    QWidget,
)

LEAST_ROW_PX = 24
DOING = ("run", "save", "export", "start", "record", "snapshot")
SMALL_SCREEN = QSize(1280, 720 - 40)
"""Of a laptop, without the title bar."""


@pytest.fixture
def window(open_window, astronaut: Path) -> QWidget:
    person = open_window(astronaut)
    for key in person.window.pages.specs:
        person.window.pages.show_page(key)
    person.until(lambda: person.window.workbench.models)
    return person.window


def stops(window: QWidget) -> list[QWidget]:
    """What Tab can stop at on any page, shown or not, without the parts that Qt makes inside."""
    found = []
    for page in window.pages.pages.values():
        for widget in page.findChildren(QWidget):
            takes_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
            is_inner = isinstance(widget.parent(), (QComboBox, QAbstractSpinBox, QLineEdit))
            is_qt = widget.objectName().startswith(("qt_", "Scroll")) or is_inner
            is_here = widget.window() is window and not isinstance(widget, QScrollBar)
            if takes_tab and is_here and not is_qt and widget.focusProxy() is None:
                found.append(widget)
    return found


def named(widgets: list[QWidget]) -> list[str]:
    return sorted(f"{type(w).__name__} {w.objectName() or w.parent()}" for w in widgets)


def test_every_place_where_the_focus_stops_says_what_it_is(window: QWidget) -> None:
    found = stops(window)
    assert len(found) > 100
    assert named([widget for widget in found if not widget.accessibleName()]) == []
    names = {widget.objectName() for widget in found}
    sliders = {w.objectName() for w in window.findChildren(QAbstractSlider)}
    bases = {name.removesuffix(".slider") for name in sliders if name.endswith(".slider")}
    assert len(bases) > 5
    for base in bases:  # a slider and its number are one stop
        parts = {base, f"{base}.slider", f"{base}.value"}
        assert len(parts & names) == 1, parts & names


def test_what_does_not_say_in_words_what_it_does_has_a_tip(window: QWidget) -> None:
    kinds = (QAbstractSlider, QAbstractSpinBox, QComboBox)
    found = [w for w in stops(window) if isinstance(w, kinds)]
    found += [w for w in stops(window) if isinstance(w, QToolButton) and not w.text()]
    found += [w for w in stops(window) if w.objectName().split(".")[-1] in DOING]
    assert len(found) > 50
    assert named([widget for widget in found if not widget.toolTip()]) == []


def test_nothing_is_too_small_to_hit_or_too_large_for_a_small_screen(window: QWidget) -> None:
    lists = [box for box in window.findChildren(QComboBox) if box.count()]
    assert len(lists) > 10
    for box in lists:
        model = box.model()
        assert isinstance(model, QStandardItemModel)
        heights = {
            box.view().sizeHintForRow(row)
            for row in range(box.count())
            if model.item(row).accessibleDescription() != "separator"
        }
        assert min(heights) >= LEAST_ROW_PX, box.objectName()
    least = window.minimumSizeHint()
    assert least.width() <= SMALL_SCREEN.width()
    assert least.height() <= SMALL_SCREEN.height()
    box = window.findChild(QComboBox, "detect.model")
    titles = {box.itemData(row): box.itemText(row) for row in range(box.count())}
    for card in window.workbench.models_of("detection"):
        needs = bool(card.weights) and not any(w.is_local for w in card.weights)
        assert ("(download)" in titles[card.key]) == needs, card.key
