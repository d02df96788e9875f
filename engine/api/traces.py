"""How an algorithm shows itself: an ordered sequence of steps, each a few drawable marks.

A mark is data with a role, never a colour: the interface maps roles to the theme.
Picture marks lie on the person's own picture: their coordinates are its pixels, x to the right,
y down. Tiles say what is shown where there is no such picture, and never where: the interface lays
them out. Curves, bars and tables stand beside either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, overload

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections
from engine.api.parameters import NoParameters

Role = Literal["candidate", "current", "kept", "removed", "truth", "prediction", "neutral"]
Extent = tuple[float, float, float, float]  # x1 y1 x2 y2 in pixels of the picture
Limits = tuple[float, float]  # values of the darkest and the brightest colour
Place = tuple[float, float]  # row and column of a tile, from 0; the middle of what lies there


@dataclass(frozen=True, slots=True, eq=False)
class BoxesMark:
    """Boxes that share a role.

    Attributes:
        boxes_xyxy: corners in pixels, shape (N, 4).
        captions: one short text a box, or empty.
        labels: class name of each box, which gives it the colour of the class; or empty, then the
            role gives the colour.
    """

    boxes_xyxy: NDArray[np.float32]
    role: Role
    captions: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PolygonsMark:
    """Closed polygons that share a role, each (V, 2) in pixels."""

    polygons: tuple[NDArray[np.float32], ...]
    role: Role
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ImageMark:
    """A picture RGB uint8 (h, w, 3) laid over `extent_xyxy`."""

    pixels: NDArray[np.uint8]
    extent_xyxy: Extent
    caption: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class HeatMark:
    """A scalar field over the picture, shape (h, w), stretched to `extent_xyxy` in pixels.

    Attributes:
        limits: values of the darkest and the brightest colour; None for those that occur.
    """

    values: NDArray[np.float32]
    extent_xyxy: Extent
    caption: str = ""
    limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class MaskMark:
    """A class index per pixel, (h, w) uint8 into `categories`; 255 and unnamed are transparent.

    Attributes:
        roles: of the classes, which then give the colours; empty where their names do.
    """

    class_indices: NDArray[np.uint8]
    categories: tuple[str, ...]
    extent_xyxy: Extent
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class GridMark:
    """Lines that cut `extent_xyxy` into rows and columns."""

    extent_xyxy: Extent
    rows: int
    columns: int
    role: Role = "neutral"


@dataclass(frozen=True, slots=True, eq=False)
class ArrowsMark:
    """Arrows from `starts_xy` to `ends_xy`, both (N, 2) in pixels."""

    starts_xy: NDArray[np.float32]
    ends_xy: NDArray[np.float32]
    role: Role = "neutral"


@dataclass(frozen=True, slots=True, eq=False)
class CurveMark:
    """A function drawn beside the picture; several with the same axis titles share axes."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    name: str
    x_title: str = ""
    y_title: str = ""
    role: Role = "neutral"
    style: Literal["line", "points"] = "line"


@dataclass(frozen=True, slots=True, eq=False)
class BarsMark:
    """Named values drawn beside the picture; `current` is the highlighted bar.

    Attributes:
        before: what the values were before the step, drawn pale behind them; or None.
        limit: a level drawn across all bars, such as a threshold; or None.
        labels: class name of each bar, which gives it the colour of the class; or empty, then the
            role gives the colour.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    title: str = ""
    roles: tuple[Role, ...] = ()
    current: int | None = None
    before: NDArray[np.float64] | None = None
    limit: float | None = None
    limit_name: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TableMark:
    """Rows of text beside the picture; `current` is the highlighted row.

    Attributes:
        keys: what each row is about, such as the index of a box; the row's number where empty.
        steps: the step in which each row's fate is decided, -1 for none: a click goes there.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    roles: tuple[Role, ...] = ()
    current: int | None = None
    keys: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()


PictureMark = BoxesMark | PolygonsMark | ImageMark | HeatMark | MaskMark | GridMark | ArrowsMark
PanelMark = CurveMark | BarsMark | TableMark


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tile:
    """Something small with a caption above it; the interface decides where and how large it is.

    Attributes:
        name: by which arrows find it.
        size: how high it is, in the height of the others.
        marks: that lie on it, in its own pixels, values or cells: x to the right, y down.
    """

    caption: str = ""
    name: str = ""
    size: float = 1.0
    marks: tuple[PictureMark, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ImageTile(Tile):
    """A picture, RGB uint8 (h, w, 3)."""

    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class HeatTile(Tile):
    """A scalar field (h, w), float32; NaN is left out.

    Attributes:
        limits: of the colours; None for the values that occur.
        scale: tiles of a step that name the same scale share the limits of all their values.
    """

    values: NDArray[np.float32]
    limits: Limits | None = None
    scale: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class MaskTile(Tile):
    """A class index a pixel, uint8 (h, w), as of MaskMark."""

    class_indices: NDArray[np.uint8]
    categories: tuple[str, ...]
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class CellsTile(Tile):
    """A grid of numbers (R, C), each in its cell; NaN is an empty cell.

    Attributes:
        lit: cells that the step is about, (row, column).
        removed: cells that fall away.
        blank: cells whose number is left out; their colour stays.
        role: of the grid as a whole.
        is_coloured: whether a cell has the colour of its value.
        row_names: at the left of the rows, or empty.
        column_names: above the columns, or empty.
        limits: as of HeatTile.
        scale: as of HeatTile. All grids of a step share one unless they name others.
    """

    values: NDArray[np.float64]
    lit: tuple[Place, ...] = ()
    removed: tuple[Place, ...] = ()
    blank: tuple[Place, ...] = ()
    role: Role = "neutral"
    is_coloured: bool = True
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()
    limits: Limits | None = None
    scale: str = "cells"


@dataclass(frozen=True, slots=True, eq=False)
class TextTile(Tile):
    """A word or a sign between tiles."""

    text: str


@dataclass(frozen=True, slots=True)
class TileArrow:
    """An arrow from one named tile to another, or from a place of the one to one of the other."""

    start: str
    end: str
    role: Role = "neutral"
    start_place: Place | None = None
    end_place: Place | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """Rows of tiles. An entry that is itself Tiles is a block of rows of its own.

    Rows of equally many entries stand in columns.

    Attributes:
        arrows: between tiles by their names, those of inner blocks too.
        wraps: whether the rows may be broken wherever that makes the tiles larger.
    """

    rows: tuple[tuple[Tile | Tiles, ...], ...]
    arrows: tuple[TileArrow, ...] = ()
    wraps: bool = False

    def __iter__(self) -> Iterator[Tile]:
        """Give every tile in reading order, those of inner blocks too."""
        for row in self.rows:
            for entry in row:
                if isinstance(entry, Tiles):
                    yield from entry
                else:
                    yield entry


Mark = PictureMark | PanelMark | Tiles


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, in words, in symbols and in marks.

    Attributes:
        text: two or three plain sentences with the actual numbers in them.
        formula: matplotlib mathtext without the dollar signs; may be empty.
    """

    title: str
    text: str
    marks: tuple[Mark, ...] = ()
    formula: str = field(default="")


class Trace(Sequence[Step]):
    """Steps built when they are looked at, so that a long trace costs nothing to hold.

    `result` is what the algorithm answers, as plain data for the command line. `is_quick` says
    that any step is built within 10 ms, fast enough for the interface thread.
    """

    def __init__(
        self,
        topic: str,
        length: int,
        build: Callable[[int], Step],
        result: Mapping[str, Any] | None = None,
        is_quick: bool = True,
    ) -> None:
        self.topic = topic
        self.result = dict(result or {})
        self.is_quick = is_quick
        self._length = length
        self._build = build

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | list[Step]:
        if isinstance(index, slice):
            return [self._build(i) for i in range(*index.indices(self._length))]
        if not -self._length <= index < self._length:
            raise IndexError(f"step {index} of {self._length}")
        return self._build(index % self._length)

    def __iter__(self) -> Iterator[Step]:
        return (self._build(i) for i in range(self._length))


@dataclass(frozen=True, slots=True)
class TraceCard:
    """What a list, a form and the command line show of a trace.

    Attributes:
        key: the topic, given to `--topic`.
        needs: what it is made from: nothing, a picture, or detections (a picture is optional).
        config_type: frozen dataclass of its parameters, see engine.api.parameters; its fields
            `across` and `down`, where it has them, are a place on the picture.
        area: key of the page that plays it: `detect`, `latent`, …
        order: place among the topics of its page; those of one number by title.
        takes_picture: whether a topic that needs none is shown on the person's own if there is one.
    """

    key: str
    title: str
    summary: str
    needs: Literal["nothing", "picture", "detections"] = "nothing"
    config_type: type = NoParameters
    area: str = "detect"
    order: int = 100
    takes_picture: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class BuildTrace:
    """Ask for the steps of an algorithm; answers `Trace`.

    Attributes:
        config: of the topic's config type; None for its defaults.
        pixels: RGB uint8 (H, W, 3), where the topic needs a picture.
        detections: raw boxes, where the topic needs them.
    """

    topic: str
    config: Any = None
    pixels: NDArray[np.uint8] | None = None
    detections: Detections | None = None

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Tracing {self.topic}"


@dataclass(frozen=True, slots=True)
class ListTraces:
    """Ask for every topic; answers `tuple[TraceCard, ...]` by order, then title."""

    caption: ClassVar[str] = "Listing traces"
