"""What a panel shows while it has nothing: why, what to do next, and a button for it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from gui.theme import GRID_PX
from gui.widgets.icons import icon

ICON_PX = 48


class EmptyState(QWidget):
    """Icon, title, one sentence, and the button for the next step."""

    clicked = Signal()

    def __init__(
        self,
        icon_name: str,
        title: str,
        text: str,
        button_text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon = icon(icon_name, "muted")
        self._sign = QLabel()
        self._title = QLabel(title)
        self._text = QLabel(text)
        self._button = QPushButton(button_text)
        self._build()
        self._button.clicked.connect(self.clicked)

    def _build(self) -> None:
        self._title.setProperty("class", "title")
        self._text.setProperty("class", "caption")
        self._text.setWordWrap(True)
        self._button.setProperty("class", "primary")
        self._button.setAccessibleName(self._button.text() or self._title.text())
        self._sign.setFixedHeight(ICON_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * [3 * GRID_PX]))
        layout.setSpacing(GRID_PX)
        layout.addStretch(1)
        for widget in (self._sign, self._title, self._text):
            widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(widget)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        # Not before it has a parent: for a moment it would be a window of its own.
        self._button.setVisible(bool(self._button.text()))
        layout.addStretch(1)

    def set_button_name(self, name: str) -> None:
        """Give the button its object name, `page.control`."""
        self._button.setObjectName(name)

    def set_texts(self, title: str, text: str, button_text: str = "") -> None:
        """Say something else."""
        self._title.setText(title)
        self._text.setText(text)
        self._button.setText(button_text)
        self._button.setAccessibleName(button_text or title)
        self._button.setVisible(bool(button_text))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the icon in the theme's present colour."""
        painter = QPainter(self)
        self._icon.paint(painter, self._sign.geometry(), Qt.AlignmentFlag.AlignCenter)
        painter.end()
