"""What tiles have in common, whichever they are: rows and columns, and the arrows between them."""

from __future__ import annotations

from engine.api.traces import CellsTile, HeatTile, ImageTile, MaskTile, Tile, TileArrow, Tiles


def shape_of(tile: Tile) -> tuple[int, int]:
    """Return rows and columns of what a tile shows; one of each where it has none."""
    match tile:
        case ImageTile():
            height, width = tile.pixels.shape[:2]
        case MaskTile():
            height, width = tile.class_indices.shape
        case HeatTile() | CellsTile():
            height, width = tile.values.shape
        case _:
            height, width = 1, 1
    return height, width


def arrows_of(tiles: Tiles) -> tuple[TileArrow, ...]:
    """Return the arrows of tiles, then those of inner blocks."""
    blocks = [entry for row in tiles.rows for entry in row if isinstance(entry, Tiles)]
    return (*tiles.arrows, *(arrow for block in blocks for arrow in arrows_of(block)))
