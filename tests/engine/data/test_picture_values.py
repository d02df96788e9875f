"""Pictures of other numbers than bytes: how their values become colours that can be seen."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from engine.api.errors import PictureError
from engine.data.picture_loader import load_picture


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("channels", [1, 3])
def test_floats_are_stretched_from_their_smallest_to_their_largest_value(
    tmp_path: Path, random: np.random.Generator, kind: str, channels: int
) -> None:
    values = random.normal(5, 20, (9, 8, channels)).astype(kind).squeeze()
    photometric = "rgb" if channels == 3 else "minisblack"
    tifffile.imwrite(tmp_path / "a.tif", values, photometric=photometric)

    picture = load_picture(tmp_path / "a.tif")

    wide = values.astype(float).reshape(9, 8, channels)
    expected = (wide - wide.min()) / np.ptp(wide) * 255
    assert np.abs(picture.pixels - expected).max() <= 0.51
    assert np.array_equal(picture.source_values, values)
    assert picture.source_values.dtype == kind
    shown = f"{wide.min():.6g} to {wide.max():.6g} shown"
    name = "RGB" if channels == 3 else "grey"
    assert picture.mode == f"{name} float {kind[5:]}-bit, {shown}"


def test_not_finite_values_neither_stretch_the_range_nor_fail(tmp_path: Path) -> None:
    values = np.array(((np.nan, 2.0), (np.inf, 4.0), (-np.inf, 3.0)), np.float32)
    tifffile.imwrite(tmp_path / "a.tif", values)
    picture = load_picture(tmp_path / "a.tif")
    assert picture.pixels[..., 0].tolist() == [[0, 0], [255, 255], [0, 128]]
    assert picture.mode == "grey float 32-bit, 2 to 4 shown, 3 not finite"


def test_a_float_picture_without_any_finite_value_is_black(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.full((3, 3), np.nan, np.float32))
    picture = load_picture(tmp_path / "a.tif")
    assert not picture.pixels.any()
    assert picture.mode == "grey float 32-bit, no finite value"


def test_the_widest_floats_do_not_overflow(tmp_path: Path) -> None:
    largest = np.finfo(np.float32).max
    values = np.array(((-largest, 0, largest),), np.float32)
    tifffile.imwrite(tmp_path / "a.tif", values)
    assert load_picture(tmp_path / "a.tif").pixels[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "uint32"])
def test_other_integers_are_stretched_and_keep_their_values(
    tmp_path: Path, random: np.random.Generator, kind: str
) -> None:
    limits = np.iinfo(kind)
    values = random.integers(limits.min, limits.max, (6, 5), dtype=kind)
    tifffile.imwrite(tmp_path / "a.tif", values)
    picture = load_picture(tmp_path / "a.tif")
    wide = values.astype(float)
    expected = (wide - wide.min()) / np.ptp(wide) * 255
    assert np.abs(picture.pixels[..., 0] - expected).max() <= 0.51
    assert np.array_equal(picture.source_values, values)
    assert f"{wide.min():.6g} to {wide.max():.6g} shown" in picture.mode


def test_a_tiff_of_twelve_bits_is_scaled_by_twelve_bits(tmp_path: Path) -> None:
    # Two values share three bytes: 0xFFF and 0x800.
    tags = [(256, 4, 2), (257, 4, 1), (258, 3, 12), (259, 3, 1), (262, 3, 1), (273, 4, 8)]
    tags += [(277, 3, 1), (278, 4, 1), (279, 4, 3)]
    table = struct.pack("<H", len(tags)) + b"".join(
        struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags
    )
    data = b"II*\0" + struct.pack("<I", 12) + b"\xff\xf8\x00\0" + table + bytes(4)
    (tmp_path / "a.tif").write_bytes(data)
    picture = load_picture(tmp_path / "a.tif")
    assert picture.source_values.tolist() == [[4095, 2048]]
    assert picture.pixels[0, :, 0].tolist() == [255, 128]


def test_more_channels_than_colours_are_kept_and_named(tmp_path: Path) -> None:
    values = np.arange(2 * 2 * 6, dtype=np.uint16).reshape(2, 2, 6)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack", planarconfig="contig")
    picture = load_picture(tmp_path / "a.tif")
    assert np.array_equal(picture.source_values, values)
    assert picture.mode == "grey 16-bit and 5 more channels, 0 to 255 shown"


@pytest.mark.parametrize("white", [1, 100, 255, 1023, 65535])
@pytest.mark.parametrize("is_plain", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_netpbm_is_scaled_by_the_white_of_its_header(
    tmp_path: Path, random: np.random.Generator, white: int, is_plain: bool, channels: int
) -> None:
    values = random.integers(0, white + 1, (6, 5, channels))
    magic = {(1, False): 5, (3, False): 6, (1, True): 2, (3, True): 3}[channels, is_plain]
    head = f"P{magic}\n# a comment\n5 6\n{white}\n".encode()
    body = (
        " ".join(map(str, values.ravel())).encode()
        if is_plain
        else values.astype(">u2" if white > 255 else np.uint8).tobytes()
    )
    (tmp_path / "a.pnm").write_bytes(head + body)

    picture = load_picture(tmp_path / "a.pnm")

    expected = np.broadcast_to(values / white * 255, (6, 5, 3))
    assert np.abs(picture.pixels - expected).max() <= 0.51
    if white > 255:
        assert np.array_equal(picture.source_values, values.squeeze())
        assert picture.mode.endswith(f"16-bit, 0 to {white} shown")
    else:
        assert picture.source_values is None


def test_a_portable_float_map_is_read_from_the_bottom_up(tmp_path: Path) -> None:
    values = np.array(((1, 2), (3, 5)), "<f4")
    (tmp_path / "a.pgm").write_bytes(b"Pf\n2 2\n-1.0\n" + values[::-1].tobytes())
    picture = load_picture(tmp_path / "a.pgm")
    assert np.array_equal(picture.source_values, values)
    assert picture.pixels[..., 0].tolist() == [[0, 64], [128, 255]]


@pytest.mark.parametrize(("bits", "white"), [(8, 255), (10, 1023), (12, 4095), (14, 65535)])
def test_fewer_bits_stored_in_sixteen_are_seen(tmp_path: Path, bits: int, white: int) -> None:
    values = np.linspace(0, 2**bits - 1, 600).round().astype(np.uint16).reshape(20, 30)
    cv2.imwrite(str(tmp_path / "a.png"), values)

    picture = load_picture(tmp_path / "a.png")

    assert np.abs(picture.pixels[..., 0] - values / white * 255).max() <= 0.51
    assert picture.mode == f"grey 16-bit, 0 to {white} shown"
    assert np.array_equal(picture.source_values, values)


def test_the_range_of_sixteen_bits_can_be_chosen(tmp_path: Path) -> None:
    values = np.linspace(100, 4000, 600).round().astype(np.uint16).reshape(20, 30)
    cv2.imwrite(str(tmp_path / "a.png"), values)

    stored = load_picture(tmp_path / "a.png", value_range="stored")
    stretched = load_picture(tmp_path / "a.png", value_range="stretched")

    assert stored.pixels.max() == 16
    assert stored.mode == "grey 16-bit, 0 to 65535 shown"
    assert (stretched.pixels.min(), stretched.pixels.max()) == (0, 255)
    assert stretched.mode == "grey 16-bit, 100 to 4000 shown"


def test_floats_compressed_with_their_own_predictor_are_read(tmp_path: Path) -> None:
    values = np.linspace(0, 9, 600, dtype=np.float32).reshape(20, 30)
    file = tmp_path / "a.tif"
    Image.fromarray(values).save(file, compression="tiff_adobe_deflate", tiffinfo={317: 3})

    picture = load_picture(file)

    assert np.array_equal(picture.source_values, values)
    assert picture.mode == "grey float 32-bit, 0 to 9 shown"


def test_sixteen_bits_compressed_by_zstandard_are_read(tmp_path: Path) -> None:
    values = np.arange(600, dtype=np.uint16).reshape(20, 30) * 100
    Image.fromarray(values).save(tmp_path / "a.tif", compression="zstd")

    assert np.array_equal(load_picture(tmp_path / "a.tif").source_values, values)


def test_a_compression_that_nobody_here_reads_is_named(tmp_path: Path) -> None:
    values = np.arange(600, dtype=np.uint16).reshape(20, 30) * 100
    file = tmp_path / "a.tif"
    Image.fromarray(values).save(file, compression="tiff_deflate")
    data = file.read_bytes()
    # The entry of tag 259, a short: number 34925 stands for LZMA.
    entry = data.index(struct.pack("<HHI", 259, 3, 1))
    file.write_bytes(data[: entry + 8] + struct.pack("<H", 34925) + data[entry + 10 :])

    with pytest.raises(PictureError, match="compressed as LZMA") as caught:
        load_picture(file)
    assert "damaged" not in str(caught.value)
