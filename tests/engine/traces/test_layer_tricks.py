"""What holds for every topic on a single layer or trick of segmentation, whatever its numbers."""

import json
import subprocess
import sys
from functools import cache

import numpy as np
import pytest

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Trace
from engine.cli.command import to_plain
from engine.core.registry import TRACES
from engine.traces.building import build_trace
from engine.traces.network_stages import networks
from tests.engine.traces.trace_checks import check_steps, tiles_of

TOPICS = (
    "aspp",
    "convolution-as-matrix",
    "dilated-convolution",
    "elastic-deformation",
    "max-unpooling",
    "spatial-pyramid-pooling",
    "transposed-convolution-1d",
)
ON_PICTURES = (
    "aspp",
    "dilated-convolution",
    "elastic-deformation",
    "max-unpooling",
    "spatial-pyramid-pooling",
)


@pytest.fixture(autouse=True)
def _short_lessons(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that learns where no weights ship need not learn much here."""
    monkeypatch.setattr(networks, "_UPDATES", 2)


@cache
def built(topic: str) -> Trace:
    return build_trace(BuildTrace(topic), TaskContext(lambda _: None))


def own_picture() -> np.ndarray:
    rows, columns = np.mgrid[:90, :200]
    pixels = np.stack([rows * 2, columns, (rows // 8 + columns // 8) % 2 * 200], axis=-1)
    return pixels.astype(np.uint8)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_step_has_words_and_a_formula_that_can_be_set(topic: str) -> None:
    check_steps(built(topic), most=16)


@pytest.mark.parametrize("topic", TOPICS)
def test_equal_configs_give_the_same_trace(topic: str) -> None:
    again = build_trace(BuildTrace(topic), TaskContext(lambda _: None))
    assert to_plain(again.result) == to_plain(built(topic).result)
    assert [step.text for step in again] == [step.text for step in built(topic)]


@pytest.mark.parametrize("topic", TOPICS)
def test_every_step_shows_something_beside_its_words(topic: str) -> None:
    assert all(tiles_of(step) is not None for step in built(topic))
    json.dumps(to_plain(built(topic).result), allow_nan=False)


@pytest.mark.parametrize("topic", ON_PICTURES)
def test_a_picture_of_ones_own_is_used(topic: str) -> None:
    trace = build_trace(BuildTrace(topic, pixels=own_picture()), TaskContext(lambda _: None))
    assert any("your picture" in step.text for step in trace)
    check_steps(trace, most=16)


@pytest.mark.parametrize("topic", ON_PICTURES)
@pytest.mark.parametrize("size", [(1, 1), (7, 900), (300, 2)])
def test_a_picture_of_any_size_will_do(topic: str, size: tuple[int, int]) -> None:
    pixels = np.full((*size, 3), 90, np.uint8)
    trace = build_trace(BuildTrace(topic, pixels=pixels), TaskContext(lambda _: None))
    check_steps(trace, most=16)


def test_the_topics_are_listed_without_torch_or_opencv() -> None:
    program = (
        "import sys; from engine.core.registry import TRACES; assert tuple(TRACES)\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'cv2', 'matplotlib')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_topics_belong_to_the_page_of_segmentation() -> None:
    assert {TRACES.card(topic).area for topic in TOPICS} == {"segment"}
    assert {TRACES.card(topic).needs for topic in TOPICS} == {"nothing"}
