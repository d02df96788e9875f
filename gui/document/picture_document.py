"""One open picture with its shapes; every change can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine.api.annotations import PictureAnnotations, Point, Shape
from engine.api.pictures import Picture

_NUDGE_ID = 1


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
        self._run = 0  # nudges of one run have the same number

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
            self.end_run()
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
            self._push(_Edit(self, text, {}, new, frozenset(new)))

    def change(self, changes: Mapping[int, Shape], text: str = "Change shape") -> None:
        """Replace shapes in place; nothing happens where they are equal."""
        edit = self._change(changes, text)
        if edit is not None:
            self._push(edit)

    def remove(self, indices: Iterable[int], text: str = "Delete shapes") -> None:
        """Delete shapes; those that stay selected are still the same ones."""
        gone = {index: self._shapes[index] for index in sorted(set(indices))}
        if gone:
            stays = [index for index in range(len(self._shapes)) if index not in gone]
            selection = frozenset(new for new, old in enumerate(stays) if old in self._selection)
            self._push(_Edit(self, text, gone, {}, selection))

    def replace_all(self, shapes: Iterable[Shape], text: str) -> None:
        """Replace every shape, as loading annotations does; one step to undo."""
        new = tuple(shapes)
        if new != self._shapes:
            old = dict(enumerate(self._shapes))
            self._push(_Edit(self, text, old, dict(enumerate(new)), frozenset()))

    def bring_to_front(self, indices: Iterable[int], text: str = "Bring to front") -> None:
        """Draw shapes above all others; they keep their order among themselves."""
        chosen = set(indices)
        order = [i for i in range(len(self._shapes)) if i not in chosen] + sorted(chosen)
        moved = {new: self._shapes[old] for new, old in enumerate(order) if new != old}
        if moved:
            before = {index: self._shapes[index] for index in moved}
            places = {old: new for new, old in enumerate(order)}
            selection = frozenset(places[index] for index in self._selection)
            self._push(_Edit(self, text, before, moved, selection))

    def move(self, indices: Iterable[int], dx: float, dy: float) -> None:
        """Shift shapes by a vector in pixels."""
        self.change({i: shifted(self._shapes[i], dx, dy) for i in indices}, "Move shapes")

    def nudge(self, indices: Iterable[int], dx: float, dy: float) -> None:
        """Shift shapes by a vector in pixels; a run of nudges undoes as one.

        A run ends with any other edit, a change of the selection, a save or an undo.
        """
        changes = {i: shifted(self._shapes[i], dx, dy) for i in indices}
        edit = self._change(changes, "Move shapes", run=self._run)
        if edit is not None:
            self._push(edit)

    def to_annotations(self) -> PictureAnnotations:
        """The present shapes as data."""
        return PictureAnnotations(self.path or Path(self.title), *self._size, self._shapes)

    def _change(
        self, changes: Mapping[int, Shape], text: str, run: int | None = None
    ) -> _Edit | None:
        real = {i: shape for i, shape in changes.items() if shape != self._shapes[i]}
        if not real:
            return None
        old = {i: self._shapes[i] for i in real}
        return _Edit(self, text, old, real, self._selection, run)

    def _push(self, edit: _Edit) -> None:
        if edit.id() < 0:
            self.end_run()
        self.undo_stack.push(edit)

    def end_run(self) -> None:
        """Let the next nudge be an undo step of its own."""
        self._run += 1

    def exchange(
        self, old: Mapping[int, Shape], new: Mapping[int, Shape], selection: frozenset[int]
    ) -> None:
        """Take out `old`, put in `new` and select; only undo commands call this."""
        kept: list[Shape | None] = list(self._shapes)
        for index in old.keys() - new.keys():
            kept[index] = None
        for index in old.keys() & new.keys():
            kept[index] = new[index]
        stays = [shape for shape in kept if shape is not None]
        added = new.keys() - old.keys()
        rest = iter(stays)
        result = [new[i] if i in added else next(rest) for i in range(len(stays) + len(added))]
        is_other = selection != self._selection
        # Both are in place before anyone hears of either: indices always fit the shapes.
        self._shapes, self._selection = tuple(result), selection
        self.shapes_changed.emit()
        if is_other:
            self.selection_changed.emit()


class _Edit(QUndoCommand):
    """Holds only the shapes that differ, so that a thousand edits of 10,000 boxes stay small."""

    def __init__(
        self,
        document: PictureDocument,
        text: str,
        old: dict[int, Shape],
        new: dict[int, Shape],
        selection: frozenset[int],
        run: int | None = None,
    ) -> None:
        super().__init__(text)
        self._document, self._old, self._new = document, old, new
        self._before, self._after = document.selection, selection
        self._run = run

    def redo(self) -> None:
        self._document.exchange(self._old, self._new, self._after)

    def undo(self) -> None:
        self._document.end_run()
        self._document.exchange(self._new, self._old, self._before)

    def id(self) -> int:
        """Qt merges neighbours of one number; -1 never merges."""
        return -1 if self._run is None else _NUDGE_ID

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take in the next nudge of the same run."""
        if not isinstance(other, _Edit) or other._run != self._run:
            return False
        self._new = {**self._new, **other._new}
        self._old = {**other._old, **self._old}
        return True


def shifted(shape: Shape, dx: float, dy: float) -> Shape:
    """Return the shape moved by a vector in pixels."""
    points: tuple[Point, ...] = tuple((x + dx, y + dy) for x, y in shape.points)
    return Shape(shape.label, points, shape.kind, shape.score, shape.is_difficult)
