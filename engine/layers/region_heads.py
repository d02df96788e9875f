"""The stages of torchvision's R-CNN family run one by one, with masks for raw boxes.

torchvision cuts the stages' results down to the final few before it draws masks. Here every raw
box has one, at a cost that stays near: boxes that are almost the same share it.

Axis letters: N raw boxes, M side of a mask, 28.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torchvision.models.detection.generalized_rcnn import GeneralizedRCNN
from torchvision.models.detection.roi_heads import maskrcnn_inference
from torchvision.models.detection.transform import resize_boxes
from torchvision.ops import batched_nms, box_iou

SHARED_MASK_IOU = 0.85
"""Boxes of one class that overlap more than this may share a mask."""
_BOXES_AT_ONCE = 64


class RegionBoxes(NamedTuple):
    """What an R-CNN finds in one picture, best first.

    Attributes:
        boxes: corners in pixels of the picture, (N, 4).
        scores: (N,).
        labels: as the network numbers its classes, (N,).
        masks: probabilities inside the boxes, (N, M, M), or None without a mask head.
    """

    boxes: Tensor
    scores: Tensor
    labels: Tensor
    masks: Tensor | None


def find_regions(network: GeneralizedRCNN, image: Tensor, own_iou: float) -> RegionBoxes:
    """Run backbone, proposals, box head and, where there is one, mask head.

    Args:
        image: RGB in [0, 1], (3, H, W).
        own_iou: what survives suppression at this IoU always gets a mask of its own.
    """
    images, _ = network.transform([image])
    features = network.backbone(images.tensors)
    proposals, _ = network.rpn(images, features)
    heads = network.roi_heads
    regions = heads.box_roi_pool(features, proposals, images.image_sizes)
    logits, deltas = heads.box_predictor(heads.box_head(regions))
    found = heads.postprocess_detections(logits, deltas, proposals, images.image_sizes)
    boxes, scores, labels = (each[0] for each in found)
    masks = None
    if heads.has_mask():
        kept = _with_own_mask(boxes, scores, labels, own_iou)
        drawn = _draw_masks(network, features, images.image_sizes, boxes[kept], labels[kept])
        masks = drawn[_lenders(boxes, labels, kept)]
    height, width = image.shape[-2:]
    boxes = resize_boxes(boxes, images.image_sizes[0], [height, width])
    return RegionBoxes(boxes, scores, labels, masks)


def _with_own_mask(boxes: Tensor, scores: Tensor, labels: Tensor, own_iou: float) -> Tensor:
    """Indices of the boxes that get a mask of their own, ascending."""
    has_own = torch.zeros_like(labels, dtype=torch.bool)
    for iou in (own_iou, SHARED_MASK_IOU):
        has_own[batched_nms(boxes, scores, labels, iou)] = True
    return has_own.nonzero()[:, 0]


def _lenders(boxes: Tensor, labels: Tensor, kept: Tensor) -> Tensor:
    """For each box the position in `kept` whose mask it uses: itself, or its nearest like."""
    if not len(kept):
        return kept
    overlaps = box_iou(boxes, boxes[kept])  # (N, K)
    overlaps[labels[:, None] != labels[kept]] = -1.0
    lenders: Tensor = overlaps.argmax(dim=1)
    lenders[kept] = torch.arange(len(kept), device=kept.device)
    return lenders


def _draw_masks(
    network: GeneralizedRCNN,
    features: dict[str, Tensor],
    image_sizes: list[tuple[int, int]],
    boxes: Tensor,
    labels: Tensor,
) -> Tensor:
    """Mask probabilities of boxes in the frame of the resized picture, (K, M, M)."""
    heads = network.roi_heads
    drawn = []
    for start in range(0, max(1, len(boxes)), _BOXES_AT_ONCE):
        part = slice(start, start + _BOXES_AT_ONCE)
        regions = heads.mask_roi_pool(features, [boxes[part]], image_sizes)
        logits = heads.mask_predictor(heads.mask_head(regions))
        drawn.append(maskrcnn_inference(logits, [labels[part]])[0][:, 0])
    return torch.cat(drawn)
