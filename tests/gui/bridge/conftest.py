"""Requests that only tests have."""

from __future__ import annotations

from typing import get_type_hints

import pytest

from engine.service.dispatch import HANDLERS


@pytest.fixture(autouse=True)
def _answered_by_the_test(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the functions in a module's `OWN_HANDLERS` answer requests as those of the engine do."""
    for handler in getattr(request.module, "OWN_HANDLERS", ()):
        wanted = get_type_hints(handler)["request"].__name__
        monkeypatch.setitem(HANDLERS, wanted, f"{handler.__module__}:{handler.__name__}")
