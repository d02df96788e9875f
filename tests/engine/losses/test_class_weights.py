import math

import pytest
import torch
from torch.nn import functional

from engine.losses.class_weights import (
    class_weights,
    count_classes,
    inverse_log_weights,
    median_frequency_weights,
)
from engine.losses.pixel_cross_entropy import pixel_cross_entropy

# 12 pixels of class 0 and 4 of class 1 in one picture; 8 of class 0 and 8 ignored in the other.
MASKS = torch.tensor([[0] * 12 + [1] * 4, [0] * 8 + [255] * 8]).view(2, 4, 4).to(torch.uint8)


def test_pixels_of_a_class_and_of_the_pictures_with_it_are_counted_without_void() -> None:
    assert count_classes(MASKS, 3).tolist() == [[20, 4, 0], [24, 16, 0]]


def test_inverse_log_weights_follow_their_formula() -> None:
    expected = [1 / math.log(1.1 + share) for share in (20 / 24, 4 / 24, 0)]
    assert inverse_log_weights(count_classes(MASKS, 3)).tolist() == pytest.approx(expected)


def test_median_frequency_weights_follow_their_formula() -> None:
    median = (20 / 24 + 4 / 16) / 2
    expected = [median / (20 / 24), median / (4 / 16), 1.0]
    assert median_frequency_weights(count_classes(MASKS, 3)).tolist() == pytest.approx(expected)


def test_nothing_is_weighted_unless_asked_for() -> None:
    assert class_weights("none", count_classes(MASKS, 3)) is None


def test_weighted_cross_entropy_is_torchs_of_each_picture() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 3, 4, 4, generator=generator)
    weights = torch.tensor([0.5, 2.0, 4.0])
    each = [
        functional.cross_entropy(
            logits[i : i + 1], MASKS[i : i + 1].long(), weights, ignore_index=255
        )
        for i in range(2)
    ]
    answer = pixel_cross_entropy(logits, MASKS, weights)
    torch.testing.assert_close(answer, torch.stack(each).mean())
