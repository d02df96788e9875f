"""Collects what the shortcut sheet lists: the menus as they are, and the canvas conventions."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

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


def sections(menu_bar: QMenuBar) -> list[ShortcutSection]:
    """Return one section for each menu with shortcuts, then those of the canvas."""
    found = []
    for top in menu_bar.actions():
        menu = top.menu()
        if not isinstance(menu, QMenu) or not top.isVisible():
            continue
        rows = tuple(_row(action) for action in _leaves(menu.actions()) if action.shortcuts())
        if rows:
            found.append(ShortcutSection(_plain(top.text()), rows))
    return [*found, *CANVAS]


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
