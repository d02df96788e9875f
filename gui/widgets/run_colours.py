"""Colours that tell runs apart on the theme in use."""

from __future__ import annotations

from PySide6.QtGui import QColor

from engine.api.class_colours import OKABE_ITO
from gui.theme import THEME

# By how well they read as thin lines on both themes; the pale yellow only where it is dark.
_ORDER = (4, 5, 2, 6, 0, 1)
_ON_DARK, _ON_LIGHT = 145, 120


def run_colour(number: int) -> QColor:
    """Return the colour of the run shown under a number; they repeat, paler, after six."""
    lap, place = divmod(number, len(_ORDER))
    colour = QColor(OKABE_ITO[_ORDER[place]])
    if THEME.is_dark:
        return colour.lighter(_ON_DARK - 15 * (lap % 3)) if place in (0, 1, 2) else colour
    return colour.darker(_ON_LIGHT + 20 * (lap % 3)) if place > 1 else colour
