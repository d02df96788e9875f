"""The table from a request's type to what answers it."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from engine.api.tasks import TaskContext


@singledispatch
def execute(request: Any, context: TaskContext) -> Any:
    """Run a request on the calling thread; one handler is registered per request type."""
    raise TypeError(f"no handler for {type(request).__name__}")
