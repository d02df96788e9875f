"""Small versions of picture files for lists; a bad file gets a reason instead of a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from engine.api.errors import PictureError
from engine.api.pictures import DEFAULT_PIXEL_LIMIT, Thumbnail
from engine.data.picture_loader import decode_picture


def load_thumbnail(
    path: Path, side_px: int = 96, pixel_limit: int = DEFAULT_PIXEL_LIMIT
) -> Thumbnail:
    """Decode a picture so that its longer side has `side_px` pixels; never raises for a bad file.

    A JPEG is decoded at a fraction of its size. Smaller pictures are enlarged with hard edges.
    """
    try:
        # Twice the side leaves the resampling something to average.
        decoded = decode_picture(path, pixel_limit, draft_px=2 * side_px)
    except PictureError as error:
        return Thumbnail(path, None, str(error))
    width, height = decoded.size
    scale = side_px / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    is_larger = scale > 1
    resampling = Image.Resampling.NEAREST if is_larger else Image.Resampling.LANCZOS
    small = decoded.image.resize(size, resampling, reducing_gap=None if is_larger else 2.0)
    return Thumbnail(path, np.asarray(small), size=decoded.size)
