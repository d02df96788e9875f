"""The pictures of a list: names at once, thumbnails as they arrive, a filter over rows."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

CACHED_THUMBNAILS = 1000
"""96 px thumbnails take 36 KB each."""

PREPARED_AT_ONCE = 500

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Tile:
    """What a row shows of a picture once it has been looked into.

    Attributes:
        pixmap: None where the file is bad.
        problem: why there is no pixmap.
        caption: size in pixels, as text.
    """

    pixmap: QPixmap | None
    problem: str = ""
    caption: str = ""


class ThumbnailModel(QAbstractListModel):
    """Rows of pictures in the order shown; filtering and sorting never touch a file."""

    TILE = Qt.ItemDataRole.UserRole
    PATH = Qt.ItemDataRole.UserRole + 1
    NUMBER = Qt.ItemDataRole.UserRole + 2
    IS_MODIFIED = Qt.ItemDataRole.UserRole + 3

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._paths: list[Path] = []
        self._titles: list[str] = []
        self._lower: list[str] = []
        self._found = 0  # where a picture was found last: the next one is near
        self._rows: list[int] | None = None
        self._tiles: OrderedDict[Path, Tile] = OrderedDict()
        self._is_modified: Callable[[Path], bool] = _never

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows that pass the filter."""
        if parent.isValid():
            return 0
        return len(self._paths) if self._rows is None else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name, path, tile, number in the whole list, and whether there are unsaved edits."""
        if not index.isValid() or index.row() >= self.rowCount():
            return None
        number = self._number(index.row())
        path = self._paths[number]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._titles[number] if self._titles else path.name
        if role == Qt.ItemDataRole.ToolTipRole:
            tile = self._tiles.get(path)
            return tile.problem if tile and tile.problem else str(path)
        if role == self.TILE:
            return self._tiles.get(path)
        if role == self.PATH:
            return path
        if role == self.NUMBER:
            return number + 1
        return self._is_modified(path) if role == self.IS_MODIFIED else None

    @property
    def paths(self) -> Sequence[Path]:
        """All pictures, filtered or not, in order."""
        return self._paths

    @property
    def lower_names(self) -> list[str]:
        """Names in lower case, for searching."""
        deque(self.preparing(), maxlen=0)
        return self._lower

    def path(self, row: int) -> Path | None:
        """Return the picture of a row that passes the filter; None outside."""
        return self._paths[self._number(row)] if 0 <= row < self.rowCount() else None

    def set_paths(self, paths: Sequence[Path], names: Sequence[str] = ()) -> None:
        """Replace the list and drop the filter; names default to the file names.

        Searching needs `preparing` to have run.
        """
        self.beginResetModel()
        self._paths, self._titles = list(paths), list(names)
        self._lower, self._rows = [], None
        self.endResetModel()

    def preparing(self) -> Iterator[None]:
        """Make the names for searching while it is iterated, some at a time.

        For 100,000 pictures that takes 50 ms or more, too long for one go.
        """
        paths, titles = self._paths, self._titles
        while paths is self._paths and not self.is_prepared:
            start = len(self._lower)
            part = slice(start, start + PREPARED_AT_ONCE)
            names = titles[part] if titles else [path.name for path in paths[part]]
            self._lower.extend([name.lower() for name in names])
            yield

    @property
    def is_prepared(self) -> bool:
        """Whether all names have been made for searching."""
        return len(self._lower) == len(self._paths)

    def append(self, paths: Sequence[Path]) -> None:
        """Add a batch at the end; while a filter is on it stays hidden until the next one."""
        if not paths:
            return
        start = len(self._paths)
        if self._rows is None:
            self.beginInsertRows(QModelIndex(), start, start + len(paths) - 1)
        self._paths.extend(paths)
        if self._rows is None:
            self.endInsertRows()

    def set_filter(self, numbers: list[int] | None) -> None:
        """Show only these positions of the whole list, ascending; None shows all."""
        self.beginResetModel()
        self._rows = numbers
        self.endResetModel()

    @property
    def is_filtered(self) -> bool:
        """Whether a filter hides rows."""
        return self._rows is not None

    def row_of(self, path: Path) -> int:
        """Return the row of a picture; -1 where it is not listed or hidden by the filter."""
        number = self.number_of(path)
        if number < 0 or self._rows is None:
            return number
        row = bisect_left(self._rows, number)
        return row if row < len(self._rows) and self._rows[row] == number else -1

    def number_of(self, path: Path) -> int:
        """Return the position of a picture in the whole list, from 0; -1 where not listed."""
        near = range(max(0, self._found - 1), min(self._found + 2, len(self._paths)))
        if self._titles:
            near = range(len(self._paths))  # samples, a few
        for number in near:
            if self._paths[number] == path:
                self._found = number
                return number
        return -1 if self._titles else self._search_number(path)

    def _search_number(self, path: Path) -> int:
        # Equality of paths is slow in Python, identity and equality of names are not.
        for number, other in enumerate(self._paths):
            if other is path:
                self._found = number
                return number
        name, start = path.name.lower(), 0
        while True:
            try:
                start = self.lower_names.index(name, start)
            except ValueError:
                return -1
            if self._paths[start] == path:
                self._found = start
                return start
            start += 1

    def set_modified_test(self, is_modified: Callable[[Path], bool]) -> None:
        """Say how to find out whether a picture has unsaved edits; asked for visible rows only."""
        self._is_modified = is_modified

    def set_tile(self, path: Path, tile: Tile) -> None:
        """Keep what a row shows; the least recently shown are forgotten."""
        self._tiles[path] = tile
        self._tiles.move_to_end(path)
        if len(self._tiles) > CACHED_THUMBNAILS:
            self._tiles.popitem(last=False)

    def forget_tiles(self) -> None:
        """Let every thumbnail be read again."""
        self._tiles.clear()

    def missing(self, first: int, last: int) -> tuple[Path, ...]:
        """Return the pictures of rows first..last that have no tile yet."""
        rows = range(max(0, first), min(last + 1, self.rowCount()))
        shown = [self._paths[self._number(row)] for row in rows]
        for path in shown:
            if path in self._tiles:
                self._tiles.move_to_end(path)
        return tuple(path for path in shown if path not in self._tiles)

    def _number(self, row: int) -> int:
        return row if self._rows is None else self._rows[row]


def _never(_: Path) -> bool:
    return False
