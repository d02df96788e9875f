"""The scores of drawn boxes: what a person says, in place of a detector."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

from gui.document.picture_document import PictureDocument
from gui.theme import GRID_PX
from gui.widgets.named import named

STEP = 0.05
TIP = "Score of the selected shapes, from 0 to 1 (Ctrl+Shift+E); those without one count as 1"


class _ScoreBox(QDoubleSpinBox):
    """Return gives the keys back to who had them."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.left.emit()


class ScoreEditor(QWidget):
    """Shows and changes the score of the selected shapes; a run of changes undoes as one."""

    left = Signal()  # the person is done

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document: PictureDocument | None = None
        self._label = QLabel("Score of the selection")
        self._box = named(_ScoreBox(), f"{prefix}.shape_score", "Score of the selected shapes", TIP)
        self._box.setRange(0.0, 1.0)
        self._box.setSingleStep(STEP)
        self._box.setKeyboardTracking(False)
        self._label.setBuddy(self._box)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._label, 1)
        layout.addWidget(self._box)
        self._box.valueChanged.connect(self._on_value)
        self._box.left.connect(self.left)
        self.setToolTip(TIP)

    def set_document(self, document: PictureDocument | None) -> None:
        """Follow the selection on another picture."""
        if self._document is not None:
            self._document.selection_changed.disconnect(self._show)
            self._document.shapes_changed.disconnect(self._show)
        self._document = document
        if document is not None:
            document.selection_changed.connect(self._show)
            document.shapes_changed.connect(self._show)
        self._show()

    @Slot()
    def take_keys(self) -> None:
        """Let a score be typed at once."""
        self._box.setFocus()
        self._box.selectAll()

    @Slot()
    def _show(self) -> None:
        document = self._document
        scores = [document.shapes[i].score for i in sorted(document.selection)] if document else []
        self._box.setEnabled(bool(scores))
        first = scores[0] if scores else None
        with QSignalBlocker(self._box):
            self._box.setValue(1.0 if first is None else first)

    @Slot(float)
    def _on_value(self, score: float) -> None:
        if self._document is not None and self._document.selection:
            self._document.set_score(self._document.selection, round(score, 4))
