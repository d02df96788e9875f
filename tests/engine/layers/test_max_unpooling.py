import pytest
import torch
from torch.nn import functional

from engine.layers.max_unpooling import max_pool_with_indices, max_unpool


@pytest.mark.parametrize("size", [(8, 6), (7, 9), (1, 1)])
def test_unpooling_is_torchs(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    pooled, indices = max_pool_with_indices(torch.randn(2, 3, *size))
    values = torch.randn_like(pooled)
    expected = functional.max_unpool2d(values, indices, 2, output_size=size)
    assert torch.equal(max_unpool(values, indices, size), expected)


def test_pooling_undoes_the_unpooling_of_what_is_not_negative() -> None:
    torch.manual_seed(0)
    pooled, indices = max_pool_with_indices(torch.randn(2, 3, 8, 6))
    values = torch.rand_like(pooled)
    assert torch.equal(max_pool_with_indices(max_unpool(values, indices, (8, 6)))[0], values)


def test_unpooling_is_the_way_a_gradient_takes_through_max_pooling() -> None:
    torch.manual_seed(0)
    features = torch.randn(2, 3, 8, 6, requires_grad=True)
    pooled, indices = max_pool_with_indices(features)
    values = torch.randn_like(pooled)
    pooled.backward(values)
    assert features.grad is not None
    assert torch.equal(max_unpool(values, indices, (8, 6)), features.grad)
