"""Masks inside boxes, as mask heads give them, turned into pixels and outlines.

A mask head answers an M x M grid of probabilities stretched over the box (He et al. 2017,
https://arxiv.org/abs/1703.06870, section 3). It is resized to the box, cut at one half, and laid
into the picture.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections

THRESHOLD = 0.5


def pixel_mask(
    probabilities: NDArray[np.float16], box_xyxy: NDArray[np.float32]
) -> tuple[NDArray[np.bool_], int, int]:
    """Resize an (M, M) mask to its box; returns it with the column and row of its corner.

    One ring of zeros around the mask, with the box enlarged to match, lets it fall off at the
    border instead of being cut there. The corners are then cut to whole pixels, both included,
    as torchvision does. The mask may reach beyond the picture.
    """
    side = probabilities.shape[0]
    padded = np.pad(probabilities.astype(np.float32), 1)
    centre, half = (box_xyxy[:2] + box_xyxy[2:]) / 2, (box_xyxy[2:] - box_xyxy[:2]) / 2
    half = half * (side + 2) / side
    left, top = np.trunc(centre - half).astype(int).tolist()
    right, bottom = np.trunc(centre + half).astype(int).tolist()
    size = (max(right - left + 1, 1), max(bottom - top + 1, 1))
    resized = cv2.resize(padded, size, interpolation=cv2.INTER_LINEAR)
    return resized > THRESHOLD, left, top


def paste(detections: Detections, index: int, height: int, width: int) -> NDArray[np.bool_]:
    """Return one detection's mask over the whole picture, (height, width)."""
    whole = np.zeros((height, width), bool)
    if detections.masks is None:
        return whole
    mask, left, top = pixel_mask(detections.masks[index], detections.boxes_xyxy[index])
    rows = slice(max(top, 0), min(top + mask.shape[0], height))
    columns = slice(max(left, 0), min(left + mask.shape[1], width))
    whole[rows, columns] = mask[
        rows.start - top : max(rows.stop - top, rows.start - top),
        columns.start - left : max(columns.stop - left, columns.start - left),
    ]
    return whole


def outlines(detections: Detections) -> tuple[tuple[NDArray[np.float32], str], ...]:
    """Return the contours of all masks, (V, 2) in pixels, each with its class name."""
    if detections.masks is None:
        return ()
    found = []
    for index, label in enumerate(detections.labels):
        mask, left, top = pixel_mask(detections.masks[index], detections.boxes_xyxy[index])
        contours, _ = cv2.findContours(
            mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
        )
        for contour in contours:
            if len(contour) >= 3:
                # Contours run through pixel centres; half a pixel is the corner-based frame.
                corner = np.array([left + 0.5, top + 0.5], np.float32)
                found.append((contour[:, 0].astype(np.float32) + corner, label))
    return tuple(found)
