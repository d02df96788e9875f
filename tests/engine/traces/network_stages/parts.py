"""Small untrained networks and a picture, for the topics that look into a network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark, BuildTrace, Step
from engine.traces.deeplabv3plus import DeeplabSteps
from engine.traces.fcn import FcnSteps
from engine.traces.network_stages import network_steps
from engine.traces.network_stages.network_steps import NetworkSteps, NetworkTraceConfig
from engine.traces.segmentation_pictures import scene_classes
from engine.traces.segnet import SegnetSteps
from engine.traces.small_models import Learned, fresh
from engine.traces.unet import UnetSteps

STEPS: dict[str, type[NetworkSteps]] = {
    "deeplabv3plus": DeeplabSteps,
    "fcn": FcnSteps,
    "segnet": SegnetSteps,
    "unet": UnetSteps,
}
TOPICS = tuple(STEPS)
CONTEXT = TaskContext(lambda _: None)
ORIGIN = "an untrained network"


def untrained(key: str) -> Any:
    """Return a network whose every part does something, in evaluation mode."""
    topic = STEPS[key]
    network = fresh(topic.model_key, topic.small_config(len(scene_classes())), 0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weights in network.parameters():
            weights += 0.05 * torch.randn(weights.shape, generator=generator)
    return network.eval()


def use(monkeypatch: pytest.MonkeyPatch, network: Any) -> None:
    """Let the topics find this network in place of shipped weights."""
    found = Learned(network, ORIGIN, classes=scene_classes())
    monkeypatch.setattr(network_steps, "segmenter", lambda *_: found)


def picture(height: int = 52, width: int = 70) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:height, :width]
    pixels = np.stack([rows * 4, columns * 3, (rows // 8 + columns // 8) % 2 * 200], axis=-1)
    return pixels.astype(np.uint8)


def steps_of(
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    network: Any,
    pixels: NDArray[np.uint8] | None = None,
) -> NetworkSteps:
    use(monkeypatch, network)
    given = picture() if pixels is None else pixels
    return STEPS[key](BuildTrace(key, NetworkTraceConfig(), given), CONTEXT)


def images_of(pixels: NDArray[np.uint8]) -> torch.Tensor:
    """Return (1, 3, H, W) in [0, 1], apart from how the topics do it."""
    return torch.tensor(pixels.astype(np.float32) / 255).movedim(2, 0)[None]


def bars_of(step: Step) -> BarsMark:
    """Return the bars of a step."""
    return next(mark for mark in step.marks if isinstance(mark, BarsMark))
