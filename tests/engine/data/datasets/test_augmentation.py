from __future__ import annotations

import numpy as np
import pytest

from engine.data.datasets.augmentation import AugmentationConfig, RandomChange, augmentation
from engine.data.datasets.samples import BoxSample, ClassSample, MaskSample

STILL = {"shift": 0.0, "turn_degrees": 0.0, "scale": 0.0}


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_none_is_nothing() -> None:
    assert augmentation("none") is None


def test_without_any_change_a_sample_stays_as_it_is() -> None:
    pixels = generator().integers(0, 256, (9, 12, 3), np.uint8)
    change = RandomChange(AugmentationConfig(**STILL))
    assert np.array_equal(change(ClassSample(pixels, 3), generator()).pixels, pixels)


def test_equal_seeds_change_a_sample_equally_and_others_do_not() -> None:
    pixels = generator().integers(0, 256, (16, 16, 1), np.uint8)
    change = augmentation("full")
    assert change is not None
    one, two, other = (change(ClassSample(pixels, 3), generator(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.pixels, two.pixels)
    assert not np.array_equal(one.pixels, other.pixels)
    assert isinstance(one, ClassSample)
    assert one.class_index == 3


def test_a_mirror_is_exact() -> None:
    pixels = generator().integers(0, 256, (7, 10, 3), np.uint8)
    change = RandomChange(AugmentationConfig(**STILL, mirror=True))
    found = {change(ClassSample(pixels, 0), generator(seed)).pixels.tobytes() for seed in range(20)}
    assert found == {pixels.tobytes(), pixels[:, ::-1].tobytes()}


@pytest.mark.parametrize("seed", range(5))
def test_picture_mask_and_boxes_move_together(seed: int) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[20:40, 24:50] = 1
    pixels = np.repeat(mask[:, :, None] * 255, 3, axis=2)
    config = AugmentationConfig(shift=0.1, turn_degrees=15, scale=0.2, mirror=True)
    masked = RandomChange(config)(MaskSample(pixels, mask), generator(seed))
    assert isinstance(masked, MaskSample)
    assert set(np.unique(masked.mask)) <= {0, 1}
    agree = (masked.pixels[:, :, 0] > 127) == (masked.mask == 1)
    assert agree.mean() > 0.97
    boxes = np.array([[24, 20, 50, 40]], np.float32)
    boxed = RandomChange(config)(
        BoxSample(pixels, boxes, np.array([0]), mask[None] == 1), generator(seed)
    )
    assert isinstance(boxed, BoxSample)
    assert boxed.masks is not None
    ys, xs = np.nonzero(boxed.masks[0])
    tight = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
    # The box around the turned box holds the turned mask, with no more than the corners to spare.
    assert np.all(boxed.boxes_xyxy[0, :2] <= tight[:2] + 1)
    assert np.all(boxed.boxes_xyxy[0, 2:] >= tight[2:] - 1)
    assert np.abs(boxed.boxes_xyxy[0] - tight).max() < 8


def test_brightness_and_contrast_leave_masks_alone() -> None:
    pixels = generator().integers(0, 256, (8, 8, 3), np.uint8)
    mask = generator().integers(0, 3, (8, 8), np.uint8)
    change = RandomChange(AugmentationConfig(**STILL, brightness=0.3, contrast=0.3))
    changed = change(MaskSample(pixels, mask), generator(4))
    assert isinstance(changed, MaskSample)
    assert np.array_equal(changed.mask, mask)
    assert not np.array_equal(changed.pixels, pixels)
    # Order is kept: what was brighter is not darker now.
    order = np.argsort(pixels.ravel(), kind="stable")
    assert np.all(np.diff(changed.pixels.ravel()[order].astype(int)) >= 0)
