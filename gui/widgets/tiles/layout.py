"""Where tiles lie: in rows, captions above them, as large as the view allows.

One length, the unit, is the height of a picture of size 1. Everything but captions and gaps grows
with it, so that the largest unit with which all fits is found by halving. Sizes are in logical
pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from engine.api.tile_shapes import shape_of
from engine.api.traces import CellsTile, TextTile, Tile, Tiles
from gui.theme import GRID_PX

LEAST_UNIT_PX, MOST_UNIT_PX = 32.0, 480.0
LEAST_UNIT_WITH_NUMBERS_PX = 64.0
"""Below it the number in a cell could not be read; the view scrolls instead."""

CELLS_PER_UNIT = 4
MOST_CELL_PX = 44.0
NUMBER_PART = 0.58  # height of a number's line in that of its cell
_WIDEST = 4.0  # of a picture, in its heights
_LEAST_CELL_RATIO = 1.2
_HALVINGS = 14


@dataclass(frozen=True, slots=True)
class Metrics:
    """What layout has to know of the font: how wide a text is, and how high a line."""

    text_width: Callable[[str], float]
    line_px: float


class Box(NamedTuple):
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return self.y + self.height


class PlacedTile(NamedTuple):
    """A tile and where it lies.

    Attributes:
        area: of the picture, the cells or the text.
        caption: of the line above it; as wide as its text.
        names: of the rows' names at the left of the cells; without width where there are none.
        headers: of the columns' names above the cells.
    """

    tile: Tile
    area: Box
    caption: Box
    names: Box
    headers: Box


@dataclass(frozen=True, slots=True)
class Layout:
    """All tiles of a step, and the size of what they cover."""

    placed: tuple[PlacedTile, ...]
    width: float
    height: float
    unit: float


def lay_out(
    tiles: Tiles, width: float, height: float, metrics: Metrics, zoom: float = 1.0
) -> Layout:
    """Lay tiles out as large as they fit into a view; where that is too small, beyond it.

    Args:
        tiles: what is shown.
        width: of the view, enlarged already.
        height: of the view, enlarged already.
        metrics: of the font, which is not enlarged.
        zoom: by which the limits of pictures and cells grow.
    """
    root = _Ruler(tiles, metrics, zoom).best(tiles, width, height)
    return Layout(tuple(root.placed()), root.width, root.height, root.unit)


class _Block(NamedTuple):
    """A measured tile or block of rows, its own corner at 0, 0."""

    width: float
    height: float
    unit: float
    tile: PlacedTile | None = None
    inner: tuple[tuple[float, float, _Block], ...] = ()

    def placed(self, x: float = 0.0, y: float = 0.0) -> Iterator[PlacedTile]:
        """Give every tile at its place."""
        if self.tile is not None:
            parts = self.tile
            yield PlacedTile(
                parts.tile,
                *(box._replace(x=box.x + x, y=box.y + y) for box in parts[1:]),
            )
        for dx, dy, block in self.inner:
            yield from block.placed(x + dx, y + dy)


class _Ruler:
    """Measures what one step shows."""

    def __init__(self, tiles: Tiles, metrics: Metrics, zoom: float) -> None:
        self._most, self._most_cell = zoom * MOST_UNIT_PX, zoom * MOST_CELL_PX
        self._width_of = cache(metrics.text_width)
        self._line_px = metrics.line_px
        self._gap = float(2 * GRID_PX)
        grids = [tile for tile in tiles if isinstance(tile, CellsTile)]
        longest = max(
            (self._width_of(text) for grid in grids for text in texts(grid).values()), default=0
        )
        # All cells of a step are alike, so that columns of different grids line up.
        self._cell_ratio = max(_LEAST_CELL_RATIO, NUMBER_PART * longest / self._line_px + 0.3)
        self._least = LEAST_UNIT_WITH_NUMBERS_PX if longest else LEAST_UNIT_PX
        self._gutter = max(map(self._names_width, _leads(tiles)), default=0.0)
        self._leads = {id(tile) for tile in _leads(tiles)}

    def best(self, tiles: Tiles, width: float, height: float) -> _Block:
        """Choose where rows are broken and how large the unit is."""
        found = self._largest(tiles, width, height)
        for choice in _breaks(tiles):
            block = self._largest(choice, width, height)
            fits = block.width <= width and block.height <= height
            is_better = block.unit > found.unit * 1.02 or found.width > width
            if is_better and (fits or block.width < found.width):
                found = block
        return found

    def _largest(self, tiles: Tiles, width: float, height: float) -> _Block:
        low, high = self._least, self._most
        best = self._block(tiles, low)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            block = self._block(tiles, middle)
            if block.width <= width and block.height <= height:
                low, best = middle, block
            else:
                high = middle
        return best

    def _block(self, tiles: Tiles, unit: float) -> _Block:
        rows = [[self._entry(entry, unit) for entry in row] for row in tiles.rows]
        columns: dict[int, list[float]] = {}
        for row in rows:
            known = columns.setdefault(0 if tiles.wraps else len(row), [])
            for at, block in enumerate(row):
                if at == len(known):
                    known.append(0.0)
                known[at] = max(known[at], block.width)
        inner, y, widest = [], 0.0, 0.0
        for row, entries in zip(rows, tiles.rows, strict=True):
            widths = columns[0 if tiles.wraps else len(row)]
            x, row_height = 0.0, max((block.height for block in row), default=0.0)
            tops = [_content_top(block) for block in row]
            for block, entry, column, top in zip(row, entries, widths, tops, strict=False):
                # Contents begin at one height, whether or not there is a caption above them.
                down = max(tops) - top
                if isinstance(entry, TextTile):
                    down = (row_height + max(tops) - block.height) / 2
                inner.append((x, y + down, block))
                row_height = max(row_height, down + block.height)
                widest = max(widest, x + block.width)
                x += column + self._gap
            y += row_height + self._gap
        return _Block(widest, max(y - self._gap, 0.0), unit, inner=tuple(inner))

    def _entry(self, entry: Tile | Tiles, unit: float) -> _Block:
        return self._block(entry, unit) if isinstance(entry, Tiles) else self._tile(entry, unit)

    def _tile(self, tile: Tile, unit: float) -> _Block:
        top = self._line_px + GRID_PX / 2 if tile.caption else 0.0
        names = self._gutter if id(tile) in self._leads else self._names_width(tile)
        headers = self._line_px if isinstance(tile, CellsTile) and tile.column_names else 0.0
        width, height = self._content_size(tile, unit)
        area = Box(names, top + headers, width, height)
        placed = PlacedTile(
            tile,
            area,
            Box(names, 0.0, self._width_of(tile.caption), self._line_px if tile.caption else 0.0),
            Box(0.0, area.y, names, height),
            Box(names, top, width, headers),
        )
        return _Block(max(area.right, placed.caption.right), area.bottom, unit, placed)

    def _content_size(self, tile: Tile, unit: float) -> tuple[float, float]:
        if isinstance(tile, TextTile):
            return self._width_of(tile.text), self._line_px
        if isinstance(tile, CellsTile):
            side = min(unit / CELLS_PER_UNIT, self._most_cell) * tile.size
            rows, columns = tile.values.shape
            return columns * side * self._cell_ratio, rows * side
        rows, columns = shape_of(tile)
        height = unit * tile.size
        width = height * columns / rows
        if width > _WIDEST * height:
            return _WIDEST * height, max(_WIDEST * height * rows / columns, 2.0)
        return max(width, 2.0), height

    def _names_width(self, tile: Tile) -> float:
        names = tile.row_names if isinstance(tile, CellsTile) else ()
        return max((self._width_of(name) + GRID_PX for name in names), default=0.0)


def texts(tile: CellsTile) -> dict[tuple[int, int], str]:
    """Return what stands in the cells, by row and column."""
    blank = {(int(row), int(column)) for row, column in tile.blank}
    return {
        (row, column): f"{round(value, 2) + 0.0:g}"
        for row, values in enumerate(tile.values.tolist())
        for column, value in enumerate(values)
        if value == value and (row, column) not in blank
    }


def _content_top(block: _Block) -> float:
    """Return how far down a tile's content begins; a block of rows begins as its first tile."""
    if block.tile is not None:
        return block.tile.area.y if not isinstance(block.tile.tile, TextTile) else 0.0
    return max((dy + _content_top(b) for _, dy, b in block.inner if dy == 0), default=0.0)


def _leads(tiles: Tiles) -> list[CellsTile]:
    """Return the grids that begin a row: they share the room for names at their left."""
    first = [row[0] for row in tiles.rows if row]
    return [tile for tile in first if isinstance(tile, CellsTile)]


def _breaks(tiles: Tiles) -> Iterator[Tiles]:
    """Give the same tiles with the rows of one block that may be broken, broken differently."""
    if tiles.wraps:
        entries = [entry for row in tiles.rows for entry in row]
        for columns in range(1, len(entries) + 1):
            yield replace(tiles, rows=_in_lines(entries, columns))
        return
    for at, row in enumerate(tiles.rows):
        for place, entry in enumerate(row):
            if isinstance(entry, Tiles):
                for choice in _breaks(entry):
                    changed = (*row[:place], choice, *row[place + 1 :])
                    yield replace(tiles, rows=(*tiles.rows[:at], changed, *tiles.rows[at + 1 :]))


def _in_lines(
    entries: Sequence[Tile | Tiles], columns: int
) -> tuple[tuple[Tile | Tiles, ...], ...]:
    return tuple(
        tuple(entries[first : first + columns]) for first in range(0, len(entries), columns)
    )
