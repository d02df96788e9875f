"""The convolutions of VGG16."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional
from torchvision.models import vgg16

from engine.layers.vgg_stages import vgg_stages, vgg_widths


def test_with_its_widths_and_pooling_the_stages_are_those_of_vgg16() -> None:
    torch.manual_seed(0)
    oracle = vgg16(weights=None).features.eval()
    stages = vgg_stages(3, vgg_widths(64), "none").eval()
    ours = [layer for layer in stages.modules() if isinstance(layer, nn.Conv2d)]
    theirs = [layer for layer in oracle.modules() if isinstance(layer, nn.Conv2d)]
    for mine, its in zip(ours, theirs, strict=True):
        mine.load_state_dict(its.state_dict())
    images = torch.rand(1, 3, 32, 64)
    features = images
    with torch.no_grad():
        for stage in stages:
            features = functional.max_pool2d(stage(features), 2)
        torch.testing.assert_close(features, oracle(images), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("depth", "widths"), [(1, [4]), (3, [4, 8, 16]), (5, [4, 8, 16, 32, 32])])
def test_a_smaller_depth_leaves_out_the_last_stages(depth: int, widths: list[int]) -> None:
    assert vgg_widths(4, depth) == widths
    assert len(vgg_stages(1, widths, "batch")) == depth
