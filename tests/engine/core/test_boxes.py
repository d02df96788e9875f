"""IoU against torchvision, bit for bit."""

import numpy as np
import torch
import torchvision

from engine.core.boxes import BoxColumns


def test_iou_equals_torchvision_box_iou_to_the_last_bit(random: np.random.Generator) -> None:
    corners = random.uniform(0, 100, (80, 2))
    boxes = np.c_[corners, corners + random.uniform(0.01, 60, (80, 2))].astype(np.float32)
    columns = BoxColumns(boxes)
    ours = np.stack([columns.iou_with(index) for index in range(80)])
    theirs = torchvision.ops.box_iou(torch.tensor(boxes), torch.tensor(boxes)).numpy()
    assert np.array_equal(ours, theirs)


def test_areas_of_a_pair_are_those_behind_its_iou() -> None:
    pair = BoxColumns(np.array([[0, 0, 10, 10], [5, 0, 15, 10]], np.float32)).overlap(0, 1)
    assert pair == (50.0, 150.0, float(np.float32(50) / np.float32(150)))


def test_boxes_without_area_overlap_nothing() -> None:
    columns = BoxColumns(np.array([[3, 3, 3, 3], [3, 3, 3, 3], [0, 0, 9, 9]], np.float32))
    assert columns.iou_with(0).tolist() == [0, 0, 0]
    assert columns.overlap(0, 1).iou == 0


def test_boxes_too_large_for_single_precision_do_not_warn() -> None:
    huge = np.array([[0, 0, 3e38, 3e38], [0, 0, 3e38, 3e38]], np.float32)
    assert BoxColumns(huge).iou_with(0).tolist() == [0, 0]
