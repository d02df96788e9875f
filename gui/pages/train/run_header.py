"""The run that is looked at: how far it is, and what can be asked of it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from engine.api.training import RunStatus
from gui.pages.train.run_state import ACTIVE, ShownState, dot, state_colour
from gui.theme import GRID_PX, THEME
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.icons import icon

_WORDS: dict[ShownState, str] = {
    "waiting": "prepared, not begun",
    "starting": "starting: reading data, building the model",
    "interrupted": "interrupted: its process is gone; Resume goes on from the last checkpoint",
}


class RunHeader(QWidget):
    """Says how a run stands and offers pause, a single step, and stop."""

    pause_wanted = Signal()
    resume_wanted = Signal()
    step_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state: ShownState = "waiting"
        self._asked = ""
        self._sign = QLabel()
        self._name = ElidedLabel()
        self._facts = ElidedLabel()
        self._message = QLabel()
        self._progress = QProgressBar()
        self._pause = _button("pause", "Pause")
        self._step = _button("step", "Step", "skip-next", "Train one batch, then pause")
        tip = "Stop after this batch; what was reached is kept"
        self._stop = _button("stop", "Stop", "stop", tip)
        self._build()
        self._pause.clicked.connect(self._on_pause)
        self._step.clicked.connect(self.step_wanted)
        self._stop.clicked.connect(self.stop_wanted)
        THEME.changed.connect(self._show_sign)

    def _build(self) -> None:
        self._name.setProperty("class", "title")
        self._name.setObjectName("train.run_name")
        self._facts.setObjectName("train.facts")
        self._facts.setProperty("class", "caption")
        self._message.setObjectName("train.message")
        self._message.setWordWrap(True)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._progress.setObjectName("train.progress")
        self._progress.setAccessibleName("Progress of the run")
        self._progress.setTextVisible(False)
        self._progress.setRange(0, 1000)
        head = QHBoxLayout()
        head.setSpacing(GRID_PX)
        head.addWidget(self._sign)
        head.addWidget(self._name, 1)
        for button in (self._pause, self._step, self._stop):
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        layout.addLayout(head)
        layout.addWidget(self._progress)
        layout.addWidget(self._facts)
        layout.addWidget(self._message)

    def show_run(self, name: str, state: ShownState, status: RunStatus | None, best: str) -> None:
        """Show a run.

        Args:
            name: of its folder.
            state: as seen from here, which knows of dead processes.
            status: as it wrote it; None before it has.
            best: the best score so far; may be empty.
        """
        if state != self._state or name != self._name.text():
            self._asked = ""
        self._state = state
        self._name.setText(name)
        self._show_sign()
        done = status.step / max(1, status.total_steps) if status else 0.0
        self._progress.setValue(round(1000 * done))
        self._facts.setText(facts_of(state, status, best))
        self._message.setText(status.message if status else "")
        self._message.setVisible(bool(self._message.text()))
        is_active = state in ACTIVE
        is_paused = state == "paused"
        self._pause.setText("Resume" if is_paused else "Pause")
        self._pause.setIcon(icon("play" if is_paused else "pause"))
        self._pause.setAccessibleName(f"{self._pause.text()} the run")
        for button in (self._pause, self._step):
            button.setEnabled(is_active and state != "starting" and self._asked != "stop")
        self._stop.setEnabled(is_active and self._asked != "stop")
        self._stop.setText("Stopping…" if is_active and self._asked == "stop" else "Stop")

    def set_asked(self, command: str) -> None:
        """Show that the run was asked for something and has not answered yet."""
        self._asked = command
        if command == "stop":
            for button in (self._pause, self._step, self._stop):
                button.setEnabled(False)
            self._stop.setText("Stopping…")

    @Slot()
    def _show_sign(self) -> None:
        self._sign.setPixmap(dot(state_colour(self._state)).pixmap(QSize(10, 10)))

    @Slot()
    def _on_pause(self) -> None:
        if self._state == "paused":
            self.resume_wanted.emit()
        else:
            self.pause_wanted.emit()


def facts_of(state: ShownState, status: RunStatus | None, best: str) -> str:
    """Return one line: state, epoch, step, score, speed, time left, where it runs."""
    parts = [_WORDS.get(state, state)]
    if status is not None:
        parts.append(f"epoch {status.epoch} of {status.epochs}")
        parts.append(f"step {status.step:,} of {status.total_steps:,}")
    if best:
        parts.append(f"best {best}")
    if status is not None:
        if status.samples_per_second and state == "running":
            parts.append(f"{status.samples_per_second:,.0f} samples/s")
        if status.seconds_left is not None and state == "running":
            parts.append(f"{duration(status.seconds_left)} left")
        parts.append(f"{status.device}, {status.precision}")
        parts.append(status.host)
    return "  ·  ".join(parts)


def duration(seconds: float) -> str:
    """Return a time as people read it: `1:02:03` or `2:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _button(name: str, text: str, icon_name: str = "", tip: str = "") -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(f"train.{name}")
    button.setAccessibleName(f"{text} the run")
    button.setToolTip(tip)
    if icon_name:
        button.setIcon(icon(icon_name))
    return button
