"""Lets a person stop a network between two of its layers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from torch import nn

from engine.api.tasks import TaskContext

# Per thread: two lanes may run the same network for two people's requests.
_current: ContextVar[TaskContext | None] = ContextVar("current", default=None)


def make_cancellable(network: nn.Module) -> None:
    """Let every part of a network ask, before it runs, whether to go on."""
    for part in network.modules():
        part.register_forward_pre_hook(_ask)


@contextmanager
def cancelled_by(context: TaskContext) -> Iterator[None]:
    """Within the block cancellable networks raise TaskCancelled once `context` is cancelled."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)


def _ask(part: nn.Module, inputs: Any) -> None:
    context = _current.get()
    if context is not None:
        context.raise_if_cancelled()
