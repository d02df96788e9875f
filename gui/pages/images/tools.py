"""The row of tools above the canvas: choose, draw, undo, zoom, go on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QPalette, QUndoGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from gui.theme import GRID_PX
from gui.widgets.icons import icon
from gui.widgets.step_buttons import StepButtons
from gui.widgets.zoom_buttons import ZoomButtons

TOOLS = (
    ("select", "cursor-default-outline", "Select and edit shapes (V)"),
    ("box", "vector-square", "Draw boxes: drag, or click two corners (R)"),
    ("polygon", "vector-polygon", "Draw polygons: click each vertex, Enter closes (P)"),
)


class ToolRow(QWidget):
    """Buttons only; the page connects them with the canvas."""

    tool_wanted = Signal(str)  # "select" | "box" | "polygon"

    def __init__(self, undo_group: QUndoGroup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = QActionGroup(self)
        self.zoom, self.steps = ZoomButtons("images"), StepButtons("images")
        self._waiting = QLabel()
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(GRID_PX, GRID_PX // 2, GRID_PX, GRID_PX // 2)
        self._layout.setSpacing(GRID_PX // 2)
        self._add_tools()
        self._add_line()
        self._add_undo(undo_group)
        self._add_line()
        self._layout.addWidget(self.zoom)
        self._layout.addWidget(self._waiting)
        self._layout.addStretch(1)
        self._layout.addWidget(self.steps)

    def show_tool(self, tool: str) -> None:
        """Press the button of a tool."""
        for action in self._tools.actions():
            if action.data() == tool:
                action.setChecked(True)

    def show_waiting(self, name: str) -> None:
        """Say which picture is being opened; empty when it is there."""
        room = 28 * GRID_PX
        mode = Qt.TextElideMode.ElideMiddle
        text = self.fontMetrics().elidedText(f"Opening {name}…", mode, room) if name else ""
        self._waiting.setText(text)

    def set_drawing_enabled(self, is_enabled: bool) -> None:
        """Tools and zoom make sense only with a picture."""
        self._tools.setEnabled(is_enabled)
        self.zoom.setEnabled(is_enabled)

    def _add_tools(self) -> None:
        for tool, sign, tip in TOOLS:
            action = QAction(icon(sign), tip, self)
            action.setCheckable(True)
            action.setData(tool)
            self._tools.addAction(action)
            button = self._button(f"tool_{tool}", sign, tip)
            button.setDefaultAction(action)
            button.setToolTip(tip)
        self._tools.triggered.connect(self._on_tool)
        self.show_tool("select")

    def _add_undo(self, undo_group: QUndoGroup) -> None:
        for name, action in (
            ("undo", undo_group.createUndoAction(self, "Undo")),
            ("redo", undo_group.createRedoAction(self, "Redo")),
        ):
            action.setIcon(icon(name))
            button = self._button(name, name, name.capitalize())
            button.setDefaultAction(action)

    def _button(self, name: str, sign: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"images.{name}")
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        button.setIcon(icon(sign))
        self._layout.addWidget(button)
        return button

    def _add_line(self) -> None:
        line = QFrame()
        line.setFrameStyle(int(QFrame.Shape.VLine) | int(QFrame.Shadow.Plain))
        line.setForegroundRole(QPalette.ColorRole.Mid)
        line.setFixedHeight(3 * GRID_PX)
        self._layout.addWidget(line)

    @Slot(QAction)
    def _on_tool(self, action: QAction) -> None:
        self.tool_wanted.emit(action.data())
