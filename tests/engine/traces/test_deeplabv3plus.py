"""The steps of DeepLabv3+ against the network that they were taken from."""

import numpy as np
import pytest
import torch

from engine.api.traces import BuildTrace
from engine.traces.building import build_trace
from engine.traces.deeplabv3plus import DeeplabSteps
from tests.engine.traces.network_stages.parts import (
    CONTEXT,
    bars_of,
    picture,
    steps_of,
    untrained,
    use,
)
from tests.engine.traces.trace_checks import tiles_of


def test_branches_look_at_the_same_maps_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    network = untrained("deeplabv3plus")
    run = steps_of(monkeypatch, "deeplabv3plus", network, picture(64, 96))
    outputs = run.outputs
    deep = outputs["backbone.stages.2"][None]
    with torch.no_grad():
        branches = [branch(deep) for branch in network.aspp.branches]
        branches.append(network.aspp.image_pooling(deep.mean(dim=(2, 3), keepdim=True)))
        like = branches[0].shape[-2:]
        mixed = network.aspp.project(
            torch.cat([one.expand(-1, -1, *like) for one in branches], dim=1)
        )
    assert isinstance(run, DeeplabSteps)
    for recorded, expected in zip(run.branch_maps(), branches, strict=True):
        assert torch.allclose(recorded, expected[0], atol=1e-5)
    assert torch.allclose(outputs["aspp.project"], mixed[0], atol=1e-5)


def test_the_fine_maps_are_laid_beside_the_enlarged_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    run = steps_of(monkeypatch, "deeplabv3plus", untrained("deeplabv3plus"), picture(64, 96))
    outputs, both = run.outputs, run.inputs["decoder.0"]
    enlarge = torch.nn.Upsample(scale_factor=4, mode="bilinear")
    assert torch.allclose(both[:16], enlarge(outputs["aspp.project"][None])[0], atol=1e-5)
    assert torch.equal(both[16:], outputs["low_level"])


def test_taps_lie_a_rate_apart_on_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, untrained("deeplabv3plus"))
    trace = build_trace(BuildTrace("deeplabv3plus", None, picture(160, 160)), CONTEXT)
    step = next(step for step in trace if step.title == "Holes in the kernels")
    pictures = [tile for tile in tiles_of(step) or () if tile.marks]
    boxes = [np.concatenate([mark.boxes_xyxy for mark in tile.marks]) for tile in pictures]
    bars = bars_of(step)
    assert bars.names == ("rate 1", "rate 2", "rate 4")
    assert bars.values.tolist() == [32, 64, 128]
    assert [len(nine) for nine in boxes] == [9, 9, 9]
    first, second = (np.unique(nine[:, 0].round(3)) for nine in boxes[:2])
    assert len(first) == len(second) == 3
    assert np.diff(second) == pytest.approx(2 * np.diff(first), rel=1e-3)


def test_what_a_missing_part_changes_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    run = steps_of(monkeypatch, "deeplabv3plus", untrained("deeplabv3plus"))
    assert isinstance(run, DeeplabSteps)
    bars = bars_of(run.without())
    blind = untrained("deeplabv3plus")
    with torch.no_grad():
        depthwise = blind.decoder[0][0]
        depthwise.weight[16:] = 0
        # What is left of a channel of zeros is what batch normalisation adds, in both.
        expected = blind(run.images).logits[0].argmax(dim=0).numpy()
    assert bars.values[0] == pytest.approx(100 * float((expected != run.mask).mean()))
