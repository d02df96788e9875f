import math

import numpy as np
import pytest
import torch
from sklearn import metrics
from torchmetrics.classification import MulticlassAccuracy, MulticlassJaccardIndex

from engine.metrics.confusion_matrix import ConfusionMatrix


def counted(
    predicted: torch.Tensor, truth: torch.Tensor, classes: int, parts: int = 1
) -> ConfusionMatrix:
    matrix = ConfusionMatrix(classes)
    for some, right in zip(predicted.chunk(parts), truth.chunk(parts), strict=True):
        matrix.add(some, right)
    return matrix


@pytest.fixture
def answers() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    truth = torch.randint(0, 5, (8, 9, 7), generator=generator)
    noise = torch.randint(0, 5, (8, 9, 7), generator=generator)
    return torch.where(torch.rand(8, 9, 7, generator=generator) < 0.6, truth, noise), truth


def test_counts_are_sklearns(answers: tuple[torch.Tensor, torch.Tensor]) -> None:
    predicted, truth = answers
    expected = metrics.confusion_matrix(truth.flatten(), predicted.flatten(), labels=range(5))
    np.testing.assert_array_equal(counted(predicted, truth, 5).counts.numpy(), expected)


def test_scores_are_those_of_torchmetrics(answers: tuple[torch.Tensor, torch.Tensor]) -> None:
    predicted, truth = answers
    matrix = counted(predicted, truth, 5)
    iou = MulticlassJaccardIndex(5, average=None)(predicted, truth)
    recall = MulticlassAccuracy(5, average=None)(predicted, truth)
    torch.testing.assert_close(matrix.iou.float(), iou)
    torch.testing.assert_close(matrix.recall.float(), recall)
    assert matrix.mean_iou == pytest.approx(iou.mean().item())
    assert matrix.accuracy == pytest.approx((predicted == truth).float().mean().item())


def test_batches_add_up_to_the_whole(answers: tuple[torch.Tensor, torch.Tensor]) -> None:
    whole, parts = counted(*answers, 5), counted(*answers, 5, parts=4)
    assert torch.equal(whole.counts, parts.counts)


def test_ignored_pixels_are_left_out(answers: tuple[torch.Tensor, torch.Tensor]) -> None:
    predicted, truth = answers
    masked = truth.clone()
    masked[::2] = 255
    expected = counted(predicted[1::2], truth[1::2], 5).counts
    assert torch.equal(counted(predicted, masked.to(torch.uint8), 5).counts, expected)


def test_an_absent_class_does_not_lower_the_mean() -> None:
    truth = torch.tensor([0, 0, 1, 1])
    predicted = torch.tensor([0, 1, 1, 1])
    matrix = counted(predicted, truth, 3)
    assert matrix.mean_iou == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert math.isnan(matrix.iou[2])


def test_nothing_counted_scores_nan() -> None:
    assert math.isnan(ConfusionMatrix(2).accuracy)
    assert math.isnan(ConfusionMatrix(2).mean_iou)
