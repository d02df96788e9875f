"""Saving pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.api.errors import PictureError, StorageError
from engine.api.pictures import WritePicture
from engine.api.tasks import TaskContext
from engine.data.picture_writer import WRITABLE_SUFFIXES, save_picture
from engine.service import execute


@pytest.fixture
def pixels(random: np.random.Generator) -> NDArray[np.uint8]:
    return random.integers(0, 256, (13, 19, 3), dtype=np.uint8)


def read(file: Path) -> NDArray[np.uint8]:
    with Image.open(file) as image:
        return np.asarray(image)


@pytest.mark.parametrize("suffix", [s for s in WRITABLE_SUFFIXES if not s.startswith(".j")])
def test_lossless_formats_give_back_the_same_pixels(
    pixels: NDArray[np.uint8], tmp_path: Path, suffix: str
) -> None:
    save_picture(tmp_path / f"a{suffix.upper()}", pixels)
    assert np.array_equal(read(tmp_path / f"a{suffix.upper()}"), pixels)


def test_the_suffix_chooses_the_format(pixels: NDArray[np.uint8], tmp_path: Path) -> None:
    kinds = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
    kinds |= {".tif": "TIFF", ".tiff": "TIFF"}
    assert set(kinds) == set(WRITABLE_SUFFIXES)
    for suffix, kind in kinds.items():
        save_picture(tmp_path / f"a{suffix}", pixels)
        with Image.open(tmp_path / f"a{suffix}") as image:
            assert image.format == kind


def test_a_jpeg_stays_close_to_the_pixels(tmp_path: Path) -> None:
    smooth = np.tile(np.arange(64, dtype=np.uint8)[:, None, None] * 3, (1, 64, 3))
    save_picture(tmp_path / "a.jpg", smooth)
    assert np.abs(read(tmp_path / "a.jpg").astype(int) - smooth).max() <= 4


def test_grey_stays_grey(pixels: NDArray[np.uint8], tmp_path: Path) -> None:
    save_picture(tmp_path / "a.png", pixels[..., 0])
    assert np.array_equal(read(tmp_path / "a.png"), pixels[..., 0])


def test_pixels_that_are_not_contiguous_are_written_right(
    pixels: NDArray[np.uint8], tmp_path: Path
) -> None:
    save_picture(tmp_path / "a.png", pixels[::-1, ::2])
    assert np.array_equal(read(tmp_path / "a.png"), pixels[::-1, ::2])


@pytest.mark.parametrize("name", ["a.gif", "a", "a.jpg.txt"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(
    pixels: NDArray[np.uint8], tmp_path: Path, name: str
) -> None:
    with pytest.raises(PictureError) as caught:
        save_picture(tmp_path / name, pixels)
    assert name in str(caught.value)
    assert ".png, .jpg" in str(caught.value)
    assert not list(tmp_path.glob("a*"))


def test_a_side_that_the_format_cannot_hold_is_refused(tmp_path: Path) -> None:
    wide = np.zeros((1, 16_384, 3), np.uint8)
    with pytest.raises(PictureError, match=r"16384 x 1 pixels .* 16383 a side; save it as PNG"):
        save_picture(tmp_path / "a.webp", wide)
    save_picture(tmp_path / "a.png", wide)


def test_a_failed_save_leaves_the_old_file_and_nothing_else(
    pixels: NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "out" / "a.png"
    save_picture(file, pixels)
    before = file.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(StorageError, match="No space left"):
        save_picture(file, pixels[:5])
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["a.png"]


def test_a_folder_in_the_way_is_named(pixels: NDArray[np.uint8], tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(StorageError, match=r"a\.png: cannot be written"):
        save_picture(tmp_path / "a.png", pixels)


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4, 3)), np.zeros((4, 4, 4), np.uint8), np.zeros(4, np.uint8)]
)
def test_what_is_no_picture_is_a_mistake_of_the_caller(wrong: NDArray, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected uint8"):
        save_picture(tmp_path / "a.png", wrong)


def test_the_request_writes_the_file(pixels: NDArray[np.uint8], tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    assert execute(WritePicture(pixels, target), TaskContext(lambda _: None)) == target
    assert np.array_equal(read(target), pixels)
