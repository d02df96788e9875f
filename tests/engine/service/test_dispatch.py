from __future__ import annotations

import subprocess
import sys

import pytest

from engine.api.tasks import TaskContext
from engine.service import execute


def test_a_request_that_nothing_answers_is_named() -> None:
    with pytest.raises(TypeError, match="no handler for int"):
        execute(3, TaskContext(lambda progress: None))


def test_first_requests_of_several_threads_are_all_answered() -> None:
    code = """
import threading
from concurrent.futures import ThreadPoolExecutor
from engine.api.models import ListModels
from engine.api.pictures import ListSamples
from engine.api.tasks import TaskContext
from engine.service import execute
from engine.service.dispatch import answer
print(len(answer.registry))
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
    assert done.stdout.split("\n")[:2] == ["1", "True True"], done.stderr
