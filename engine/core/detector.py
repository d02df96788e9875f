"""What every detector is, whatever it runs on: OpenCV, torch, or a runtime to come.

Axes: B pictures, N boxes of a picture, M side of a mask, H and W of a picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections
from engine.api.tasks import TaskContext

if TYPE_CHECKING:
    from torch import Tensor, nn


@runtime_checkable
class Detector(Protocol):
    """Finds boxes on pictures of any size."""

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the classes that it knows; `class_indices` count into it.

        Where it can be set, the loader puts the names there that come with the weights.
        """

    def detect(self, pixels: NDArray[np.uint8], options: Any, context: TaskContext) -> Detections:
        """Find raw boxes: neither cut at a threshold nor freed of duplicates, best first.

        A detector may leave out scores below a low floor that its options state.

        Args:
            pixels: RGB uint8 (H, W, 3).
            options: of the card's `options_type`.
            context: asked for cancellation as often as the detector can.
        """


@runtime_checkable
class NetworkDetector(Detector, Protocol):
    """A detector whose work is done by one network of torch, in evaluation mode on its device."""

    @property
    def network(self) -> nn.Module:
        """The network."""

    def with_network(self, network: nn.Module) -> Self:
        """Return this detector with another network that answers alike; this one stays."""


class RawBoxes(NamedTuple):
    """What a network proposes on one image, best first."""

    boxes_xyxy: Tensor  # (N, 4) float32, pixels of the image
    scores: Tensor  # (N,) float32, in [0, 1]
    class_indices: Tensor  # (N,) int64
    masks: Tensor | None = None  # (N, M, M), probability inside each box


@runtime_checkable
class BoxNetwork(Protocol):
    """A network that is trained here: images (B, C, H, W) in [0, 1] to an output of its own.

    Bringing pictures to its size, naming its classes and finding the boxes' place in the picture
    is done for all of them by engine/inference/box_networks.py.
    """

    def propose(self, output: Any, options: Any) -> list[RawBoxes]:
        """Read the boxes of each image out of an output.

        Args:
            output: what the network answered to the images.
            options: of the card's `options_type`, which derives from NetworkOptions.
        """
