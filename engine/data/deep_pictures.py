"""Reads the stored values of pictures with more than eight bits, which Pillow would cut."""

from __future__ import annotations

import re
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFile

from engine.data.picture_file import (
    DECODER_FAILURES,
    SizeLimits,
    UnsupportedPicture,
    check_file_size,
)

Values = NDArray[Any]

_TIFF_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ORIENTATION_TAG, _BITS_TAG, _PHOTOMETRIC_TAG, _SAMPLE_FORMAT_TAG = 274, 258, 262, 339
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _TIFF_RGB = _PLAIN_COLOURS = (0, 1, 2)
_ASSOCIATED_ALPHA, _STRAIGHT_ALPHA = 1, 2
_SEPARATE_PLANES = 2
_CODECS_OF_TIFFFILE = (1, 8, 32946)  # none and both codes of deflate
_PREDICTORS_OF_TIFFFILE = (1, 2)  # none and horizontal differences; not those of floats
_CODECS_OF_EVERYBODY = (1, 5, 8, 32773, 32946)  # LZW and PackBits besides
_DEEP_MODES_OF_PILLOW = ("I;16", "I;16B", "I;16L", "I", "F")
_MOST_BYTES_A_PIXEL = 32
_PNG_COLOUR_TYPE_OFFSET = 25
_ESSENTIAL_PNG_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT")
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"


class DeepPicture(NamedTuple):
    """The values as stored.

    Attributes:
        values: (H, W) or (H, W, C).
        colour: `grey` or `RGB`, the first channel or the first three.
        white: the value of full brightness; None where no such value is agreed on.
        has_alpha: whether the next channel is opacity.
        is_premultiplied: whether the colours are multiplied by the opacity already.
        is_inverted: whether the smallest value is white.
        orientation: of EXIF, 1 to 8; 1 where the values are upright.
    """

    values: Values
    colour: str
    white: int | None
    has_alpha: bool = False
    is_premultiplied: bool = False
    is_inverted: bool = False
    orientation: int = 1


def read_deep_picture(
    header: ImageFile.ImageFile | None, stream: BinaryIO, limits: SizeLimits
) -> DeepPicture | None:
    """Read a picture with more than eight bits a value; None where eight bits hold it.

    Args:
        header: from Pillow; None where it does not know the kind.
        limits: of the size, looked at before values are decoded.

    Raises:
        PictureError: more pixels than the limit.
        ValueError: damaged or unsupported content; any other of DECODER_FAILURES.
    """
    if header is None:
        stream.seek(0)
        is_tiff = stream.read(4) in _TIFF_MAGICS
        return _read_tiff(stream, limits) if is_tiff else None
    if header.format == "PNG" and header.tile and str(header.tile[0].args).endswith("16B"):
        # Pillow's and OpenCV's own copies beside the values.
        limits.check_stored(header.width, header.height, 4 * len(header.getbands()))
        return _read_png(header, stream)
    if header.mode == "F" and header.format == "PPM":
        header.load()
        return DeepPicture(np.asarray(header), "grey", None)
    if header.format == "PPM":
        return _read_netpbm(header, stream)
    if header.format == "TIFF" and _is_deep_tiff(header):
        return _read_tiff(stream, limits, header)
    if header.mode.startswith("I") and header.format == "TIFF":  # of 12 bits
        header.load()
        white = 2 ** int(_tiff_tag(header, _BITS_TAG)[0]) - 1
        return DeepPicture(np.asarray(header), "grey", white)
    return None


def _read_png(header: ImageFile.ImageFile, stream: BinaryIO) -> DeepPicture:
    header.load()  # Pillow has looked for damage; OpenCV passes over some.
    stream.seek(0)
    data = stream.read()
    values = _decode_with_opencv(_essential_chunks(data))
    if values.ndim == 2:
        transparent = header.info.get("transparency")
        if transparent is None:
            return DeepPicture(values, "grey", 65535)
        opacity = np.where(values == transparent, 0, 65535).astype(values.dtype)
        return DeepPicture(np.dstack((values, opacity)), "grey", 65535, has_alpha=True)
    has_alpha = values.shape[2] == 4
    is_grey = data[_PNG_COLOUR_TYPE_OFFSET] in (0, 4)
    if is_grey:
        return DeepPicture(values[..., 2:], "grey", 65535, has_alpha)
    return DeepPicture(values, "RGB", 65535, has_alpha)


def _essential_chunks(data: bytes) -> bytes:
    """Leave out what OpenCV would comment on: profiles, texts, times."""
    kept, position = [data[:8]], 8
    while position + 12 <= len(data):
        end = position + 12 + int.from_bytes(data[position : position + 4], "big")
        if data[position + 4 : position + 8] in _ESSENTIAL_PNG_CHUNKS:
            kept.append(data[position:end])
        position = end
    return b"".join((*kept, _PNG_END))


def _decode_with_opencv(data: bytes) -> Values:
    """Decode to grey, RGB or RGBA of the stored type, turned upright."""
    import cv2

    # Its complaints would go to standard error.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ValueError("OpenCV cannot decode it") from error
    if values is None:
        raise ValueError("OpenCV cannot decode it")
    if values.ndim == 2:
        return values
    return np.ascontiguousarray(values[..., [2, 1, 0, 3][: values.shape[2]]])


def _read_netpbm(header: ImageFile.ImageFile, stream: BinaryIO) -> DeepPicture | None:
    """Read PGM and PPM with another white than 255: Pillow takes half a second a megapixel."""
    arguments: Any
    codec, _, offset, arguments = header.tile[0]
    is_raw_deep = codec == "raw" and arguments == "I;16B"
    if not is_raw_deep and (codec not in ("ppm", "ppm_plain") or header.mode == "1"):
        return None
    white = 65535 if is_raw_deep else int(arguments[-1])
    shape = (header.height, header.width, *((3,) if header.mode == "RGB" else ()))
    count = header.height * header.width * len(header.getbands())
    stream.seek(offset)
    if codec == "ppm_plain":
        flat = _plain_values(stream.read(), count)
    else:
        stored = np.dtype(">u2" if white > 255 else "u1")
        data = stream.read(count * stored.itemsize)
        if len(data) < count * stored.itemsize:
            raise ValueError("truncated")
        flat = np.frombuffer(data, stored)
    values = np.minimum(flat, white).astype(np.uint16 if white > 255 else np.uint8)
    return DeepPicture(values.reshape(shape), "RGB" if len(shape) == 3 else "grey", white)


def _plain_values(data: bytes, count: int) -> Values:
    words = re.sub(rb"#[^\r\n]*", b" ", data).split()[:count]
    if len(words) < count:
        raise ValueError("truncated")
    if not all(word.isdigit() and len(word) <= 5 for word in words):
        raise ValueError("a value is no number between 0 and 65535")
    return np.array(words).astype(np.int64)


def _is_deep_tiff(header: ImageFile.ImageFile) -> bool:
    is_plain = _tiff_tag(header, _PHOTOMETRIC_TAG)[0] in _PLAIN_COLOURS
    is_unsigned = set(_tiff_tag(header, _SAMPLE_FORMAT_TAG)) == {1}
    has_whole_bytes = set(_tiff_tag(header, _BITS_TAG)) <= {16, 32, 64}
    return is_plain and (has_whole_bytes or not is_unsigned)


def _tiff_tag(header: Any, tag: int) -> tuple[Any, ...]:
    value = header.tag_v2.get(tag, 1)
    return value if isinstance(value, tuple) else (value,)


def _read_tiff(
    stream: BinaryIO, limits: SizeLimits, header: ImageFile.ImageFile | None = None
) -> DeepPicture:
    """Read the first page by whichever of tifffile, OpenCV and Pillow has its codec."""
    import tifffile

    stream.seek(0)
    with tifffile.TiffFile(stream) as file:
        page: Any = file.pages.first
        limits.check(page.imagewidth, page.imagelength)
        _check_kind(page)
        bytes_a_pixel = page.samplesperpixel * page.dtype.itemsize
        limits.check_stored(page.imagewidth, page.imagelength, bytes_a_pixel)
        tag = page.tags.get(_ORIENTATION_TAG)
        orientation = int(tag.value) if tag is not None else 1
        if not _is_own(page):  # read whole then
            check_file_size(limits.path, stream, page.imagewidth * page.imagelength)
        values, is_upright = _tiff_values(page, stream, header)
        return _interpret(page, values, 1 if is_upright else orientation)


def _tiff_values(
    page: Any, stream: BinaryIO, header: ImageFile.ImageFile | None
) -> tuple[Values, bool]:
    """Return the stored values, and whether they were turned upright already.

    Raises:
        UnsupportedPicture: none of the readers has the codec.
    """
    if _is_own(page):
        values = page.asarray(maxworkers=1)
        if page.planarconfig == _SEPARATE_PLANES and values.ndim == 3:
            values = np.moveaxis(values, 0, -1)
        return values, False
    stream.seek(0)
    try:
        return _decode_with_opencv(stream.read()), True
    except ValueError as error:
        if header is None or header.mode not in _DEEP_MODES_OF_PILLOW:
            raise UnsupportedPicture(f"is compressed as {_compression(page)}") from error
    try:
        header.load()
    except DECODER_FAILURES as error:
        if page.compression in _CODECS_OF_EVERYBODY:
            raise  # not the codec, the data
        raise UnsupportedPicture(f"is compressed as {_compression(page)}") from error
    return np.asarray(header), True


def _is_own(page: Any) -> bool:
    """Whether tifffile needs no other package to decode a page."""
    return page.compression in _CODECS_OF_TIFFFILE and page.predictor in _PREDICTORS_OF_TIFFFILE


def _compression(page: Any) -> str:
    """Return the codec in words: "ZSTD", "JPEG2000 with predictor 3"."""
    name = getattr(page.compression, "name", f"number {page.compression}")
    return name if page.predictor == 1 else f"{name} with predictor {int(page.predictor)}"


def _check_kind(page: Any) -> None:
    if page.imagedepth != 1 or page.dtype is None or page.dtype.kind not in "uif":
        raise UnsupportedPicture("holds a volume or complex numbers")
    if page.photometric not in _PLAIN_COLOURS:
        raise UnsupportedPicture(f"has colours of the kind {page.photometric}")
    if page.samplesperpixel * page.dtype.itemsize > _MOST_BYTES_A_PIXEL:
        raise UnsupportedPicture(f"has {page.samplesperpixel} channels")


def _interpret(page: Any, values: Values, orientation: int) -> DeepPicture:
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    channels = 1 if values.ndim == 2 else values.shape[-1]
    colours = 3 if page.photometric == _TIFF_RGB else 1
    if channels < colours or values.ndim not in (2, 3):
        raise ValueError(f"values of shape {values.shape} do not make a picture")
    extra = int(page.extrasamples[0]) if page.extrasamples else 0
    white = None
    if values.dtype.kind == "u" and values.dtype.itemsize <= 2:
        white = 2 ** int(page.bitspersample) - 1
    return DeepPicture(
        values,
        "RGB" if colours == 3 else "grey",
        white,
        has_alpha=channels > colours and extra in (_ASSOCIATED_ALPHA, _STRAIGHT_ALPHA),
        is_premultiplied=extra == _ASSOCIATED_ALPHA,
        is_inverted=page.photometric == _WHITE_IS_ZERO,
        orientation=orientation,
    )
