"""A person's own picture: drawn, opened, pasted or taken from the Images page; then encoded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from engine.api.latent import EncodedPictures
from engine.api.pictures import LoadPicture, Picture
from gui.bridge.page_request import PageRequest
from gui.pages.latent.drawing_pad import DrawingPad
from gui.pages.latent.latent_state import LatentState
from gui.theme import GRID_PX
from gui.widgets.file_dialogs import file_to_open
from gui.widgets.named import caption, heading, icon_button, named, push_button
from gui.widgets.picture_area import PictureArea
from gui.widgets.rgb_images import as_pixels
from gui.workbench import Workbench

PICTURE_FILES = "Pictures (*.png *.jpg *.jpeg *.webp *.bmp *.tif *.tiff *.pgm *.ppm *.gif)"
SIDE_PX = 56


class OwnPicture(QWidget):
    """Encodes at once what is drawn; says how much of it the model can say again."""

    def __init__(
        self, workbench: Workbench, state: LatentState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workbench, self._state = workbench, state
        self._latest: NDArray[np.uint8] | None = None  # encoded anew by every model
        self._loading = PageRequest(workbench.client, self, "browse")
        self._loading.answered.connect(self._on_loaded)
        self.pad = named(DrawingPad(), "latent.pad", "Sheet to draw a digit on")
        self._input = named(PictureArea(), "latent.own_input", "Your picture as the model sees it")
        self._output = named(PictureArea(), "latent.own_output", "Its reconstruction")
        self._difference = named(
            PictureArea(), "latent.own_difference", "Where both differ, light where much"
        )
        self._text = caption(name="latent.own_text")
        self._undo = icon_button("latent.pad_undo", "undo", "Take the last stroke back (Ctrl+Z)")
        self._clear = icon_button("latent.pad_clear", "eraser", "Wipe the sheet (Delete)")
        self._open = push_button("latent.own_open", "Open…", "Encode a picture file")
        self._take = push_button("latent.own_take", "From Images", "Encode the picture of Images")
        self._paste = push_button("latent.own_paste", "Paste", "Encode what was copied")
        self._build()
        self._connect()
        self._on_opened()

    def _build(self) -> None:
        self.setAcceptDrops(True)
        areas = (self._input, self._output, self._difference)
        for area in areas:
            area.setFixedSize(SIDE_PX, SIDE_PX)
            area.set_text("–")
        results = QGridLayout()
        results.setSpacing(GRID_PX // 2)
        for column, title in enumerate(("Seen", "Rebuilt", "Error")):
            results.addWidget(QLabel(title), 0, column)
            results.addWidget(areas[column], 1, column)
        tools = QHBoxLayout()
        for button in (self._undo, self._clear):
            tools.addWidget(button)
        tools.addStretch(1)
        beside = QVBoxLayout()
        beside.addLayout(results)
        beside.addLayout(tools)
        beside.addStretch(1)
        drawing = QHBoxLayout()
        drawing.setSpacing(GRID_PX)
        drawing.addWidget(self.pad)
        drawing.addLayout(beside)
        drawing.addStretch(1)
        files = QHBoxLayout()
        files.setSpacing(GRID_PX)
        for source in (self._open, self._take, self._paste):
            files.addWidget(source)
        files.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(heading("Your own picture"))
        layout.addLayout(drawing)
        layout.addLayout(files)
        layout.addWidget(self._text)

    def _connect(self) -> None:
        self.pad.drawn.connect(self._on_drawn)
        self._undo.clicked.connect(self.pad.undo)
        self._clear.clicked.connect(self._on_clear)
        self._open.clicked.connect(self._on_open)
        self._take.clicked.connect(self._on_take)
        self._paste.clicked.connect(self._on_paste)
        self._state.opened.connect(self._on_opened)
        self._state.encoded.connect(self._on_encoded)

    @Slot()
    def _on_opened(self) -> None:
        for area in (self._input, self._output, self._difference):
            area.set_pixels(None)
        facts = self._state.facts
        if facts is not None and facts.has_encoder and self._latest is not None:
            self._state.encode_picture(self._latest)  # at once; a search would take seconds
        if facts is None or facts.has_encoder:
            self._text.setText("Draw, or drop a picture here; the sliders go on from there.")
        else:
            self._text.setText("This model has no encoder: the code is searched for, in seconds.")

    @Slot()
    def _on_drawn(self) -> None:
        if not self.pad.is_empty:
            self._encode(self.pad.pixels())

    def _encode(self, pixels: NDArray[np.uint8]) -> None:
        self._latest = pixels
        self._state.encode_picture(pixels)

    @Slot()
    def _on_clear(self) -> None:
        self.pad.clear()
        self._latest = None

    @Slot()
    def _on_open(self) -> None:
        path = file_to_open(self, "A picture to encode", PICTURE_FILES)
        if path is not None:
            self.open_file(path)

    def open_file(self, path: Path) -> None:
        """Load a picture and encode it."""
        self._loading.start(LoadPicture(path))

    @Slot(object, object)
    def _on_loaded(self, _: LoadPicture, picture: Picture) -> None:
        self._encode(np.ascontiguousarray(picture.pixels))

    @Slot()
    def _on_take(self) -> None:
        document = self._workbench.session.current
        if document is None or document.picture is None:
            self._workbench.problem.emit("No picture is open; open one on the Images page first.")
            return
        self._encode(np.ascontiguousarray(document.picture.pixels))

    @Slot()
    def _on_paste(self) -> None:
        image = QGuiApplication.clipboard().image()
        if image.isNull():
            self._workbench.problem.emit("There is no picture to paste; copy one first.")
            return
        self._encode(as_pixels(image))

    @Slot(object)
    def _on_encoded(self, found: EncodedPictures) -> None:
        self._input.set_pixels(found.inputs[0])
        self._output.set_pixels(found.reconstructions[0])
        seen, rebuilt = found.inputs[0].astype(np.int16), found.reconstructions[0]
        self._difference.set_pixels(np.abs(seen - rebuilt).astype(np.uint8))
        self._text.setText(f"Mean squared difference {found.errors[0]:.4f}, values in [0, 1].")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take picture files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Encode the first file."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.open_file(paths[0])
