"""Draws samples of data sets with their ground truth, and lays them out in a grid."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.api.class_colours import class_rgb
from engine.api.datasets import IGNORED
from engine.data.datasets.samples import BoxSample, ClassSample, MaskSample, PairSample, Sample

Rgb = NDArray[np.uint8]

_PAPER = (128, 128, 128)
_VOID = (128, 128, 128)
_OPACITY = 0.5
_GAP_PX = 4
_LEAST_CAPTION_PX = 24


def draw_sample(sample: Sample, classes: Sequence[str], side_px: int = 160) -> Rgb:
    """Draw a sample into a square of `side_px`, with its class, mask, boxes or counterpart.

    Returns:
        RGB uint8 (side_px, side_px, 3); what the picture does not cover is grey.
    """
    pixels = _as_rgb(sample.pixels)
    if isinstance(sample, PairSample):
        pixels = np.concatenate([pixels, _as_rgb(sample.target_pixels)], axis=1)
    scale = side_px / max(pixels.shape[:2])
    size = tuple(max(1, round(side * scale)) for side in pixels.shape[:2])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    picture = np.asarray(cv2.resize(pixels, size[::-1], interpolation=how), np.uint8)
    if isinstance(sample, MaskSample):
        picture = _with_mask(picture, sample.mask, classes)
    elif isinstance(sample, BoxSample):
        picture = _with_boxes(picture, sample, classes, scale)
    elif isinstance(sample, ClassSample):
        image = Image.fromarray(picture)
        name = classes[sample.class_index]
        _caption(ImageDraw.Draw(image), name, (0, 0), class_rgb(name))
        picture = np.array(image)
    cell = np.full((side_px, side_px, 3), _PAPER, np.uint8)
    top, left = ((side_px - side) // 2 for side in size)
    cell[top : top + size[0], left : left + size[1]] = picture
    return cell


def lay_out(cells: Sequence[Rgb], columns: int | None = None) -> Rgb:
    """Lay equally large pictures out in rows, about as many rows as columns by default."""
    height, width = cells[0].shape[:2]
    columns = columns or math.ceil(math.sqrt(len(cells)))
    rows = math.ceil(len(cells) / columns)
    step_y, step_x = height + _GAP_PX, width + _GAP_PX
    sheet = np.full((rows * step_y + _GAP_PX, columns * step_x + _GAP_PX, 3), _PAPER, np.uint8)
    for index, cell in enumerate(cells):
        row, column = divmod(index, columns)
        top, left = _GAP_PX + row * step_y, _GAP_PX + column * step_x
        sheet[top : top + height, left : left + width] = cell
    return sheet


def _as_rgb(pixels: NDArray[np.uint8]) -> Rgb:
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


def _with_mask(picture: Rgb, mask: NDArray[np.uint8], classes: Sequence[str]) -> Rgb:
    """Tint every class but the background; what is ignored turns grey."""
    small = cv2.resize(mask, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    table = np.full((256, 3), _VOID, np.float32)
    is_tinted = np.zeros(256, bool)
    is_tinted[IGNORED] = True
    for index, name in enumerate(classes):
        table[index] = class_rgb(name)
        is_tinted[index] = name != "background"
    tinted = picture * (1 - _OPACITY) + table[small] * _OPACITY
    blended = np.where(is_tinted[small][..., None], tinted, picture)
    return np.asarray(blended.round(), np.uint8)


def _with_boxes(picture: Rgb, sample: BoxSample, classes: Sequence[str], scale: float) -> Rgb:
    names = [classes[index] for index in sample.class_indices.tolist()]
    if sample.masks is not None:
        picture = picture.copy()
        for mask, name in zip(sample.masks, names, strict=True):
            small = cv2.resize(
                mask.astype(np.uint8), picture.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT
            )
            inside = small > 0
            tint = np.array(class_rgb(name)) * _OPACITY
            picture[inside] = (picture[inside] * (1 - _OPACITY) + tint).round()
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    for box, name in zip(sample.boxes_xyxy * scale, names, strict=True):
        x1, y1, x2, y2 = box.tolist()
        last = (max(x1, x2 - 1), max(y1, y2 - 1))
        draw.rectangle((x1, y1, *last), outline=class_rgb(name), width=2)
        if x2 - x1 >= _LEAST_CAPTION_PX:
            _caption(draw, name, (x1, y1), class_rgb(name))
    return np.array(image)


def _caption(
    draw: ImageDraw.ImageDraw, text: str, corner: tuple[float, float], colour: tuple[int, int, int]
) -> None:
    font = ImageFont.load_default(size=10)
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    plate = (*corner, corner[0] + right - left + 4, corner[1] + bottom - top + 4)
    draw.rectangle(plate, fill=colour)
    is_light = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] > 140
    ink = (0, 0, 0) if is_light else (255, 255, 255)
    draw.text((corner[0] + 2 - left, corner[1] + 2 - top), text, fill=ink, font=font)
