"""Rows of tiles: what a step shows where there is no picture of the person's own."""

from gui.widgets.tiles.tile_view import TileView

__all__ = ["TileView"]
