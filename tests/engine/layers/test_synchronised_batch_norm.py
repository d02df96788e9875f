from pathlib import Path

import pytest
import torch
from torch import distributed as dist
from torch import nn

from engine.layers.synchronised_batch_norm import synchronise_batch_norms


@pytest.fixture
def alone(tmp_path: Path):
    store = dist.FileStore(str(tmp_path / "store"), 1)
    dist.init_process_group("gloo", store=store, rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.parametrize("size", [(6, 4, 5, 7), (8, 4)])
@pytest.mark.usefixtures("alone")
def test_with_one_process_it_is_torchs_own(size: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    kind = nn.BatchNorm2d if len(size) == 4 else nn.BatchNorm1d
    theirs, ours = kind(4).double(), kind(4).double()
    nn.init.normal_(theirs.weight)
    ours.load_state_dict(theirs.state_dict())
    synchronise_batch_norms(ours)
    for _ in range(3):
        one = torch.randn(size, dtype=torch.float64, requires_grad=True)
        two = one.detach().clone().requires_grad_(True)
        expected, found = theirs(one), ours(two)
        torch.testing.assert_close(found, expected)
        weights = torch.randn_like(expected)
        (expected * weights).sum().backward()
        (found * weights).sum().backward()
        torch.testing.assert_close(two.grad, one.grad)
        torch.testing.assert_close(ours.weight.grad, theirs.weight.grad)
    for name, value in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value)
    value = torch.randn(size, dtype=torch.float64)
    torch.testing.assert_close(ours.eval()(value), theirs.eval()(value))


def test_without_other_processes_it_is_torchs_own_too() -> None:
    layer = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))
    value = torch.randn(3, 1, 4, 4)
    expected = layer(value)
    synchronise_batch_norms(layer)
    torch.testing.assert_close(layer(value), expected)
    assert list(layer.state_dict()) == [
        *("0.weight", "0.bias", "1.weight", "1.bias"),
        *("1.running_mean", "1.running_var", "1.num_batches_tracked"),
    ]
