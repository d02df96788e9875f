"""What moves in the drawn scene: a head from a photograph, walking people, turning shapes."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.errors import EngineError
from engine.data.samples import load_sample
from engine.live.source_reader import Pixels

Points = NDArray[np.float64]  # (V, 2), x and y in pixels
Colour = tuple[int, int, int]

PERSON_WIDTH = 0.5
"""Of the height; arms and legs swing within."""

HEAD_WIDTH = 0.8
"""Of the height."""

# Of the sample photograph, in pixels: the head, and the face in it as the cascades see it.
_PHOTOGRAPH = "astronaut"
_HEAD_XYXY = (157, 23, 293, 193)
_FACE_XYXY = (177, 66, 272, 161)

_SKIN, _TROUSERS = (224, 172, 132), (46, 52, 70)
_CORNERS = {"circle": 64, "square": 4, "triangle": 3}
_SHIFT = 4  # corners are drawn to a sixteenth of a pixel


def head_photograph(height_px: int) -> Pixels | None:
    """Return a head cut out of its photograph, RGBA (H, W, 4); None where that is not installed."""
    try:
        pixels = load_sample(_PHOTOGRAPH).picture.pixels
    except EngineError:
        return None
    left, top, right, bottom = _HEAD_XYXY
    head = np.ascontiguousarray(pixels[top:bottom, left:right])
    opacity = np.zeros(head.shape[:2], np.uint8)
    centre, axes = (
        (head.shape[1] // 2, head.shape[0] // 2),
        (head.shape[1] // 2, head.shape[0] // 2),
    )
    cv2.ellipse(opacity, centre, axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
    size = round(height_px * HEAD_WIDTH), height_px
    cut_out = cv2.resize(np.dstack((head, opacity)), size, interpolation=cv2.INTER_AREA)
    return np.asarray(cut_out, np.uint8)


def face_box(centre: Points, height_px: float) -> Points:
    """Return the corners of the face in a head, (2, 2)."""
    left, top, right, bottom = _HEAD_XYXY
    face = np.array(_FACE_XYXY, np.float64).reshape(2, 2)
    middle = np.array(((left + right) / 2, (top + bottom) / 2))
    boxed: Points = centre + (face - middle) * (height_px / (bottom - top))
    return boxed


def paste(canvas: Pixels, picture: Pixels, centre: Points) -> None:
    """Lay an RGBA picture over the canvas; all of it must lie within."""
    height, width = picture.shape[:2]
    left, top = np.rint(centre - (width / 2, height / 2)).astype(int).tolist()
    window = canvas[top : top + height, left : left + width]
    opacity = picture[..., 3].astype(np.float32) / np.float32(255)
    window[:] = cv2.blendLinear(picture[..., :3], window, opacity, 1 - opacity)


def shape_outline(kind: str, centre: Points, radius: float, angle: float) -> Points:
    """Return the corners of a circle, square or triangle, (V, 2)."""
    corners = _CORNERS[kind]
    angles = np.arange(corners) * (2 * np.pi / corners) + angle
    outline: Points = centre + radius * np.stack((np.cos(angles), np.sin(angles)), axis=1)
    return outline


def fill(canvas: Pixels, outline: Points, colour: Colour) -> None:
    """Fill a polygon."""
    # The centre of a pixel, not its corner, has whole coordinates in OpenCV.
    fixed = np.rint((outline - 0.5) * 2**_SHIFT).astype(np.int32)
    cv2.fillPoly(canvas, [fixed], colour, cv2.LINE_AA, _SHIFT)


def draw_person(
    canvas: Pixels, centre: Points, height_px: float, stride: float, colour: Colour
) -> None:
    """Draw someone walking; `stride` counts steps, with the part done of the one in progress."""
    swing = float(np.sin(np.pi * stride))
    foot_x, hand_x = 0.16 * swing, 0.17 * swing
    limb_px = max(1, round(0.075 * height_px))
    for end in (foot_x, -foot_x):
        _limb(
            canvas,
            centre,
            height_px,
            ((0, 0.05), (end * 0.55, 0.25), (end, 0.41)),
            limb_px * 2,
            _TROUSERS,
        )
    _limb(canvas, centre, height_px, ((0, -0.24), (-hand_x, 0.02)), limb_px, _shaded(colour))
    chest = [(-0.1, -0.3), (0.1, -0.3), (0.09, 0.08), (-0.09, 0.08)]
    fill(canvas, centre + np.array(chest) * height_px, colour)
    _limb(canvas, centre, height_px, ((0, -0.24), (hand_x, 0.02)), limb_px, _shaded(colour))
    head = centre + np.array((0, -0.4)) * height_px
    fill(canvas, shape_outline("circle", head, 0.095 * height_px, 0.0), _SKIN)


def _limb(
    canvas: Pixels,
    centre: Points,
    height_px: float,
    joints: Sequence[tuple[float, float]],
    width_px: int,
    colour: Colour,
) -> None:
    fixed = np.rint((centre + np.array(joints) * height_px - 0.5) * 2**_SHIFT).astype(np.int32)
    cv2.polylines(canvas, [fixed], False, colour, width_px, cv2.LINE_AA, _SHIFT)


def _shaded(colour: Colour) -> Colour:
    red, green, blue = (round(part * 0.7) for part in colour)
    return red, green, blue
