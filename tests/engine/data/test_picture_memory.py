"""Small files of large pictures: what their pixels take in memory is bounded, kind by kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from engine.api.errors import PictureError
from engine.benchmarks._peak_memory import PeakMemory
from engine.data.picture_loader import load_picture

SIDE_PX = 3000
MOST_BYTES, DEFAULT_LIMIT = 2 << 30, 200_000_000


def pillow(mode: str, suffix: str) -> Callable[[Path, int], Path]:
    def write(folder: Path, side: int) -> Path:
        file = folder / f"a.{suffix}"
        Image.new(mode, (side, side)).save(file)
        return file

    return write


def tiff(dtype: str, channels: int) -> Callable[[Path, int], Path]:
    def write(folder: Path, side: int) -> Path:
        file = folder / "a.tif"
        shape = (side, side, channels) if channels > 1 else (side, side)
        kind = "rgb" if channels > 1 else "minisblack"
        tifffile.imwrite(file, np.zeros(shape, dtype), compression="zlib", photometric=kind)
        return file

    return write


def deep_png(folder: Path, side: int) -> Path:
    file = folder / "a.png"
    cv2.imwrite(str(file), np.zeros((side, side, 3), np.uint16))
    return file


KINDS = {
    "png": pillow("RGB", "png"),
    "png with alpha": pillow("RGBA", "png"),
    "png of grey with alpha": pillow("LA", "png"),
    "png of 16 bits": deep_png,
    "jpg of CMYK": pillow("CMYK", "jpg"),
    "gif": pillow("P", "gif"),
    "webp": pillow("RGB", "webp"),
    "tif of 16 bits": tiff("uint16", 1),
    "tif of 16 bits and colours": tiff("uint16", 3),
    "tif of floats": tiff("float32", 1),
    "tif of floats and colours": tiff("float32", 3),
    "tif of doubles": tiff("float64", 1),
    "tif of whole numbers": tiff("int32", 1),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_largest_picture_that_is_opened_takes_two_gigabytes_at_most(
    kind: str, tmp_path: Path
) -> None:
    file = KINDS[kind](tmp_path, SIDE_PX)
    load_picture(KINDS[kind](tmp_path, 8))  # libraries are loaded
    file = KINDS[kind](tmp_path, SIDE_PX)
    memory = PeakMemory()
    memory.begin()
    load_picture(file)
    bytes_a_pixel = memory.peak_bytes() / SIDE_PX**2
    largest = largest_taken(KINDS[kind], tmp_path)
    assert bytes_a_pixel * largest <= 1.1 * MOST_BYTES


def largest_taken(write: Callable[[Path, int], Path], folder: Path) -> int:
    """Return how many pixels of a kind the default limit lets in, by the limit for a small one."""
    file = write(folder, 100)
    low, high = 10_000, 100_000  # limits with which it is refused, and taken
    load_picture(file, high)
    while high - low > 10:
        middle = (low + high) // 2
        try:
            load_picture(file, middle)
            high = middle
        except PictureError:
            low = middle
    return round(DEFAULT_LIMIT * 10_000 / high)
