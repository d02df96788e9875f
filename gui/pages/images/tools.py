"""The row of tools above the canvas: choose, draw, undo, zoom, go on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QPalette, QUndoGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from gui.theme import GRID_PX
from gui.widgets.icons import icon

TOOLS = (
    ("select", "cursor-default-outline", "Select and edit shapes (V)"),
    ("box", "vector-square", "Draw boxes: drag, or click two corners (R)"),
    ("polygon", "vector-polygon", "Draw polygons: click each vertex, Enter closes (P)"),
)
ZOOMS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
FIT, FIT_WIDTH = "fit", "width"


class ToolRow(QWidget):
    """Buttons only; the page connects them with the canvas."""

    tool_wanted = Signal(str)  # "select" | "box" | "polygon"
    zoom_wanted = Signal(object)  # "fit", "width", or screen pixels per picture pixel
    step_wanted = Signal(int)  # -1 previous, 1 next picture

    def __init__(self, undo_group: QUndoGroup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = QActionGroup(self)
        self._position = QLabel()
        self._waiting = QLabel()
        self._zoom = QToolButton()
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(GRID_PX, GRID_PX // 2, GRID_PX, GRID_PX // 2)
        self._layout.setSpacing(GRID_PX // 2)
        self._add_tools()
        self._add_line()
        self._add_undo(undo_group)
        self._add_line()
        self._add_zoom()
        self._layout.addWidget(self._waiting)
        self._layout.addStretch(1)
        self._add_steps()

    def show_tool(self, tool: str) -> None:
        """Press the button of a tool."""
        for action in self._tools.actions():
            if action.data() == tool:
                action.setChecked(True)

    @Slot(float)
    def show_zoom(self, scale: float) -> None:
        """Show how large the picture is drawn."""
        percent = 100 * scale
        self._zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")

    def show_position(self, row: int, count: int) -> None:
        """Show "12 / 340", and which ways there are to go."""
        self._position.setText(f"{row:,} / {count:,}" if row else f"– / {count:,}")
        self._previous.setEnabled(row > 1 or (not row and count > 0))
        self._next.setEnabled(row < count)

    def show_waiting(self, name: str) -> None:
        """Say which picture is being opened; empty when it is there."""
        room = 28 * GRID_PX
        mode = Qt.TextElideMode.ElideMiddle
        text = self.fontMetrics().elidedText(f"Opening {name}…", mode, room) if name else ""
        self._waiting.setText(text)

    def set_drawing_enabled(self, is_enabled: bool) -> None:
        """Tools and zoom make sense only with a picture."""
        self._tools.setEnabled(is_enabled)
        for button in (self._fit, self._full, self._zoom):
            button.setEnabled(is_enabled)

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

    def _add_zoom(self) -> None:
        self._fit = self._button("fit", "fit-to-page-outline", "Fit the picture (Ctrl+F)")
        self._fit.clicked.connect(self._on_fit)
        self._full = self._button("full_size", "numeric-1-box-outline", "100 % (Ctrl+0)")
        self._full.clicked.connect(self._on_full_size)
        menu = QMenu(self._zoom)
        for title, value in (("Fit", FIT), ("Fit width", FIT_WIDTH)):
            menu.addAction(title).setData(value)
        menu.addSeparator()
        for scale in ZOOMS:
            menu.addAction(f"{100 * scale:.0f} %").setData(scale)
        menu.triggered.connect(self._on_zoom)
        self._zoom.setMenu(menu)
        self._zoom.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._zoom.setObjectName("images.zoom")
        self._zoom.setAccessibleName("Zoom")
        self._zoom.setToolTip("Zoom; the wheel zooms at the pointer")
        self._zoom.setFixedWidth(9 * GRID_PX)
        self._zoom.setText("100 %")
        self._layout.addWidget(self._zoom)

    def _add_steps(self) -> None:
        self._position.setObjectName("images.position")
        self._position.setAccessibleName("Which picture of how many")
        self._position.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._layout.addWidget(self._position)
        self._previous = self._button("previous", "chevron-left", "Previous picture (A)")
        self._next = self._button("next", "chevron-right", "Next picture (D)")
        self._previous.clicked.connect(self._on_previous)
        self._next.clicked.connect(self._on_next)

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

    @Slot(QAction)
    def _on_zoom(self, action: QAction) -> None:
        self.zoom_wanted.emit(action.data())

    @Slot()
    def _on_fit(self) -> None:
        self.zoom_wanted.emit(FIT)

    @Slot()
    def _on_full_size(self) -> None:
        self.zoom_wanted.emit(1.0)

    @Slot()
    def _on_previous(self) -> None:
        self.step_wanted.emit(-1)

    @Slot()
    def _on_next(self) -> None:
        self.step_wanted.emit(1)
