"""Every kind of picture file that the loader knows, against values worked out by hand."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from engine.data.picture_loader import load_picture

LIGHT, DARK = 255, 204


@pytest.fixture
def colours(random: np.random.Generator) -> NDArray[np.uint8]:
    return random.integers(0, 256, (11, 17, 3), dtype=np.uint8)


@pytest.fixture
def deep(random: np.random.Generator) -> NDArray[np.uint16]:
    return random.integers(0, 65536, (11, 17, 4), dtype=np.uint16)


def checkerboard(height: int, width: int, square_px: int = 8) -> NDArray[np.int64]:
    return np.array(
        [
            [LIGHT if (y // square_px + x // square_px) % 2 == 0 else DARK for x in range(width)]
            for y in range(height)
        ]
    )[..., None]


def png_bytes(depth: int, colour_type: int, rows: list[bytes], *chunks: tuple[bytes, bytes]):
    """A PNG written by hand, where no library writes this kind."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type]
    width = len(rows[0]) * 8 // (depth * channels)
    header = struct.pack(">IIBBBBB", width, len(rows), depth, colour_type, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [(b"IHDR", header), *chunks, (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm", "webp"])
def test_a_lossless_rgb_file_gives_back_the_same_pixels(
    colours: NDArray[np.uint8], tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / f"a.{suffix}"
    Image.fromarray(colours).save(file, lossless=True)

    picture = load_picture(file)

    assert np.array_equal(picture.pixels, colours)
    assert (picture.mode, picture.path, picture.source_values) == ("RGB", file, None)
    assert (picture.width, picture.height) == (17, 11)


def test_pixels_are_contiguous_bytes_that_nobody_can_change(
    colours: NDArray[np.uint8], tmp_path: Path
) -> None:
    Image.fromarray(colours).save(tmp_path / "a.png")
    pixels = load_picture(tmp_path / "a.png").pixels

    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0, 0] = 1


def test_a_jpeg_comes_close_to_what_was_saved(tmp_path: Path) -> None:
    ramp = np.zeros((32, 32, 3), np.uint8)
    ramp[..., 0], ramp[..., 1], ramp[..., 2] = 200, np.arange(32) * 4, 30
    Image.fromarray(ramp).save(tmp_path / "a.jpg", quality=95, subsampling=0)
    assert np.abs(load_picture(tmp_path / "a.jpg").pixels.astype(int) - ramp).max() <= 6


@pytest.mark.parametrize("suffix", ["png", "tiff", "bmp", "pgm"])
def test_grey_becomes_three_equal_channels(
    colours: NDArray[np.uint8], tmp_path: Path, suffix: str
) -> None:
    grey = colours[..., 0]
    Image.fromarray(grey).save(tmp_path / f"a.{suffix}")
    picture = load_picture(tmp_path / f"a.{suffix}")
    assert np.array_equal(picture.pixels, np.dstack((grey,) * 3))
    assert picture.mode == "grey"


@pytest.mark.parametrize("suffix", ["png", "tiff", "bmp", "pbm"])
def test_one_bit_becomes_black_and_white(
    colours: NDArray[np.uint8], tmp_path: Path, suffix: str
) -> None:
    is_white = colours[..., 0] > 127
    Image.fromarray(is_white).save(tmp_path / f"a.{suffix}")
    picture = load_picture(tmp_path / f"a.{suffix}")
    assert np.array_equal(picture.pixels, np.dstack((is_white,) * 3) * np.uint8(255))
    assert picture.mode == "black and white"


@pytest.mark.parametrize("suffix", ["png", "gif", "bmp", "tiff"])
def test_a_palette_is_looked_up(tmp_path: Path, suffix: str, random: np.random.Generator) -> None:
    indices = random.integers(0, 3, (9, 9), dtype=np.uint8)
    palette = np.array([(250, 0, 10), (0, 200, 30), (5, 6, 240)], np.uint8)
    image = Image.fromarray(indices)
    image.putpalette(palette.ravel().tolist())
    image.save(tmp_path / f"a.{suffix}")
    picture = load_picture(tmp_path / f"a.{suffix}")
    assert np.array_equal(picture.pixels, palette[indices])
    assert picture.mode == "palette"


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_a_transparent_palette_entry_shows_the_checkerboard(tmp_path: Path, suffix: str) -> None:
    indices = np.zeros((16, 16), np.uint8)
    indices[:, 8:] = 1
    image = Image.fromarray(indices)
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.save(tmp_path / f"a.{suffix}", transparency=1)
    picture = load_picture(tmp_path / f"a.{suffix}")
    assert (picture.pixels[:, :8] == (10, 20, 30)).all()
    assert np.array_equal(
        picture.pixels[:, 8:], np.broadcast_to(checkerboard(16, 16)[:, 8:], (16, 8, 3))
    )
    assert picture.mode == "palette with transparency"


@pytest.mark.parametrize(("mode", "title"), [("RGBA", "RGB with alpha"), ("LA", "grey with alpha")])
@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_alpha_is_laid_over_a_checkerboard(
    tmp_path: Path, random: np.random.Generator, mode: str, title: str, suffix: str
) -> None:
    values = random.integers(0, 256, (20, 20, len(mode)), dtype=np.uint8)
    values[:10, :, -1], values[10:15, :, -1] = 255, 0
    Image.fromarray(values).save(tmp_path / f"a.{suffix}")

    picture = load_picture(tmp_path / f"a.{suffix}")

    colour = values[..., :-1].astype(float)
    opacity = values[..., -1:] / 255
    expected = colour * opacity + checkerboard(20, 20) * (1 - opacity)
    assert np.abs(picture.pixels - expected).max() <= 1
    assert picture.mode == title


def test_the_squares_of_the_checkerboard_grow_with_the_picture(tmp_path: Path) -> None:
    Image.new("RGBA", (640, 20), (0, 0, 0, 0)).save(tmp_path / "a.png")
    expected = np.broadcast_to(checkerboard(20, 640, 20), (20, 640, 3))
    assert np.array_equal(load_picture(tmp_path / "a.png").pixels, expected)


def test_a_transparent_colour_of_an_rgb_png_shows_the_checkerboard(tmp_path: Path) -> None:
    pixels = np.full((8, 8, 3), 9, np.uint8)
    pixels[2, 3] = (1, 2, 3)
    Image.fromarray(pixels).save(tmp_path / "a.png", transparency=(1, 2, 3))
    picture = load_picture(tmp_path / "a.png")
    assert tuple(picture.pixels[2, 3]) == (LIGHT,) * 3
    assert (picture.pixels[3] == 9).all()
    assert picture.mode == "RGB with transparency"


def jpeg_without_adobe_marker(data: bytes) -> bytes:
    start = data.index(b"\xff\xee")
    return data[:start] + data[start + 2 + int.from_bytes(data[start + 2 : start + 4], "big") :]


@pytest.mark.parametrize("is_adobe", [True, False])
def test_cmyk_jpegs_have_the_right_colours_inverted_or_not(tmp_path: Path, is_adobe: bool) -> None:
    ink = np.array((30, 200, 90, 60))
    file = tmp_path / "a.jpg"
    Image.new("CMYK", (16, 16), tuple(ink.tolist())).save(file, quality=100)
    if not is_adobe:  # the same stored bytes then mean the opposite amounts of ink
        file.write_bytes(jpeg_without_adobe_marker(file.read_bytes()))
        ink = 255 - ink
    picture = load_picture(file)
    expected = (255 - ink[:3]) * (255 - ink[3]) / 255
    assert np.abs(picture.pixels - expected).max() <= 3
    assert picture.mode == "CMYK"


def test_a_cmyk_tiff_has_the_right_colours(tmp_path: Path) -> None:
    Image.new("CMYK", (4, 4), (30, 200, 90, 60)).save(tmp_path / "a.tif")
    expected = (255 - np.array((30, 200, 90))) * (255 - 60) / 255
    assert np.abs(load_picture(tmp_path / "a.tif").pixels - expected).max() <= 1


def test_only_the_first_frame_of_a_gif_is_shown(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (6, 5), colour) for colour in ("red", "lime")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (load_picture(tmp_path / "a.gif").pixels == (255, 0, 0)).all()


def as_bytes(values: NDArray[np.uint16]) -> NDArray[np.float64]:
    return np.floor(values.astype(float) / 65535 * 255 + 0.5)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_sixteen_bits_are_scaled_by_the_full_range_and_kept(
    deep: NDArray[np.uint16], tmp_path: Path, channels: int, suffix: str
) -> None:
    values = deep[..., :channels].squeeze()
    # OpenCV stores the channels the other way round; its TIFF is compressed by LZW.
    cv2.imwrite(str(tmp_path / f"a.{suffix}"), values[..., ::-1] if channels == 3 else values)

    picture = load_picture(tmp_path / f"a.{suffix}")

    assert picture.source_values is not None
    assert picture.source_values.dtype == np.uint16
    assert np.array_equal(picture.source_values, values)
    assert not picture.source_values.flags.writeable
    grey = as_bytes(values)
    assert np.array_equal(picture.pixels, np.dstack((grey,) * 3) if channels == 1 else grey)
    name = "grey" if channels == 1 else "RGB"
    assert picture.mode == f"{name} 16-bit, 0 to 65535 shown"


@pytest.mark.parametrize("has_colour", [True, False])
def test_sixteen_bits_with_alpha_in_a_png(
    deep: NDArray[np.uint16], tmp_path: Path, has_colour: bool
) -> None:
    values = deep if has_colour else deep[..., 2:]
    rows = [row.astype(">u2").tobytes() for row in values]
    (tmp_path / "a.png").write_bytes(png_bytes(16, 6 if has_colour else 4, rows))

    picture = load_picture(tmp_path / "a.png")

    assert np.array_equal(picture.source_values, values)
    opacity = values[..., -1:] / 65535
    expected = values[..., :-1] / 257 * opacity + checkerboard(11, 17) * (1 - opacity)
    assert np.abs(picture.pixels - expected).max() <= 1.5
    name = "RGB" if has_colour else "grey"
    assert picture.mode == f"{name} 16-bit with alpha, 0 to 65535 shown"


def test_a_transparent_value_of_a_deep_grey_png_shows_the_checkerboard(tmp_path: Path) -> None:
    values = np.array(((10000, 20000), (30000, 40000)), ">u2")
    transparent = (b"tRNS", struct.pack(">H", 30000))
    (tmp_path / "a.png").write_bytes(
        png_bytes(16, 0, [row.tobytes() for row in values], transparent)
    )
    assert load_picture(tmp_path / "a.png").pixels[..., 0].tolist() == [[39, 78], [LIGHT, 156]]


def test_a_bad_colour_profile_of_a_deep_png_is_passed_over_in_silence(
    deep: NDArray[np.uint16], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = [row.astype(">u2").tobytes() for row in deep[..., :3]]
    (tmp_path / "a.png").write_bytes(png_bytes(16, 2, rows, (b"iCCP", b"x\0\0junk")))
    assert np.array_equal(load_picture(tmp_path / "a.png").source_values, deep[..., :3])
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_deep_tiffs_with_alpha_are_read_in_every_layout(
    deep: NDArray[np.uint16], tmp_path: Path, compression: str | None, planes: str
) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif",
        deep if planes == "contig" else np.moveaxis(deep, 2, 0),
        photometric="rgb",
        planarconfig=planes,
        extrasamples=["unassalpha"],
        compression=compression,
    )
    picture = load_picture(tmp_path / "a.tif")
    assert np.array_equal(picture.source_values, deep)
    assert picture.mode == "RGB 16-bit with alpha, 0 to 65535 shown"


def test_premultiplied_alpha_is_not_applied_twice(tmp_path: Path) -> None:
    values = np.full((4, 4, 4), 65535 // 2, np.uint16)  # white at half opacity
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", extrasamples=["assocalpha"])
    assert np.abs(load_picture(tmp_path / "a.tif").pixels.astype(int) - 255).max() <= 1


def test_white_is_zero_is_turned_round_for_the_eye_alone(tmp_path: Path) -> None:
    values = np.array(((0, 65535), (25700, 100)), np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="miniswhite")
    picture = load_picture(tmp_path / "a.tif")
    assert picture.pixels[..., 0].tolist() == [[255, 0], [155, 255]]
    assert np.array_equal(picture.source_values, values)


def test_content_decides_and_not_the_suffix(colours: NDArray[np.uint8], tmp_path: Path) -> None:
    Image.fromarray(colours).save(tmp_path / "a.png")
    renamed = (tmp_path / "a.png").rename(tmp_path / "b.JPG")
    assert np.array_equal(load_picture(renamed).pixels, colours)


def test_a_name_with_letters_of_every_kind_is_opened(
    colours: NDArray[np.uint8], tmp_path: Path
) -> None:
    file = tmp_path / "Größe 写真 🙂 #1.png"
    Image.fromarray(colours).save(file)
    assert load_picture(file).path == file


def test_as_many_pixels_as_the_limit_are_allowed(
    colours: NDArray[np.uint8], tmp_path: Path
) -> None:
    Image.fromarray(colours).save(tmp_path / "a.png")
    assert load_picture(tmp_path / "a.png", 11 * 17).width == 17


def test_real_photographs_are_read(data_folder: Path) -> None:
    files = sorted((data_folder / "coco128-train" / "images").glob("*.jpg"))[:10]
    if not files:
        pytest.skip("no photographs in the real data")
    for file in files:
        with Image.open(file) as image:
            expected = np.asarray(image.convert("RGB"))
        assert np.array_equal(load_picture(file).pixels, expected)
