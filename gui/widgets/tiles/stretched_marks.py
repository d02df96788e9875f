"""Marks on a tile, from its own values or cells to pixels of the view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.api.traces import (
    ArrowsMark,
    BoxesMark,
    Extent,
    PictureMark,
    PolygonsMark,
)


def stretch(mark: PictureMark, across: float, down: float) -> PictureMark:
    """Return a mark with every x times `across` and every y times `down`."""
    factors = np.array((across, down), np.float32)
    if isinstance(mark, BoxesMark):
        return replace(mark, boxes_xyxy=mark.boxes_xyxy * np.tile(factors, 2))
    if isinstance(mark, PolygonsMark):
        return replace(mark, polygons=tuple(each * factors for each in mark.polygons))
    if isinstance(mark, ArrowsMark):
        return replace(mark, starts_xy=mark.starts_xy * factors, ends_xy=mark.ends_xy * factors)
    x1, y1, x2, y2 = mark.extent_xyxy
    extent: Extent = (x1 * across, y1 * down, x2 * across, y2 * down)
    return replace(mark, extent_xyxy=extent)
