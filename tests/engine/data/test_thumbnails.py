"""Small versions for lists."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from engine.data.thumbnails import load_thumbnail


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((400, 300), (96, 72)),
        ((300, 400), (72, 96)),
        ((96, 96), (96, 96)),
        ((24, 12), (96, 48)),
        ((5000, 3), (96, 1)),
        ((1, 1), (96, 96)),
    ],
)
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_the_longer_side_has_the_length_asked_for(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int], suffix: str
) -> None:
    Image.new("RGB", size, (200, 90, 30)).save(tmp_path / f"a.{suffix}")

    thumbnail = load_thumbnail(tmp_path / f"a.{suffix}", 96)

    assert thumbnail.pixels is not None
    assert thumbnail.pixels.shape == (expected[1], expected[0], 3)
    assert thumbnail.size == size
    assert thumbnail.problem == ""
    assert np.abs(thumbnail.pixels.astype(int) - (200, 90, 30)).max() <= 2


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_thumbnail_looks_like_the_average_of_the_picture(tmp_path: Path, suffix: str) -> None:
    y, x = np.mgrid[0:1200, 0:1600]
    pixels = np.dstack((x * 255 // 1600, y * 255 // 1200, (x + y) % 2 * 255)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / f"a.{suffix}", quality=95, subsampling=0)

    thumbnail = load_thumbnail(tmp_path / f"a.{suffix}", 64)

    blocks = pixels.reshape(48, 25, 64, 25, 3).mean(axis=(1, 3))
    assert thumbnail.pixels is not None
    assert np.abs(thumbnail.pixels - blocks).mean() < 3


def test_a_small_picture_is_enlarged_with_hard_edges(tmp_path: Path) -> None:
    pixels = np.array([[[0] * 3, [255] * 3]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    thumbnail = load_thumbnail(tmp_path / "a.png", 10)
    assert thumbnail.pixels is not None
    assert thumbnail.pixels[..., 0].tolist() == [[0] * 5 + [255] * 5] * 5


def test_kinds_that_are_hard_to_shrink_have_thumbnails_too(tmp_path: Path) -> None:
    Image.new("P", (50, 40)).save(tmp_path / "palette.gif")
    Image.new("1", (50, 40)).save(tmp_path / "bits.png")
    Image.new("CMYK", (50, 40)).save(tmp_path / "ink.jpg")
    Image.new("L", (50, 40)).save(tmp_path / "grey.jpg")
    tifffile.imwrite(tmp_path / "float.tif", np.zeros((40, 50), np.float32))
    for file in sorted(tmp_path.glob("*.*")):
        thumbnail = load_thumbnail(file, 20)
        assert thumbnail.pixels is not None, file.name
        assert thumbnail.pixels.shape == (16, 20, 3)
        assert thumbnail.size == (50, 40)


def test_a_bad_file_gives_its_problem_in_place_of_pixels(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no picture")
    thumbnail = load_thumbnail(tmp_path / "a.jpg", 64)
    assert thumbnail.pixels is None
    assert thumbnail.size is None
    assert "a.jpg: is text" in thumbnail.problem


def test_the_pixel_limit_holds_although_a_draft_would_be_small(tmp_path: Path) -> None:
    Image.new("RGB", (800, 600)).save(tmp_path / "a.jpg")
    assert "0.48 megapixels exceed" in load_thumbnail(tmp_path / "a.jpg", 64, 100_000).problem


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
def test_a_picture_that_would_be_decoded_whole_for_seconds_gets_a_reason(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (200, 100)).save(tmp_path / f"a.{suffix}")
    monkeypatch.setattr("engine.data.picture_loader._LARGEST_REDUCED_PX", 19_999)
    thumbnail = load_thumbnail(tmp_path / f"a.{suffix}", 64)
    assert thumbnail.pixels is None
    assert "too large for a small version (200 x 100 pixels)" in thumbnail.problem


def test_a_jpeg_of_any_size_is_decoded_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (200, 100)).save(tmp_path / "a.jpg")
    monkeypatch.setattr("engine.data.picture_loader._LARGEST_REDUCED_PX", 19_999)
    assert load_thumbnail(tmp_path / "a.jpg", 64).pixels is not None


@pytest.mark.parametrize("dtype", ["uint16", "float32", "float64", "int8"])
def test_a_deep_tiff_that_pillow_may_not_know_gets_the_same_reason(
    tmp_path: Path, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((100, 200, 3), dtype), photometric="rgb")
    monkeypatch.setattr("engine.data.picture_loader._LARGEST_REDUCED_PX", 19_999)
    thumbnail = load_thumbnail(tmp_path / "a.tif", 64)
    assert "too large for a small version (200 x 100 pixels)" in thumbnail.problem
