"""What stands around the picture of a page that does not open pictures itself: list and bar."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.theme import GRID_PX
from gui.widgets.canvas import Canvas
from gui.widgets.named import icon_button, named
from gui.widgets.page_actions import add_page_actions
from gui.widgets.step_buttons import StepButtons
from gui.widgets.thumbnail_list import ThumbnailList
from gui.widgets.zoom_buttons import ZoomButtons, set_zoom
from gui.workbench import Workbench

HIDDEN = "hidden"


class PictureBar(QWidget):
    """Goes through the pictures of the Images page, and zooms.

    Attributes:
        list: of the pictures, as they are filtered on the Images page; shown beside the canvas.

    Args:
        key: of the page, the prefix of the names of all controls.
    """

    def __init__(self, workbench: Workbench, key: str, canvas: Canvas) -> None:
        super().__init__()
        self._pictures, self._settings = workbench.pictures, workbench.settings
        self._setting, self._canvas = f"{key}/pictures", canvas
        self.list = named(ThumbnailList(self._pictures.model), f"{key}.pictures", "Pictures")
        self._shows_list = icon_button(f"{key}.show_pictures", "format-list-bulleted", "Pictures")
        self._shows_list.setToolTip("Show or hide the list of pictures (Ctrl+L)")
        self._shows_list.setCheckable(True)
        self._zoom, self._steps = ZoomButtons(key), StepButtons(key)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX // 2, GRID_PX, GRID_PX // 2)
        layout.setSpacing(GRID_PX // 2)
        layout.addWidget(self._shows_list)
        layout.addWidget(self._zoom)
        layout.addStretch(1)
        layout.addWidget(self._steps)
        is_shown = self._settings.text(self._setting) != HIDDEN
        self._shows_list.setChecked(is_shown)
        # Not `setVisible`: without a parent yet, it would be a window of its own.
        if not is_shown:
            self.list.hide()
        self._connect()
        self._on_position()

    def _connect(self) -> None:
        pictures = self._pictures
        self._shows_list.toggled.connect(self._on_shows_list)
        self._zoom.zoom_wanted.connect(self._on_zoom)
        self._canvas.zoom_changed.connect(self._zoom.show_zoom)
        self._steps.step_wanted.connect(pictures.step_wanted)
        self.list.chosen.connect(pictures.chosen)
        self.list.wanted.connect(pictures.thumbnails_wanted)
        pictures.thumbnail_ready.connect(self.list.show_tile)
        pictures.position_changed.connect(self._on_position)
        pictures.failed.connect(self._on_failed)

    def add_actions(self, page: QWidget) -> None:
        """Give the page the keys that the Images page has for the same."""
        canvas, step = self._canvas, self._pictures.step_wanted.emit
        entries = (
            ("&Next picture", "D PgDown", lambda: step(1)),
            ("&Previous picture", "A PgUp", lambda: step(-1)),
            ("&List of pictures", "Ctrl+L", self._shows_list.toggle),
            ("&Fit", "Ctrl+F", canvas.fit),
            ("Fit &width", "Ctrl+Shift+F", canvas.fit_width),
            ("&100 %", "Ctrl+0", lambda: canvas.zoom_to(1.0)),
        )
        add_page_actions(page, entries)

    @Slot(bool)
    def _on_shows_list(self, is_shown: bool) -> None:
        self.list.setVisible(is_shown)
        self._settings.set_text(self._setting, "" if is_shown else HIDDEN)

    def make_room(self, is_needed: bool) -> None:
        """Take the list away for a while, or bring it back where it is wanted."""
        self.list.setVisible(self._shows_list.isChecked() and not is_needed)

    @Slot(object)
    def _on_zoom(self, zoom: str | float) -> None:
        set_zoom(self._canvas, zoom)

    @Slot()
    def _on_position(self) -> None:
        self._steps.show_position(self._pictures.row, self._pictures.model.rowCount())
        self.list.show_current(self._pictures.current)

    @Slot(object, str)
    def _on_failed(self, path: Path, reason: str) -> None:
        self._canvas.set_placeholder(f"{path.name} cannot be opened", reason)
