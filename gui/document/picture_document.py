"""One open picture with its shapes; every change can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from engine.api.annotations import PictureAnnotations, PictureSource, Point, Shape
from engine.api.pictures import Picture


@dataclass(frozen=True, slots=True)
class _Edit:
    """Holds only the shapes that differ, so that a thousand edits of 10,000 boxes stay small.

    Attributes:
        old: the shapes that go, by index before the edit.
        new: the shapes that come, by index after it.
        before: the selection before, `after` the one after.
        run: nudges of one run have the same number; None for other edits.
    """

    text: str
    old: Mapping[int, Shape]
    new: Mapping[int, Shape]
    before: frozenset[int]
    after: frozenset[int]
    run: int | None = None

    def reversed(self) -> _Edit:
        """Return the edit that takes this one back."""
        return _Edit(self.text, self.new, self.old, self.after, self.before)

    def followed_by(self, other: _Edit) -> _Edit:
        """Return one edit in place of two that change shapes where they are."""
        old, new = {**other.old, **self.old}, {**self.new, **other.new}
        return _Edit(self.text, old, new, self.before, other.after, self.run)


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
        self.source: PictureSource | None = None  # where the shapes were read and are saved
        self._size = (0, 0)
        self._picture: Picture | None = None
        self._shapes: tuple[Shape, ...] = tuple(shapes)
        self._selection: frozenset[int] = frozenset()
        self._run = 0
        # The stack counts and names the edits; they are kept here. Its commands are empty macros,
        # which Python has no part in: the garbage collector crashes on commands made in Python
        # (PySide6 6.11.3, a stack with pushed commands in a ring of references).
        self._edits: list[_Edit] = []
        self._place = 0  # how many of them are done
        self.undo_stack.indexChanged.connect(self._on_index_changed)

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

    def load(
        self,
        shapes: Iterable[Shape],
        size: tuple[int, int] = (0, 0),
        source: PictureSource | None = None,
    ) -> None:
        """Take what the file holds as the starting point: no edit, and nothing to undo."""
        self._shapes, self._selection = tuple(shapes), frozenset()
        self.source = source
        if self._picture is None and all(size):
            self._size = size
        self.is_loaded = True
        self._edits, self._place = [], 0
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

    def keep_entries(self, written: PictureAnnotations) -> None:
        """Remember what a file holds of the shapes now, so that the next save starts from it."""
        entries = {shape: shape.entry for shape in written.shapes}
        self._shapes = tuple(replace(s, entry=entries.get(s, s.entry)) for s in self._shapes)
        self.source = written.source

    def mark_saved(self) -> None:
        """Remember the present state as the saved one."""
        self.undo_stack.setClean()

    def add(self, shapes: Iterable[Shape], text: str = "Add shape") -> None:
        """Append shapes and select them."""
        start = len(self._shapes)
        new = dict(enumerate(shapes, start))
        if new:
            self._push(_Edit(text, {}, new, self._selection, frozenset(new)))

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
            self._push(_Edit(text, gone, {}, self._selection, selection))

    def replace_all(self, shapes: Iterable[Shape], text: str) -> None:
        """Replace every shape, as loading annotations does; one step to undo."""
        new = tuple(shapes)
        if new != self._shapes:
            old = dict(enumerate(self._shapes))
            self._push(_Edit(text, old, dict(enumerate(new)), self._selection, frozenset()))

    def bring_to_front(self, indices: Iterable[int], text: str = "Bring to front") -> None:
        """Draw shapes above all others; they keep their order among themselves."""
        chosen = set(indices)
        order = [i for i in range(len(self._shapes)) if i not in chosen] + sorted(chosen)
        moved = {new: self._shapes[old] for new, old in enumerate(order) if new != old}
        if moved:
            before = {index: self._shapes[index] for index in moved}
            places = {old: new for new, old in enumerate(order)}
            selection = frozenset(places[index] for index in self._selection)
            self._push(_Edit(text, before, moved, self._selection, selection))

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

    def set_score(self, indices: Iterable[int], score: float) -> None:
        """Give shapes a score in [0, 1]; a run of changes undoes as one, as with `nudge`."""
        changes = {i: replace(self._shapes[i], score=score) for i in indices}
        edit = self._change(changes, "Change the score", run=self._run)
        if edit is not None:
            self._push(edit)

    def to_annotations(self) -> PictureAnnotations:
        """The present shapes as data."""
        file = self.path or Path(self.title)
        return PictureAnnotations(file, *self._size, self._shapes, self.source)

    def _change(
        self, changes: Mapping[int, Shape], text: str, run: int | None = None
    ) -> _Edit | None:
        real = {i: shape for i, shape in changes.items() if shape != self._shapes[i]}
        if not real:
            return None
        old = {i: self._shapes[i] for i in real}
        return _Edit(text, old, real, self._selection, self._selection, run)

    def _push(self, edit: _Edit) -> None:
        if edit.run is None:
            self.end_run()
        last = self._edits[-1] if self._place == len(self._edits) and self._edits else None
        is_same_run = (
            last and edit.run is not None and (last.run, last.text) == (edit.run, edit.text)
        )
        if last and is_same_run and self.is_modified:
            self._edits[-1] = last.followed_by(edit)
            self._apply(edit)
            return
        del self._edits[self._place :]
        self._edits.append(edit)
        self.undo_stack.beginMacro(edit.text)
        self.undo_stack.endMacro()

    @Slot(int)
    def _on_index_changed(self, index: int) -> None:
        while self._place < index:
            self._place += 1
            self._apply(self._edits[self._place - 1])
        while self._place > index:
            self._place -= 1
            self.end_run()
            self._apply(self._edits[self._place].reversed())

    def end_run(self) -> None:
        """Let the next nudge be an undo step of its own."""
        self._run += 1

    def _apply(self, edit: _Edit) -> None:
        kept: list[Shape | None] = list(self._shapes)
        for index in edit.old.keys() - edit.new.keys():
            kept[index] = None
        for index in edit.old.keys() & edit.new.keys():
            kept[index] = edit.new[index]
        stays = [shape for shape in kept if shape is not None]
        added = edit.new.keys() - edit.old.keys()
        rest = iter(stays)
        count = len(stays) + len(added)
        result = [edit.new[i] if i in added else next(rest) for i in range(count)]
        is_other = edit.after != self._selection
        # Both are in place before anyone hears of either: indices always fit the shapes.
        self._shapes, self._selection = tuple(result), edit.after
        self.shapes_changed.emit()
        if is_other:
            self.selection_changed.emit()


def shifted(shape: Shape, dx: float, dy: float) -> Shape:
    """Return the shape moved by a vector in pixels."""
    points: tuple[Point, ...] = tuple((x + dx, y + dy) for x, y in shape.points)
    return replace(shape, points=points)
