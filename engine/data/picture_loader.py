"""The one loader of picture files: for the screen, for models and for export alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFile

from engine.api.pictures import DEFAULT_PIXEL_LIMIT, Picture, ValueRange
from engine.data.deep_pictures import DeepPicture, Values, read_deep_picture
from engine.data.picture_file import (
    DECODER_FAILURES,
    SizeLimits,
    check_file_size,
    open_picture_file,
    read_header,
    unknown_content,
    wrap_decoder_failures,
)

_ORIENTATION_TAG = 0x0112
_JPEG_FORMATS = ("JPEG", "MPO")
_MEMORY_A_PIXEL = {"WEBP": 3.0}
"""Against other formats: its decoder keeps four copies of a picture, however small the file."""
_MEMORY_OF_MODES = {"CMYK": 1.6, "RGBA": 1.25, "LA": 1.25, "PA": 1.25}
"""Against plain colours: of these a copy is kept until they are RGB."""
_LARGEST_REDUCED_PX = 64_000_000
_VALUES_AT_ONCE = 1 << 20
_LIGHT, _DARK = 255, 204
_WHITE_OF_16_BITS = 65535
_BITS_IN_16 = (8, 10, 12)
"""What cameras and scanners store in 16 bits; 14 of 16 are still seen as they are."""

_MODE_TITLES = {
    "1": "black and white",
    "L": "grey",
    "LA": "grey with alpha",
    "La": "grey with alpha",
    "P": "palette",
    "PA": "palette with alpha",
    "RGB": "RGB",
    "RGBX": "RGB",
    "RGBA": "RGB with alpha",
    "RGBa": "RGB with alpha",
    "CMYK": "CMYK",
    "YCbCr": "YCbCr",
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class DecodedPicture(NamedTuple):
    """A picture turned upright and laid over the checkerboard.

    Attributes:
        image: RGB, smaller than the file says where a draft was asked for.
        size: width and height of the whole upright picture.
    """

    image: Image.Image
    mode: str
    source_values: Values | None
    size: tuple[int, int]


def load_picture(
    path: Path,
    pixel_limit: int = DEFAULT_PIXEL_LIMIT,
    value_range: ValueRange = "automatic",
) -> Picture:
    """Decode the first frame of a picture file, upright, as RGB.

    Values of 16 bits are scaled by `value_range` (those of a PGM or PPM by its own white); floats,
    and integers of more bits or with a sign, from their smallest to their largest finite value.
    `mode` says which. Transparent pictures are laid over a checkerboard.

    Args:
        path: a regular file; its content decides, not its suffix.
        pixel_limit: the most pixels, checked before decoding.
        value_range: of pictures with 16 bits a value.

    Raises:
        PictureError: one line with the file, the reason and the cure.
    """
    decoded = decode_picture(path, pixel_limit, value_range=value_range)
    return Picture(np.asarray(decoded.image), path, decoded.mode, decoded.source_values)


def decode_picture(
    path: Path,
    pixel_limit: int,
    draft_px: int | None = None,
    value_range: ValueRange = "automatic",
) -> DecodedPicture:
    """Decode a file as `load_picture` does, for callers that go on with Pillow.

    Args:
        draft_px: allows a JPEG to be decoded at an eighth to a half of its size, with both sides
            this long at least.
        value_range: of pictures with 16 bits a value.

    Raises:
        PictureError: one line with the file, the reason and the cure.
    """
    limits = SizeLimits(path, pixel_limit, None if draft_px is None else _LARGEST_REDUCED_PX)
    with open_picture_file(path) as stream, wrap_decoder_failures(path):
        header = read_header(stream)
        if header is not None:
            share = _MEMORY_A_PIXEL.get(header.format or "", 1.0)
            kind = f" for {header.format_description}" if share > 1 else ""
            if share == 1:
                share = _MEMORY_OF_MODES.get(header.mode, 1.0)
                kind = f" for {_MODE_TITLES.get(header.mode)}" if share > 1 else ""
            if header.format in _JPEG_FORMATS:
                limits = limits._replace(reduced_limit=None)
            limits.check(header.width, header.height, share, kind)
            if header.format != "TIFF":
                check_file_size(path, stream, header.width * header.height)
        if header is not None and header.format == "PNG":
            header.verify()  # compares the checksums, which decoding passes over
            header = read_header(stream)
        deep = read_deep_picture(header, stream, limits)
        if deep is None:
            if header is None:
                raise unknown_content(path, stream)
            return _finish(header, draft_px)
    return _finish_deep(deep, value_range)


def _finish(header: ImageFile.ImageFile, draft_px: int | None) -> DecodedPicture:
    orientation = _orientation(header)
    size = header.size
    if draft_px is not None and header.format in _JPEG_FORMATS:
        header.draft(header.mode, (draft_px, draft_px))
    header.load()
    mode = _MODE_TITLES.get(header.mode, header.mode)
    # Pillow turns a TIFF while loading it.
    turn = None if header.format == "TIFF" else _TURNS.get(orientation)
    image = header if turn is None else header.transpose(turn)
    if header.format in _JPEG_FORMATS and header.mode == "CMYK" and "adobe" not in header.info:
        image = ImageChops.invert(image)  # Pillow takes every one for Adobe's, which is inverted
    if image.has_transparency_data:
        mode = mode if "alpha" in mode else f"{mode} with transparency"
        image = _over_checkerboard(image if image.mode == "RGBA" else image.convert("RGBA"))
    if image.mode != "RGB":
        image = image.convert("RGB")
    if turn is None:
        size = image.size if header.format == "TIFF" else size
    elif orientation >= 5:
        size = size[::-1]
    return DecodedPicture(image, mode, None, size)


def _orientation(header: Image.Image) -> int:
    try:
        value = header.getexif().get(_ORIENTATION_TAG, 1)
    except DECODER_FAILURES:
        return 1  # a damaged note about the picture, not a damaged picture
    return value if value in _TURNS else 1


def _over_checkerboard(image: Image.Image) -> Image.Image:
    """Lay an RGBA picture over light and dark squares, which show what is transparent."""
    width, height = image.size
    square_px = max(8, max(width, height) // 32)
    whole = Image.new("RGB", image.size)
    columns = np.arange(width) // square_px
    for top in range(0, height, square_px):  # a row of squares after the other, to save memory
        part = image.crop((0, top, width, min(height, top + square_px)))
        row = np.where(top // square_px + columns & 1, np.uint8(_DARK), np.uint8(_LIGHT))
        squares = np.broadcast_to(row[None, :, None], (part.height, width, 3))
        board = Image.fromarray(np.ascontiguousarray(squares))
        board.paste(part, mask=part.getchannel("A"))
        whole.paste(board, (0, top))
    return whole


def _finish_deep(deep: DeepPicture, value_range: ValueRange) -> DecodedPicture:
    values = _turn(deep.values, deep.orientation)
    channels = values if values.ndim == 3 else values[..., None]
    colours = 3 if deep.colour == "RGB" else 1
    white = _white(channels[..., :colours], deep.white, value_range)
    shown, shown_range = _to_bytes(channels[..., :colours], white)
    if deep.is_inverted:
        shown = 255 - shown
    shown = shown.repeat(3, axis=2) if colours == 1 else shown
    image = Image.fromarray(np.ascontiguousarray(shown))
    if deep.has_alpha:
        alpha = _opacity(channels[..., colours], deep.white)
        stored = "RGBa" if deep.is_premultiplied else "RGBA"
        layered = Image.frombytes(stored, image.size, np.dstack((shown, alpha)).tobytes())
        image = _over_checkerboard(layered.convert("RGBA"))
    is_lossless = values.dtype == np.uint8
    mode = _deep_mode(deep, values.dtype, channels.shape[2] - colours, shown_range)
    kept = None if is_lossless else np.ascontiguousarray(values)
    if kept is not None:
        kept.flags.writeable = False
    return DecodedPicture(image, mode, kept, image.size)


def _turn(values: Values, orientation: int) -> Values:
    if orientation in (5, 6, 7, 8):
        values = values.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    return values


def _white(values: Values, white: int | None, value_range: ValueRange) -> int | None:
    """Return the value that is shown as white; None for the largest that occurs."""
    if white != _WHITE_OF_16_BITS or value_range == "stored":
        return white
    if value_range == "stretched":
        return None
    largest = int(values.max())
    return next((2**bits - 1 for bits in _BITS_IN_16 if largest < 2**bits), white)


def _to_bytes(values: Values, white: int | None) -> tuple[NDArray[np.uint8], str]:
    """Scale to [0, 255]; also returns the range shown, in words."""
    shown = np.zeros(values.shape, np.uint8)
    if white is not None:
        scaled = np.rint(np.arange(65536) * (255 / white)).clip(0, 255).astype(np.uint8)
        for rows in _strips(values):
            np.take(scaled, values[rows], out=shown[rows])
        return shown, f"0 to {white} shown"
    ends, missing = [], 0
    for rows in _strips(values):
        finite = values[rows][np.isfinite(values[rows])]
        missing += values[rows].size - finite.size
        if finite.size:
            ends.append((float(finite.min()), float(finite.max())))
    if not ends:
        return shown, "no finite value"
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    for rows in _strips(values):
        shown[rows] = _between(values[rows], low, high)
    note = f", {missing} not finite" if missing else ""
    return shown, f"{low:.6g} to {high:.6g} shown{note}"


def _strips(values: Values) -> Iterator[slice]:
    """Yield the rows of a picture in parts: what is worked out on the way takes little memory."""
    rows = max(1, _VALUES_AT_ONCE // max(1, values[:1].size))
    return (slice(top, top + rows) for top in range(0, len(values), rows))


def _between(values: Values, low: float, high: float) -> NDArray[np.uint8]:
    """Scale from `low` to `high`; what is no number counts as the lowest."""
    # Halved, because the span of the largest floats is no float itself.
    half_span = high / 2 - low / 2 or 1.0
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        wide = values.astype(np.promote_types(values.dtype, np.float32))
        fraction = (wide / 2 - low / 2) / half_span
        fraction = np.nan_to_num(fraction, nan=0.0, posinf=1.0, neginf=0.0).clip(0, 1)
    shown: NDArray[np.uint8] = np.rint(fraction * 255).astype(np.uint8)
    return shown


def _opacity(values: Values, white: int | None) -> NDArray[np.uint8]:
    if white is None:
        white = 1 if values.dtype.kind == "f" else int(np.iinfo(values.dtype).max)
    opacity = np.zeros(values.shape, np.uint8)
    with np.errstate(invalid="ignore"):
        for rows in _strips(values):
            fraction = np.nan_to_num(values[rows].astype(np.float64) / white).clip(0, 1)
            opacity[rows] = np.rint(fraction * 255).astype(np.uint8)
    return opacity


def _deep_mode(deep: DeepPicture, dtype: np.dtype[np.generic], extra: int, shown: str) -> str:
    bits = 8 * dtype.itemsize
    kinds = {"u": f"{bits}-bit", "i": f"{bits}-bit signed", "f": f"float {bits}-bit"}
    text = f"{deep.colour} {kinds[dtype.kind]}" if dtype != np.uint8 else deep.colour
    if deep.has_alpha:
        text += " with alpha"
    more = extra - deep.has_alpha
    if more:
        text += f" and {more} more channel{'s' if more > 1 else ''}"
    is_plain = dtype == np.uint8 and deep.white == 255
    return text if is_plain else f"{text}, {shown}"
