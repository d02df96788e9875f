"""Damaged files of every kind end as a picture or a PictureError, and in nothing else."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.api.errors import PictureError
from engine.api.pictures import Picture
from engine.data.picture_loader import load_picture

PIXEL_LIMIT = 400_000
MAGICS = (
    *(b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"II*\0", b"MM\0*"),
    *(b"P6\n", b"P2 ", b"Pf\n", b"RIFF\x20\0\0\0WEBPVP8 ", b"II+\0"),
)


def _pillow(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _tiff(values: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, values, **options)
    return stream.getvalue()


def _sound_files() -> dict[str, bytes]:
    random = np.random.default_rng(0)
    pixels = cv2.GaussianBlur(random.integers(0, 256, (24, 31, 3), dtype=np.uint8), (5, 5), 0)
    rgb, deep = Image.fromarray(pixels), pixels.astype(np.uint16) * 257
    exif = Image.Exif()
    exif[0x0112] = 6
    files = {
        "jpeg": _pillow(rgb, "JPEG", exif=exif),
        "jpeg progressive": _pillow(rgb, "JPEG", progressive=True),
        "jpeg cmyk": _pillow(rgb.convert("CMYK"), "JPEG"),
        "webp": _pillow(rgb, "WEBP"),
        "webp lossless": _pillow(rgb.convert("RGBA"), "WEBP", lossless=True),
        "gif": _pillow(rgb.convert("P"), "GIF", transparency=3),
        "png deep": cv2.imencode(".png", deep)[1].tobytes(),
        "tiff deep lzw": cv2.imencode(".tiff", deep)[1].tobytes(),
        "tiff float": _tiff(deep.astype(np.float32), photometric="rgb"),
        "tiff deep zlib": _tiff(deep[..., 0], compression="zlib"),
        "pgm deep": b"P5\n31 24\n1023\n" + (deep[..., 0] >> 6).astype(">u2").tobytes(),
        "pgm plain": b"P2\n31 24\n255\n" + " ".join(map(str, pixels[..., 0].ravel())).encode(),
        "pfm": b"Pf\n31 24\n-1.0\n" + pixels[..., 0].astype("<f4").tobytes(),
    }
    for mode in ("RGB", "RGBA", "LA", "P", "1"):
        files[f"png {mode}"] = _pillow(rgb.convert(mode), "PNG")
    for mode in ("RGB", "P", "1"):
        files[f"bmp {mode}"] = _pillow(rgb.convert(mode), "BMP")
    for mode in ("RGB", "P", "CMYK"):
        files[f"tiff {mode}"] = _pillow(rgb.convert(mode), "TIFF")
    for compression in ("tiff_lzw", "packbits", "jpeg"):
        files[f"tiff {compression}"] = _pillow(rgb, "TIFF", compression=compression)
    for mode in ("RGB", "L", "1"):
        files[f"ppm {mode}"] = _pillow(rgb.convert(mode), "PPM")
    return files


SOUND = _sound_files()


@st.composite
def damage(draw: st.DrawFn, sound: bytes) -> bytes:
    """Flip, cut, insert and remove a few bytes, as often in the header as elsewhere."""
    data = bytearray(sound)
    for _ in range(draw(st.integers(1, 5))):
        if not data:
            break
        end = min(len(data), 120) if draw(st.booleans()) else len(data)
        place = draw(st.integers(0, end - 1))
        kind = draw(st.sampled_from(("replace", "flip", "cut", "insert", "remove")))
        if kind == "replace":
            data[place] = draw(st.sampled_from((0, 1, 127, 128, 255)))
        elif kind == "flip":
            data[place] ^= 1 << draw(st.integers(0, 7))
        elif kind == "cut":
            del data[place:]
        elif kind == "insert":
            data[place:place] = draw(st.binary(min_size=1, max_size=8))
        else:
            del data[place : place + draw(st.integers(1, 16))]
    return bytes(data)


def load(file: Path) -> Picture | None:
    """The picture, or None after a PictureError of one line that names the file."""
    try:
        return load_picture(file, PIXEL_LIMIT)
    except PictureError as error:
        text = str(error)
    assert str(file) in text
    assert text.isprintable()
    return None


@pytest.mark.parametrize("name", SOUND)
@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_damaged_file_is_a_picture_or_a_named_failure(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    file = tmp_path / "damaged.bin"
    file.write_bytes(data.draw(damage(SOUND[name])))
    outcome = load(file)
    if isinstance(outcome, Picture):
        assert outcome.pixels.dtype == np.uint8
        assert outcome.pixels.shape == (outcome.height, outcome.width, 3)
        assert outcome.width * outcome.height <= PIXEL_LIMIT


@pytest.mark.parametrize("name", SOUND)
def test_the_files_to_damage_are_sound(tmp_path: Path, name: str) -> None:
    (tmp_path / "sound.bin").write_bytes(SOUND[name])
    assert {load_picture(tmp_path / "sound.bin").width} <= {24, 31}


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(str.encode),
        st.tuples(
            st.sampled_from(MAGICS),
            st.binary(max_size=200),
        ).map(b"".join),
    )
)
def test_any_bytes_at_all_are_a_picture_or_a_named_failure(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "any.bin"
    file.write_bytes(content)
    load(file)
