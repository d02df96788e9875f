"""What every runtime is, and the network that runs by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as tree  # what torch.export uses on nested inputs and outputs

from engine.api.runtimes import RuntimeCard, RuntimeReport

Call = Callable[..., Any]
"""Takes what the network takes and answers with the same structure of tensors."""

DOES_NOT_CONVERT = (
    *(RuntimeError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError),
    *(AssertionError, ImportError, OSError, MemoryError),
)
"""What torch and the other libraries raise on networks that they cannot take."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """A way to run a network.

    Attributes:
        hindrance: why it cannot run on a device here; empty where it can.
        build: makes a call of a network in evaluation mode and an example of its inputs, or raises
            one of DOES_NOT_CONVERT. The network itself stays as it is.
        tolerance: largest difference from eager, see RuntimeTrial, with which it counts as sound.
        wait_s: about how long `build` takes, at most.
        is_any_size: whether what it built takes inputs of other shapes than the example's.
    """

    card: RuntimeCard
    hindrance: Callable[[torch.device], str]
    build: Callable[[nn.Module, tuple[Any, ...]], Call]
    tolerance: float
    wait_s: float = 10.0
    is_any_size: bool = False


class Runner(nn.Module):
    """A network that runs by the chosen runtime, and by eager on inputs of another size.

    Takes and answers what the network takes and answers.
    """

    def __init__(
        self,
        network: nn.Module,
        call: Call,
        inputs: tuple[Any, ...],
        runtime: Runtime,
        report: RuntimeReport,
    ) -> None:
        super().__init__()
        self.network = network
        self.report = report
        self._call = call
        self._signature = None if runtime.is_any_size else signature(inputs)

    def forward(self, *inputs: Any) -> Any:
        """Run the network."""
        if self._signature is not None and signature(inputs) != self._signature:
            return self.network(*inputs)
        return self._call(*inputs)


def signature(inputs: tuple[Any, ...]) -> Any:
    """Return what makes two inputs alike to a runtime: structure, shapes, types and devices."""
    leaves, structure = tree.tree_flatten(inputs)
    kinds = [(leaf.shape, leaf.dtype, leaf.device) if _is_tensor(leaf) else leaf for leaf in leaves]
    return kinds, structure


def on_tensors(change: Callable[[Tensor], Tensor], values: Any) -> Any:
    """Return the same structure with every tensor changed."""
    return tree.tree_map(lambda leaf: change(leaf) if _is_tensor(leaf) else leaf, values)


def _is_tensor(leaf: Any) -> bool:
    return isinstance(leaf, Tensor)
