"""One open picture with its shapes; every change can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine.api.annotations import PictureAnnotations, Point, Shape
from engine.api.pictures import Picture


class PictureDocument(QObject):
    """Shapes over a picture, in drawing order, with a selection and an endless undo stack.

    Widgets never change shapes themselves: they call `add`, `change`, `remove`, and redraw on
    `shapes_changed`. Indices are positions in `shapes`.
    """

    shapes_changed = Signal()
    selection_changed = Signal()
    picture_changed = Signal()

    def __init__(
        self,
        path: Path | None,
        shapes: Iterable[Shape] = (),
        title: str = "",
        parent: QObject | None = None,
        origin: str = "",
    ) -> None:
        super().__init__(parent)
        self.path = path
        self.title = title or (path.name if path else "untitled")
        self.origin = origin  # of a picture without a file, `sample:<key>`
        self.undo_stack = QUndoStack(self)  # no limit by default
        self.is_loaded = path is None  # whether the annotations of its file were looked for
        self._size = (0, 0)
        self._picture: Picture | None = None
        self._shapes: tuple[Shape, ...] = tuple(shapes)
        self._selection: frozenset[int] = frozenset()

    @property
    def picture(self) -> Picture | None:
        """None while it is being loaded, or after its file turned out to be bad."""
        return self._picture

    def set_picture(self, picture: Picture | None) -> None:
        """Hand in the decoded picture, or None to give its memory back."""
        self._picture = picture
        if picture is not None:
            self._size = (picture.width, picture.height)
        self.picture_changed.emit()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, known from the first decoding on; (0, 0) before."""
        return self._size

    def load(self, shapes: Iterable[Shape], size: tuple[int, int] = (0, 0)) -> None:
        """Take what the file holds as the starting point: no edit, and nothing to undo."""
        self._shapes, self._selection = tuple(shapes), frozenset()
        if self._picture is None and all(size):
            self._size = size
        self.is_loaded = True
        self.undo_stack.clear()
        self.selection_changed.emit()
        self.shapes_changed.emit()

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """In drawing order: later ones lie on top."""
        return self._shapes

    @property
    def selection(self) -> frozenset[int]:
        """Indices of the selected shapes."""
        return self._selection

    def select(self, indices: Iterable[int]) -> None:
        """Select exactly these shapes; selecting is not an edit."""
        chosen = frozenset(index for index in indices if 0 <= index < len(self._shapes))
        if chosen != self._selection:
            self._selection = chosen
            self.selection_changed.emit()

    @property
    def is_modified(self) -> bool:
        """Whether there are edits since the last save."""
        return not self.undo_stack.isClean()

    def mark_saved(self) -> None:
        """Remember the present state as the saved one."""
        self.undo_stack.setClean()

    def add(self, shapes: Iterable[Shape], text: str = "Add shape") -> None:
        """Append shapes and select them."""
        start = len(self._shapes)
        new = dict(enumerate(shapes, start))
        if new:
            self._push(text, {}, new)
            self.select(new)

    def change(self, changes: Mapping[int, Shape], text: str = "Change shape") -> None:
        """Replace shapes in place; nothing happens where they are equal."""
        real = {i: shape for i, shape in changes.items() if shape != self._shapes[i]}
        if real:
            self._push(text, {i: self._shapes[i] for i in real}, real)

    def remove(self, indices: Iterable[int], text: str = "Delete shapes") -> None:
        """Delete shapes."""
        gone = {index: self._shapes[index] for index in sorted(set(indices))}
        if gone:
            self._push(text, gone, {})

    def replace_all(self, shapes: Iterable[Shape], text: str) -> None:
        """Replace every shape, as loading annotations does; one step to undo."""
        new = tuple(shapes)
        if new != self._shapes:
            self._push(text, dict(enumerate(self._shapes)), dict(enumerate(new)))

    def move(self, indices: Iterable[int], dx: float, dy: float) -> None:
        """Shift shapes by a vector in pixels; moves of one run of arrow keys undo together."""
        self.change({i: shifted(self._shapes[i], dx, dy) for i in indices}, "Move shapes")

    def to_annotations(self) -> PictureAnnotations:
        """The present shapes as data."""
        return PictureAnnotations(self.path or Path(self.title), *self._size, self._shapes)

    def _push(self, text: str, old: dict[int, Shape], new: dict[int, Shape]) -> None:
        self.undo_stack.push(_Edit(self, text, old, new))

    def exchange(self, old: Mapping[int, Shape], new: Mapping[int, Shape]) -> None:
        """Take out `old` and put in `new`; only undo commands call this."""
        kept: list[Shape | None] = list(self._shapes)
        for index in old.keys() - new.keys():
            kept[index] = None
        for index in old.keys() & new.keys():
            kept[index] = new[index]
        result = [shape for shape in kept if shape is not None]
        for index in sorted(new.keys() - old.keys()):
            result.insert(index, new[index])
        self._shapes = tuple(result)
        if old.keys() != new.keys():
            self._selection = frozenset()
            self.selection_changed.emit()
        self.shapes_changed.emit()


class _Edit(QUndoCommand):
    """Holds only the shapes that differ, so that a thousand edits of 10,000 boxes stay small."""

    def __init__(
        self, document: PictureDocument, text: str, old: dict[int, Shape], new: dict[int, Shape]
    ) -> None:
        super().__init__(text)
        self._document, self._old, self._new = document, old, new

    def redo(self) -> None:
        self._document.exchange(self._old, self._new)

    def undo(self) -> None:
        self._document.exchange(self._new, self._old)


def shifted(shape: Shape, dx: float, dy: float) -> Shape:
    """Return the shape moved by a vector in pixels."""
    points: tuple[Point, ...] = tuple((x + dx, y + dy) for x, y in shape.points)
    return Shape(shape.label, points, shape.kind, shape.score, shape.is_difficult)
