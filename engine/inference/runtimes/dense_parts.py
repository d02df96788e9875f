"""The parts of a network whose work does not depend on what is found, and what they are given.

torchvision's detectors decide by Python which boxes they look at; their backbone and the heads that
see every place do the most work, and always the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from torch import nn

from engine.layers.exchanged_parts import WHOLE, with_parts


def dense_paths(network: nn.Module) -> tuple[str, ...]:
    """Return the paths of a network's dense parts; that of the network where all of it is."""
    if "torchvision.models.detection" not in sys.modules:
        return (WHOLE,)  # none of its networks, and its import lasts for seconds
    from torchvision.models.detection.fcos import FCOS
    from torchvision.models.detection.generalized_rcnn import GeneralizedRCNN
    from torchvision.models.detection.retinanet import RetinaNet
    from torchvision.models.detection.ssd import SSD

    if isinstance(network, GeneralizedRCNN):
        return ("backbone", "rpn.head")
    if isinstance(network, (SSD, RetinaNet, FCOS)):
        return ("backbone", "head")
    return (WHOLE,)


class _Listener(nn.Module):
    """Runs a part and keeps what it was last given."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part
        self.inputs: tuple[Any, ...] | None = None

    def forward(self, *inputs: Any) -> Any:
        self.inputs = inputs
        return self.part(*inputs)


def inputs_of_parts(
    network: nn.Module, run: Callable[[nn.Module], object]
) -> dict[str, tuple[Any, ...]]:
    """Return what the dense parts are given while `run` runs a network on a picture, by path.

    Parts that it did not come to are left out. The network itself is not touched: others may be
    running it.
    """
    listeners = {path: _Listener(network.get_submodule(path)) for path in dense_paths(network)}
    run(with_parts(network, listeners))
    return {path: each.inputs for path, each in listeners.items() if each.inputs is not None}
