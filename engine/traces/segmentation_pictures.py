"""The picture that a trace of segmentation is about.

OpenCV is imported when a trace is built, not with this file: the command line's help lists the
topics.

Axes: H height, W width.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_LEAST_SIDE_PX = 24
_SCENE_SEED, _SCENE_PX = 24, (192, 144)

Pixels = NDArray[np.uint8]


class Subject(NamedTuple):
    """A picture and what it is.

    Attributes:
        pixels: RGB (H, W, 3).
        words: what it is, in the middle of a sentence.
        mask: class index of each pixel into the names of `scene_classes`, (H, W); None for a
            person's own picture.
    """

    pixels: Pixels
    words: str
    mask: Pixels | None


def scene_classes() -> tuple[str, ...]:
    """Return the names of the classes of a drawn scene's mask, the background first."""
    from engine.data.shapes import SHAPE_CLASSES

    return ("background", *SHAPE_CLASSES)


def subject(pixels: Pixels | None, longest_px: int) -> Subject:
    """Return a person's own picture, or a drawn scene with its true mask.

    Args:
        pixels: RGB (H, W, 3); None for the scene.
        longest_px: its longer side is brought to this; the shorter one to 24 at least.
    """
    import cv2

    if pixels is None:
        from engine.data.shapes import draw_scene

        scene = draw_scene(_SCENE_SEED, _SCENE_PX[0], height_px=_SCENE_PX[1], object_counts=(5, 7))
        size_px = (longest_px, longest_px * 3 // 4)
        scaled = cv2.resize(scene.pixels, size_px, interpolation=cv2.INTER_AREA)
        mask = cv2.resize(scene.semantic_mask, size_px, interpolation=cv2.INTER_NEAREST_EXACT)
        words = f"a drawn scene of {size_px[0]} x {size_px[1]} pixels"
        return Subject(np.asarray(scaled, np.uint8), words, np.asarray(mask, np.uint8))
    height, width = pixels.shape[:2]
    scale = longest_px / max(height, width)
    size_px = (
        max(_LEAST_SIDE_PX, round(width * scale)),
        max(_LEAST_SIDE_PX, round(height * scale)),
    )
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(np.ascontiguousarray(pixels[..., :3]), size_px, interpolation=how)
    words = f"your picture, brought to {size_px[0]} x {size_px[1]} pixels"
    return Subject(np.asarray(scaled, np.uint8), words, None)


def grey_values(pixels: Pixels) -> NDArray[np.float32]:
    """Return the brightness (H, W) of an RGB picture in [0, 1]."""
    import cv2

    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) / 255, np.float32)


def edge_strength(grey: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return the length of the gradient of brightness (H, W), the greatest brought to 1."""
    rows, columns = np.gradient(np.asarray(grey, np.float64))
    length = np.hypot(rows, columns)
    return np.asarray(length / max(float(length.max()), 1e-9), np.float32)


def busiest_place(pixels: Pixels) -> tuple[int, int]:
    """Return column and row of a pixel with many edges about it, away from the border."""
    import cv2

    edges = edge_strength(grey_values(pixels))
    height, width = edges.shape
    busy = cv2.GaussianBlur(edges, (0, 0), max(width, height) / 24)
    rows, columns = height // 4, width // 4
    inner = busy[rows : height - rows, columns : width - columns]
    row, column = np.unravel_index(int(inner.argmax()), inner.shape)
    return columns + int(column), rows + int(row)
