"""The table from a request's type to what answers it."""

from __future__ import annotations

import sys
import threading
from functools import singledispatch
from typing import Any

from engine.api.tasks import TaskContext

_FILLING = threading.Lock()
_filled = threading.Event()


@singledispatch
def answer(request: Any, context: TaskContext) -> Any:
    """Answer a request; the modules beside this one register a handler for each type."""
    raise TypeError(f"no handler for {type(request).__name__}")


def execute(request: Any, context: TaskContext) -> Any:
    """Run a request on the calling thread.

    Raises:
        EngineError: it cannot be done; the error says why.
        TypeError: there is no handler for it.
    """
    _fill_table()
    return answer(request, context)


def _fill_table() -> None:
    """Import the handlers with the first request, on its thread.

    With them come the types of all areas, which would delay the window by a tenth of a second.
    """
    with _FILLING:
        if not _filled.is_set():
            from engine.core.registry import import_submodules

            import_submodules(sys.modules[__package__])
            _filled.set()
