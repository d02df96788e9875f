"""Typeset formulas: matplotlib's mathtext as outlines, which any theme and screen scale can fill.

Outlines instead of pixmaps: a change of theme or of the screen's scale costs a repaint only.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import GRID_PX, THEME
from gui.widgets.background import BackgroundCalls

UNIT_PX = 100.0
"""Outlines are made at this font size and scaled when painted."""
REMEMBERED = 500
SIZE_FACTOR = 1.15
"""Formulas are set a little larger than the text around them, so that fractions stay readable."""
LINE_MOVE, LINE, CURVE3, CURVE4 = 1, 2, 3, 4  # matplotlib's path codes


@dataclass(frozen=True, slots=True, eq=False)
class FormulaShape:
    """A formula's outline in pixels at a font size of UNIT_PX; empty where it cannot be set."""

    outline: QPainterPath
    bounds: QRectF


_shapes: dict[str, FormulaShape] = {}
_typesetting = threading.Lock()  # matplotlib's parser and fonts are shared and not thread-safe


def typeset(formula: str) -> FormulaShape:
    """Return the outlines of a formula, from memory where possible.

    The first call imports matplotlib, which takes half a second; later ones take about 8 ms. Call
    it from a worker thread.

    Args:
        formula: matplotlib mathtext without the dollar signs.
    """
    with _typesetting:
        if formula not in _shapes:
            while len(_shapes) >= REMEMBERED:
                del _shapes[next(iter(_shapes))]
            _shapes[formula] = _outline(formula)
        return _shapes[formula]


def remembered(formula: str) -> FormulaShape | None:
    """Return the outlines if they are known already, at no cost."""
    return _shapes.get(formula)


def _outline(formula: str) -> FormulaShape:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    properties = FontProperties(size=UNIT_PX, math_fontfamily="stix")
    try:
        path = TextPath((0, 0), f"${formula}$", prop=properties)
    except ValueError:  # no mathtext: the widget shows the text as it is
        return FormulaShape(QPainterPath(), QRectF())
    outline = QPainterPath()
    outline.setFillRule(Qt.FillRule.WindingFill)
    for points, code in path.iter_segments(curves=True, simplify=False):
        x = [float(value) for value in points[0::2]]
        y = [-float(value) for value in points[1::2]]  # y grows downwards on a screen
        if code == LINE_MOVE:
            outline.moveTo(x[0], y[0])
        elif code == LINE:
            outline.lineTo(x[0], y[0])
        elif code == CURVE3:
            outline.quadTo(x[0], y[0], x[1], y[1])
        elif code == CURVE4:
            outline.cubicTo(x[0], y[0], x[1], y[1], x[2], y[2])
        else:
            outline.closeSubpath()
    return FormulaShape(outline, outline.boundingRect())


class FormulaLabel(QWidget):
    """Shows one formula, shrunk to the width at hand; keeps the last one until the next is set."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formula = self._shown = ""
        self._shape: FormulaShape | None = None
        self._calls = BackgroundCalls()
        self._calls.finished.connect(self._on_typeset, Qt.ConnectionType.QueuedConnection)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        THEME.changed.connect(self.update)

    def warm_up(self) -> None:
        """Import matplotlib now, so that the first formula does not keep a person waiting."""
        if not _shapes:
            self._calls.submit("", lambda: typeset("0"))

    @property
    def formula(self) -> str:
        """What is to be shown."""
        return self._formula

    @property
    def is_ready(self) -> bool:
        """Whether the formula on the screen is the one asked for."""
        return self._shown == self._formula

    def set_formula(self, formula: str) -> None:
        """Show a formula as soon as it is typeset, or nothing for an empty text."""
        if formula == self._formula:
            return
        self._formula = formula
        self.setAccessibleName(f"Formula {formula}" if formula else "Formula")
        self._calls.drop()
        known = remembered(formula) if formula else None
        if known is not None or not formula:
            self._show(formula, known)
        else:
            self._calls.submit(formula, lambda: typeset(formula))

    @Slot(str, object)
    def _on_typeset(self, formula: str, shape: FormulaShape) -> None:
        if formula and formula == self._formula:  # not one that was asked for before
            self._show(formula, shape)

    def _show(self, formula: str, shape: FormulaShape | None) -> None:
        self._shown, self._shape = formula, shape
        self.update()

    def sizeHint(self) -> QSize:
        """Room for a fraction, whatever the formula: steps must not make the page jump."""
        return QSize(30 * GRID_PX, round(2.6 * self._font_px()))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the font."""
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill the outlines in the theme's text colour."""
        if self._shape is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(THEME.tokens.text)
        bounds = self._shape.bounds
        if bounds.isEmpty():
            painter.setPen(colour)
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter), self._shown)
        else:
            scale = min(
                self._font_px() / UNIT_PX,
                self.width() / bounds.width(),
                self.height() / bounds.height(),
            )
            painter.translate(0, (self.height() - bounds.height() * scale) / 2)
            painter.scale(scale, scale)
            painter.translate(-bounds.left(), -bounds.top())
            painter.fillPath(self._shape.outline, colour)
        painter.end()

    def _font_px(self) -> float:
        return SIZE_FACTOR * QFontMetricsF(self.font()).height()
