"""The pictures that are open, and which of them is looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoGroup

from engine.api.class_colours import Rgb
from gui.class_colours import CLASS_COLOURS
from gui.document.folder_classes import PLACEHOLDER_CLASSES, FolderClasses
from gui.document.long_lived import MANY, settle
from gui.plain_text import menu_text

if TYPE_CHECKING:  # loaded after the first paint
    from engine.api.annotations import PictureAnnotations, PictureSource, Shape
    from gui.document.picture_document import PictureDocument


@dataclass(frozen=True, slots=True)
class Arrival:
    """Shapes that came for a picture before it was opened; one step to undo when it is.

    Attributes:
        text: what the undo step is called.
        is_saved: whether a file holds them already.
    """

    annotations: PictureAnnotations
    text: str
    is_saved: bool


class Session(QObject):
    """A list of picture files and the documents of those that were looked at.

    Documents are made on demand, so that 100,000 files cost no more than their paths.
    """

    files_changed = Signal()
    current_changed = Signal()  # another document is looked at, or none
    classes_changed = Signal()
    modified_changed = Signal()  # a picture has got its first unsaved edit, or its last was saved

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_group = QUndoGroup(self)
        self.folder: Path | None = None
        self._files: tuple[Path, ...] = ()
        self._documents: dict[Path | str, PictureDocument] = {}
        self._arrivals: dict[Path, Arrival] = {}
        self._current: PictureDocument | None = None
        self._place: Path | None = None
        self._classes = FolderClasses()
        self._classes_of: dict[Path | None, FolderClasses] = {}  # of the other places

    @property
    def files(self) -> tuple[Path, ...]:
        """In the order shown."""
        return self._files

    def set_files(self, files: Sequence[Path], folder: Path | None = None) -> None:
        """Replace the list; documents with unsaved edits stay in memory."""
        self._files, self.folder = tuple(files), folder
        self.files_changed.emit()

    def enter(self, place: Path | None) -> None:
        """Go on with the classes of a folder: those of another are not its own."""
        if place != self._place:
            self._classes_of[self._place] = self._classes
            self._place = place
            self.folder_classes = self._classes_of.pop(place, FolderClasses())

    def document(self, path: Path) -> PictureDocument:
        """Return the document of a file, making it on the first call."""
        if path not in self._documents:
            from gui.document.picture_document import PictureDocument  # not before the first paint

            self._adopt(path, PictureDocument(path, parent=self))
        return self._documents[path]

    def find(self, key: Path | str) -> PictureDocument | None:
        """Return the document of a file, origin or title; None if it was never opened."""
        return self._documents.get(key)

    def adopt(self, document: PictureDocument) -> None:
        """Take in a document without a file (a sample, a pasted picture) and look at it."""
        key = document.path or document.origin or document.title
        self._adopt(key, document)
        self._apply_arrival(Path(key), document)
        self.add_classes(shape.label for shape in document.shapes)
        self.set_current(document)

    def _document_of(self, file: Path) -> PictureDocument | None:
        return self._documents.get(file) or self._documents.get(str(file))

    def _adopt(self, key: Path | str, document: PictureDocument) -> None:
        document.setParent(self)
        self.undo_group.addStack(document.undo_stack)
        document.undo_stack.cleanChanged.connect(self.modified_changed)
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

    def load(
        self,
        path: Path,
        shapes: Iterable[Shape],
        size: tuple[int, int] = (0, 0),
        source: PictureSource | None = None,
    ) -> None:
        """Give a document what its file holds, then what came for it in the meantime."""
        document = self.document(path)
        early = document.shapes if document.is_modified else ()
        document.load(shapes, size, source)
        document.add(early, "Add shapes")
        self.add_classes(shape.label for shape in document.shapes)
        self._apply_arrival(path, document)

    def _apply_arrival(self, file: Path, document: PictureDocument) -> None:
        arrival = self._arrivals.pop(file, None)
        if arrival is not None:
            _apply(document, arrival)
            self.add_classes(shape.label for shape in document.shapes)
            self.modified_changed.emit()

    def taking_in(
        self, pictures: Iterable[PictureAnnotations], text: str, is_saved: bool
    ) -> Iterator[None]:
        """Replace the shapes of pictures while it is iterated, one picture a step.

        At once where a picture is open, else when it is opened; either way one step to undo.
        A picture without a file is found by its origin.
        """
        for picture in pictures:
            arrival = Arrival(picture, text, is_saved)
            document = self._document_of(picture.file)
            if document is not None and document.is_loaded:
                _apply(document, arrival)
            else:
                self._arrivals[picture.file] = arrival
            yield
        self.modified_changed.emit()

    def arrival(self, file: Path) -> Arrival | None:
        """What waits for a picture that has not been opened."""
        return self._arrivals.get(file)

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        """All that waits for pictures that have not been opened."""
        return tuple(self._arrivals.values())

    def annotations_of(self, file: Path) -> PictureAnnotations | None:
        """Return the present shapes of a picture, opened or not; None where nothing is known."""
        document = self._document_of(file)
        if document is not None and document.is_loaded:
            return document.to_annotations()
        waiting = self._arrivals.get(file)
        return waiting.annotations if waiting else None

    def is_modified(self, file: Path) -> bool:
        """Whether a picture has edits that no file holds."""
        waiting = self._arrivals.get(file)
        if waiting is not None:
            return not waiting.is_saved
        document = self._document_of(file)
        return document is not None and document.is_modified

    def modified(self) -> list[PictureAnnotations]:
        """Return the shapes of every picture with unsaved edits; samples go by their origin."""
        waiting = [a.annotations for a in self._arrivals.values() if not a.is_saved]
        opened = [
            replace(document.to_annotations(), file=Path(key))
            for key, document in self._documents.items()
            if document.is_modified and Path(key) not in self._arrivals
        ]
        return waiting + opened

    def marking_saved(
        self,
        written: Iterable[PictureAnnotations],
        kept: Mapping[Path, PictureAnnotations] | None = None,
        merged: Collection[Path] = (),
    ) -> Iterator[None]:
        """Remember what was written while it is iterated, one picture a step.

        A picture that was edited since then stays modified.

        Args:
            kept: what the files hold of pictures now: the next save starts from it.
            merged: pictures whose files hold shapes of another program too.
        """
        for picture in written:
            now = (kept or {}).get(picture.file)
            document = self._document_of(picture.file)
            if document is not None:
                _keep(document, picture, now, picture.file in merged)
            arrival = self._arrivals.get(picture.file)
            if arrival is not None and arrival.annotations.shapes == picture.shapes:
                shapes = arrival.annotations if now is None else now
                self._arrivals[picture.file] = Arrival(shapes, arrival.text, is_saved=True)
            yield
        self.modified_changed.emit()

    @property
    def classes(self) -> tuple[str, ...]:
        """Names offered when a shape is drawn; digit keys 1-9 choose the first nine."""
        return self._classes.names

    @property
    def folder_classes(self) -> FolderClasses:
        """Names with their colours, and which were taken out."""
        return self._classes

    @folder_classes.setter
    def folder_classes(self, classes: FolderClasses) -> None:
        if classes != self._classes:
            self._classes = classes
            CLASS_COLOURS.set_at_hand(classes.colours)
            self.classes_changed.emit()

    @property
    def place(self) -> Path | None:
        """The folder whose classes these are."""
        return self._place

    def add_classes(self, names: Iterable[str]) -> None:
        """Append names that are new; they take the place of an "object" that nothing uses."""
        new = [name for name in names if name]
        back = self._classes.removed.intersection(new)
        if back:
            self.folder_classes = replace(self._classes, removed=self._classes.removed - back)
        self.set_classes([*self._own_classes, *new])

    def offer_classes(self, names: Iterable[str]) -> None:
        """Append names of a table of classes, but for those that a person has taken out."""
        self.add_classes(name for name in names if name not in self._classes.removed)

    def list_classes(self, names: Iterable[str]) -> None:
        """Put names first, in the order of a file: it does not hang on what was opened before.

        The order that a person has chosen stays, and what was taken out stays out.
        """
        listed = [name for name in names if name and name not in self._classes.removed]
        if self._classes.is_own:
            self.set_classes([*self._own_classes, *listed])
        elif listed or self._own_classes:
            self.folder_classes = self._classes.named([*listed, *self._own_classes], is_file=True)

    def set_classes(self, names: Iterable[str]) -> None:
        """Replace the names, in order, without repeats."""
        new = tuple(dict.fromkeys(name for name in names if name))
        if new and new != self.classes:
            self.folder_classes = self._classes.named(new)

    def order_classes(self, names: Iterable[str]) -> None:
        """Take the order of a person, which stays."""
        self.folder_classes = self._classes.ordered(names)

    def colour_class(self, name: str, rgb: Rgb) -> None:
        """Give a class the colour of a person's choice; one that had it gets another."""
        self.folder_classes = self._classes.coloured(name, rgb)

    def remove_class(self, name: str) -> None:
        """Take a class out of the list; shapes that have it keep it."""
        left = self._classes.without(name)
        self.folder_classes = left if left.names else replace(FolderClasses(), removed=left.removed)

    @property
    def _own_classes(self) -> tuple[str, ...]:
        is_untouched = self.classes == PLACEHOLDER_CLASSES and not self._uses_placeholder
        return () if is_untouched else self.classes

    @property
    def _uses_placeholder(self) -> bool:
        placeholder = PLACEHOLDER_CLASSES[0]
        return any(
            shape.label == placeholder
            for document in self._documents.values()
            for shape in document.shapes
        )

    def in_hand(self) -> list[PictureAnnotations]:
        """Return the pictures whose shapes may differ from their files."""
        opened = [d.to_annotations() for d in self._documents.values() if d.is_loaded]
        waiting = (a.annotations for a in self._arrivals.values() if not a.is_saved)
        return [*opened, *waiting]

    def is_in_hand(self, file: Path) -> bool:
        """Whether the shapes of a picture may differ from its file: it is open, or unsaved."""
        document = self._document_of(file)
        return (document is not None and document.is_loaded) or self.is_modified(file)

    def renaming(
        self, old: str, new: str, others: Iterable[PictureAnnotations] = ()
    ) -> Iterator[None]:
        """Rename a class in the list and in every picture in hand while it is iterated.

        With the name of another class they become one; with an empty one the class goes, and its
        shapes with it. Each open picture gets one step to undo.

        Args:
            others: pictures whose shapes are those of their files; they are renamed too, and
                wait to be saved.
        """
        if new:
            self.folder_classes = self._classes.renamed(old, new)
        else:
            self.remove_class(old)
        for document in self.documents:
            found = {i: shape for i, shape in enumerate(document.shapes) if shape.label == old}
            if new:
                text = f"Rename {menu_text(old)} to {menu_text(new)}"
                document.change({i: replace(s, label=new) for i, s in found.items()}, text)
            else:
                document.remove(found, f"Delete class {menu_text(old)}")
            yield
        waiting = {a.annotations.file: a for a in self._arrivals.values() if not a.is_saved}
        waiting |= {p.file: Arrival(p, f"Rename to {menu_text(new)}", False) for p in others}
        for number, (file, arrival) in enumerate(waiting.items(), 1):
            if old in {shape.label for shape in arrival.annotations.shapes}:
                self._arrivals[file] = _renamed(arrival, old, new)
            if number % MANY == 0:
                settle(MANY)
            yield
        self.modified_changed.emit()


def _renamed(arrival: Arrival, old: str, new: str) -> Arrival:
    return replace(arrival, annotations=relabelled(arrival.annotations, old, new), is_saved=False)


def relabelled(picture: PictureAnnotations, old: str, new: str) -> PictureAnnotations:
    """Return a picture whose shapes of one class have another, or are gone where it is empty."""
    shapes = tuple(
        replace(shape, label=new) if shape.label == old else shape
        for shape in picture.shapes
        if new or shape.label != old
    )
    return replace(picture, shapes=shapes)


def _keep(
    document: PictureDocument,
    written: PictureAnnotations,
    now: PictureAnnotations | None,
    is_merged: bool,
) -> None:
    """Give a document what its file holds now, unless it was edited since it was written."""
    is_same = document.shapes == written.shapes
    if now is not None and is_same and is_merged:
        document.replace_all(now.shapes, "Keep what another program has changed too")
    if is_same:
        document.mark_saved()
    if now is not None and (is_same or not is_merged):  # else the next save asks once more
        document.keep_entries(now)


def _apply(document: PictureDocument, arrival: Arrival) -> None:
    document.replace_all(arrival.annotations.shapes, arrival.text)
    document.source = arrival.annotations.source
    if arrival.is_saved:
        document.mark_saved()
