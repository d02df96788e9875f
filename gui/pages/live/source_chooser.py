"""Where the running picture comes from, and the button that starts it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from engine.api.errors import ConfigError
from engine.api.live import (
    VIDEO_SUFFIXES,
    CameraSource,
    LiveSource,
    MovingSceneSource,
    NetworkSource,
    PictureFolderSource,
    VideoFileSource,
)
from engine.api.paths import expanded
from gui.theme import GRID_PX
from gui.widgets.file_dialogs import file_to_open, folder_to_open
from gui.widgets.named import named, narrow, push_button

SourceKind = Literal["scene", "camera", "film", "folder", "address"]
KIND_TITLES: dict[SourceKind, str] = {
    "scene": "Moving scene",
    "camera": "Camera",
    "film": "Video file",
    "folder": "Folder of pictures",
    "address": "Address",
}
_FILMS = f"Films ({' '.join(f'*{suffix}' for suffix in sorted(VIDEO_SUFFIXES))});;All files (*)"


class SourceChooser(QWidget):
    """A row of controls. No camera is looked for, and none opened, before somebody asks."""

    start_wanted = Signal()
    stop_wanted = Signal()
    cameras_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = named(QComboBox(), "live.source", "Where the picture comes from")
        for kind, title in KIND_TITLES.items():
            self._kind.addItem(title, kind)
        self._cameras = named(QComboBox(), "live.camera", "Camera")
        narrow(self._cameras, 20)
        self._cameras.setPlaceholderText("Press Find cameras")
        self._find = push_button("live.find_cameras", "Find cameras", "List the cameras by name")
        self._film = named(QLineEdit(), "live.film", "Path of the film")
        self._film.setPlaceholderText("Path of a film")
        self._folder = named(QLineEdit(), "live.folder", "Path of the folder")
        self._folder.setPlaceholderText("Path of a folder with pictures")
        self._address = named(QLineEdit(), "live.address", "Address of the stream")
        self._address.setPlaceholderText("http://… or rtsp://…")
        self._browse_film = push_button("live.browse_film", "Browse…", "Choose a film")
        self._browse_folder = push_button("live.browse_folder", "Browse…", "Choose a folder")
        self._details = QStackedWidget()
        self.start = named(QPushButton("Start"), "live.start", "Start or stop the running picture")
        self.start.setProperty("class", "primary")
        self._is_running = False
        self._build()
        self._connect()

    def _build(self) -> None:
        hint = QLabel("A drawn scene in which shapes, walking people and a face move")
        hint.setProperty("class", "caption")
        rows: tuple[tuple[QWidget, ...], ...] = (
            (hint,),
            (self._cameras, self._find),
            (self._film, self._browse_film),
            (self._folder, self._browse_folder),
            (self._address,),
        )
        for parts in rows:
            detail = QWidget()
            row = QHBoxLayout(detail)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(GRID_PX)
            for index, part in enumerate(parts):
                row.addWidget(part, int(index == 0))
            self._details.addWidget(detail)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._kind)
        layout.addWidget(self._details, 1)
        layout.addWidget(self.start)
        self._details.setFixedHeight(self._browse_film.sizeHint().height())

    def _connect(self) -> None:
        self._kind.currentIndexChanged.connect(self._details.setCurrentIndex)
        self._find.clicked.connect(self.cameras_wanted)
        self._browse_film.clicked.connect(self._on_browse_film)
        self._browse_folder.clicked.connect(self._on_browse_folder)
        self.start.clicked.connect(self._on_start)
        for line in (self._film, self._folder, self._address):
            line.returnPressed.connect(self._on_return)

    def source(self) -> LiveSource:
        """Return what is chosen.

        Raises:
            ConfigError: nothing is chosen yet, or it is no address.
        """
        kind = self.kind
        if kind == "camera":
            camera: CameraSource | None = self._cameras.currentData()
            if camera is None:
                raise ConfigError("No camera is chosen; press Find cameras and choose one")
            return camera
        if kind in ("film", "folder"):
            text = (self._film if kind == "film" else self._folder).text().strip()
            if not text:
                raise ConfigError(f"No {kind} is chosen; press Browse and choose one")
            path = expanded(text)
            return VideoFileSource(path) if kind == "film" else PictureFolderSource(path)
        if kind == "address":
            return NetworkSource(self._address.text().strip())
        return MovingSceneSource()

    @property
    def kind(self) -> SourceKind:
        """What kind of source is chosen."""
        kind: SourceKind = self._kind.currentData()
        return kind

    def choose_kind(self, kind: str) -> None:
        """Choose a kind of source; an unknown one leaves the choice as it is."""
        index = self._kind.findData(kind)
        if index >= 0:
            self._kind.setCurrentIndex(index)

    def choose_film(self, path: Path) -> None:
        """Choose a film."""
        self.choose_kind("film")
        self._film.setText(str(path))

    def set_texts(self, film: str, folder: str, address: str) -> None:
        """Write down paths and an address; none of them is looked at before a start."""
        self._film.setText(film)
        self._folder.setText(folder)
        self._address.setText(address)

    def set_cameras(self, cameras: Sequence[CameraSource]) -> None:
        """List the cameras that were found; the one chosen before, or the only one, is chosen."""
        before = self._cameras.currentText()
        self._cameras.clear()
        for camera in cameras:
            self._cameras.addItem(camera.title, camera)
        only = 0 if len(cameras) == 1 else -1
        self._cameras.setCurrentIndex(max(only, self._cameras.findText(before)))
        self._cameras.setPlaceholderText("Press Find cameras" if cameras else "No camera was found")

    def set_finding(self, is_finding: bool) -> None:
        """Show that cameras are being looked for."""
        self._find.setText("Looking…" if is_finding else "Find cameras")
        self._find.setEnabled(not is_finding)

    def set_running(self, is_running: bool, is_closing: bool = False) -> None:
        """Show whether a run goes on; its source stays chosen until it is stopped."""
        self._is_running = is_running
        self.start.setText("Stopping…" if is_closing else "Stop" if is_running else "Start")
        self.start.setProperty("class", "" if is_running or is_closing else "primary")
        self.start.style().polish(self.start)
        self.start.setEnabled(not is_closing)
        for part in (self._kind, self._details):
            part.setEnabled(not is_running and not is_closing)

    @Slot()
    def _on_start(self) -> None:
        (self.stop_wanted if self._is_running else self.start_wanted).emit()

    @Slot()
    def _on_return(self) -> None:
        if not self._is_running:
            self.start_wanted.emit()

    @Slot()
    def _on_browse_film(self) -> None:
        path = file_to_open(self, "Choose a film", _FILMS, self._film.text())
        if path is not None:
            self._film.setText(str(path))

    @Slot()
    def _on_browse_folder(self) -> None:
        folder = folder_to_open(self, "Choose a folder", self._folder.text())
        if folder is not None:
            self._folder.setText(str(folder))
