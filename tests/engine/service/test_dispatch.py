"""Which function answers which request."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from typing import get_type_hints

import pytest

import engine.api
from engine.api.tasks import TaskContext
from engine.service import execute
from engine.service.dispatch import HANDLERS, handler_of


def request_types() -> list[type]:
    """Every type of engine.api that the task bar can name: those are the requests."""
    modules = [
        importlib.import_module(f"engine.api.{module.name}")
        for module in pkgutil.iter_modules(engine.api.__path__)
    ]
    return [
        kind
        for module in modules
        for kind in vars(module).values()
        if inspect.isclass(kind)
        and kind.__module__ == module.__name__
        and isinstance(vars(kind).get("caption"), (str, property))
    ]


REQUESTS = request_types()


def test_every_request_of_the_boundary_has_exactly_one_row_and_no_row_is_left_over() -> None:
    assert sorted(kind.__name__ for kind in REQUESTS) == sorted(HANDLERS)


@pytest.mark.parametrize("request_type", REQUESTS, ids=lambda kind: kind.__name__)
def test_a_row_leads_to_a_function_that_takes_the_request_and_the_context(
    request_type: type,
) -> None:
    handler = handler_of(request_type)
    hints = get_type_hints(handler)
    kinds = [hints[name] for name in inspect.signature(handler).parameters]
    assert kinds == [request_type, TaskContext][: len(kinds)]


def test_a_request_that_nothing_answers_is_named() -> None:
    with pytest.raises(TypeError, match="no handler for int"):
        execute(3, TaskContext(lambda progress: None))


def test_first_requests_of_several_threads_are_all_answered() -> None:
    code = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from engine.api.models import ListModels
from engine.api.pictures import ListSamples
from engine.api.tasks import TaskContext
from engine.service import execute
print(not {"engine.inference", "engine.data"} & set(sys.modules))
together = threading.Barrier(4)
def ask(request):
    together.wait()
    return len(execute(request, TaskContext(lambda progress: None)))
with ThreadPoolExecutor(4) as pool:
    counts = list(pool.map(ask, [ListModels(), ListSamples(), ListModels(), ListSamples()]))
print(counts[0] == counts[2] > 0, counts[1] == counts[3] > 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.split("\n")[:2] == ["True", "True True"], done.stderr
