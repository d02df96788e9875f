"""The menu of a plot: its scale, its view, and what can be saved of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from gui.widgets.icons import icon
from gui.widgets.plots.export import choose_and_save, copy_picture

if TYPE_CHECKING:
    from gui.widgets.plots.plot import Plot


def show_menu(plot: Plot, place: QPoint) -> QMenu:
    """Open the menu at a place of the screen; it is gone with its closing."""
    menu = plot_menu(plot)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(place)
    return menu


def plot_menu(plot: Plot) -> QMenu:
    """Return the menu of a plot."""
    menu = QMenu(plot)
    menu.setObjectName("plot.menu")
    _add(menu, "reset", "Show all", "fit-to-screen-outline", plot.reset, "0")
    _add(menu, "zoom_in", "Zoom in", "magnify-plus-outline", plot.zoom_in, "+")
    _add(menu, "zoom_out", "Zoom out", "magnify-minus-outline", plot.zoom_out, "-")
    if plot.can_log:
        menu.addSeparator()
        log = menu.addAction("Log scale")
        log.setObjectName("plot.menu.log")
        log.setCheckable(True)
        log.setChecked(plot.is_log)
        log.toggled.connect(plot.set_log)
    menu.addSeparator()
    _add(menu, "copy", "Copy picture", "content-copy", partial(copy_picture, plot))
    kinds = (("png", "Save picture (PNG)…"), ("svg", "Save drawing (SVG)…"))
    for kind, text in (*kinds, ("csv", "Save numbers (CSV)…")):
        _add(menu, kind, text, "content-save-outline", partial(choose_and_save, plot, kind))
    return menu


def _add(menu: QMenu, name: str, text: str, icon_name: str, slot: object, key: str = "") -> QAction:
    action = menu.addAction(icon(icon_name), text)
    action.setObjectName(f"plot.menu.{name}")
    action.triggered.connect(slot)
    if key:
        # Shown, not bound: the plot itself hears its keys while it has the focus.
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    return action
