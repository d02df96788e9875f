"""The steps of SegNet against torch's own pooling and unpooling."""

import pytest
import torch
from torch import nn

from engine.traces.segnet import at_the_top_left, pooling
from tests.engine.traces.network_stages.parts import picture, steps_of, untrained


@pytest.mark.parametrize("size", [(48, 64), (45, 61)])
def test_remembered_places_are_those_of_torch_and_are_used_on_the_way_up(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = steps_of(monkeypatch, "segnet", untrained("segnet"), picture(*size))
    for level in range(3):
        maps = recording.outputs[f"encoder.{level}"]
        values, indices = nn.MaxPool2d(2, ceil_mode=True, return_indices=True)(maps[None])
        pooled = pooling(maps)
        assert torch.equal(pooled.values, values[0])
        assert torch.equal(pooled.indices, indices[0])
        entering = values if level == 2 else recording.outputs[f"decoder.{1 - level}"][None]
        sparse = nn.MaxUnpool2d(2)(entering, indices, output_size=maps.shape[1:])
        assert torch.equal(recording.inputs[f"decoder.{2 - level}"], sparse[0])


def test_a_place_is_one_of_four() -> None:
    maps = torch.tensor([[[9.0, 1, 1, 9], [1, 1, 1, 1], [1, 1, 1, 1], [9, 1, 1, 9]]])
    assert pooling(maps).places.tolist() == [[[0, 1], [2, 3]]]


def test_without_places_every_value_lies_at_the_top_left() -> None:
    sparse = torch.zeros(1, 1, 3, 4)
    sparse[0, 0, 1, 1], sparse[0, 0, 2, 3] = 5.0, 7.0
    moved = at_the_top_left(sparse)[0, 0]
    assert moved.nonzero().tolist() == [[0, 0], [2, 2]]
    assert (float(moved[0, 0]), float(moved[2, 2])) == (5.0, 7.0)
