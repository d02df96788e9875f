"""The controls of a player: first, back, play, next, last, a slider to scrub, and the speed."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QWidget,
)

from gui.theme import GRID_PX
from gui.widgets.icons import icon
from gui.widgets.wheel_guard import guard_wheel

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
ICON_PX = 20


class _Button(QToolButton):
    """Leaves the arrow keys, which move the focus from button to button, to the player."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()
        else:
            super().keyPressEvent(event)


class TransportBar(QWidget):
    """Says what the person wants; whoever plays decides and calls `set_position`."""

    first_wanted = Signal()
    back_wanted = Signal()
    play_toggled = Signal()
    next_wanted = Signal()
    last_wanted = Signal()
    scrubbed = Signal(int)  # position asked for
    speed_changed = Signal(float)
    focus_dropped = Signal()  # the control with the focus was disabled

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self._first = self._button("first", "skip-previous", "First step (Home)")
        self._back = self._button("back", "chevron-left", "Step back (Left)")
        self._play = self._button("play", "play", "Play (Space)")
        self._next = self._button("next", "chevron-right", "Next step (Right)")
        self._last = self._button("last", "skip-next", "Last step (End)")
        self._scrub = QSlider(Qt.Orientation.Horizontal)
        self._position = QLabel()
        self._speed = QComboBox()
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._build()
        self._connect()
        self.set_position(0, 0)
        self.set_playing(False)

    @property
    def speed(self) -> float:
        """Steps a second relative to the normal pace."""
        return float(self._speed.currentData())

    def set_position(self, index: int, length: int) -> None:
        """Show where the player is; a length of 0 means that there is nothing to play."""
        with QSignalBlocker(self._scrub):
            self._scrub.setMaximum(max(length - 1, 0))
            self._scrub.setValue(index)
        self._position.setText(f"{index + 1} / {length}" if length else "")
        digits = len(str(length))
        widest = f"{'0' * digits} / {'0' * digits}"
        self._position.setMinimumWidth(self._position.fontMetrics().horizontalAdvance(widest))
        for button in (self._first, self._back):
            self._enable(button, index > 0)
        for button in (self._next, self._last):
            self._enable(button, index < length - 1)
        self._enable(self._play, length > 1)
        self._enable(self._scrub, length > 1)
        self._enable(self._speed, length > 1)

    def set_playing(self, is_playing: bool) -> None:
        """Show whether it plays."""
        self._play.setIcon(icon("pause" if is_playing else "play"))
        name = "Pause (Space)" if is_playing else "Play (Space)"
        self._play.setToolTip(name)
        self._play.setAccessibleName(name.partition(" (")[0])

    def set_one_row(self, is_one_row: bool) -> None:
        """Put the slider beside the buttons where there is width, else above them."""
        direction = QBoxLayout.Direction
        self._layout.setDirection(direction.LeftToRight if is_one_row else direction.BottomToTop)
        self._layout.setSpacing(2 * GRID_PX if is_one_row else GRID_PX // 2)

    def _enable(self, control: QWidget, is_enabled: bool) -> None:
        if control.hasFocus() and not is_enabled:
            self.focus_dropped.emit()  # before Qt hands the focus to just any neighbour
        control.setEnabled(is_enabled)

    def _button(self, name: str, icon_name: str, tip: str) -> QToolButton:
        button = _Button()
        button.setObjectName(f"{self._prefix}.{name}")
        button.setIcon(icon(icon_name))
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])
        # Held down, the arrows run through the steps.
        button.setAutoRepeat(name in ("back", "next"))
        return button

    def _build(self) -> None:
        self._scrub.setObjectName(f"{self._prefix}.scrub")
        self._scrub.setAccessibleName("Step")
        self._scrub.setToolTip("Drag to any step")
        self._scrub.setMinimumWidth(6 * GRID_PX)
        self._position.setObjectName(f"{self._prefix}.position")
        self._position.setProperty("class", "caption")
        self._position.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._speed.setObjectName(f"{self._prefix}.speed")
        self._speed.setAccessibleName("Speed")
        self._speed.setToolTip("Speed of playing")
        guard_wheel(self._speed)
        for speed in SPEEDS:
            self._speed.addItem(f"{speed:g}×", speed)
        self._speed.setCurrentIndex(SPEEDS.index(1.0))
        controls = QHBoxLayout()
        controls.setSpacing(GRID_PX // 2)
        for button in (self._first, self._back, self._play, self._next, self._last):
            controls.addWidget(button)
        controls.addStretch(1)
        controls.addWidget(self._speed)
        scrubbing = QHBoxLayout()
        scrubbing.setSpacing(GRID_PX)
        scrubbing.addWidget(self._scrub, 1)
        scrubbing.addWidget(self._position)
        self._layout.setContentsMargins(QMargins())
        self._layout.setSpacing(GRID_PX // 2)
        self._layout.addLayout(controls)
        self._layout.addLayout(scrubbing, 1)

    def _connect(self) -> None:
        self._first.clicked.connect(self.first_wanted)
        self._back.clicked.connect(self.back_wanted)
        self._play.clicked.connect(self.play_toggled)
        self._next.clicked.connect(self.next_wanted)
        self._last.clicked.connect(self.last_wanted)
        self._scrub.valueChanged.connect(self.scrubbed)
        self._speed.currentIndexChanged.connect(self._on_speed_chosen)

    @Slot(int)
    def _on_speed_chosen(self, _index: int) -> None:
        self.speed_changed.emit(self.speed)
