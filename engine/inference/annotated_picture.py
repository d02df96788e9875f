"""A picture with detections drawn on it, for saving; the window draws its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.api.detection import Detections
from engine.core.class_colours import Rgb, class_rgb
from engine.inference.instance_masks import paste

_MASK_OPACITY = 0.45


def annotate(pixels: NDArray[np.uint8], detections: Detections) -> NDArray[np.uint8]:
    """Draw masks, boxes, class names and scores; the best detection ends on top.

    Returns:
        A new picture, RGB uint8 (H, W, 3).
    """
    height, width = pixels.shape[:2]
    shorter = min(height, width)
    line_px = max(2, round(shorter / 250))
    font = ImageFont.load_default(size=max(10, round(shorter / 40)))
    colours = [class_rgb(label) for label in detections.labels]
    weakest_first = np.argsort(detections.scores, kind="stable").tolist()
    image = Image.fromarray(_with_masks(pixels, detections, colours))
    draw = ImageDraw.Draw(image)
    for index in weakest_first:
        box = tuple(detections.boxes_xyxy[index].tolist())
        draw.rectangle(box, outline=colours[index], width=line_px)
        text = f"{detections.labels[index]} {detections.scores[index]:.2f}"
        _write(draw, text, (box[0], box[1]), colours[index], font)
    return np.array(image)


def _with_masks(
    pixels: NDArray[np.uint8], detections: Detections, colours: list[Rgb]
) -> NDArray[np.uint8]:
    if detections.masks is None:
        return pixels
    blended = pixels.copy()
    for index, colour in enumerate(colours):
        inside = paste(detections, index, *pixels.shape[:2])
        tint = np.array(colour, np.float32) * _MASK_OPACITY
        blended[inside] = (blended[inside] * (1 - _MASK_OPACITY) + tint).astype(np.uint8)
    return blended


def _write(
    draw: ImageDraw.ImageDraw,
    text: str,
    corner: tuple[float, float],
    colour: Rgb,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
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
