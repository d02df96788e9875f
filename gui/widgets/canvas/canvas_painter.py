"""Draws the whole canvas, layer by layer."""

from __future__ import annotations

from math import ceil, floor

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QRegion

from gui.theme import GRID_PX, THEME, TITLE_PT
from gui.widgets.canvas.box_set import NO_BOXES
from gui.widgets.canvas.captions import CaptionPainter, CaptionPlates
from gui.widgets.canvas.frame import Frame
from gui.widgets.canvas.kept_view import KeptView
from gui.widgets.canvas.picture_view import PictureView
from gui.widgets.canvas.shape_painter import (
    PLAIN,
    ShapePainter,
    paint_crosshair,
    paint_draft,
    paint_handles,
)
from gui.widgets.canvas.stage import Stage

_PLATE = QColor(12, 15, 19, 225)


class CanvasPainter:
    """Reads the stage, never changes it."""

    def __init__(self, stage: Stage, picture_view: PictureView) -> None:
        self._stage = stage
        self._picture_view = picture_view
        self._plates = CaptionPlates()
        self._shapes = ShapePainter()
        self.kept = KeptView(picture_view, PLAIN, parent=picture_view)
        self.placeholder = ("No picture", "Open a picture, or drop one here.")
        self.has_crosshair = False
        self.has_focus_ring = False

    def paint(self, painter: QPainter, font: QFont) -> None:
        """Draw everything; `font` is sized in logical pixels."""
        view = self._stage.view
        self._fill_bare(painter)
        self._paint_content(painter, font)
        if self.has_focus_ring:
            painter.resetTransform()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            painter.setPen(QPen(QColor(THEME.tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(1, 1, view.width - 2, view.height - 2))

    def _fill_bare(self, painter: QPainter) -> None:
        """Fill what the picture does not cover."""
        view = self._stage.view
        whole, covered = QRect(0, 0, ceil(view.width), ceil(view.height)), self._covered()
        if not covered.contains(whole):
            painter.setClipRegion(QRegion(whole).subtracted(QRegion(covered)))
            painter.fillRect(whole, QColor(THEME.tokens.canvas))
            painter.setClipping(False)

    def _covered(self) -> QRect:
        """Return what the picture covers surely, whole logical pixels: it need not be filled."""
        view = self._stage.view
        if self._stage.picture is None:
            return QRect()
        left, top = ceil(view.x) + 1, ceil(view.y) + 1
        right = floor(view.x + view.picture_width * view.scale) - 1
        bottom = floor(view.y + view.picture_height * view.scale) - 1
        return QRect(left, top, max(0, right - left), max(0, bottom - top))

    def _paint_content(self, painter: QPainter, font: QFont) -> None:
        stage, view = self._stage, self._stage.view
        if stage.picture is None:
            self.kept.forget()
            self._paint_placeholder(painter)
            return
        frame = Frame.of(painter, view, font, THEME.tokens)
        captions = CaptionPainter(frame, self._plates)
        # As one, where nothing lies between picture and boxes.
        has_crowd = stage.shows_shapes and not stage.layers.has_visible
        boxes = self._shapes.plain_boxes(stage) if has_crowd else NO_BOXES
        if not self.kept.paint(frame, boxes):
            self._picture_view.paint(frame)
            if stage.shows_layers:
                stage.layers.paint(frame, captions)
            if stage.shows_shapes:
                self._shapes.paint_plain_boxes(frame, stage)
        if stage.shows_shapes:
            self._shapes.paint_others(frame, stage, captions)
        captions.paint()
        if stage.shows_shapes:
            paint_handles(frame, stage)
        paint_draft(frame, stage)
        if self.has_crosshair:
            paint_crosshair(frame, stage)
        if stage.tip and stage.pointer is not None:
            _paint_tip(frame, stage.tip, stage.pointer)

    def _paint_placeholder(self, painter: QPainter) -> None:
        title, text = self.placeholder
        view, tokens = self._stage.view, THEME.tokens
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        title_font, text_font = QFont(painter.font()), QFont(painter.font())
        title_font.setPointSizeF(TITLE_PT)
        title_height = QFontMetricsF(title_font).height()
        width = max(view.width - 4 * GRID_PX, 1.0)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        top = QRectF(2 * GRID_PX, view.height / 2 - 2 * title_height, width, 2 * title_height)
        painter.setFont(title_font)
        painter.setPen(QColor(tokens.text))
        painter.drawText(top, int(flags | Qt.AlignmentFlag.AlignBottom), title)
        painter.setFont(text_font)
        painter.setPen(QColor(tokens.muted))
        below = QRectF(2 * GRID_PX, view.height / 2 + GRID_PX, width, view.height / 2 - GRID_PX)
        painter.drawText(below, int(flags | Qt.AlignmentFlag.AlignTop), text)


def _paint_tip(frame: Frame, text: str, pointer: tuple[float, float]) -> None:
    """Draw the sizes beside the pointer, inside the view."""
    painter, ratio = frame.painter, frame.ratio
    painter.setFont(frame.font)
    metrics = QFontMetricsF(frame.font)
    width = metrics.horizontalAdvance(text) + 2 * GRID_PX * ratio
    height = metrics.height() + GRID_PX * ratio
    x = pointer[0] * ratio + 2 * GRID_PX * ratio
    y = pointer[1] * ratio + 2 * GRID_PX * ratio
    if x + width > frame.width:
        x = pointer[0] * ratio - width - GRID_PX * ratio
    if y + height > frame.height:
        y = pointer[1] * ratio - height - GRID_PX * ratio
    plate = QRectF(max(x, 0), max(y, 0), width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_PLATE)
    painter.drawRoundedRect(plate, 4 * ratio, 4 * ratio)
    painter.setPen(Qt.GlobalColor.white)
    painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), text)
