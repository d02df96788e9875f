"""What every detector is, whatever it runs on: OpenCV, torch, or a runtime to come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import nn

from engine.api.detection import Detections
from engine.api.tasks import TaskContext
from engine.core.weights import WeightsSource


class Detector(Protocol):
    """A detector that is built, with its weights, on its device."""

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the classes that it knows; `class_indices` count into it."""

    @property
    def device(self) -> str:
        """Key of the device where it really runs."""

    def propose(self, pixels: NDArray[np.uint8], context: TaskContext) -> Detections:
        """Find raw boxes: neither cut at a threshold nor freed of duplicates, best first.

        A detector may leave out scores below a low floor that its config states.

        Args:
            pixels: RGB uint8 (H, W, 3).
            context: asked for cancellation as often as the detector can.
        """


@runtime_checkable
class NetworkDetector(Detector, Protocol):
    """A detector whose work is done by one network of torch.

    Attributes:
        network: in evaluation mode on the detector's device; a copy of the detector may be given
            another one that answers alike.
    """

    network: nn.Module


DetectorFactory = Callable[[Any, WeightsSource | None, str], Detector]
"""What a model file of task `detection` registers: config, weights, key of the device.

Without weights the parameters are random (or built in), which is of use to tests only.
"""
