"""What nobody may overlook: that a camera is on, that something is recorded, that it is lost."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.theme import GRID_PX, THEME
from gui.widgets.canvas import Canvas
from gui.widgets.empty_state import EmptyState
from gui.widgets.named import push_button
from gui.widgets.notice import Notice


class Signs(QWidget):
    """Two plates in the upper left corner of the canvas."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.camera = self._plate("live.camera_sign", "The camera is on")
        self.recording = self._plate("live.recording_sign", "Recording")
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        row.setSpacing(GRID_PX)
        row.addWidget(self.recording)
        row.addWidget(self.camera)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.set_camera("")
        self.set_recording("")

    def _plate(self, name: str, title: str) -> QLabel:
        plate = QLabel()
        plate.setObjectName(name)
        plate.setAccessibleName(title)
        plate.setProperty("class", "plate")
        plate.setTextFormat(Qt.TextFormat.RichText)
        return plate

    def set_camera(self, title: str) -> None:
        """Say which camera is on; empty for none."""
        self._show(self.camera, title, THEME.tokens.success)

    def set_recording(self, text: str) -> None:
        """Say how long has been recorded; empty for nothing."""
        self._show(self.recording, text, THEME.tokens.danger)

    def _show(self, plate: QLabel, text: str, colour: str) -> None:
        sign = f'<span style="color:{colour}">●</span>'
        plate.setText(f"{sign} {escape(text)}" if text else "")
        plate.setVisible(bool(text))
        self.setVisible(self.camera.isVisibleTo(self) or self.recording.isVisibleTo(self))
        self.adjustSize()
        self.raise_()


class LossBanner(QWidget):
    """One line about the source, with a button that tries it again at once."""

    retry_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notice = Notice()
        self._retry: QPushButton = push_button(
            "live.retry", "Retry now", "Try the source again without waiting"
        )
        inner = self._notice.layout()
        assert inner is not None
        inner.addWidget(self._retry)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._notice)
        self.setObjectName("live.banner")
        self._retry.clicked.connect(self.retry_wanted)

    @property
    def text(self) -> str:
        """The line shown; empty when the bar is hidden."""
        return self._notice.text

    def show_loss(self, text: str) -> None:
        """Say that the source is lost."""
        self._retry.show()
        self._notice.show_text(text)

    def show_problem(self, text: str) -> None:
        """Say what went wrong, where trying again is no help."""
        self._retry.hide()
        self._notice.show_text(text)

    def dismiss(self) -> None:
        """Hide the bar."""
        self._notice.dismiss()


def nothing_runs() -> EmptyState:
    """Return what stands where the picture will be; its button starts the moving scene."""
    empty = EmptyState(
        "video-outline",
        "Nothing runs yet",
        "Choose a source above, such as the moving scene, and press Start. No camera is touched "
        "before that, and nothing is stored unless you record.",
        "Start the moving scene",
    )
    empty.set_button_name("live.first_run")
    return empty
