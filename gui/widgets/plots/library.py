"""pyqtgraph with the options that all plots share; the one place that sets them."""

from __future__ import annotations

import pyqtgraph

__all__ = ["pyqtgraph"]

pyqtgraph.setConfigOptions(
    antialias=True,
    useOpenGL=False,  # drivers differ, and a plot in a window of 2-D widgets gains nothing
    leftButtonPan=False,  # a drag chooses what to look at
    imageAxisOrder="row-major",
    mouseRateLimit=0,  # dropped movements would drop the end of a drag; repaints are merged by Qt
)
