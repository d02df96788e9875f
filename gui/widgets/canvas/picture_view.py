"""Draws the picture, and has big ones reduced on a thread that never outlives it."""

from __future__ import annotations

import threading

import numpy as np
from PySide6.QtCore import QObject, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter

from engine.api.pictures import Picture
from gui.widgets.canvas.frame import Frame
from gui.widgets.canvas.picture_pyramid import PicturePyramid
from gui.widgets.canvas.primitive_arrays import fill_rectangles

SMOOTH_UP_TO = 2.0
"""Magnified further, pixels are shown as they are."""

GRID_FROM = 8.0
"""Device-independent pixels a picture pixel must have before lines are drawn between them."""

_POLL_MS = 40


class PictureView(QObject):
    """The picture at the bottom of the canvas."""

    redraw_wanted = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.picture: Picture | None = None
        self._pyramid: PicturePyramid | None = None
        self._workers = _Workers()
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._on_tick)
        # A plain object: nothing of this one can be called any more when it is destroyed.
        self.destroyed.connect(self._workers.end)

    @property
    def is_sharp(self) -> bool:
        """Whether every level of the picture is there."""
        return self._pyramid is None or self._pyramid.is_complete

    def set_picture(self, picture: Picture | None) -> None:
        """Show a picture at once, if need be from every n-th pixel until it is reduced."""
        if picture is self.picture:
            return
        self._workers.stop()
        self._timer.stop()
        self.picture = picture
        self._pyramid = PicturePyramid(picture.pixels) if picture is not None else None
        if not self.is_sharp:
            # The work starts with the first tick: live frames are gone before that.
            self._timer.start()

    @Slot()
    def _on_tick(self) -> None:
        pyramid = self._pyramid
        if pyramid is not None and not pyramid.is_complete:
            self._workers.start(pyramid)
        else:
            self._timer.stop()
        self.redraw_wanted.emit()

    def paint(self, frame: Frame) -> None:
        """Draw the visible part of the picture and, magnified, the pixel grid."""
        pyramid = self._pyramid
        if pyramid is None:
            return
        size = np.array([0, 0, pyramid.width, pyramid.height], np.float64)
        left, top, right, bottom = frame.boxes(size).tolist()
        target = QRectF(left, top, right - left, bottom - top)
        target = target.intersected(QRectF(0, 0, frame.width, frame.height))
        if target.isEmpty():
            return
        image, side = pyramid.image_for(frame.scale)
        factor = 1 / (frame.scale * side)
        source = QRectF(
            (target.x() - left) * factor,
            (target.y() - top) * factor,
            target.width() * factor,
            target.height() * factor,
        )
        is_smooth = frame.scale <= SMOOTH_UP_TO and frame.scale * side != 1
        frame.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=is_smooth)
        frame.painter.drawImage(target, image, source)
        if frame.scale >= GRID_FROM * frame.ratio:
            _paint_pixel_grid(frame, target)


def _paint_pixel_grid(frame: Frame, target: QRectF) -> None:
    """Draw a translucent line between the pixels."""
    first_x = int((target.left() - frame.dx) // frame.scale)
    last_x = int((target.right() - frame.dx) // frame.scale) + 1
    first_y = int((target.top() - frame.dy) // frame.scale)
    last_y = int((target.bottom() - frame.dy) // frame.scale) + 1
    columns = np.rint(np.arange(first_x, last_x + 1) * frame.scale + frame.dx).astype(np.int32)
    rows = np.rint(np.arange(first_y, last_y + 1) * frame.scale + frame.dy).astype(np.int32)
    left, right = round(target.left()), round(target.right()) - 1
    top, bottom = round(target.top()), round(target.bottom()) - 1
    lines = np.empty((len(columns) + len(rows), 4), np.int32)
    lines[: len(columns)] = np.stack(
        [columns, np.full_like(columns, top), columns, np.full_like(columns, bottom)], axis=1
    )
    lines[len(columns) :] = np.stack(
        [np.full_like(rows, left), rows, np.full_like(rows, right), rows], axis=1
    )
    frame.painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    frame.painter.setPen(Qt.PenStyle.NoPen)
    frame.painter.setBrush(QColor(128, 128, 128, 120))
    fill_rectangles(frame.painter, lines)


class _Workers:
    """At most one thread that reduces a picture."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._pyramid: PicturePyramid | None = None

    def start(self, pyramid: PicturePyramid) -> None:
        if self._pyramid is not pyramid:
            self.stop()
            self._pyramid = pyramid
            self._thread = threading.Thread(
                target=pyramid.build, name="canvas-pyramid", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Let the thread end by itself, which takes a few milliseconds."""
        if self._pyramid is not None:
            self._pyramid.stop()
        self._pyramid = None

    def end(self) -> None:
        """Wait until the thread has ended."""
        self.stop()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
