"""What a step shows, from plain lists: tiles in rows, bars, tables, curves and histograms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.api.traces import (
    BarsMark,
    CellsTile,
    CurveMark,
    HeatTile,
    ImageTile,
    Mark,
    MaskTile,
    PictureMark,
    Role,
    TableMark,
    TextTile,
    Tile,
    TileArrow,
    Tiles,
)
from engine.traces.wording import number, numbered

Entry = Tile | Tiles
Shown = Mark | Tile | Sequence[Entry]
Values = NDArray[Any]
Captions = Sequence[str]  # or a noun

_PLACES = {"lit", "removed", "blank"}


def tiles(*rows: Sequence[Entry], arrows: Iterable[TileArrow] = ()) -> Tiles:
    """Return rows of tiles, from top to bottom; an entry may be a block of rows of its own."""
    return Tiles(tuple(tuple(row) for row in rows if row), tuple(arrows))


def arranged(shown: Iterable[Shown], arrows: Iterable[TileArrow] = ()) -> tuple[Mark, ...]:
    """Return marks with the tiles among them laid out.

    Tiles that follow each other make a row, and a list of tiles is a row of its own. Rows that
    follow each other stand one below the other.
    """
    marks: list[Mark] = []
    for are_tiles, some in groupby(shown, lambda one: isinstance(one, Tile | list)):
        if are_tiles:
            marks.append(tiles(*_rows(some), arrows=arrows))
        else:
            marks += cast(Iterable[Mark], some)
    return tuple(marks)


def gallery(entries: Iterable[Entry]) -> Tiles:
    """Return tiles that are alike, in as many lines as make them largest."""
    return Tiles((tuple(entries),), wraps=True)


def image(values: ArrayLike, caption: str = "", **more: Any) -> ImageTile:
    """Return a picture: RGB uint8 (h, w, 3), or grey values (h, w) in [0, 1], cut off beyond."""
    array = np.asarray(values)
    return ImageTile(array if array.ndim == 3 else grey_pixels(array), caption=caption, **more)


def images(values: Iterable[Values], captions: Captions = ()) -> list[ImageTile]:
    """Return pictures with their captions; those without one have none; a noun numbers them."""
    return [image(one, caption) for one, caption in _captioned(values, captions)]


def heat(values: ArrayLike, caption: str = "", **more: Any) -> HeatTile:
    """Return a scalar field (h, w) of any range; a single value (h, w) of 1 x 1 is one too."""
    return HeatTile(np.asarray(values, np.float32), caption=caption, **more)


def heats(values: Iterable[Values], captions: Captions = (), **more: Any) -> list[HeatTile]:
    """Return scalar fields, captioned as `images` are."""
    return [heat(one, caption, **more) for one, caption in _captioned(values, captions)]


def mask(
    class_indices: Values, categories: Sequence[str], caption: str = "", **more: Any
) -> MaskTile:
    """Return a class index a pixel (h, w)."""
    indices = np.ascontiguousarray(class_indices, np.uint8)
    return MaskTile(indices, tuple(categories), caption=caption, **more)


def cells(values: ArrayLike, caption: str = "", **more: Any) -> CellsTile:
    """Return a grid of numbers (R, C), or a row of them (C,); NaN is an empty cell.

    Lit, removed and blank cells may be given as (row, column), of a single row as columns.
    """
    array = np.atleast_2d(np.asarray(values, np.float64))
    for name in _PLACES & more.keys():
        more[name] = tuple(at if isinstance(at, tuple) else (0, at) for at in more[name])
    return CellsTile(array, caption=caption, **_tuples(more))


def column(values: ArrayLike, caption: str = "", **more: Any) -> CellsTile:
    """Return numbers (R,) below each other; lit cells may be given as rows."""
    for name in _PLACES & more.keys():
        more[name] = tuple(at if isinstance(at, tuple) else (at, 0) for at in more[name])
    return cells(np.asarray(values, np.float64)[:, None], caption, **more)


def text(words: str) -> TextTile:
    """Return a word or a sign between tiles."""
    return TextTile(words)


def on(tile: Tile, *marks: PictureMark) -> Tile:
    """Return a tile with more marks on it, in its own pixels, values or cells."""
    return replace(tile, marks=(*tile.marks, *marks))


def bars(
    title: str, names: Iterable[Any] | Mapping[str, Any], values: ArrayLike = (), **more: Any
) -> BarsMark:
    """Return named values: both in one mapping, or names beside a list of values.

    A noun in place of names numbers the values: "axis" gives "axis 1", "axis 2", ...
    """
    if isinstance(names, Mapping):
        values = list(names.values())
    elif isinstance(names, str):
        names = numbered(names, range(len(np.asarray(values))))
    if more.get("before") is not None:
        more["before"] = np.asarray(more["before"], np.float64)
    words = tuple(str(each) for each in names)
    return BarsMark(words, np.asarray(values, np.float64), title, **_tuples(more))


def table(columns: Iterable[Any], rows: Iterable[Iterable[Any]], **more: Any) -> TableMark:
    """Return rows of text; fractions have two decimals at most, whole numbers their thousands."""
    written = tuple(tuple(_written(entry) for entry in row) for row in rows)
    return TableMark(tuple(map(str, columns)), written, **_tuples(more))


def curve(x: ArrayLike, y: ArrayLike, name: str, **more: Any) -> CurveMark:
    """Return a function; several of one step with the same axis titles share axes."""
    return CurveMark(np.asarray(x, np.float64), np.asarray(y, np.float64), name, **more)


def points(x: ArrayLike, y: ArrayLike, name: str, **more: Any) -> CurveMark:
    """Return places of a plane."""
    return curve(x, y, name, style="points", **more)


def histogram(
    values: ArrayLike,
    name: str,
    x_title: str,
    y_title: str,
    bins: int = 20,
    limits: tuple[float, float] | None = None,
    as_percent: bool = False,
    role: Role = "neutral",
) -> CurveMark:
    """Return how many of the values lie in each of so many bins, over the bins' middles."""
    flat = np.asarray(values, np.float64).ravel()
    counts, edges = np.histogram(flat, bins, limits)
    heights = 100 * counts / max(flat.size, 1) if as_percent else counts
    return curve(
        (edges[1:] + edges[:-1]) / 2, heights, name, x_title=x_title, y_title=y_title, role=role
    )


def grey_pixels(values: Values) -> NDArray[np.uint8]:
    """Return RGB uint8 (h, w, 3) of grey values (h, w) in [0, 1]; values beyond are cut off."""
    grey = np.round(np.clip(values, 0.0, 1.0) * 255).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(grey[..., None], 3, axis=-1))


def _rows(entries: Iterable[Any]) -> Iterator[list[Entry]]:
    for are_single, alike in groupby(entries, lambda one: isinstance(one, Tile)):
        if are_single:
            yield list(alike)
        else:
            yield from alike


def _captioned(values: Iterable[Values], captions: Captions) -> list[tuple[Values, str]]:
    listed = list(values)
    if isinstance(captions, str):
        captions = numbered(captions, range(len(listed)))
    padded = [*captions, *[""] * (len(listed) - len(captions))]
    return list(zip(listed, padded, strict=False))


def _tuples(more: dict[str, Any]) -> dict[str, Any]:
    """Lists and ranges as the tuples that marks hold."""
    return {
        name: tuple(value) if isinstance(value, list | range) else value
        for name, value in more.items()
    }


def _written(entry: Any) -> str:
    if isinstance(entry, bool | np.bool_):
        return "yes" if entry else "no"
    if isinstance(entry, int | np.integer):
        return f"{entry:,}"
    if isinstance(entry, float | np.floating):
        return number(float(entry))
    return str(entry)
