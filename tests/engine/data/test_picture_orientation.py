"""The eight orientations of EXIF, stored by the definition in the standard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from engine.data.picture_loader import load_picture
from engine.data.thumbnails import load_thumbnail

HEIGHT, WIDTH = 24, 40


@pytest.fixture
def upright() -> NDArray[np.uint8]:
    """Four colours, one a quarter, so that every turn and mirror differs."""
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[:12, :20], pixels[:12, 20:] = (250, 20, 20), (20, 240, 20)
    pixels[12:, :20], pixels[12:, 20:] = (20, 20, 245), (240, 240, 240)
    return pixels


def stored(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """What the camera saves: the standard says where row 0 and column 0 are seen."""
    last_y, last_x = upright.shape[0] - 1, upright.shape[1] - 1
    seen = {
        1: lambda row, column: (row, column),  # row 0 is the top, column 0 the left side
        2: lambda row, column: (row, last_x - column),  # top, right
        3: lambda row, column: (last_y - row, last_x - column),  # bottom, right
        4: lambda row, column: (last_y - row, column),  # bottom, left
        5: lambda row, column: (column, row),  # left side, top
        6: lambda row, column: (column, last_x - row),  # right side, top
        7: lambda row, column: (last_y - column, last_x - row),  # right side, bottom
        8: lambda row, column: (last_y - column, row),  # left side, bottom
    }[orientation]
    size = upright.shape[:2] if orientation < 5 else upright.shape[1::-1]
    pixels = np.zeros((*size, 3), upright.dtype)
    for row in range(size[0]):
        for column in range(size[1]):
            pixels[row, column] = upright[seen(row, column)]
    return pixels


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
def test_every_orientation_is_turned_upright(
    upright: NDArray[np.uint8], tmp_path: Path, orientation: int, suffix: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = tmp_path / f"a.{suffix}"
    image = Image.fromarray(stored(upright, orientation))
    image.save(file, exif=exif, quality=100, subsampling=0, lossless=True)

    picture = load_picture(file)
    thumbnail = load_thumbnail(file, side_px=20)

    assert thumbnail.size == (WIDTH, HEIGHT)
    assert thumbnail.pixels is not None
    assert thumbnail.pixels.shape == (12, 20, 3)
    assert picture.pixels.shape == (HEIGHT, WIDTH, 3)
    tolerance = 40 if suffix == "jpg" else 0  # where two colours meet in a block
    assert np.abs(picture.pixels.astype(int) - upright).max() <= tolerance


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_deep_tiffs_are_turned_with_their_stored_values(
    upright: NDArray[np.uint8], tmp_path: Path, orientation: int, compression: str | None
) -> None:
    deep = upright.astype(np.uint16) * 257
    tifffile.imwrite(
        tmp_path / "a.tif",
        stored(deep, orientation),
        photometric="rgb",
        compression=compression,
        extratags=[(274, "H", 1, orientation, True)],
    )
    picture = load_picture(tmp_path / "a.tif")
    assert np.array_equal(picture.pixels, upright)
    assert np.array_equal(picture.source_values, deep)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_thumbnails_are_upright_too(
    upright: NDArray[np.uint8], tmp_path: Path, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    large = upright.repeat(20, axis=0).repeat(20, axis=1)
    file = tmp_path / "a.jpg"
    Image.fromarray(stored(large[::4, ::4], orientation)).save(file, exif=exif, quality=95)

    thumbnail = load_thumbnail(file, 40)

    assert thumbnail.size == (200, 120)
    assert thumbnail.pixels is not None
    assert thumbnail.pixels.shape == (24, 40, 3)
    for y, x in ((4, 5), (4, 34), (19, 5), (19, 34)):
        assert np.abs(thumbnail.pixels[y, x].astype(int) - upright[y, x]).max() <= 12


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_passed_over(
    upright: NDArray[np.uint8], tmp_path: Path, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(upright).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(load_picture(tmp_path / "a.png").pixels, upright)
