"""A network whose normalisation is folded answers as it did before."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from engine.core.folding import fold_normalisation
from engine.core.registry import MODELS

SEGMENTERS = ("fcn8s", "segnet", "unet", "deconvnet", "deeplabv3plus")


def with_statistics(network: nn.Module) -> nn.Module:
    """Return the network with statistics and scales as training leaves them."""
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.running_mean)
            nn.init.uniform_(part.running_var, 0.5, 2.0)
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.normal_(part.bias)
    return network.eval()


def norms(network: nn.Module) -> int:
    return sum(isinstance(part, nn.BatchNorm2d) for part in network.modules())


@pytest.mark.parametrize("key", SEGMENTERS)
def test_answers_are_those_of_the_network_as_it_was(key: str) -> None:
    torch.manual_seed(0)
    card = MODELS.card(key)
    network = with_statistics(MODELS.build(key, card.config_type())).double()
    folded = copy.deepcopy(network)
    fold_normalisation(folded)
    assert norms(folded) < norms(network)
    images = torch.rand(1, 3, 64, 64, dtype=torch.float64)
    with torch.inference_mode():
        expected, answer = network(images).logits, folded(images).logits
    torch.testing.assert_close(answer, expected, rtol=1e-9, atol=1e-9 * expected.abs().max().item())


def test_only_what_follows_a_convolution_is_folded() -> None:
    network = with_statistics(
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.BatchNorm2d(4), nn.Conv2d(4, 4, 1))
    )
    before = [type(part) for part in network]
    fold_normalisation(network)
    assert [type(part) for part in network] == before


def test_the_convolutions_own_bias_is_kept() -> None:
    network = with_statistics(nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1)))
    images = torch.rand(1, 1, 2, 2)
    with torch.inference_mode():
        expected = network(images)
        fold_normalisation(network)
        torch.testing.assert_close(network(images), expected)
