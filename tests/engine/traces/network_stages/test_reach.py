"""Receptive fields against the gradients of networks that let every input through."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.traces.network_stages.network_steps import NetworkSteps, StageStep
from engine.traces.network_stages.reach import PICTURE, Reach
from engine.traces.steps import step_builders
from tests.engine.traces.network_stages.parts import picture, steps_of, untrained

SIZE = (96, 96)
PIXEL = 48
# Of each row of the table the module whose output it is; "<" for what enters.
MODULES = {
    "unet": {"down 1": "down.0", "down 2": "down.1", "down 4": "down.3"}
    | {"up 3": "up.2", "up 2": "up.1", "up 1": "up.0"},
    "fcn": {"stage 1": "<stages.1", "stage 3": "<stages.3", "stage 5": "<first"}
    | {"scores": "score", "+ stage 4": "<twice.1", "+ stage 3": "<enlarge", "enlarged": "enlarge"},
    "deeplabv3plus": {"stem": "backbone.stem", "stage 1": "backbone.stages.0"}
    | {"stage 3": "backbone.stages.2", "ASPP": "aspp", "decoder 1": "decoder.0"},
}


def open_wide(network: Any) -> Any:
    """Make every weight positive and every normalisation idle, so that no input is blocked."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.uniform_(module.weight, 0.5, 1.0)
            module.weight.data /= module.weight[0].numel()
    return network.double()


@contextmanager
def everything_pooled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let pooling pass on all values instead of the largest."""
    with monkeypatch.context() as patch:
        patch.setattr(
            functional, "max_pool2d", lambda maps, size, *_, **__: functional.avg_pool2d(maps, size)
        )
        yield


def seen(network: Any, name: str, stride: float) -> tuple[int, int, int, int]:
    """Return first and last row and column that the value over PIXEL has a gradient for."""
    images = torch.ones(1, 3, *SIZE, dtype=torch.float64, requires_grad=True)
    caught: list[Tensor] = []
    module = network.get_submodule(name.removeprefix("<"))
    if name.startswith("<"):
        handle = module.register_forward_pre_hook(lambda _, given: caught.append(given[0]))
    else:
        handle = module.register_forward_hook(lambda _, given, answer: caught.append(answer))
    network(images)
    handle.remove()
    at = int(PIXEL // stride)
    caught[0][0, :, at, at].sum().backward()
    assert images.grad is not None
    rows, columns = (images.grad[0] != 0).any(dim=0).nonzero().T
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())


def within(ends: tuple[int, int]) -> tuple[int, int]:
    return max(ends[0], 0), min(ends[1], SIZE[0] - 1)


def reaches(source: NetworkSteps) -> dict[str, Reach]:
    steps = [write() for write in step_builders(source)]
    stages = (step.stage for step in steps if isinstance(step, StageStep))
    return {stage.name: stage.reach for stage in stages if stage is not None}


@pytest.mark.parametrize("key", MODULES)
def test_the_pixels_behind_a_value_are_those_with_a_gradient(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = reaches(steps_of(monkeypatch, key, untrained(key), picture(*SIZE)))
    network = open_wide(untrained(key))
    if key == "deeplabv3plus":
        nn.init.zeros_(network.aspp.image_pooling[0].weight)  # it sees the whole picture
    with everything_pooled(monkeypatch):
        for stage, module in MODULES[key].items():
            reach = found[stage]
            top, bottom, left, right = seen(network, module, reach.stride)
            assert (top, bottom) == (left, right) == within(reach.at(PIXEL)), stage


def test_the_encoder_of_segnet_sees_what_its_layers_see(monkeypatch: pytest.MonkeyPatch) -> None:
    found = reaches(steps_of(monkeypatch, "segnet", untrained("segnet"), picture(*SIZE)))
    network = open_wide(untrained("segnet"))
    encoder = nn.Sequential()
    for level, stage in enumerate(network.encoder):
        if level:
            encoder.append(nn.AvgPool2d(2))
        encoder.append(stage)
        ends = seen(nn.Sequential(encoder), "0", found[f"encoder {level + 1}"].stride)
        assert ends[:2] == within(found[f"encoder {level + 1}"].at(PIXEL))


@pytest.mark.parametrize("stage", ["decoder 3", "decoder 1"])
def test_the_decoder_of_segnet_sees_no_more_than_is_said(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = reaches(steps_of(monkeypatch, "segnet", untrained("segnet"), picture(*SIZE)))
    network = open_wide(untrained("segnet"))
    name = {"decoder 3": "decoder.0", "decoder 1": "decoder.2"}[stage]
    top, bottom, _, _ = seen(network, name, found[stage].stride)
    first, last = within(found[stage].at(PIXEL))
    assert first <= top <= bottom <= last


def test_fields_and_strides_of_textbooks() -> None:
    assert PICTURE.window(3, 1, 1).field == 3
    assert PICTURE.window(3, 1, 1).window(3, 1, 1).field == 5
    assert PICTURE.window(7, 2, 3).window(3, 2, 1).field == 11  # the stem of a ResNet
    assert PICTURE.window(7, 2, 3).window(3, 2, 1).stride == 4
    assert PICTURE.window(3, 1, 6, rate=6).field == 13
    assert PICTURE.window(2, 2).spread(2, 2).field == 2
    assert PICTURE.window(2, 2).bilinear(2).field == 4


def test_convolutions_on_a_shortcut_are_passed_over() -> None:
    block = nn.ModuleDict({"residual": nn.Conv2d(1, 1, 3), "shortcut": nn.Conv2d(1, 1, 1, 2)})
    assert PICTURE.through(block).stride == 1
