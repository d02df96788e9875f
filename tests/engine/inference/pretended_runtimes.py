"""Runtimes that take as long as they say, on a clock that they move, and a network for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from engine.api.runtimes import RuntimeCard
from engine.api.tasks import TaskContext
from engine.inference.runtimes.runtime import Call, Runtime

CPU = torch.device("cpu")


class Clock:
    """Seconds that pass only where a runtime says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Answer(NamedTuple):
    logits: Tensor
    places: Tensor


class TwoAnswers(nn.Module):
    """A picture to scores and the place of the best one."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 4, kernel_size=3)

    def forward(self, images: Tensor) -> Answer:
        logits = self.layer(images)
        return Answer(logits, logits.flatten(1).argmax(dim=1))


def context() -> TaskContext:
    return TaskContext(lambda progress: None)


def network(seed: int = 0) -> nn.Module:
    """Small, in evaluation mode; answers with a named tuple of floats and whole numbers."""
    torch.manual_seed(seed)
    return TwoAnswers().eval()


def picture(height: int = 24, width: int = 32) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(1))


def pretended(
    key: str, clock: Clock, seconds: float, answer: Callable[[Any], Any] = lambda found: found
) -> Runtime:
    """A runtime that takes as long as it says, and answers with eager's answer or another."""

    def build(part: nn.Module, inputs: tuple[Any, ...]) -> Call:
        def call(*values: Any) -> Any:
            clock.now_s += seconds
            return answer(part(*values))

        return call

    return Runtime(RuntimeCard(key, key, ""), lambda device: "", build, tolerance=1e-3)
