import pytest
import torch
from torch import nn
from torch.nn import functional

from engine.layers.atrous_spatial_pyramid_pooling import (
    AtrousSpatialPyramidPooling,
    separable_convolution,
)


@pytest.mark.parametrize("rate", [1, 2, 6])
def test_a_branch_reaches_as_far_as_its_rate_by_gradient(rate: int) -> None:
    layer = separable_convolution(2, 3, rate, "none")
    for parameter in layer.parameters():
        nn.init.ones_(parameter)
    features = torch.ones(1, 2, 31, 31, requires_grad=True)
    layer(features)[0, :, 15, 15].sum().backward()
    assert features.grad is not None
    rows = features.grad[0, 0].abs().sum(dim=1).nonzero().flatten().tolist()
    assert rows == [15 - rate, 15, 15 + rate]


@torch.no_grad()
def test_a_separable_convolution_is_a_full_one_of_rank_one_a_channel() -> None:
    torch.manual_seed(0)
    layer = separable_convolution(4, 5, 2, "none")
    depthwise, across = layer[0], layer[3]
    assert isinstance(depthwise, nn.Conv2d)
    assert isinstance(across, nn.Conv2d)
    features = torch.rand(2, 4, 9, 9)
    weight = across.weight * depthwise.weight[:, 0]  # (5, 4, 1, 1) * (4, 3, 3)
    expected = functional.conv2d(features, weight, padding=2, dilation=2)
    bias = across(depthwise.bias[None, :, None, None])  # type: ignore[index]
    without_rectifier = across(depthwise(features))
    torch.testing.assert_close(without_rectifier, expected + bias)


@torch.no_grad()
def test_the_mean_branch_carries_one_value_to_every_place() -> None:
    pyramid = AtrousSpatialPyramidPooling(3, 4, (1, 2), "none").eval()
    for branch in pyramid.branches:
        for parameter in branch.parameters():
            nn.init.zeros_(parameter)
    answer = pyramid(torch.rand(1, 3, 5, 6))
    torch.testing.assert_close(answer, answer[..., :1, :1].expand_as(answer))
