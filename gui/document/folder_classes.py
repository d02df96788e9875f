"""The classes of one folder: their order, their colours, and those taken out of the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from engine.api.class_colours import Rgb, distinct_rgbs

PLACEHOLDER_CLASSES = ("object",)


@dataclass(frozen=True, slots=True)
class FolderClasses:
    """Changed by making another one.

    Attributes:
        names: in order; the first nine have the digit keys.
        colours: of all of them, no two alike.
        removed: taken out by a person; they come back where a shape has them.
        is_own: whether a person has chosen order or colours, which then stay.
    """

    names: tuple[str, ...] = PLACEHOLDER_CLASSES
    colours: dict[str, Rgb] = field(default_factory=lambda: distinct_rgbs(PLACEHOLDER_CLASSES))
    removed: frozenset[str] = frozenset()
    is_own: bool = False

    def named(self, names: Iterable[str], is_file: bool = False) -> FolderClasses:
        """Return those with these names; colours that there are stay.

        Args:
            is_file: the order is that of a file: colours follow it too, unless a person chose.
        """
        new = tuple(dict.fromkeys(name for name in names if name))
        kept = self.colours if self.is_own or not is_file else {}
        return replace(self, names=new, colours=distinct_rgbs(new, kept))

    def ordered(self, names: Iterable[str]) -> FolderClasses:
        """Return those in the order of a person."""
        return replace(self.named(names), is_own=True)

    def coloured(self, name: str, rgb: Rgb) -> FolderClasses:
        """Return those with a colour that a person chose; a class that had it gets another."""
        others = {other: colour for other, colour in self.colours.items() if colour != rgb}
        kept = {**others, name: rgb}
        return replace(self, colours=distinct_rgbs(self.names, kept), is_own=True)

    def without(self, name: str) -> FolderClasses:
        """Return those that are left when a person takes one out."""
        left = [other for other in self.names if other != name]
        return replace(self.ordered(left), removed=self.removed | {name})

    def renamed(self, old: str, new: str) -> FolderClasses:
        """Return those of which one has another name; with that of another it becomes that one."""
        if new in self.names:
            return self.named(name for name in self.names if name != old)
        colours = {(new if name == old else name): rgb for name, rgb in self.colours.items()}
        names = [new if name == old else name for name in self.names]
        left = replace(self, colours=colours, removed=self.removed - {new})
        return left.named(names)
