"""What runs, how far it is, what it runs on, and what is under the pointer."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from gui.theme import GRID_PX
from gui.widgets.icons import icon
from gui.widgets.still_text import StillText

APPEAR_AFTER_MS = 150
"""Quick tasks come and go unseen, so that a dragged slider does not make the bar flicker."""
MESSAGE_MS = 8000


@dataclass(slots=True)
class _Row:
    caption: str
    begun_s: float
    can_cancel: bool
    fraction: float | None = None
    stage: str = ""
    is_due: bool = False
    is_cancelling: bool = False


class TaskBar(QFrame):
    """Shows the oldest running task and counts the others.

    Tasks are told apart by a number that the caller chooses.
    """

    cancel_wanted = Signal(int)  # number of the task shown
    device_menu_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("task")
        self._rows: dict[int, _Row] = {}
        self._message = QLabel()
        self._caption = QLabel()
        self._progress = QProgressBar()
        self._cancel = QToolButton()
        self._more = QLabel()
        self._pointer = StillText(is_muted=True)
        self._device = QToolButton()
        self._forget = QTimer(self)
        self._appear = QTimer(self)
        self._build()
        self._cancel.clicked.connect(self._on_cancel)
        self._device.clicked.connect(self.device_menu_wanted)
        self._forget.timeout.connect(self._message.clear)
        self._appear.timeout.connect(self._on_appear)
        self._show()

    def _build(self) -> None:
        self.setFixedHeight(4 * GRID_PX)
        named = (
            (self._message, "task.message", "Last message"),
            (self._caption, "task.caption", "Running task"),
            (self._progress, "task.progress", "Progress of the running task"),
            (self._cancel, "task.cancel", "Cancel the running task"),
            (self._more, "task.more", "Further tasks"),
            (self._pointer, "task.pointer", "Pixel under the pointer"),
            (self._device, "task.device", "Device and memory in use"),
        )
        for widget, name, description in named:
            widget.setObjectName(name)
            widget.setAccessibleName(description)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._progress.setFixedWidth(18 * GRID_PX)
        self._progress.setTextVisible(False)
        self._cancel.setIcon(icon("close-circle-outline"))
        self._cancel.setIconSize(QSize(16, 16))
        self._cancel.setToolTip("Cancel")
        self._more.setProperty("class", "caption")
        self._pointer.setProperty("class", "caption")
        self._pointer.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._pointer.setFixedWidth(0)
        self._device.setToolTip("Where models run; click to choose")
        self._forget.setSingleShot(True)
        self._forget.setInterval(MESSAGE_MS)
        self._appear.setInterval(APPEAR_AFTER_MS // 3)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID_PX, 0, GRID_PX, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._message, 1)
        layout.addWidget(self._pointer)
        for widget in (self._caption, self._progress, self._cancel, self._more, self._device):
            layout.addWidget(widget)

    def start(self, number: int, caption: str, can_cancel: bool = True) -> None:
        """Take in a task; it appears when it lasts."""
        self._rows[number] = _Row(caption, time.monotonic(), can_cancel)
        if not self._appear.isActive():
            self._appear.start()

    def report(self, number: int, fraction: float | None, stage: str) -> None:
        """Show how far a task is; `fraction` in [0, 1], None where the length is unknown."""
        row = self._rows.get(number)
        if row is not None:
            row.fraction, row.stage = fraction, stage
            self._show()

    def finish(self, number: int) -> None:
        """Let a task go, however it ended."""
        if self._rows.pop(number, None) is not None:
            self._show()

    def show_message(self, text: str) -> None:
        """Show a line for some seconds."""
        self._message.setText(text)
        self._message.setToolTip(text)
        self._forget.start()

    def show_pointer(self, text: str) -> None:
        """Show pixel position and value; empty outside the picture."""
        self._pointer.setText(text)
        wanted = self._pointer.whole_width()
        if not text or wanted > self._pointer.minimumWidth():
            self._pointer.setFixedWidth(wanted)

    def show_device(self, text: str) -> None:
        """Show the device in use and its memory; nothing while it is not known."""
        self._device.setText(text)
        self._device.setVisible(bool(text))

    def stop(self) -> None:
        """Stop all timers; call when the window closes."""
        self._forget.stop()
        self._appear.stop()

    @property
    def shown_caption(self) -> str:
        """What the bar says of the running task; empty when nothing is shown."""
        return self._caption.text() if not self._caption.isHidden() else ""

    @Slot()
    def _on_appear(self) -> None:
        now_s = time.monotonic()
        for row in self._rows.values():
            row.is_due |= now_s - row.begun_s >= APPEAR_AFTER_MS / 1000
        if all(row.is_due for row in self._rows.values()):
            self._appear.stop()
        self._show()

    @Slot()
    def _on_cancel(self) -> None:
        due = self._due()
        if due:
            self._rows[due[0]].is_cancelling = True
            self._show()
            self.cancel_wanted.emit(due[0])

    def _due(self) -> list[int]:
        return [number for number, row in self._rows.items() if row.is_due]

    def _show(self) -> None:
        due = self._due()
        self._caption.setVisible(bool(due))
        self._progress.setVisible(bool(due))
        self._cancel.setVisible(bool(due) and self._rows[due[0]].can_cancel)
        self._more.setVisible(len(due) > 1)
        if not due:
            return
        row = self._rows[due[0]]
        self._caption.setText(_sentence(row))
        self._cancel.setEnabled(not row.is_cancelling)
        self._progress.setRange(0, 0 if row.fraction is None else 1000)
        self._progress.setValue(round(1000 * (row.fraction or 0.0)))
        self._more.setText(f"+{len(due) - 1} more")


def _sentence(row: _Row) -> str:
    if row.is_cancelling:
        return f"Stopping: {row.caption}"
    percent = "" if row.fraction is None else f" {row.fraction:.0%}"
    stage = "" if row.stage in ("", row.caption) else f": {row.stage}"
    return f"{row.caption}{stage}{percent or '…'}"
