"""How a run stands, in words and in a colour."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

from gui.theme import THEME

ShownState = Literal[
    "waiting", "starting", "running", "paused", "finished", "stopped", "failed", "interrupted"
]
"""`waiting`: prepared, nothing has trained yet; `interrupted`: its process is gone."""

ACTIVE: frozenset[ShownState] = frozenset({"starting", "running", "paused"})
UNFINISHED: frozenset[ShownState] = frozenset({"waiting", "stopped", "failed", "interrupted"})
"""Can be gone on with."""
_ROLES: dict[ShownState, str] = {
    "waiting": "muted",
    "starting": "accent",
    "running": "accent",
    "paused": "warning",
    "finished": "success",
    "stopped": "muted",
    "failed": "danger",
    "interrupted": "danger",
}
DOT_PX = 10


def state_colour(state: ShownState) -> QColor:
    """Return the colour of a state on the theme in use."""
    return QColor(getattr(THEME.tokens, _ROLES[state]))


def dot(colour: QColor, is_filled: bool = True) -> QIcon:
    """Return a small disc, or a ring for a run that does nothing at the moment."""
    scale = 2
    pixmap = QPixmap(QSize(DOT_PX * scale, DOT_PX * scale))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(colour)
    painter.setBrush(colour if is_filled else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QRectF(1, 1, DOT_PX - 2, DOT_PX - 2))
    painter.end()
    return QIcon(pixmap)
