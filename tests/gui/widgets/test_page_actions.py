"""The keys of a page, and who else may want them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QMenu, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.pages.images.entries import Entry, add_entries
from gui.widgets.page_actions import add_page_actions


class Page(QWidget):
    """A line and a list, and D as a key of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.line, self.box = QLineEdit(), QComboBox()
        self.box.addItems(["apple", "dog"])
        layout = QVBoxLayout(self)
        layout.addWidget(self.line)
        layout.addWidget(self.box)
        self.times_run = 0

    def run(self) -> None:
        self.times_run += 1

    def type(self, key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key as the system hands it on: to the window, not to a widget."""
        QTest.keyClick(self.windowHandle(), key, keys)


@pytest.fixture(params=["whole window", "focus inside"])
def page(qtbot: QtBot, request: pytest.FixtureRequest) -> Page:
    page = Page()
    if request.param == "whole window":
        add_page_actions(page, [("Run", "D", page.run), ("Save", "Ctrl+D", page.run)])
    else:
        entries = [Entry("run", "Run", "D", page.run), Entry("save", "Save", "Ctrl+D", page.run)]
        add_entries(page, entries)
    qtbot.addWidget(page)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    page.box.setFocus()
    qtbot.waitUntil(page.box.hasFocus)
    return page


def test_a_letter_is_a_key_of_the_page(page: Page) -> None:
    page.type(Qt.Key.Key_D)
    assert page.times_run == 1


def test_a_letter_goes_to_the_menu_that_is_open(page: Page, qtbot: QtBot) -> None:
    chosen = []
    menu = QMenu(page)
    menu.addAction("&Apple").triggered.connect(lambda: chosen.append("apple"))
    menu.addAction("&Dog").triggered.connect(lambda: chosen.append("dog"))
    menu.popup(page.mapToGlobal(QPoint(5, 5)))
    qtbot.waitUntil(menu.isVisible)
    page.type(Qt.Key.Key_D)
    qtbot.waitUntil(lambda: chosen == ["dog"])
    assert page.times_run == 0


def test_a_letter_looks_for_an_entry_of_the_list_that_is_open(page: Page, qtbot: QtBot) -> None:
    page.box.showPopup()
    qtbot.waitUntil(lambda: page.box.view().isVisible())
    page.type(Qt.Key.Key_D)
    assert page.box.view().currentIndex().data() == "dog"
    assert page.times_run == 0
    page.box.hidePopup()


def test_a_letter_is_written_where_a_name_is_typed(page: Page, qtbot: QtBot) -> None:
    page.line.setFocus()
    qtbot.waitUntil(page.line.hasFocus)
    page.type(Qt.Key.Key_D)
    assert page.line.text() == "d"
    assert page.times_run == 0
