"""Draws laid out tiles: rasters, numbers in their cells, captions, marks on tiles, arrows."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from engine.api.tile_shapes import arrows_of, shape_of
from engine.api.traces import (
    ArrowsMark,
    CellsTile,
    HeatTile,
    ImageTile,
    Limits,
    MaskTile,
    Place,
    Role,
    TextTile,
    Tile,
    TileArrow,
    Tiles,
)
from gui.theme import THEME, plot_role_colour, role_colour
from gui.widgets.canvas.captions import CaptionPainter, CaptionPlates
from gui.widgets.canvas.colour_maps import colour_heat, heat_range
from gui.widgets.canvas.frame import Frame
from gui.widgets.canvas.item_marks import Emphasis, Look, PreparedMark
from gui.widgets.canvas.layers import PREPARE
from gui.widgets.canvas.line_marks import PreparedArrows
from gui.widgets.canvas.picture_view import SMOOTH_UP_TO
from gui.widgets.canvas.raster_source import HeatSource, MaskSource, PictureSource, RasterSource
from gui.widgets.tiles.arrows import ends_of
from gui.widgets.tiles.layout import NUMBER_PART, Box, Layout, PlacedTile, texts
from gui.widgets.tiles.stretched_marks import stretch

LEAST_TEXT_PX, MOST_TEXT_PX = 9, 17
LIT_LINE_PX, ROLE_LINE_PX = 3.0, 2.0
_DARK_BELOW = 140  # of 255: on darker cells numbers are white
_NOWHERE = (0.0, 0.0, 0.0, 0.0)
_PLAIN, _NO_EMPHASIS = Look(), Emphasis()


class TilePainter:
    """Draws tiles, and keeps from paint to paint what was prepared for them."""

    def __init__(self) -> None:
        self._limits: dict[str, Limits] = {}
        self._sources: dict[int, RasterSource] = {}
        self._marks: dict[tuple[int, float, float], tuple[PreparedMark, ...]] = {}
        self._arrows: tuple[TileArrow, ...] = ()
        self._plates = CaptionPlates()

    def set_tiles(self, tiles: Tiles | None) -> None:
        """Prepare what is drawn from now on."""
        shown = list(tiles) if tiles is not None else []
        self._limits = _shared_limits(shown)
        self._sources = {id(tile): source for tile in shown if (source := self._source(tile))}
        self._marks = {}
        self._arrows = arrows_of(tiles) if tiles is not None else ()

    def paint(self, painter: QPainter, layout: Layout, corner: QPointF, view: QSize) -> None:
        """Draw everything whose corner is at `corner` of the view."""
        ratio = painter.deviceTransform().m11()
        seen = QRectF(-corner.x(), -corner.y(), view.width(), view.height())
        for placed in layout.placed:
            if QRectF(*placed.area).adjusted(-200, -40, 4, 4).intersects(seen):
                painter.save()
                painter.translate(corner)
                self._paint_texts(painter, placed)
                if isinstance(placed.tile, CellsTile):
                    self._paint_cells(painter, placed.tile, placed.area)
                painter.restore()
                self._paint_marks(painter, placed, corner, ratio)
        if self._arrows:
            self._paint_arrows(painter, layout, corner, view)

    def _source(self, tile: Tile) -> RasterSource | None:
        if isinstance(tile, ImageTile):
            return PictureSource(tile.pixels, _NOWHERE)
        if isinstance(tile, HeatTile):
            return HeatSource(np.asarray(tile.values, np.float32), _NOWHERE, self._limits_of(tile))
        if isinstance(tile, MaskTile):
            return MaskSource(tile.class_indices, _NOWHERE, tile.categories, tile.roles)
        return None

    def _limits_of(self, tile: HeatTile | CellsTile) -> Limits | None:
        return tile.limits or self._limits.get(tile.scale)

    def _paint_texts(self, painter: QPainter, placed: PlacedTile) -> None:
        tile, tokens = placed.tile, THEME.tokens
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        painter.setPen(QColor(tokens.text))
        if isinstance(tile, TextTile):
            painter.drawText(_wide(placed.area), middle, tile.text)
        painter.setPen(QColor(tokens.muted))
        if tile.caption:
            painter.drawText(_wide(placed.caption), middle, tile.caption)
        if not isinstance(tile, CellsTile):
            return
        rows, columns = tile.values.shape
        x, y, width, height = placed.names
        for row, name in enumerate(tile.row_names):
            line = QRectF(x, y + row * height / rows, width, height / rows)
            painter.drawText(line, middle, name)
        x, y, width, height = placed.headers
        for column, name in enumerate(tile.column_names):
            place = QRectF(x + column * width / columns, y, width / columns, height)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), name)

    def _paint_cells(self, painter: QPainter, tile: CellsTile, area: Box) -> None:
        rows, columns = tile.values.shape
        across, down = area.width / columns, area.height / rows
        colours = self._cell_colours(tile)
        font = QFont(painter.font())
        font.setPixelSize(round(min(max(NUMBER_PART * down, LEAST_TEXT_PX), MOST_TEXT_PX)))
        words = texts(tile)
        painter.setFont(font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for row in range(rows):
            for column in range(columns):
                cell = QRectF(area.x + column * across, area.y + row * down, across, down)
                colour = colours[row][column]
                painter.setPen(QPen(QColor(THEME.tokens.line), 1))
                painter.setBrush(colour if colour is not None else Qt.BrushStyle.NoBrush)
                painter.drawRect(cell)
                text = words.get((row, column))
                if text is not None:
                    painter.setPen(_readable_on(colour))
                    painter.drawText(cell, int(Qt.AlignmentFlag.AlignCenter), text)
        self._outline_cells(painter, tile, area, (across, down))

    def _outline_cells(
        self, painter: QPainter, tile: CellsTile, area: Box, cell: tuple[float, float]
    ) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        across, down = cell
        if tile.role != "neutral":
            painter.setPen(QPen(plot_role_colour(tile.role), ROLE_LINE_PX))
            painter.drawRect(QRectF(*area))
        special: list[tuple[tuple[Place, ...], Role]] = [
            (tile.removed, "removed"),
            (tile.lit, "current"),
        ]
        for places, role in special:
            for row, column in places:
                box = QRectF(area.x + column * across, area.y + row * down, across, down)
                # Dark below bright: the line is seen on cells of any colour, by day and by night.
                painter.setPen(QPen(QColor(28, 32, 38), LIT_LINE_PX + 2))
                painter.drawRect(box.adjusted(2, 2, -2, -2))
                painter.setPen(QPen(role_colour(role), LIT_LINE_PX))
                painter.drawRect(box.adjusted(2, 2, -2, -2))

    def _cell_colours(self, tile: CellsTile) -> list[list[QColor | None]]:
        if not tile.is_coloured:
            return [[None] * tile.values.shape[1] for _ in tile.values]
        low, high = self._limits_of(tile) or heat_range(tile.values)
        words = colour_heat(tile.values, low, high)
        return [[QColor.fromRgb(word) if word else None for word in row] for row in words.tolist()]

    def _paint_marks(
        self, painter: QPainter, placed: PlacedTile, corner: QPointF, ratio: float
    ) -> None:
        """Draw the raster and what lies on it, in device pixels from the tile's own corner."""
        tile, area = placed.tile, placed.area
        source = self._sources.get(id(tile))
        if source is None and not tile.marks:
            return
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        painter.translate(
            round(ratio * (corner.x() + area.x)), round(ratio * (corner.y() + area.y))
        )
        width, height = round(area.width * ratio), round(area.height * ratio)
        frame = _frame(painter, 1.0, (0, 0), (width, height), ratio)
        if source is not None:
            source.extent_xyxy = (0.0, 0.0, float(width), float(height))
            smooth_up_to = 0.0 if isinstance(tile, MaskTile) else SMOOTH_UP_TO
            source.paint(frame, 1.0, smooth_up_to=smooth_up_to)
        captions = CaptionPainter(frame, self._plates)
        for mark in self._marks_of(tile, width, height):
            mark.paint(frame, _PLAIN, _NO_EMPHASIS, captions)
        captions.paint()
        painter.restore()

    def _marks_of(self, tile: Tile, width: int, height: int) -> tuple[PreparedMark, ...]:
        rows, columns = shape_of(tile)
        key = (id(tile), width / columns, height / rows)
        if tile.marks and key not in self._marks:
            stretched = [stretch(mark, *key[1:]) for mark in tile.marks]
            self._marks[key] = tuple(PREPARE[type(mark)](mark) for mark in stretched)
        return self._marks.get(key, ())

    def _paint_arrows(
        self, painter: QPainter, layout: Layout, corner: QPointF, view: QSize
    ) -> None:
        ratio = painter.deviceTransform().m11()
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        offset = (round(corner.x() * ratio), round(corner.y() * ratio))
        size = (round(view.width() * ratio), round(view.height() * ratio))
        frame = _frame(painter, ratio, offset, size, ratio)
        captions = CaptionPainter(frame, self._plates)
        by_name = {each.tile.name: each for each in layout.placed if each.tile.name}
        for arrow in self._arrows:
            start, end = ends_of(arrow, by_name)
            mark = ArrowsMark(
                np.array([start], np.float32), np.array([end], np.float32), arrow.role
            )
            arrows = PreparedArrows(mark, plot_role_colour(arrow.role))
            arrows.paint(frame, _PLAIN, _NO_EMPHASIS, captions)
        painter.restore()


def _frame(
    painter: QPainter,
    scale: float,
    offset: tuple[int, int],
    size: tuple[int, int],
    ratio: float,
) -> Frame:
    font = QFont(painter.font())
    font.setPixelSize(round(painter.fontInfo().pixelSize() * ratio))
    return Frame(painter, scale, *offset, *size, ratio, font, THEME.tokens)


def value_text(tile: Tile, row: int, column: int) -> str:
    """Return what a tile has at a place, as words."""
    at = f"column {column}, row {row}: "
    if isinstance(tile, HeatTile | CellsTile):
        return f"{at}{float(tile.values[row, column]):.4g}"
    if isinstance(tile, ImageTile):
        return at + ", ".join(str(value) for value in tile.pixels[row, column].tolist())
    if isinstance(tile, MaskTile):
        index = int(tile.class_indices[row, column])
        return at + (tile.categories[index] if index < len(tile.categories) else "no class")
    return ""


def _shared_limits(tiles: list[Tile]) -> dict[str, Limits]:
    groups: dict[str, list[Limits]] = {}
    for tile in tiles:
        if isinstance(tile, HeatTile | CellsTile) and tile.scale and tile.limits is None:
            if isinstance(tile, CellsTile) and not tile.is_coloured:
                continue
            groups.setdefault(tile.scale, []).append(heat_range(tile.values))
    return {
        name: (min(low for low, _ in found), max(high for _, high in found))
        for name, found in groups.items()
    }


def _readable_on(colour: QColor | None) -> QColor:
    if colour is None:
        return QColor(THEME.tokens.text)
    brightness = 0.299 * colour.red() + 0.587 * colour.green() + 0.114 * colour.blue()
    return QColor(255, 255, 255) if brightness < _DARK_BELOW else QColor(16, 18, 22)


def _wide(box: Box) -> QRectF:
    """Leave a pixel for what a text needs beyond its advance."""
    return QRectF(box.x, box.y, box.width + 2, box.height)
