"""What stands at the right of a page: groups of controls that scroll, above a row that does not."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.theme import GRID_PX
from gui.widgets.named import heading
from gui.widgets.scroll_column import ScrollColumn

Part = QWidget | tuple[QWidget, ...]
"""A control, or several in a row."""
Group = tuple[str, Sequence[Part]]
"""A heading, empty for none, and what is below it."""


class Inspector(QWidget):
    """Shows groups of controls; what is in the footer is in sight however low the window is."""

    def __init__(
        self, groups: Sequence[Group], footer: Sequence[QWidget] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(*(4 * [2 * GRID_PX]))
        column.setSpacing(GRID_PX)
        for number, (title, parts) in enumerate(groups):
            if number:
                column.addSpacing(GRID_PX)
            if title:
                column.addWidget(heading(title))
            for part in parts:
                column.addWidget(_row(part) if isinstance(part, tuple) else part)
        last = groups[-1][1][-1]
        takes_room = isinstance(last, QWidget) and _grows(last)
        column.addStretch(0 if takes_room else 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(ScrollColumn(content), 1)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        bottom.setSpacing(GRID_PX)
        for widget in footer:
            bottom.addWidget(widget)
        layout.addLayout(bottom)


def _grows(widget: QWidget) -> bool:
    return bool(widget.sizePolicy().expandingDirections() & Qt.Orientation.Vertical)


def _row(widgets: tuple[QWidget, ...]) -> QWidget:
    """Return widgets side by side; the first that is no label takes the room that is left."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GRID_PX)
    widest = next((widget for widget in widgets if not isinstance(widget, QLabel)), None)
    for widget in widgets:
        layout.addWidget(widget, 1 if widget is widest else 0)
    return row
