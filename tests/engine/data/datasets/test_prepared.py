from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.api.datasets import DatasetFacts
from engine.api.errors import DatasetError
from engine.data.datasets.dataset import Dataset
from engine.data.datasets.prepared import Preparation, PreparedDataset, cover, with_channels
from engine.data.datasets.samples import (
    BoxSample,
    MaskSample,
    PictureSample,
    Sample,
    as_images,
    collate,
    take,
)

RANDOM = np.random.default_rng(0)


class Pictures(Dataset):
    """Random pictures with masks, counted when read."""

    def __init__(self, count: int = 4, size: tuple[int, int] = (20, 30)) -> None:
        self.reads = 0
        self.facts = DatasetFacts("x", "x", "segmentation", "train", ("a", "b"), 3, size, count, "")

    def __getitem__(self, index: int) -> Sample:
        self.reads += 1
        assert self.facts.size is not None
        random = np.random.default_rng(index)
        pixels = random.integers(0, 256, (*self.facts.size, 3), np.uint8)
        return MaskSample(pixels, random.integers(0, 2, self.facts.size, np.uint8))


def test_samples_are_read_once_while_there_is_room() -> None:
    source = Pictures()
    dataset = PreparedDataset(source, Preparation())
    for _ in range(3):
        for index in range(4):
            _ = dataset[index]
    assert source.reads == 4
    one = 20 * 30 * 4
    source.reads = 0
    dataset = PreparedDataset(source, Preparation(cache_bytes=2 * one))
    for _ in range(3):
        for index in range(4):
            _ = dataset[index]
    assert source.reads == 2 + 3 * 2


def test_proportions_are_kept_unless_squares_are_wanted() -> None:
    assert PreparedDataset(Pictures(), Preparation(image_size=10)).facts.size == (10, 15)
    squares = PreparedDataset(Pictures(), Preparation(is_square=True))
    assert squares.facts.size == (20, 20)
    whole = Pictures()[0]
    assert isinstance(whole, MaskSample)
    assert np.array_equal(squares[0].pixels, whole.pixels[:, 5:25])


def test_for_scoring_masks_stay_as_they_are() -> None:
    source = Pictures()
    dataset = PreparedDataset(source, Preparation(image_size=10, keeps_targets=True))
    sample, whole = dataset[1], source[1]
    assert isinstance(sample, MaskSample)
    assert isinstance(whole, MaskSample)
    assert sample.pixels.shape == (10, 15, 3)
    assert np.array_equal(sample.mask, whole.mask)


def test_grey_is_luminance_and_colour_repeats_it() -> None:
    red = np.full((2, 2, 3), (255, 0, 0), np.uint8)
    assert with_channels(red, 1).tolist() == [[[76]] * 2] * 2
    grey = with_channels(red, 1)
    assert with_channels(grey, 3).tolist() == [[[76] * 3] * 2] * 2


def test_masks_and_pictures_are_reduced_alike() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[:, 20:] = 1
    pixels = np.repeat(mask[:, :, None] * 255, 3, axis=2)
    sample = cover(MaskSample(pixels, mask), (10, 10))
    assert isinstance(sample, MaskSample)
    assert np.array_equal(sample.pixels[:, :, 0] > 127, sample.mask == 1)
    assert set(np.unique(sample.mask)) == {0, 1}


def test_boxes_follow_and_those_cut_away_go() -> None:
    boxes = np.array([[15, 5, 25, 15], [0, 0, 4, 4], [2, 0, 12, 20]], np.float32)
    sample = BoxSample(
        np.zeros((20, 40, 3), np.uint8),
        boxes,
        np.array([1, 2, 3]),
        np.ones((3, 20, 40), bool),
    )
    covered = cover(sample, (10, 10))  # half the size, then 5 px cut off left and right
    assert isinstance(covered, BoxSample)
    assert covered.boxes_xyxy.tolist() == [[2.5, 2.5, 7.5, 7.5]]
    assert covered.class_indices.tolist() == [1]
    assert covered.masks is not None
    assert covered.masks.shape == (1, 10, 10)


def test_a_batch_is_stacked_taken_apart_and_scaled() -> None:
    samples = [Pictures()[index] for index in range(4)]
    batch = collate(samples)
    assert batch.pixels.shape == (4, 20, 30, 3)
    assert take(batch, 1, 3).pixels.shape[0] == 2
    images = as_images(batch.pixels)
    assert images.shape == (4, 3, 20, 30)
    assert images.is_contiguous(memory_format=torch.channels_last)
    expected = samples[2].pixels.transpose(2, 0, 1) / np.float32(255)
    np.testing.assert_allclose(images[2].numpy(), expected, rtol=1e-6)


def test_pictures_of_different_size_do_not_make_a_batch() -> None:
    small, large = np.zeros((2, 3, 1), np.uint8), np.zeros((4, 5, 1), np.uint8)
    with pytest.raises(DatasetError, match=r"3 x 2, 5 x 4.*set image_size"):
        collate([PictureSample(small), PictureSample(large)])


def test_pictures_without_pixels_are_refused_in_words() -> None:
    with pytest.raises(DatasetError, match="x: its pictures have no pixels"):
        PreparedDataset(Pictures(size=(0, 30)), Preparation(image_size=8))
