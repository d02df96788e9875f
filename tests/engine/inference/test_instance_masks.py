"""Masks of detections as pixels and outlines."""

import numpy as np
import pytest
import torch
from torchvision.models.detection.roi_heads import paste_masks_in_image

from engine.api.detection import Detections
from engine.inference.instance_masks import outlines, paste


def disc(side: int = 28) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    return (1 / (1 + np.exp(np.hypot(rows, columns) - side / 3))).astype(np.float16)


def with_masks(boxes: list[list[float]]) -> Detections:
    return Detections(
        np.array(boxes, np.float32),
        np.ones(len(boxes), np.float32),
        np.zeros(len(boxes), np.int64),
        ("disc",),
        np.stack([disc() for _ in boxes]),
    )


@pytest.mark.parametrize(
    "box", [[20, 30, 76, 86], [-20, -10, 60, 70], [50, 40, 140, 130], [10.4, 20.6, 41.2, 60.9]]
)
def test_a_pasted_mask_agrees_with_torchvision(box):
    found = with_masks([box])
    ours = paste(found, 0, 100, 120)
    masks = torch.from_numpy(found.masks.astype(np.float32))[:, None]
    theirs = paste_masks_in_image(masks, torch.tensor([box]), (100, 120))[0, 0].numpy() > 0.5
    overlap = (ours & theirs).sum() / (ours | theirs).sum()
    assert overlap > 0.995  # the two interpolate with different rounding


def test_an_outline_encloses_the_area_of_its_mask():
    found = with_masks([[10, 10, 90, 90]])
    ((polygon, label),) = outlines(found)
    x, y = polygon[:, 0].astype(float), polygon[:, 1].astype(float)
    area = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    assert label == "disc"
    assert area == pytest.approx(paste(found, 0, 100, 100).sum(), rel=0.06)


def test_a_mask_of_a_box_outside_the_picture_is_empty():
    assert not paste(with_masks([[200, 200, 260, 260]]), 0, 100, 120).any()


def test_boxes_without_masks_have_no_outlines():
    assert outlines(Detections.of([[0, 0, 9, 9]], [1.0], ("thing",))) == ()
