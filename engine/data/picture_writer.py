"""Saves pictures as PNG, JPEG, WebP or TIFF, by the suffix of the file."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.api.errors import PictureError
from engine.core.files import write_with

_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {"compress_level": 3}),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".webp": ("WEBP", {"lossless": True, "method": 2}),
    ".tif": ("TIFF", {"compression": "tiff_deflate"}),
    ".tiff": ("TIFF", {"compression": "tiff_deflate"}),
}
_LONGEST_SIDES = {"JPEG": 65_500, "WEBP": 16_383}

WRITABLE_SUFFIXES = tuple(_FORMATS)


def save_picture(
    path: Path, pixels: NDArray[np.uint8], palette: NDArray[np.uint8] | None = None
) -> None:
    """Write RGB uint8 (H, W, 3) or grey uint8 (H, W), atomically. All but JPEG are lossless.

    Args:
        path: its suffix chooses the format.
        pixels: what is written.
        palette: RGB (256, 3); the values of grey pixels become places in it, which programs that
            read masks take as they are and those that show pictures in colour.

    Raises:
        PictureError: a suffix of no known format, or a side too long for the format.
        StorageError: the folder cannot be written to, or the disk is full.
        ValueError: `pixels` are no such array.
    """
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), (3,)):
        raise ValueError(f"pixels {pixels.dtype} {pixels.shape}: expected uint8 (H, W[, 3])")
    if path.suffix.lower() not in _FORMATS:
        suffix = f"the suffix {path.suffix!r} is" if path.suffix else "a name without a suffix is"
        known = ", ".join(_FORMATS)
        raise PictureError(f"{path}: {suffix} no picture format to save in; use one of {known}")
    kind, options = _FORMATS[path.suffix.lower()]
    height, width = pixels.shape[:2]
    longest = _LONGEST_SIDES.get(kind)
    if longest is not None and max(height, width) > longest:
        raise PictureError(
            f"{path}: {width} x {height} pixels are more than {kind} holds, {longest} a side; "
            "save it as PNG or TIFF"
        )
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if palette is not None:
        image.putpalette(palette.tobytes())

    def save(stream: IO[bytes]) -> None:
        image.save(stream, kind, **options)

    write_with(path, save)
