"""Collects what the shortcut sheet lists: the menus as they are, and the canvas conventions."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gui.widgets.shortcut_sheet import ShortcutSection

CANVAS = (
    ShortcutSection(
        "Looking at a picture",
        (
            ("Zoom at the pointer", "wheel, or Ctrl+wheel"),
            ("Scroll, sideways with Shift", "wheel, where it does not zoom"),
            ("Move the picture", "drag with the middle button, or Space and drag"),
            ("Zoom in, zoom out", "Ctrl++, Ctrl+-"),
            ("Actual size", "Ctrl+0"),
            ("Fit the window, fit the width", "Ctrl+F, Ctrl+Shift+F"),
            ("Hide and show all shapes", "T"),
            ("See the bare picture", "hold H"),
        ),
    ),
    ShortcutSection(
        "Drawing",
        (
            ("Box: drag, or click two corners", "R or W"),
            ("Square; from the middle", "Shift; Alt while drawing"),
            ("Polygon: click the vertices", "P"),
            ("Close the polygon", "Enter, double click, or click the first vertex"),
            ("Take back the last vertex; have it again", "Backspace or Ctrl+Z; Ctrl+Y"),
            ("Drop what is being drawn", "Esc"),
            ("Select and edit", "V or Esc"),
            ("Box in the middle of the view", "Insert"),
        ),
    ),
    ShortcutSection(
        "Editing shapes",
        (
            ("Select; add or take away", "click; Ctrl+click or Shift+click"),
            ("Select several", "drag around them, Ctrl+A"),
            ("Next shape under the pointer", "Tab, with Shift backwards"),
            ("Next shape in drawing order", "N, with Shift backwards"),
            ("Move by 1 pixel, by 10", "arrows, Shift+arrows"),
            ("Resize by 1 pixel, by 10", "Ctrl+arrows, Ctrl+Shift+arrows"),
            ("Resize", "drag one of the eight handles"),
            ("Add a vertex, remove one", "Alt+click on an edge, Alt+Shift+click"),
            ("Give the class 1 to 9; while drawing, to what is drawn", "1 … 9"),
            ("Choose or name the class", "Ctrl+E, F2, double click"),
            ("Copy, cut, paste, duplicate", "Ctrl+C, Ctrl+X, Ctrl+V, Ctrl+D"),
            ("Delete", "Delete or Backspace"),
        ),
    ),
    ShortcutSection(
        "Latent codes",
        (
            ("Move one number; its middle again", "drag a slider or arrows; double click"),
            ("Walk over the map; five times as far", "drag or arrows; Shift+arrows"),
            ("See what lies under the pointer", "rest on the map"),
            ("Zoom the map; see all of it", "wheel; double click"),
            ("Draw a digit; last stroke back; wipe", "drag on the sheet; Ctrl+Z; Delete"),
        ),
    ),
)


PARTS = (
    ShortcutSection(
        "Lists of pictures and classes",
        (
            ("Show or hide a class", "Space"),
            ("Show one class alone, all again", "S, double click"),
            ("Choose a picture of a grid; pick it; take its code", "arrows; Space; Enter"),
        ),
    ),
    ShortcutSection(
        "Steps of an algorithm",
        (
            ("Next step, step back", "Right, Left"),
            ("First step, last step", "Home, End"),
            ("Play, pause", "Space"),
            ("Go to the step that decides a row", "Enter, click"),
            ("End a presentation", "Esc"),
        ),
    ),
    ShortcutSection(
        "Curves and bars",
        (
            ("Read value by value, ten at a time", "Left and Right, with Shift"),
            ("Zoom in, zoom out, show all", "+, -, 0"),
            ("Take the crosshair away", "Esc"),
            ("Scale, copy, export", "menu key, right button"),
        ),
    ),
    ShortcutSection(
        "Everywhere",
        (
            ("Next control, the one before", "Tab, Shift+Tab"),
            ("Move a slider; by a tenth", "arrows; PgUp, PgDown"),
            ("Open a list", "Alt+Down, Space"),
        ),
    ),
)


def sections(menu_bar: QMenuBar, pages: Mapping[str, QWidget]) -> list[ShortcutSection]:
    """Return one section for each menu with shortcuts and each page, then those of the parts.

    Args:
        pages: by title; the menu of the one in front is among the menus too, and left out there.
    """
    found = []
    for top in menu_bar.actions():
        menu = top.menu()
        is_page = _plain(top.text()) in pages
        if isinstance(menu, QMenu) and top.isVisible() and not is_page:
            found.append(_section(_plain(top.text()), _leaves(menu.actions())))
    found += [_section(f"{title} page", _leaves(page.actions())) for title, page in pages.items()]
    return [*(section for section in found if section.rows), *CANVAS, *PARTS]


def _section(title: str, actions: list[QAction]) -> ShortcutSection:
    rows = (_row(action) for action in actions if action.shortcuts())
    return ShortcutSection(title, tuple(rows))


def _leaves(actions: list[QAction]) -> list[QAction]:
    found = []
    for action in actions:
        menu = action.menu()
        found += _leaves(menu.actions()) if isinstance(menu, QMenu) else [action]
    return found


def _row(action: QAction) -> tuple[str, str]:
    native = QKeySequence.SequenceFormat.NativeText
    keys = " or ".join(keys.toString(native) for keys in action.shortcuts())
    text = _plain(action.text()).rstrip("…")
    for edit in ("Undo", "Redo"):  # without the name of the edit that happens to be the last
        text = edit if text.startswith(f"{edit} ") else text
    return text, keys


def _plain(text: str) -> str:
    return text.replace("&", "")
