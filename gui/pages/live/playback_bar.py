"""Pause, step, seek, speed and loop of a film."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from engine.api.live_session import LivePlayback
from gui.theme import GRID_PX
from gui.widgets.icons import icon
from gui.widgets.named import icon_button, named
from gui.widgets.throttle import Throttle

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


SECOND_MS = 1000


class Timeline(QSlider):
    """A slider in milliseconds that goes where it is clicked, and on from there by dragging."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setSingleStep(SECOND_MS)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the handle to the pointer first."""
        if event.button() == Qt.MouseButton.LeftButton:
            option = QStyleOptionSlider()
            self.initStyleOption(option)
            part = QStyle.SubControl.SC_SliderHandle
            kind = QStyle.ComplexControl.CC_Slider
            handle = self.style().subControlRect(kind, option, part, self)
            if not handle.contains(event.position().toPoint()):
                at = round(event.position().x() - handle.width() / 2)
                room = self.width() - handle.width()
                low, high = self.minimum(), self.maximum()
                self.setValue(QStyle.sliderValueFromPosition(low, high, at, room))
        super().mousePressEvent(event)


class PlaybackBar(QWidget):
    """Drives the playback of a run, and shows where its film is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._back = icon_button("live.back", "chevron-left", "One picture back")
        self._play = icon_button("live.play", "pause", "Pause")
        self._next = icon_button("live.next", "chevron-right", "One picture on")
        self._seek = named(
            Timeline(),
            "live.seek",
            "Place in the film",
            "Arrows: a second; PgUp, PgDn: a tenth",
        )
        self._time = named(QLabel(), "live.time", "Time")
        self._time.setProperty("class", "caption")
        self._speed = named(QComboBox(), "live.speed", "Speed", "Speed of playing")
        self._loop = icon_button("live.loop", "repeat", "Begin again at the end")
        self._playback: LivePlayback | None = None
        self._duration_s: float | None = None
        self._is_playing = True
        self._place_s = 0.0
        self._place = Throttle(self._show_place, self)
        self._build()
        self._connect()
        self.set_duration(None)

    def _build(self) -> None:
        self._loop.setCheckable(True)
        for speed in SPEEDS:
            self._speed.addItem(f"{speed:g}×", speed)
        self._speed.setCurrentIndex(SPEEDS.index(1.0))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX // 2, GRID_PX, GRID_PX // 2)
        layout.setSpacing(GRID_PX // 2)
        for part in (self._back, self._play, self._next):
            part.setAutoRepeat(part is not self._play)
            layout.addWidget(part)
        layout.addWidget(self._seek, 1)
        layout.addWidget(self._time)
        layout.addWidget(self._loop)
        layout.addWidget(self._speed)

    def _connect(self) -> None:
        self._back.clicked.connect(self._on_back)
        self._next.clicked.connect(self._on_next)
        self._play.clicked.connect(self._on_play)
        self._seek.valueChanged.connect(self._on_seek)
        self._speed.currentIndexChanged.connect(self._on_speed)
        self._loop.toggled.connect(self._on_loop)

    def set_playback(self, playback: LivePlayback | None) -> None:
        """Drive the film of a run, at the speed that is chosen; None where nothing runs."""
        self._playback = playback
        self.set_duration(None)
        self.set_playing(True)
        self._on_speed()
        self._on_loop(self._loop.isChecked())

    def set_duration(self, duration_s: float | None) -> None:
        """Take the length of the film; None where it has none."""
        if duration_s is not None and duration_s == self._duration_s:
            return
        self._duration_s = duration_s
        with QSignalBlocker(self._seek):
            self._seek.setRange(0, round(1000 * (duration_s or 0)))
        self._seek.setPageStep(max(SECOND_MS, round(100 * (duration_s or 0))))
        self._seek.setEnabled(bool(duration_s))
        self._place_s = 0.0
        self._place.show_now()

    def set_time(self, time_s: float) -> None:
        """Show soon where the film is, unless somebody is dragging."""
        self._place_s = time_s
        self._place.ask()

    def _show_place(self) -> None:
        if not self._seek.isSliderDown():
            with QSignalBlocker(self._seek):
                self._seek.setValue(round(1000 * self._place_s))
        of_all = f" / {time_text(self._duration_s)}" if self._duration_s else ""
        self._time.setText(f"{time_text(self._place_s)}{of_all}")

    def set_playing(self, is_playing: bool) -> None:
        """Show whether it plays."""
        self._is_playing = is_playing
        name = "Pause" if is_playing else "Play"
        self._play.setIcon(icon("pause" if is_playing else "play"))
        self._play.setToolTip(name)
        self._play.setAccessibleName(name)

    @Slot()
    def _on_play(self) -> None:
        if self._playback is not None:
            (self._playback.pause if self._is_playing else self._playback.play)()

    @Slot()
    def _on_back(self) -> None:
        if self._playback is not None:
            self._playback.step(-1)

    @Slot()
    def _on_next(self) -> None:
        if self._playback is not None:
            self._playback.step(1)

    @Slot(int)
    def _on_seek(self, milliseconds: int) -> None:
        if self._playback is not None:
            self._playback.seek(milliseconds / 1000)

    @Slot()
    def _on_speed(self) -> None:
        if self._playback is not None:
            self._playback.set_speed(float(self._speed.currentData()))

    @Slot(bool)
    def _on_loop(self, is_looped: bool) -> None:
        if self._playback is not None:
            self._playback.set_looped(is_looped)


def time_text(seconds: float) -> str:
    """Return minutes and seconds."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
