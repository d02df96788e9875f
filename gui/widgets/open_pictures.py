"""The list of pictures of the Images page, for every page that looks at the same pictures."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from gui.widgets.thumbnail_model import ThumbnailModel


class OpenPictures(QObject):
    """The Images page fills it and does what is wanted of it: its order and filter are one.

    Attributes:
        model: rows as they are filtered there.
        current: the picture that is looked at, or waited for.
        row: of that picture from 1; 0 where it is not listed.
    """

    chosen = Signal(object)  # Path of the picture that a person went to
    step_wanted = Signal(int)  # -1 previous, 1 next picture
    thumbnails_wanted = Signal(object)  # tuple[Path, ...]
    thumbnail_ready = Signal(object, object)  # Path, Tile
    position_changed = Signal()
    failed = Signal(object, str)  # Path of a picture that cannot be opened, and why

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model = ThumbnailModel(self)
        self.current: Path | None = None
        self.row = 0

    def set_position(self, current: Path | None, row: int) -> None:
        """Say which picture is looked at, and its row from 1."""
        self.current, self.row = current, row
        self.position_changed.emit()
