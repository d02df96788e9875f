"""The menu of the right mouse button."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from gui.plain_text import menu_text
from gui.widgets.canvas.shape_actions import ShapeActions
from gui.widgets.canvas.stage import Stage
from gui.widgets.swatch_table import swatch


def make_menu(stage: Stage, actions: ShapeActions, parent: QWidget) -> QMenu:
    """Return what can be done with the selection; deleted when it closes."""
    menu = QMenu(parent)
    menu.setObjectName("canvas.menu")
    menu.setAccessibleName("Selected shapes")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    has_selection = bool(stage.selection)
    classes = menu.addMenu("Class")
    classes.setObjectName("canvas.menu.class")
    classes.setEnabled(has_selection and bool(stage.classes))
    _add_classes(classes, stage, actions)
    entries = (
        ("label", "Edit label…", "Ctrl+E", actions.ask_label, has_selection),
        ("copy", "Copy", "Ctrl+C", actions.copy, has_selection),
        ("paste", "Paste", "Ctrl+V", actions.paste, True),
        ("duplicate", "Duplicate", "Ctrl+D", actions.duplicate, has_selection),
        ("front", "Bring to front", "", actions.bring_to_front, has_selection),
        ("delete", "Delete", "Del", actions.delete, has_selection),
    )
    for name, text, key, slot, is_enabled in entries:
        action = QAction(text, menu)
        action.setObjectName(f"canvas.menu.{name}")
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # shown, never competing
        action.setEnabled(is_enabled)
        action.triggered.connect(slot)
        menu.addAction(action)
    return menu


def _add_classes(menu: QMenu, stage: Stage, actions: ShapeActions) -> None:
    shapes = stage.table.shapes
    present = {shapes[index].label for index in stage.selection}
    group = QActionGroup(menu)
    group.setExclusive(False)
    for number, name in enumerate(stage.classes, start=1):
        text = menu_text(name)
        action = QAction(swatch(name), f"{text}\t{number}" if number <= 9 else text, menu)
        action.setObjectName(f"canvas.menu.class.{name}")
        action.setCheckable(True)
        action.setChecked(name in present)
        action.triggered.connect(partial(_choose, actions, name))
        group.addAction(action)
        menu.addAction(action)


def _choose(actions: ShapeActions, name: str, checked: bool = False) -> None:
    del checked
    actions.set_class(name)
