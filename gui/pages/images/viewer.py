"""The middle of the Images page: tools above the canvas, or what stands in its place."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QUndoGroup
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gui.document.picture_document import PictureDocument
from gui.pages.images.gallery import Gallery
from gui.pages.images.problem_card import ProblemCard
from gui.pages.images.tools import ToolRow
from gui.theme import GRID_PX
from gui.widgets.canvas import Canvas, CanvasTool
from gui.widgets.empty_state import EmptyState
from gui.widgets.zoom_buttons import set_zoom

OPENING_PX = 40 * GRID_PX


class Viewer(QWidget):
    """Shows exactly one of canvas, sample gallery, problem card and empty state."""

    samples_wanted = Signal()

    def __init__(self, undo_group: QUndoGroup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tools = ToolRow(undo_group)
        self.canvas = Canvas()
        self.gallery = Gallery()
        self.problem = ProblemCard()
        self.empty = EmptyState("image-off-outline", "", "", "Show the samples")
        self._stack = QStackedWidget()
        self._build()
        self._connect()

    def _build(self) -> None:
        self.canvas.setObjectName("images.canvas")
        self.canvas.setAccessibleName("Picture with its shapes")
        self.empty.set_button_name("images.empty_samples")
        for widget in (self.canvas, self.gallery, self.problem, self.empty):
            self._stack.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tools)
        layout.addWidget(self._stack, 1)
        self.show_empty(
            "Nothing is open", "Open a folder or pictures, drop them here, or take a sample."
        )

    def _connect(self) -> None:
        self.tools.tool_wanted.connect(self._on_tool_wanted)
        self.tools.zoom.zoom_wanted.connect(partial(set_zoom, self.canvas))
        self.canvas.tool_changed.connect(self.tools.show_tool)
        self.canvas.zoom_changed.connect(self.tools.zoom.show_zoom)
        self.empty.clicked.connect(self.samples_wanted)

    @property
    def shows_gallery(self) -> bool:
        """Whether the gallery is in front."""
        return self._stack.currentWidget() is self.gallery

    @Slot(str)
    def show_waiting(self, name: str) -> None:
        """Say which picture is being opened, also where nothing is shown yet; empty at its end."""
        self.tools.show_waiting(name)
        if name:
            self._show_opening(name)

    @Slot(object)
    def show_opening(self, folder: Path) -> None:
        """Say which folder is being opened where nothing is shown yet."""
        self._show_opening(folder.name or str(folder))

    def _show_opening(self, name: str) -> None:
        if self._stack.currentWidget() is self.empty:
            mode = Qt.TextElideMode.ElideMiddle
            shown = self.fontMetrics().elidedText(name, mode, OPENING_PX)
            self.empty.set_texts(f"Opening {shown}…", "")

    def show_document(self, document: PictureDocument | None) -> None:
        """Put a document on the canvas and the canvas in front."""
        self.canvas.set_document(document)
        self._stack.setCurrentWidget(self.canvas)
        self.tools.set_drawing_enabled(document is not None)

    def show_gallery(self) -> None:
        """Bring the sample gallery in front; the document stays on the canvas behind it."""
        self._stack.setCurrentWidget(self.gallery)
        self.tools.set_drawing_enabled(False)

    def show_problem(self, file: Path, reason: str) -> None:
        """Say why a picture cannot be shown."""
        self.canvas.set_document(None)
        self.problem.show_problem(file, reason)
        self._stack.setCurrentWidget(self.problem)
        self.tools.set_drawing_enabled(False)

    def show_empty(self, title: str, text: str) -> None:
        """Say that there is nothing to show, and why."""
        self.canvas.set_document(None)
        self.empty.set_texts(title, text, "Show the samples")
        self._stack.setCurrentWidget(self.empty)
        self.tools.set_drawing_enabled(False)

    @Slot(str)
    def _on_tool_wanted(self, tool: str) -> None:
        self.canvas.set_tool(cast(CanvasTool, tool))
        self.canvas.setFocus()
