"""What became of the files that plots were saved to; the window says it.

Plots stand in many widgets that know no window, so they report to one object, as they follow one
theme.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class PlotExports(QObject):
    """Says when a plot was written to a file, or why it was not."""

    saved = Signal(str)  # one line
    failed = Signal(str)  # one line: what, and the cure


PLOT_EXPORTS = PlotExports()
