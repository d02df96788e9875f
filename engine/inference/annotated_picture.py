"""A picture with detections drawn on it, for saving; the window draws its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.api.class_colours import Rgb, class_rgb
from engine.api.detection import Detections
from engine.inference.instance_masks import paste

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_MASK_OPACITY = 0.45


def annotate(pixels: NDArray[np.uint8], detections: Detections) -> NDArray[np.uint8]:
    """Draw masks, boxes, class names and scores; the best detection ends on top.

    Returns:
        A new picture, RGB uint8 (H, W, 3).
    """
    labels, scores = detections.labels, detections.scores
    captions = [f"{label} {score:.2f}" for label, score in zip(labels, scores, strict=True)]
    image = Image.fromarray(tinted(pixels, detections))
    draw_boxes(image, detections, captions)
    return np.array(image)


def tinted(pixels: NDArray[np.uint8], detections: Detections) -> NDArray[np.uint8]:
    """Return the picture with the masks in their colours; itself where there are none."""
    if detections.masks is None:
        return pixels
    blended = pixels.copy()
    for index, label in enumerate(detections.labels):
        inside = paste(detections, index, *pixels.shape[:2])
        tint = np.array(class_rgb(label), np.float32) * _MASK_OPACITY
        blended[inside] = (blended[inside] * (1 - _MASK_OPACITY) + tint).astype(np.uint8)
    return blended


def draw_boxes(image: Image.Image, detections: Detections, captions: Sequence[str]) -> None:
    """Draw boxes with a caption each into a picture; the best detection ends on top."""
    draw = ImageDraw.Draw(image)
    labels = detections.labels
    for index in np.argsort(detections.scores, kind="stable").tolist():
        box = tuple(detections.boxes_xyxy[index].tolist())
        colour = class_rgb(labels[index])
        draw.rectangle(box, outline=colour, width=line_width(image.size))
        corner = (box[0], box[1])
        write_caption(draw, captions[index], corner, colour, caption_font(image.size))


def line_width(size: tuple[int, int]) -> int:
    """Return how wide lines are in a picture of this size, in pixels."""
    return max(2, round(min(size) / 250))


def caption_font(size: tuple[int, int]) -> Font:
    """Return the font of captions in a picture of this size."""
    return _font(max(10, round(min(size) / 40)))


@cache
def _font(height_px: int) -> Font:
    return ImageFont.load_default(size=height_px)


def write_caption(
    draw: ImageDraw.ImageDraw,
    text: str,
    corner: tuple[float, float],
    colour: Rgb,
    font: Font,
) -> None:
    """Write a caption on a plate above the corner, or below where there is no room."""
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    plate = (right - left + 6, bottom - top + 4)
    x = max(0.0, min(corner[0], draw.im.size[0] - plate[0]))
    y = corner[1] - plate[1] if corner[1] >= plate[1] else corner[1]
    draw.rectangle((x, y, x + plate[0], y + plate[1]), fill=colour)
    is_light = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] > 140
    ink = (0, 0, 0) if is_light else (255, 255, 255)
    draw.text((x + 3 - left, y + 2 - top), text, fill=ink, font=font)
