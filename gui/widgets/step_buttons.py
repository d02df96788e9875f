"""Which picture of how many, and the way to its neighbours."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gui.theme import GRID_PX
from gui.widgets.named import icon_button


class StepButtons(QWidget):
    """Previous, "12 / 340", next."""

    step_wanted = Signal(int)  # -1 previous, 1 next picture

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._position = QLabel()
        self._position.setObjectName(f"{prefix}.position")
        self._position.setAccessibleName("Which picture of how many")
        self._position.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._previous = icon_button(f"{prefix}.previous", "chevron-left", "Previous picture (A)")
        self._next = icon_button(f"{prefix}.next", "chevron-right", "Next picture (D)")
        self._previous.clicked.connect(partial(self._on_step, -1))
        self._next.clicked.connect(partial(self._on_step, 1))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        for widget in (self._position, self._previous, self._next):
            layout.addWidget(widget)

    def show_position(self, row: int, count: int) -> None:
        """Show "12 / 340", and which ways there are to go.

        Args:
            row: from 1; 0 where the picture is not listed.
        """
        self._position.setText(f"{row:,} / {count:,}" if row else f"– / {count:,}")
        self._previous.setEnabled(row > 1 or (not row and count > 0))
        self._next.setEnabled(row < count)

    def _on_step(self, step: int, _is_checked: bool = False) -> None:
        self.step_wanted.emit(step)
