"""Renames, merges and deletes a class, also in files of pictures that are not open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.api.annotations import PictureAnnotations
from gui.document.session import Session
from gui.document.slices import SlicedRun
from gui.pages.images.rename_dialog import Reach, RenameDialog
from gui.pages.images.saving import Saver
from gui.pages.images.sidecars import Sidecars
from gui.pages.images.sources import Sources


class ClassRenamer(QObject):
    """One class at a time: look for it everywhere, ask where that matters, change it.

    Merging is renaming to a class that is there, deleting renaming to an empty name.
    """

    renaming = Signal(str, str)  # old and new name; shapes and classes follow
    message = Signal(str)

    def __init__(
        self,
        session: Session,
        sidecars: Sidecars,
        sources: Sources,
        saver: Saver,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._sidecars, self._sources = session, sidecars, sources
        self._saver, self._window = saver, window
        self._names: tuple[str, str] | None = None
        self._is_looking = False
        self._others: list[PictureAnnotations] = []
        sidecars.index_ended.connect(self._on_looked)

    @property
    def is_busy(self) -> bool:
        """Whether a class is being renamed, or a person is asked about it."""
        return self._names is not None

    @Slot(str)
    def delete(self, name: str) -> None:
        """Delete a class and its shapes in the open pictures, and elsewhere where it is wanted."""
        self.rename(name, "")

    @Slot(str, str)
    def rename(self, old: str, new: str) -> None:
        """Rename a class in the open pictures, and in all others if a person wants it."""
        if self._names is not None or self._saver.is_busy:
            self.message.emit(f"{old} stays as it is: wait until what is going on has ended")
            return
        self._names = (old, new)
        self._is_looking = True
        self._sidecars.forget()  # other programs write there too
        if not self._sidecars.read_all():
            self._on_looked()

    @Slot()
    def _on_looked(self) -> None:
        if self._names is None or not self._is_looking:
            return
        self._is_looking = False
        old, new = self._names
        self._others = list(self._elsewhere(old))
        here = Reach.of(old, self._session.in_hand())
        is_merging = new in self._session.classes
        if not self._others and not (here.shapes and (is_merging or not new)):
            self._begin(is_everywhere=False)
            return
        elsewhere = Reach.of(old, self._others)
        dialog = RenameDialog(old, new, here, elsewhere, is_merging, self._window)
        dialog.everywhere_wanted.connect(self._on_everywhere)
        dialog.open_ones_wanted.connect(self._on_open_ones)
        dialog.rejected.connect(self._on_rejected)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _elsewhere(self, label: str) -> Sequence[PictureAnnotations]:
        """Return the pictures with the class whose shapes are those of their files."""
        files = dict.fromkeys([*self._session.files, *self._sources.files()])
        known = (self._sidecars.annotations(f) for f in files if not self._session.is_in_hand(f))
        return [p for p in known if p and any(shape.label == label for shape in p.shapes)]

    @Slot()
    def _on_everywhere(self) -> None:
        self._begin(is_everywhere=True)

    @Slot()
    def _on_open_ones(self) -> None:
        self._begin(is_everywhere=False)

    @Slot()
    def _on_rejected(self) -> None:
        if self._names is not None:
            self.message.emit(f"{self._names[0]} stays as it is")
        self._names, self._others = None, []

    def _begin(self, is_everywhere: bool) -> None:
        assert self._names is not None
        others = self._others if is_everywhere else []
        self.renaming.emit(*self._names)
        run = SlicedRun(self._session.renaming(*self._names, others), self)
        run.finished.connect(self._on_saved_elsewhere if others else self._on_renamed)

    @Slot()
    def _on_renamed(self) -> None:
        assert self._names is not None
        (old, new), left = self._names, len(self._others)
        self._names, self._others = None, []
        text = f"{old} is now {new} in every open picture" if new else f"{old} is deleted"
        if left:
            noun = "one picture that is" if left == 1 else f"{left:,} pictures that are"
            text += f"; the files of {noun} not open still say {old}"
        if not new and self._session.modified():
            text += "; Undo brings its shapes back, picture by picture"
        self.message.emit(text)

    @Slot()
    def _on_saved_elsewhere(self) -> None:
        """Write all of it at once: a table of classes holds for all its pictures."""
        assert self._names is not None
        self._sidecars.rename_class(*self._names)
        self._sources.rename_class(*self._names)
        if self._names[1]:
            self._saver.save_renamed(*self._names)
        else:  # tables of classes keep the line: the numbers of the others hang on it
            self._saver.save()
        self._names, self._others = None, []
