import pytest
import torch
from torch.nn import functional

from engine.layers.bilinear_kernel import bilinear_enlargement


@pytest.mark.parametrize("factor", [2, 8, 32])
@torch.no_grad()
def test_inside_it_is_torchs_bilinear_enlargement(factor: int) -> None:
    torch.manual_seed(0)
    features = torch.randn(1, 3, 5, 6)
    expected = functional.interpolate(features, scale_factor=factor, mode="bilinear")
    answer = bilinear_enlargement(3, factor)(features)
    assert answer.shape == expected.shape
    ring = factor // 2
    inside = (..., slice(ring, -ring), slice(ring, -ring))
    torch.testing.assert_close(answer[inside], expected[inside])
