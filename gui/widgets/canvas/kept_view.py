"""A picture with many boxes, kept as it was painted: a pan shifts it, a zoom scales it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSizeF, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPixmap, QRegion

from engine.api.pictures import Picture
from gui.widgets.canvas.box_painter import (
    BoxStyle,
    Stroke,
    draw_boxes_within,
    draw_crowd,
    stroke_of,
)
from gui.widgets.canvas.box_set import BoxSet
from gui.widgets.canvas.frame import Frame
from gui.widgets.canvas.image_drawing import draw_image
from gui.widgets.canvas.picture_view import GRID_FROM, PictureView

CROWD_FROM = 100
"""Fewer boxes in view are painted anew each time: as fast, and their lines are always sharp."""

REST_MS = 120
"""Navigation has come to rest when the view has stayed for so long."""

_MOST_SCALED = 2.0
"""Enlarged or reduced further, what was painted at another zoom is painted anew."""


class _Content(NamedTuple):
    """What is painted; compared by identity, for an edit makes new boxes."""

    picture: Picture | None
    boxes: BoxSet
    canvas_colour: str

    def is_same(self, other: _Content) -> bool:
        same_objects = self.picture is other.picture and self.boxes is other.boxes
        return same_objects and self.canvas_colour == other.canvas_colour


@dataclass(slots=True)
class _Painting:
    """A view as it was painted, in device pixels."""

    pixmap: QPixmap
    stroke: Stroke
    scale: float
    dx: int
    dy: int
    is_exact: bool = True

    def place_in(self, frame: Frame) -> QRectF:
        """Return where another view has it."""
        factor = frame.scale / self.scale
        corner = QPointF(frame.dx - self.dx * factor, frame.dy - self.dy * factor)
        return QRectF(corner, QSizeF(self.pixmap.size()) * factor)


class KeptView(QObject):
    """Paints canvas, picture and boxes; at rest as if each were painted anew, pixel for pixel.

    The first zoom after a rest is exact at once. While a person goes on, what was painted last is
    shifted or scaled, and what comes in is painted at the edges or taken from a painting of the
    whole picture; when the view has stayed, `redraw_wanted` asks for the exact one.
    """

    redraw_wanted = Signal()

    def __init__(self, picture_view: PictureView, style: BoxStyle, parent: QObject) -> None:
        super().__init__(parent)
        self._picture_view, self._style = picture_view, style
        self._content: _Content | None = None
        self._latest: _Painting | None = None
        self._whole: _Painting | None = None
        self._seen: tuple[float, int, int] | None = None
        self._is_exact, self._wants_whole = True, False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._on_rest)

    @property
    def is_exact(self) -> bool:
        """Whether the last view was painted from picture and boxes themselves."""
        return self._is_exact

    def paint(self, frame: Frame, boxes: BoxSet) -> bool:
        """Draw everything up to the boxes over the whole view.

        Returns False, with nothing drawn, where few boxes are in view.
        """
        self._is_exact = True
        if len(boxes) < CROWD_FROM or not self._picture_view.is_sharp:
            return False
        count = len(frame.visible(boxes.boxes_xyxy))
        if count < CROWD_FROM or frame.scale >= GRID_FROM * frame.ratio:
            return False
        self._take(_Content(self._picture_view.picture, boxes, frame.tokens.canvas))
        is_moving = self._rest.isActive()
        if (frame.scale, frame.dx, frame.dy) != self._seen:
            self._seen = (frame.scale, frame.dx, frame.dy)
            self._rest.start()
        if is_moving and self._can_be_scaled(frame):
            self._is_exact = False
            self._draw_scaled(frame)
        else:
            self._draw_at_its_zoom(frame, stroke_of(frame, self._style, count), is_moving)
        return True

    def forget(self) -> None:
        """Let go of picture and paintings."""
        self._content, self._latest, self._whole = None, None, None
        self._is_exact, self._wants_whole = True, False

    @Slot()
    def _on_rest(self) -> None:
        if not self._is_exact or self._wants_whole:
            self.redraw_wanted.emit()

    def _take(self, content: _Content) -> None:
        if self._content is None or not self._content.is_same(content):
            self._content, self._latest, self._whole = content, None, None
            self._wants_whole = True

    def _can_be_scaled(self, frame: Frame) -> bool:
        latest = self._latest
        if latest is None or latest.scale == frame.scale:
            return False
        if not 1 / _MOST_SCALED <= frame.scale / latest.scale <= _MOST_SCALED:
            return False
        return self._whole is not None or latest.place_in(frame).contains(_all_of(frame))

    def _draw_scaled(self, frame: Frame) -> None:
        """Draw the latest painting at another zoom, around it the whole picture."""
        latest, view = self._latest, _all_of(frame)
        if latest is None:
            return
        seen = latest.place_in(frame).intersected(view)
        bare = QRegion(view.toRect()) - QRegion(seen.toAlignedRect().adjusted(1, 1, -1, -1))
        for strip in bare:  # type: ignore[attr-defined]  # iterable, say Qt's documents
            frame.painter.fillRect(strip, QColor(frame.tokens.canvas))
            if self._whole is not None:
                _draw_part(frame, self._whole, QRectF(strip))
        _draw_part(frame, latest, view)

    def _draw_at_its_zoom(self, frame: Frame, stroke: Stroke, is_moving: bool) -> None:
        latest = self._latest
        if latest is None or not self._fits(latest, frame, stroke, is_moving):
            # The old memory again: fresh pages cost half as much as the painting.
            pixmap = self._painted(frame, stroke, latest.pixmap if latest else QPixmap())
            self._latest = latest = _Painting(pixmap, stroke, frame.scale, frame.dx, frame.dy)
            if self._wants_whole and self._shows_whole(frame):
                # A copy, for the other one is shifted.
                self._whole, self._wants_whole = replace(latest, pixmap=pixmap.copy()), False
            elif self._wants_whole:
                self._rest.start()  # then there is time for it
        elif (latest.dx, latest.dy) != (frame.dx, frame.dy):
            self._shift(latest, frame)
        elif self._wants_whole and not is_moving:
            self._whole, self._wants_whole = self._painted_whole(frame), False
        self._is_exact = latest.is_exact
        frame.painter.drawPixmap(0, 0, latest.pixmap)

    @staticmethod
    def _fits(latest: _Painting, frame: Frame, stroke: Stroke, is_moving: bool) -> bool:
        """Return whether a painting can be taken over, be it shifted."""
        if (latest.scale, latest.stroke) != (frame.scale, stroke):
            return False
        if latest.pixmap.size() != _all_of(frame).toRect().size():
            return False
        if not is_moving and not latest.is_exact:
            return False
        return latest.place_in(frame).intersects(_all_of(frame))

    def _shows_whole(self, frame: Frame) -> bool:
        picture = self._picture_view.picture
        if picture is None:
            return False
        return _all_of(frame).contains(frame.rectangle((0, 0, picture.width, picture.height)))

    def _shift(self, latest: _Painting, frame: Frame) -> None:
        """Move what is still in view and paint what comes in."""
        dx, dy = frame.dx - latest.dx, frame.dy - latest.dy
        view = latest.pixmap.rect()
        latest.pixmap.scroll(dx, dy, view)
        for strip in QRegion(view) - QRegion(view.translated(dx, dy)):  # type: ignore[attr-defined]
            self._paint_part(latest.pixmap, frame, latest.stroke, strip)
        # Shifted by whole pixels, a smoothed picture can differ by a rounding.
        latest.dx, latest.dy, latest.is_exact = frame.dx, frame.dy, False

    def _painted(self, frame: Frame, stroke: Stroke, pixmap: QPixmap) -> QPixmap:
        """Return the view, painted on a pixmap that is used again where it has the size."""
        if pixmap.size() != _all_of(frame).toRect().size():
            pixmap = QPixmap(frame.width, frame.height)
        self._paint_part(pixmap, frame, stroke, None)
        return pixmap

    def _painted_whole(self, frame: Frame) -> _Painting | None:
        """Return the whole picture as large as it fits the view."""
        picture, content = self._picture_view.picture, self._content
        if picture is None or content is None:
            return None
        scale = min(frame.width / picture.width, frame.height / picture.height)
        width, height = round(picture.width * scale), round(picture.height * scale)
        fitted = replace(frame, scale=scale, dx=0, dy=0, width=max(width, 1), height=max(height, 1))
        stroke = stroke_of(fitted, self._style, len(content.boxes))
        return _Painting(self._painted(fitted, stroke, QPixmap()), stroke, scale, 0, 0)

    def _paint_part(
        self, pixmap: QPixmap, frame: Frame, stroke: Stroke, strip: QRect | None
    ) -> None:
        """Paint the whole pixmap or a strip of it, from picture and boxes themselves."""
        content = self._content
        if content is None:
            return
        painter = QPainter(pixmap)
        part = replace(frame, painter=painter)
        area = pixmap.rect() if strip is None else strip
        painter.fillRect(area, QColor(content.canvas_colour))
        self._picture_view.paint(part, QRectF(area))
        if strip is None:
            draw_crowd(part, content.boxes, stroke)
        else:
            draw_boxes_within(part, content.boxes, strip, stroke)
        painter.end()


def _all_of(frame: Frame) -> QRectF:
    return QRectF(0, 0, frame.width, frame.height)


def _draw_part(frame: Frame, painting: _Painting, area: QRectF) -> None:
    """Draw what a painting has of a part of the view."""
    place, factor = painting.place_in(frame), painting.scale / frame.scale
    seen = place.intersected(area)
    if seen.isEmpty():
        return
    source = QRectF((seen.topLeft() - place.topLeft()) * factor, seen.size() * factor)
    frame.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=True)
    draw_image(frame.painter, seen, painting.pixmap.toImage(), source)
