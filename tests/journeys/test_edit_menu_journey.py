"""File and Edit have what a person looks for there, and do it."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu

from engine.api.annotations import Shape
from tests.journeys.conftest import Person

BOX = Shape.box("car", 5, 5, 40, 40)


@pytest.fixture
def at_work(open_window: Callable[..., Person], astronaut) -> Person:
    person = open_window(astronaut)
    session = person.window.workbench.session
    person.until(lambda: session.current and session.current.picture and session.current.is_loaded)
    person.until(lambda: person.window.workbench.models)
    QGuiApplication.clipboard().clear()
    return person


def opened(person: Person, name: str) -> QMenu:
    menu = person.find(QMenu, f"menu.{name}")
    menu.popup(person.window.mapToGlobal(QPoint(20, 20)))
    person.until(menu.isVisible)
    return menu


def entries(menu: QMenu) -> dict[str, QAction]:
    return {action.objectName().rsplit(".", 1)[-1]: action for action in menu.actions()}


def enabled(person: Person) -> set[str]:
    """What the Edit menu offers now."""
    menu = opened(person, "edit")
    names = {name for name, action in entries(menu).items() if name and action.isEnabled()}
    menu.close()
    return names - {"undo", "redo"}


def choose(person: Person, name: str) -> None:
    menu = opened(person, "edit")
    assert entries(menu)[name].isEnabled()
    entries(menu)[name].trigger()
    menu.close()


def test_edit_offers_what_does_something_and_each_step_is_undone(at_work: Person) -> None:
    document = at_work.window.workbench.session.current
    assert enabled(at_work) == set()
    document.add([BOX])
    assert enabled(at_work) == {"cut", "copy", "duplicate", "delete", "select_all"}
    choose(at_work, "duplicate")
    assert len(document.shapes) == 2
    choose(at_work, "select_all")
    assert document.selection == {0, 1}
    choose(at_work, "cut")
    assert document.shapes == ()
    choose(at_work, "paste")
    assert len(document.shapes) == 2
    choose(at_work, "delete")
    assert document.shapes == ()
    for _ in range(4):
        document.undo_stack.undo()
    assert document.shapes == (BOX,)


def test_file_has_save_import_and_export_on_the_page_that_does_them(at_work: Person) -> None:
    menu = opened(at_work, "file")
    assert {"save", "import", "import_folder", "export"} <= set(entries(menu))
    assert entries(menu)["save"].shortcut().toString() == "Ctrl+S"
    menu.close()
    at_work.window.pages.show_page("train")
    assert not {"save", "export"} & set(entries(at_work.find(QMenu, "menu.file")))
    assert "cut" not in entries(at_work.find(QMenu, "menu.edit"))
