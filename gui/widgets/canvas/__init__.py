"""The one picture canvas."""

from gui.widgets.canvas.canvas import Canvas, CanvasTool

__all__ = ["Canvas", "CanvasTool"]
