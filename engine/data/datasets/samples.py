"""What a data set yields, one type a task, and how samples become a batch of tensors.

Axes: B pictures, H height, W width, C channels (1 grey, 3 RGB), N boxes of a picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.api.errors import DatasetError

Pixels = NDArray[np.uint8]


class PictureSample(NamedTuple):
    """A picture alone."""

    pixels: Pixels  # (H, W, C)


class ClassSample(NamedTuple):
    """A picture of one class."""

    pixels: Pixels  # (H, W, C)
    class_index: int


class MaskSample(NamedTuple):
    """A picture with a class for each pixel; 255 is ignored."""

    pixels: Pixels  # (H, W, C)
    mask: NDArray[np.uint8]  # (H, W)


class BoxSample(NamedTuple):
    """A picture with the boxes of its objects."""

    pixels: Pixels  # (H, W, C)
    boxes_xyxy: NDArray[np.float32]  # (N, 4) in pixels
    class_indices: NDArray[np.int64]  # (N,)
    masks: NDArray[np.bool_] | None = None  # (N, H, W)
    is_difficult: NDArray[np.bool_] | None = None  # (N,) neither counted for nor against


class PairSample(NamedTuple):
    """A picture and what it should become."""

    pixels: Pixels  # (H, W, C)
    target_pixels: Pixels  # (H, W, C)


class FactorSample(NamedTuple):
    """A picture and the values of the factors it was drawn from."""

    pixels: Pixels  # (H, W, C)
    factor_indices: NDArray[np.int64]  # (F,)


Sample = PictureSample | ClassSample | MaskSample | BoxSample | PairSample | FactorSample


class PictureBatch(NamedTuple):
    """Pictures alone."""

    pixels: Tensor  # (B, H, W, C) uint8


class ClassBatch(NamedTuple):
    """Pictures with a class each."""

    pixels: Tensor  # (B, H, W, C) uint8
    class_indices: Tensor  # (B,) int64


class MaskBatch(NamedTuple):
    """Pictures with masks; a mask may be larger than its picture where the picture was reduced."""

    pixels: Tensor  # (B, H, W, C) uint8
    masks: Tensor  # (B, H', W') uint8


class BoxBatch(NamedTuple):
    """Pictures with boxes, as many as each has."""

    pixels: Tensor  # (B, H, W, C) uint8
    boxes_xyxy: list[Tensor]  # (N, 4) float32
    class_indices: list[Tensor]  # (N,) int64
    masks: list[Tensor | None]  # (N, H, W) bool
    is_difficult: list[Tensor | None]  # (N,) bool


class PairBatch(NamedTuple):
    """Pictures and what they should become."""

    pixels: Tensor  # (B, H, W, C) uint8
    target_pixels: Tensor  # (B, H, W, C) uint8


class FactorBatch(NamedTuple):
    """Pictures and the values of the factors they were drawn from."""

    pixels: Tensor  # (B, H, W, C) uint8
    factor_indices: Tensor  # (B, F) int64


Batch = PictureBatch | ClassBatch | MaskBatch | BoxBatch | PairBatch | FactorBatch
BatchT = TypeVar(
    "BatchT", bound=PictureBatch | ClassBatch | MaskBatch | BoxBatch | PairBatch | FactorBatch
)


def collate(samples: Sequence[Any]) -> Batch:
    """Make a batch of samples of one type; pictures with boxes are extended to the largest.

    Raises:
        DatasetError: other pictures differ in size.
    """
    return _COLLATE[type(samples[0])](samples)


def size_of(batch: Batch) -> int:
    """Return the number of pictures."""
    return len(batch.pixels)


def take(batch: BatchT, start: int, stop: int) -> BatchT:
    """Return a part of a batch."""
    parts: Any = [part[start:stop] for part in batch]
    return type(batch)(*parts)


def to_device(batch: BatchT, device: torch.device) -> BatchT:
    """Return the batch with every tensor on the device."""
    parts: Any = [_moved(part, device) for part in batch]
    return type(batch)(*parts)


def as_images(pixels: Tensor) -> Tensor:
    """Return pixels uint8 (B, H, W, C) as images float32 (B, C, H, W) in [0, 1], channels last."""
    return pixels.permute(0, 3, 1, 2).float() / 255


def clipped_boxes(sample: BoxSample, least_visible: float) -> BoxSample:
    """Cut boxes at the border of the picture, and leave those out that lose too much.

    Args:
        least_visible: of the area of a box so much must be left. Where there are masks, a box
            also goes when nothing of its mask is seen.
    """
    height, width = sample.pixels.shape[:2]
    whole = sample.boxes_xyxy
    cut = np.clip(whole, 0, np.array([width, height] * 2, np.float32)).astype(np.float32)
    left = _areas(cut)
    kept = (left >= least_visible * _areas(whole)) & (left > 0)
    masks, is_difficult = sample.masks, sample.is_difficult
    if masks is not None:
        kept &= masks.any(axis=(1, 2))
    return BoxSample(
        sample.pixels,
        cut[kept],
        sample.class_indices[kept],
        None if masks is None else masks[kept],
        None if is_difficult is None else is_difficult[kept],
    )


def boxes_around(masks: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the boxes around masks (N, H, W), none of them empty: (N, 4) float32."""
    boxes = np.zeros((len(masks), 4), np.float32)
    for index, mask in enumerate(masks):
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        boxes[index] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return boxes


def _areas(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _moved(part: Any, device: torch.device) -> Any:
    if isinstance(part, Tensor):
        return part.to(device, non_blocking=True)
    return [item if item is None else item.to(device, non_blocking=True) for item in part]


def _stack(arrays: list[NDArray[np.uint8]]) -> Tensor:
    sizes = {array.shape for array in arrays}
    if len(sizes) > 1:
        few = ", ".join(f"{shape[1]} x {shape[0]}" for shape in sorted(sizes)[:3])
        raise DatasetError(
            f"pictures of different size in one batch ({few}); set image_size to bring them to one"
        )
    return torch.from_numpy(np.stack(arrays))


def _pictures(samples: Sequence[PictureSample]) -> PictureBatch:
    return PictureBatch(_stack([sample.pixels for sample in samples]))


def _classes(samples: Sequence[ClassSample]) -> ClassBatch:
    indices = torch.tensor([sample.class_index for sample in samples])
    return ClassBatch(_stack([sample.pixels for sample in samples]), indices)


def _masks(samples: Sequence[MaskSample]) -> MaskBatch:
    return MaskBatch(_stack([s.pixels for s in samples]), _stack([s.mask for s in samples]))


def _boxes(samples: Sequence[BoxSample]) -> BoxBatch:
    height, width = (max(sample.pixels.shape[axis] for sample in samples) for axis in (0, 1))
    samples = [_extended(sample, height, width) for sample in samples]
    return BoxBatch(
        _stack([sample.pixels for sample in samples]),
        [torch.from_numpy(sample.boxes_xyxy) for sample in samples],
        [torch.from_numpy(sample.class_indices) for sample in samples],
        [None if s.masks is None else torch.from_numpy(s.masks) for s in samples],
        [None if s.is_difficult is None else torch.from_numpy(s.is_difficult) for s in samples],
    )


def _extended(sample: BoxSample, height: int, width: int) -> BoxSample:
    """Repeat the right and the lower edge up to a size: boxes stay where they are."""
    down, right = height - sample.pixels.shape[0], width - sample.pixels.shape[1]
    if not down and not right:
        return sample
    pixels = np.pad(sample.pixels, ((0, down), (0, right), (0, 0)), mode="edge")
    masks = sample.masks
    if masks is not None:
        masks = np.pad(masks, ((0, 0), (0, down), (0, right)))
    return sample._replace(pixels=pixels, masks=masks)


def _pairs(samples: Sequence[PairSample]) -> PairBatch:
    targets = _stack([sample.target_pixels for sample in samples])
    return PairBatch(_stack([sample.pixels for sample in samples]), targets)


def _factors(samples: Sequence[FactorSample]) -> FactorBatch:
    indices = torch.from_numpy(np.stack([sample.factor_indices for sample in samples]))
    return FactorBatch(_stack([sample.pixels for sample in samples]), indices)


_COLLATE: dict[type, Callable[[Sequence[Any]], Batch]] = {
    PictureSample: _pictures,
    ClassSample: _classes,
    MaskSample: _masks,
    BoxSample: _boxes,
    PairSample: _pairs,
    FactorSample: _factors,
}
