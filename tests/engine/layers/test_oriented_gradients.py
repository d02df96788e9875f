"""Histograms of oriented gradients equal those of scikit-image, option by option."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
import skimage.data
from skimage.feature import hog

from engine.layers.oriented_gradients import (
    MASKS,
    HogConfig,
    block_features,
    cell_histograms,
    gradients,
    normalised_blocks,
)

COLOUR = skimage.data.astronaut()[40:168, 100:196]
GREY = np.asarray(cv2.cvtColor(COLOUR, cv2.COLOR_RGB2GRAY), np.uint8)
METHODS = ("L2-Hys", "L2", "L1-sqrt", "L1")


@pytest.mark.parametrize(
    ("cell", "directions", "block", "method"),
    [
        *((8, 9, 2, method) for method in METHODS),
        *itertools.product((5, 8, 16), (4, 8, 18), (1, 3), ("L2-Hys",)),
    ],
)
def test_the_descriptor_is_that_of_scikit_image(
    cell: int, directions: int, block: int, method: str
) -> None:
    config = HogConfig(
        cell_px=cell,
        directions=directions,
        block_cells=block,
        normalisation=method,  # type: ignore[arg-type]
    )
    for pixels, axis in ((GREY, None), (COLOUR, 2)):
        expected = hog(pixels, directions, (cell, cell), (block, block), method, channel_axis=axis)
        np.testing.assert_allclose(
            block_features(pixels, config).ravel(), expected, atol=1e-6, rtol=1e-4
        )


def test_the_square_root_is_taken_first() -> None:
    expected = hog(GREY, 9, (8, 8), (2, 2), "L2-Hys", transform_sqrt=True)
    found = block_features(GREY, HogConfig(square_root=True))
    np.testing.assert_allclose(found.ravel(), expected, atol=1e-6, rtol=1e-4)


def test_a_window_has_the_numbers_of_the_paper() -> None:
    window = np.zeros((128, 64), np.uint8)
    assert block_features(window, HogConfig()).shape == (15, 7, 36)
    assert block_features(window, HogConfig()).size == 3780


@pytest.mark.parametrize("mask", MASKS)
def test_every_mask_knows_a_ramp_to_the_right_and_one_downwards(mask: str) -> None:
    ramp = np.tile(np.arange(0, 160, 5, dtype=np.uint8), (32, 1))
    config = HogConfig(mask=mask)  # type: ignore[arg-type]
    for pixels, angle in ((ramp, 0.0), (ramp.T.copy(), 90.0)):
        found = gradients(pixels, config)
        inner = (slice(4, -4), slice(4, -4))
        np.testing.assert_allclose(found.direction_degrees[inner], angle, atol=1e-4)
        assert np.ptp(found.magnitude[inner]) == 0
        assert found.magnitude[inner].min() > 0


def test_the_cubic_mask_is_exact_where_the_centred_one_is_not() -> None:
    x = np.arange(0, 30, dtype=np.float64)
    cubic = np.tile((x**3 / 110).round(), (9, 1))
    pixels = cubic.astype(np.uint8)
    slope = 3 * x**2 / 110
    centred, corrected = (
        gradients(pixels, HogConfig(mask=name)).across[4, 5:-5] / weight  # type: ignore[arg-type]
        for name, weight in (("centred", 2), ("cubic", 12))
    )
    wrong = [np.abs(found - slope[5:-5]).mean() for found in (centred, corrected)]
    assert wrong[1] < 0.5  # rounding of the grey levels alone
    assert abs(wrong[0] - wrong[1]) < 1


def test_an_inner_cell_stands_in_four_blocks_each_time_normalised_otherwise() -> None:
    config = HogConfig(normalisation="L2")
    histograms = cell_histograms(gradients(GREY, config), config)
    blocks = normalised_blocks(histograms, config)
    row, column = 5, 6
    for down, right in itertools.product((0, 1), (0, 1)):
        block = blocks[row - down, column - right]
        inside = histograms[row - down : row - down + 2, column - right : column - right + 2]
        length = np.sqrt((inside.astype(np.float64) ** 2).sum() + 1e-10)
        np.testing.assert_allclose(
            block[down, right], histograms[row, column] / length, rtol=1e-4, atol=1e-6
        )


def test_a_picture_smaller_than_a_block_has_no_features() -> None:
    assert block_features(np.zeros((9, 40), np.uint8), HogConfig()).size == 0
