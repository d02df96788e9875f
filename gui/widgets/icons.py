"""Material icons that follow the theme by themselves.

The font and its table of names come with qtawesome. Importing qtawesome itself takes a quarter of
the time that the window has to appear in (it loads ten fonts and the Qt modules around them), so
the one font used is read directly: 7 ms instead of 125.
"""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from engine.api.regular_files import read_regular
from gui.theme import THEME

FONT_NAME = "materialdesignicons6-webfont"


@cache
def _charmap() -> dict[str, str]:
    """Return the glyph of each icon name, as a hexadecimal number."""
    codes: dict[str, str] = json.loads(read_regular(_font_file("charmap-*.json")))
    return codes


@cache
def _font_family() -> str:
    number = QFontDatabase.addApplicationFont(str(_font_file("[0-9]*.ttf")))
    return QFontDatabase.applicationFontFamilies(number)[0]


def _font_file(pattern: str) -> Path:
    found = importlib.util.find_spec("qtawesome")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("qtawesome is not installed; run `make` again")
    return next((Path(found.origin).parent / "fonts").glob(f"{FONT_NAME}-{pattern}"))


class _GlyphEngine(QIconEngine):
    """Paints one glyph in the colour that the theme has at that moment."""

    def __init__(self, glyph: str, role: str) -> None:
        super().__init__()
        self._glyph, self._role = glyph, role

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        font = QFont(_font_family())
        font.setPixelSize(max(1, rect.height()))
        painter.save()
        painter.setFont(font)
        painter.setPen(self._colour(mode, state))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._glyph)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        result = QPixmap(size)
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return result

    def _colour(self, mode: QIcon.Mode, state: QIcon.State) -> QColor:
        tokens = THEME.tokens
        if mode == QIcon.Mode.Disabled:
            colour = QColor(tokens.muted)
            colour.setAlphaF(0.5)
            return colour
        if state == QIcon.State.On:
            return QColor(tokens.accent)
        return QColor(getattr(tokens, self._role))


def icon(name: str, role: str = "text") -> QIcon:
    """Return a Material icon in the colour of a token; accent where its button is checked.

    Args:
        name: of the icon, with or without the prefix `mdi6.`.
        role: a field of `gui.theme.Tokens`.

    Raises:
        KeyError: there is no icon of this name.
    """
    glyph = chr(int(_charmap()[name.removeprefix("mdi6.")], 16))
    return QIcon(_GlyphEngine(glyph, role))
