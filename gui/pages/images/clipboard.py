"""A picture or picture files on the clipboard, as pixels or paths."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from gui.widgets.canvas.shape_clipboard import MIME_TYPE
from gui.widgets.rgb_images import as_pixels


def pasted_files() -> tuple[Path, ...]:
    """Return the files on the clipboard, as a file manager puts them there."""
    data = QGuiApplication.clipboard().mimeData()
    if data is None or not data.hasUrls():
        return ()
    return tuple(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())


def holds_something(are_shapes_wanted: bool) -> bool:
    """Whether there is a picture, files, or shapes where those can be added."""
    data = QGuiApplication.clipboard().mimeData()
    has_shapes = are_shapes_wanted and data is not None and data.hasFormat(MIME_TYPE)
    return has_shapes or (data is not None and (data.hasUrls() or data.hasImage()))


def pasted_pixels() -> NDArray[np.uint8] | None:
    """Return the picture on the clipboard, RGB (H, W, 3), over white; None where there is none."""
    data = QGuiApplication.clipboard().mimeData()
    if data is None or not data.hasImage():
        return None
    image = QGuiApplication.clipboard().image()
    if image.isNull():
        return None
    if image.hasAlphaChannel():
        whole = QImage(image.size(), QImage.Format.Format_RGB32)
        whole.fill(Qt.GlobalColor.white)
        painter = QPainter(whole)
        painter.drawImage(0, 0, image)
        painter.end()
        image = whole
    return as_pixels(image)


def pasted_target() -> Path:
    """Return the file that a pasted picture is kept in, named by the moment."""
    folder = Path(platformdirs.user_data_dir("vision-workbench")) / "pasted"
    moment = datetime.now().astimezone().strftime("%Y-%m-%d %H.%M.%S.%f")[:-4]
    return folder / f"pasted {moment}.png"
