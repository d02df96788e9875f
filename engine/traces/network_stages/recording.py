"""What passes through a network, caught by hooks while it answers to one picture.

Axes: C channels, h and w of a grid, K classes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.api.tasks import TaskContext

if TYPE_CHECKING:
    from torch import Tensor

Change = Callable[["Tensor"], "Tensor"]


class Recording(NamedTuple):
    """Copies of what entered and left modules, (C, h, w) each, by their dotted names."""

    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]
    logits: Tensor  # what the network answers, (K, H, W)


def named_like(network: Any, patterns: Sequence[str]) -> list[str]:
    """Return the names of a network's modules that fit; "*" is any one part of a name."""
    fit = [re.compile(re.escape(one).replace(r"\*", r"[^.]+")) for one in patterns]
    return [name for name, _ in network.named_modules() if any(p.fullmatch(name) for p in fit)]


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
    handles = [
        *(_catch_input(network.get_submodule(name), name, entered, context) for name in inputs),
        *(_catch_output(network.get_submodule(name), name, left, context) for name in outputs),
    ]
    try:
        with torch.inference_mode():
            logits = network(images).logits[0]
    finally:
        for handle in handles:
            handle.remove()
    return Recording(entered, left, logits)


def _catch_input(module: Any, name: str, into: dict[str, Tensor], context: TaskContext) -> Any:
    def hook(_: Any, given: tuple[Tensor, ...]) -> None:
        context.raise_if_cancelled()
        into[name] = given[0][0].clone()  # rectifiers work in place

    return module.register_forward_pre_hook(hook)


def _catch_output(module: Any, name: str, into: dict[str, Tensor], context: TaskContext) -> Any:
    def hook(_: Any, given: object, answer: Tensor) -> None:
        context.raise_if_cancelled()
        into[name] = answer[0].clone()

    return module.register_forward_hook(hook)


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
