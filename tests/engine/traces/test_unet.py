"""The steps of U-Net against the network that they were taken from."""

import pytest
import torch

from engine.traces.network_stages.network_steps import Padding
from engine.traces.unet import UnetSteps
from tests.engine.traces.network_stages.parts import (
    bars_of,
    images_of,
    picture,
    steps_of,
    untrained,
)


def test_beside_the_maps_from_below_lie_those_of_the_same_level(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = untrained("unet")
    recording = steps_of(monkeypatch, "unet", network, picture(48, 64))
    for level in range(3):
        across, below = recording.outputs[f"down.{level}"], recording.outputs[f"enlarge.{level}"]
        assert torch.equal(recording.inputs[f"up.{level}"], torch.cat([across, below]))
        with torch.no_grad():
            mixed = network.up[level](recording.inputs[f"up.{level}"][None])[0]
        assert torch.allclose(recording.outputs[f"up.{level}"], mixed, atol=1e-5)


def test_a_missing_bridge_is_the_same_as_weights_that_do_not_read_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = steps_of(monkeypatch, "unet", untrained("unet"))
    assert isinstance(run, UnetSteps)
    bars = bars_of(run.without_bridges())
    for level in range(3):
        blind = untrained("unet")
        convolution = blind.up[level][0][0]
        with torch.no_grad():
            convolution.weight[:, : convolution.in_channels // 2] = 0
            expected = blind(images_of(picture())).logits[0].argmax(dim=0).numpy()
        changed = 100 * float((expected != run.mask).mean())
        assert bars.values[level] == pytest.approx(changed)


def test_the_border_that_the_network_adds_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert UnetSteps.padding_of(untrained("unet"), 48, 64) == Padding(0, 0, 48, 64)
    assert UnetSteps.padding_of(untrained("unet"), 51, 70) == Padding(2, 1, 56, 72)
    run = steps_of(monkeypatch, "unet", untrained("unet"), picture(51, 70))
    assert run.outputs["down.0"].shape == (8, 56, 72)
