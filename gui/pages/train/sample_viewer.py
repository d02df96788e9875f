"""The fixed batch of a run through time: newest by default, any moment by the slider, or played."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gui.theme import GRID_PX
from gui.widgets.picture_area import PictureArea
from gui.widgets.transport_bar import TransportBar

PLAY_MS = 400
"""Between two pictures at normal speed."""


class SampleViewer(QWidget):
    """Asks for the pictures that it wants to show; whoever can decode answers."""

    picture_wanted = Signal(object)  # Path

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paths: tuple[Path, ...] = ()
        self._index = -1
        self._asked: Path | None = None
        self._area = PictureArea()
        self._caption = QLabel()
        self._bar = TransportBar("train.samples")
        self._timer = QTimer(self)
        self._build()
        self._connect()
        self.set_paths(())

    def _build(self) -> None:
        self.setObjectName("train.samples")
        self.setAccessibleName("The same samples as the model improves")
        self._area.setObjectName("train.samples.picture")
        self._caption.setObjectName("train.samples.caption")
        self._caption.setProperty("class", "caption")
        self._caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        layout.addWidget(self._area, 1)
        layout.addWidget(self._caption)
        layout.addWidget(self._bar)

    def _connect(self) -> None:
        self._bar.first_wanted.connect(self._on_first)
        self._bar.back_wanted.connect(self._on_back)
        self._bar.next_wanted.connect(self._on_next)
        self._bar.last_wanted.connect(self._on_last)
        self._bar.scrubbed.connect(self._go)
        self._bar.play_toggled.connect(self._on_play)
        self._bar.speed_changed.connect(self._on_speed)
        self._timer.timeout.connect(self._on_timer)

    @property
    def index(self) -> int:
        """Which picture is looked at; -1 without any."""
        return self._index

    @property
    def image(self) -> QImage:
        """The picture shown; null before one has arrived."""
        return self._area.image

    def set_paths(self, paths: Sequence[Path]) -> None:
        """Show the pictures of a run, earliest first; at the end, newer ones are followed."""
        if self._paths == tuple(paths) and paths:
            return
        is_same_run = bool(self._paths and paths) and self._paths[0] == paths[0]
        was_last = self._index == len(self._paths) - 1
        self._paths = tuple(paths)
        if not paths:
            self.stop()
            self._index, self._asked = -1, None
            self._area.set_pixels(None)
            self._area.set_text("Samples appear here as soon as the run has drawn the first ones.")
        elif not is_same_run or (was_last and not self._timer.isActive()):
            self._index = len(paths) - 1
        self._index = min(self._index, len(paths) - 1)
        self._show()

    def set_picture(self, path: Path, pixels: NDArray[np.uint8]) -> None:
        """Take a decoded picture, RGB (H, W, 3); one that is not wanted any more is dropped."""
        if path != self._asked:
            return
        self._area.set_pixels(pixels)

    def set_wide(self, is_wide: bool) -> None:
        """Put slider and buttons into one row where there is width for it."""
        self._bar.set_one_row(is_wide)

    def stop(self) -> None:
        """Play no more."""
        self._timer.stop()
        self._bar.set_playing(False)

    def _show(self) -> None:
        self._bar.set_position(max(self._index, 0), len(self._paths))
        if self._index < 0:
            self._caption.clear()
            return
        path = self._paths[self._index]
        step = path.stem.partition("-")[2]
        self._caption.setText(f"Step {int(step):,}" if step.isdigit() else path.stem)
        if path != self._asked:
            self._asked = path
            self.picture_wanted.emit(path)

    @Slot(int)
    def _go(self, index: int) -> None:
        self._index = max(0, min(index, len(self._paths) - 1)) if self._paths else -1
        self._show()

    @Slot()
    def _on_first(self) -> None:
        self._go(0)

    @Slot()
    def _on_back(self) -> None:
        self._go(self._index - 1)

    @Slot()
    def _on_next(self) -> None:
        self._go(self._index + 1)

    @Slot()
    def _on_last(self) -> None:
        self._go(len(self._paths) - 1)

    @Slot()
    def _on_play(self) -> None:
        if self._timer.isActive():
            self.stop()
            return
        if self._index == len(self._paths) - 1:
            self._go(0)
        self._timer.start(round(PLAY_MS / self._bar.speed))
        self._bar.set_playing(True)

    @Slot(float)
    def _on_speed(self, speed: float) -> None:
        self._timer.setInterval(round(PLAY_MS / speed))

    @Slot()
    def _on_timer(self) -> None:
        if self._index >= len(self._paths) - 1:
            self.stop()
        else:
            self._go(self._index + 1)
