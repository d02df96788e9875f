"""A plane at one scale along both axes: points in class colours, and a picture below them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Slot
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QGraphicsItem, QWidget

from engine.api.class_colours import OKABE_ITO
from gui.theme import BODY_PT, THEME, distinct_on_panel
from gui.widgets.canvas.colour_maps import colour_heat
from gui.widgets.plots.crosshair import Reading
from gui.widgets.plots.heading import Entry
from gui.widgets.plots.library import pyqtgraph as pg
from gui.widgets.plots.plot import Plot
from gui.widgets.plots.ticks import number_text

Positions = NDArray[np.float32]

DOT_PX, ARROW_PX = 5.0, 1.5
HEAD_SHARE = 0.3
"""How long the barbs of an arrow are along it."""
REACH_PX = 12.0
MARGIN = 0.08
MOST_LABELS = 24
_TINTS = (100, 150, 65, 190)
_OPACITY = 0.75


def class_colours(count: int) -> list[QColor]:
    """Return colours that tell so many classes apart on a panel: seven hues, then tints of them."""
    tints = [
        QColor(OKABE_ITO[i % len(OKABE_ITO)]).lighter(_TINTS[i // len(OKABE_ITO) % len(_TINTS)])
        for i in range(count)
    ]
    return [distinct_on_panel(tint) for tint in tints]


class MapPlot(Plot):
    """Shows points of a plane, each with the class that gives its colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.positions: Positions = np.zeros((0, 2), np.float32)
        self.class_indices = np.zeros(0, np.int64)
        self.classes: Sequence[str] = ()
        self.background: NDArray[np.uint8] | None = None
        self.can_log = self.shares_wheel = False
        self.left.has_texts = self.bottom.has_texts = False
        self.set_right_margin(0)
        self.box.setAspectLocked(True)
        self._picture, self._dots = pg.ImageItem(levels=(0, 255)), pg.ScatterPlotItem(pen=None)
        # Painted once a view: a place that is dragged over the points costs no more than itself.
        self._dots.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self._axes = [pg.InfiniteLine(0, angle=angle) for angle in (0, 90)]
        self._labels: list[Any] = []
        self._are_points_shown = True  # an item says no while the whole plot is hidden
        self._arrows = pg.PlotCurveItem(connect="pairs")
        for item in (self._picture, *self._axes, self._dots, self._arrows):
            self.box.addItem(item)
        self.restyle()
        self._take_extent()

    @property
    def view(self) -> QRectF:
        """The part of the plane that is seen; `top` is its smallest y."""
        return QRectF(self.box.viewRect())

    def set_points(
        self, positions: Positions, class_indices: NDArray[np.int64], classes: Sequence[str]
    ) -> None:
        """Show points (N, 2) and their classes, -1 for none; the view fits them."""
        self.positions, self.class_indices, self.classes = positions, class_indices, classes
        self._draw_points()
        self._take_extent()
        self.reset()

    def set_points_visible(self, are_visible: bool) -> None:
        """Show the points or what lies below them."""
        self._are_points_shown = are_visible
        for item in (self._dots, *self._labels):
            item.setVisible(are_visible)

    def set_background(self, pixels: NDArray[np.uint8] | None, rect: QRectF | None = None) -> None:
        """Show a picture (H, W, 3) below the points, over a rectangle of the plane."""
        self.background = pixels
        self._picture.setVisible(pixels is not None)
        if pixels is not None:
            # Its first row is the uppermost, and y grows upwards.
            self._picture.setImage(pixels[::-1], autoLevels=False)
            self._picture.setRect(rect or self.view)

    def set_field(
        self, values: NDArray[np.floating], rect: QRectF, limits: tuple[float, float]
    ) -> None:
        """Show a scalar field (H, W) below the points, dark to bright between two values."""
        colours = np.ascontiguousarray(colour_heat(values, *limits))
        self.set_background(colours.view(np.uint8).reshape(*values.shape, 4)[..., 2::-1], rect)

    def set_arrows(self, starts: Positions, ends: Positions, colour: QColor) -> None:
        """Draw arrows from places to places, both (N, 2), such as a field of gradients."""
        tails, tips = np.asarray(starts, np.float64), np.asarray(ends, np.float64)
        shafts = tips - tails
        aside = shafts[:, ::-1] * (-0.5, 0.5)
        left, right = tips + HEAD_SHARE * (aside - shafts), tips - HEAD_SHARE * (aside + shafts)
        points = np.stack([tails, tips, left, tips, right, tips], axis=1).reshape(-1, 2)
        self._arrows.setData(points[:, 0], points[:, 1], pen=pg.mkPen(colour, width=ARROW_PX))

    @Slot()
    def fit(self) -> None:
        """See all points, with room around them."""
        self.reset()

    def _take_extent(self) -> None:
        low, high = np.full(2, -3.0), np.full(2, 3.0)
        if len(self.positions):
            low, high = self.positions.min(axis=0), self.positions.max(axis=0)
        room = MARGIN * np.maximum(high - low, 1e-3)
        (left, bottom), (right, top) = (low - room).tolist(), (high + room).tolist()
        self.set_extent((left, right), (bottom, top))

    def _draw_points(self) -> None:
        colours = class_colours(max(1, len(self.classes)))
        brushes = [self._brush(colour) for colour in (*colours, QColor(THEME.tokens.muted))]
        chosen = [
            brushes[-1 if index < 0 else index % len(colours)]
            for index in self.class_indices.tolist()
        ]
        x, y = self.positions[:, 0], self.positions[:, 1]
        self._dots.setData(x=x, y=y, brush=chosen, size=DOT_PX)
        for label in self._labels:
            self.box.removeItem(label)
        self._labels = []
        if len(self.classes) <= MOST_LABELS:
            self._draw_labels()

    @staticmethod
    def _brush(colour: QColor) -> Any:
        colour.setAlphaF(_OPACITY)
        return pg.mkBrush(colour)

    def _draw_labels(self) -> None:
        """Write each class at the middle of its points: colours alone are not for all eyes."""
        font = QFont()
        font.setBold(True)
        font.setPointSizeF(1.3 * BODY_PT)
        shade = QColor(THEME.tokens.surface)
        shade.setAlphaF(0.8)
        for index, name in enumerate(self.classes):
            chosen = self.positions[self.class_indices == index]
            if not len(chosen):
                continue
            label = pg.TextItem(name, color=THEME.tokens.text, anchor=(0.5, 0.5), fill=shade)
            label.setFont(font)
            label.setPos(*np.median(chosen, axis=0).tolist())
            label.setVisible(self._are_points_shown)
            self.box.addItem(label)
            self._labels.append(label)

    def restyle(self) -> None:
        """Take the colours of another theme."""
        for line in self._axes:
            line.setPen(pg.mkPen(THEME.tokens.line))
        self._draw_points()

    def read_at(self, place: QPointF) -> Reading | None:
        """Return the place, and the class of the point that lies there."""
        title = f"{number_text(round(place.x(), 3))}, {number_text(round(place.y(), 3))}"
        width, height = self.box.viewPixelSize()
        if not len(self.positions) or not self._are_points_shown:
            return Reading(place, title, is_free=True)
        away = (self.positions - np.array([place.x(), place.y()])) / np.array([width, height])
        distances = np.hypot(away[:, 0], away[:, 1])
        nearest = int(distances.argmin())
        index = int(self.class_indices[nearest])
        if distances[nearest] > REACH_PX or not 0 <= index < len(self.classes):
            return Reading(place, title, is_free=True)
        entry = Entry(self.classes[index], lambda: class_colours(index + 1)[index], "points")
        return Reading(place, title, ((entry, ""),), is_free=True)

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return a row a point: its class, x, y."""
        indices = self.class_indices.tolist()
        names = [self.classes[i] if 0 <= i < len(self.classes) else "" for i in indices]
        pairs = zip(names, self.positions.tolist(), strict=True)
        return ["class", "x", "y"], [[name, x, y] for name, (x, y) in pairs]
