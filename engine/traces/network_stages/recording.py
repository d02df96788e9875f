"""What passes through a network, caught by hooks while it answers to one picture.

Axes: C channels, h and w of a grid, K classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.api.tasks import TaskContext

if TYPE_CHECKING:
    from torch import Tensor

Change = Callable[["Tensor"], "Tensor"]


@dataclass(frozen=True, slots=True)
class Recording:
    """Copies of what entered and left modules, by their dotted names.

    Attributes:
        inputs: (C, h, w) each.
        outputs: (C, h, w) each.
        logits: what the network answers, (K, H, W).
    """

    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]
    logits: Tensor


def record(
    network: Any,
    images: Tensor,
    inputs: Sequence[str],
    outputs: Sequence[str],
    context: TaskContext,
) -> Recording:
    """Run a network in evaluation mode on one picture (1, C, H, W).

    Args:
        network: answers with `logits`.
        images: values in [0, 1].
        inputs: names of modules of which to keep what enters.
        outputs: names of modules of which to keep what leaves.
        context: cancels between two modules.
    """
    import torch

    entered: dict[str, Tensor] = {}
    left: dict[str, Tensor] = {}

    def before(name: str) -> Callable[..., None]:
        def hook(_: Any, given: tuple[Tensor, ...]) -> None:
            context.raise_if_cancelled()
            entered[name] = given[0][0].clone()  # rectifiers work in place

        return hook

    def after(name: str) -> Callable[..., None]:
        def hook(_: Any, given: object, answer: Tensor) -> None:
            context.raise_if_cancelled()
            left[name] = answer[0].clone()

        return hook

    handles = [
        *(network.get_submodule(n).register_forward_pre_hook(before(n)) for n in inputs),
        *(network.get_submodule(n).register_forward_hook(after(n)) for n in outputs),
    ]
    try:
        with torch.inference_mode():
            logits = network(images).logits[0]
    finally:
        for handle in handles:
            handle.remove()
    return Recording(entered, left, logits)


def changed_answer(network: Any, images: Tensor, name: str, change: Change) -> Tensor:
    """Return the logits (K, H, W) where what enters a module is changed first."""
    import torch

    def hook(_: Any, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return (change(given[0]), *given[1:])

    handle = network.get_submodule(name).register_forward_pre_hook(hook)
    try:
        with torch.inference_mode():
            logits: Tensor = network(images).logits[0]
    finally:
        handle.remove()
    return logits
