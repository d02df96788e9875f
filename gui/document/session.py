"""The pictures that are open, and which of them is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoGroup

from gui.document.picture_document import PictureDocument


class Session(QObject):
    """A list of picture files and the documents of those that were looked at.

    Documents are made on demand, so that 100,000 files cost no more than their paths.
    """

    files_changed = Signal()
    current_changed = Signal()  # another document is looked at, or none
    classes_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_group = QUndoGroup(self)
        self.folder: Path | None = None
        self._files: tuple[Path, ...] = ()
        self._documents: dict[Path | str, PictureDocument] = {}
        self._current: PictureDocument | None = None
        self._classes: tuple[str, ...] = ("object",)

    @property
    def files(self) -> tuple[Path, ...]:
        """In the order shown."""
        return self._files

    def set_files(self, files: Sequence[Path], folder: Path | None = None) -> None:
        """Replace the list; documents with unsaved edits stay in memory."""
        self._files, self.folder = tuple(files), folder
        self.files_changed.emit()

    def document(self, path: Path) -> PictureDocument:
        """Return the document of a file, making it on the first call."""
        if path not in self._documents:
            self._adopt(path, PictureDocument(path, parent=self))
        return self._documents[path]

    def adopt(self, document: PictureDocument) -> None:
        """Take in a document without a file (a sample, a pasted picture) and look at it."""
        self._adopt(document.path or document.title, document)
        self.set_current(document)

    def _adopt(self, key: Path | str, document: PictureDocument) -> None:
        document.setParent(self)
        self.undo_group.addStack(document.undo_stack)
        self._documents[key] = document

    @property
    def documents(self) -> list[PictureDocument]:
        """Those that were looked at in this session."""
        return list(self._documents.values())

    @property
    def current(self) -> PictureDocument | None:
        """The document that is looked at."""
        return self._current

    def set_current(self, document: PictureDocument | None) -> None:
        """Look at a document."""
        if document is self._current:
            return
        self._current = document
        # None deactivates every stack, though the stubs of PySide6 do not know it.
        stack = document.undo_stack if document else None
        self.undo_group.setActiveStack(stack)  # type: ignore[arg-type]
        self.current_changed.emit()

    @property
    def classes(self) -> tuple[str, ...]:
        """Names offered when a shape is drawn; digit keys 1-9 choose the first nine."""
        return self._classes

    def add_classes(self, names: Iterable[str]) -> None:
        """Append names that are new."""
        self.set_classes([*self._classes, *names])

    def set_classes(self, names: Iterable[str]) -> None:
        """Replace the names, in order, without repeats."""
        new = tuple(dict.fromkeys(name for name in names if name))
        if new and new != self._classes:
            self._classes = new
            self.classes_changed.emit()
