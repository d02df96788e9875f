"""Every bad file gives one line that names it, the reason and a cure."""

from __future__ import annotations

import io
import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from engine.api.errors import PictureError
from engine.data.picture_loader import load_picture
from engine.data.thumbnails import load_thumbnail


def message(file: Path, pixel_limit: int = 1_000_000) -> str:
    """The error of a bad file; its form is checked here for all of them."""
    with pytest.raises(PictureError) as caught:
        load_picture(file, pixel_limit)
    text = str(caught.value)
    assert file.name in text
    assert text.isprintable(), "one line without control characters"
    assert "; " in text, "a reason and a cure"
    assert len(text) < 200 + len(str(file))
    assert load_thumbnail(file, 32, pixel_limit).problem == text
    return text


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


@pytest.fixture
def photograph(random: np.random.Generator) -> Image.Image:
    return Image.fromarray(random.integers(0, 256, (60, 80, 3), dtype=np.uint8))


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    assert "does not exist" in message(tmp_path / "gone.jpg")


def test_a_file_in_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    assert "cannot be opened" in message(tmp_path / "a.txt" / "b.jpg")


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    assert "is empty (0 bytes)" in message(tmp_path / "a.jpg")


def test_a_folder_with_the_name_of_a_picture(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").mkdir()
    assert "is a folder" in message(tmp_path / "a.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a thing of Unix")
def test_a_named_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    assert "device or pipe" in message(tmp_path / "a.jpg")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="the administrator may read every file; see the next test",
)
def test_a_file_that_may_not_be_read(photograph: Image.Image, tmp_path: Path) -> None:
    photograph.save(tmp_path / "a.png")
    (tmp_path / "a.png").chmod(0)
    assert "may not be read" in message(tmp_path / "a.png")


def test_a_refusal_of_the_system_to_open_a_file(
    photograph: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photograph.save(tmp_path / "a.png")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert "may not be read; change its permissions" in message(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"These are notes,\nnot a picture.\n", "is text"),
        ("Grüße\n".encode() * 200, "is text"),
        (b"<?xml version='1.0'?><svg/>", "an XML or SVG document"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"PK\x03\x04rest", "a ZIP archive"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "a video"),
        (bytes(range(1, 250)) * 3, "is of an unknown kind"),
        (b"\0", "is of an unknown kind"),
    ],
)
def test_a_file_of_another_kind_with_the_suffix_of_a_picture(
    tmp_path: Path, content: bytes, kind: str
) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    text = message(tmp_path / "a.jpg")
    assert kind in text
    assert "choose a JPEG, PNG, WebP" in text


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "PPM", "GIF"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_picture_that_is_cut_short(
    photograph: Image.Image, tmp_path: Path, kind: str, part: float
) -> None:
    data = encoded(photograph, kind)
    (tmp_path / "a.bin").write_bytes(data[: int(len(data) * part)])
    text = message(tmp_path / "a.bin")
    assert "cut short" in text or "damaged" in text
    assert "copy or export it again" in text


def test_a_header_alone_is_told_from_another_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert "the PNG header is damaged" in message(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_a_deep_picture_that_is_cut_short(
    tmp_path: Path, suffix: str, random: np.random.Generator
) -> None:
    values = random.integers(0, 65536, (60, 80, 3), dtype=np.uint16)
    data = cv2.imencode(f".{suffix}", values)[1].tobytes()
    (tmp_path / f"a.{suffix}").write_bytes(data[: len(data) // 2])
    assert "copy or export it again" in message(tmp_path / f"a.{suffix}")


def test_a_flipped_bit_in_a_png_is_noticed(photograph: Image.Image, tmp_path: Path) -> None:
    data = bytearray(encoded(photograph, "PNG"))
    data[len(data) // 2] ^= 1
    (tmp_path / "a.png").write_bytes(data)
    assert "the picture data is damaged" in message(tmp_path / "a.png")


def huge_png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    body = b"IDAT" + zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in (chunk, body, b"IEND")
    )


def test_a_decompression_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(huge_png(50_000, 40_000))
    text = message(tmp_path / "a.png", 200_000_000)
    assert "50000 x 40000 = 2,000.00 megapixels exceed the limit of 200.00" in text
    assert "raise the limit" in text


def test_a_webp_may_have_a_third_of_the_pixels_as_it_takes_thrice_the_memory(
    photograph: Image.Image, tmp_path: Path
) -> None:
    photograph.save(tmp_path / "a.webp")
    load_picture(tmp_path / "a.webp", 3 * 60 * 80)
    text = message(tmp_path / "a.webp", 3 * 60 * 80 - 1)
    assert "for WebP" in text
    assert "raise the limit" in text


def test_one_pixel_above_the_limit_is_refused(photograph: Image.Image, tmp_path: Path) -> None:
    photograph.save(tmp_path / "a.bmp")
    message(tmp_path / "a.bmp", 60 * 80 - 1)
    load_picture(tmp_path / "a.bmp", 60 * 80)


def test_the_limit_holds_for_deep_tiffs_that_pillow_does_not_know(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((40, 50, 3), np.float32), photometric="rgb")
    assert "50 x 40" in message(tmp_path / "a.tif", 1000)


def test_many_pixels_below_the_limit_raise_no_warning(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    # Above Pillow's own limit, which warns at 89 and fails at 179 megapixels.
    (tmp_path / "a.png").write_bytes(huge_png(19_000, 10_000))
    with pytest.raises(PictureError, match=r"damaged|cut short"):
        load_picture(tmp_path / "a.png", 200_000_000)
    assert not recwarn.list


def test_warnings_of_the_decoder_stay_inside(
    photograph: Image.Image, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    data = encoded(photograph, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(40))
    (tmp_path / "a.jpg").write_bytes(data)
    assert load_picture(tmp_path / "a.jpg").width == 80
    assert not recwarn.list


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg", "packbits"])
def test_a_damaged_tiff_leaves_standard_error_empty(
    photograph: Image.Image,
    tmp_path: Path,
    compression: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    data = bytearray(encoded(photograph, "TIFF", compression=compression))
    data[300:2000] = bytes(reversed(data[300:2000]))
    (tmp_path / "a.tif").write_bytes(data)
    for file in (tmp_path / "a.tif", tmp_path / "b.tif"):
        file.write_bytes(data[:2500] if file.stem == "b" else data)
        with suppress(PictureError):
            load_picture(file)
    assert capfd.readouterr().err == ""


def test_complex_numbers_are_not_a_picture(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 4), np.complex64))
    assert "holds a volume or complex numbers; save it as" in message(tmp_path / "a.tif")


def test_a_plain_netpbm_with_words_among_its_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.pgm").write_bytes(b"P2\n2 2\n255\n1 2 three 4\n")
    assert "the picture data is damaged" in message(tmp_path / "a.pgm")


def test_a_line_break_in_the_name_stays_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "a\nb.jpg"
    try:
        file.write_bytes(b"")
    except OSError:
        pytest.skip("the file system has no such names")
    with pytest.raises(PictureError) as caught:
        load_picture(file)
    assert "a\\nb.jpg: is empty" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_nul_in_the_name_is_a_bad_picture_and_no_crash() -> None:
    with pytest.raises(PictureError, match="cannot be opened"):
        load_picture(Path("a\0b.jpg"))
