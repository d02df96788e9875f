"""What holds for every topic on a single layer or trick of segmentation, whatever its numbers."""

import json
import re
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser

from engine.api.tasks import TaskContext
from engine.api.traces import BoxesMark, BuildTrace, HeatMark, ImageMark, MaskMark, Tiles, Trace
from engine.cli.command import to_plain
from engine.cli.trace import mark_as_data
from engine.core.registry import TRACES
from engine.traces.building import build_trace
from engine.traces.network_stages import networks

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
MOST_CHARACTERS = 4_000_000
"""Of the marks of one step, as JSON: more would make a file of them huge."""
TITLE_CHARACTERS = 44


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


def check_steps(trace: Trace) -> None:
    parser = MathTextParser("path")
    steps = list(trace)
    assert 8 <= len(steps) <= 16
    for step in steps:
        assert 0 < len(step.title) <= TITLE_CHARACTERS
        assert step.text.endswith(".")
        assert not {"nan", "inf", "None"} & set(re.findall(r"\w+", step.text))
        if step.formula:
            parser.parse(f"${step.formula}$")


def check_tiles(trace: Trace) -> None:
    for step in trace:
        shown = [mark for mark in step.marks if isinstance(mark, Tiles)]
        assert len(shown) == 1, f"{step.title}: nothing to be seen"
        names = [tile.name for tile in shown[0] if tile.name]
        assert len(set(names)) == len(names)
        assert {end for arrow in shown[0].arrows for end in (arrow.start, arrow.end)} <= {*names}


def check_sheet(trace: Trace) -> None:
    if trace.sheet_px is None:
        check_tiles(trace)
        return
    width, height = trace.sheet_px
    for step in trace:
        rasters = [m for m in step.marks if isinstance(m, ImageMark | HeatMark | MaskMark)]
        assert rasters, f"{step.title}: nothing to be seen"
        boxes = [m.boxes_xyxy for m in step.marks if isinstance(m, BoxesMark)]
        places = np.concatenate([np.array([m.extent_xyxy for m in rasters]), *boxes])
        assert (places[:, :2] >= 0).all()
        assert (places[:, 2:] <= (width, height)).all()
        assert (places[:, :2] <= places[:, 2:]).all()


@pytest.mark.parametrize("topic", TOPICS)
def test_every_step_has_words_and_a_formula_that_can_be_set(topic: str) -> None:
    check_steps(built(topic))


@pytest.mark.parametrize("topic", TOPICS)
def test_every_step_shows_something_and_all_of_it_on_the_sheet(topic: str) -> None:
    check_sheet(built(topic))


@pytest.mark.parametrize("topic", TOPICS)
def test_equal_configs_tell_the_same_story(topic: str) -> None:
    again = build_trace(BuildTrace(topic), TaskContext(lambda _: None))
    assert to_plain(again.result) == to_plain(built(topic).result)
    assert [step.text for step in again] == [step.text for step in built(topic)]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_step_is_small_enough_for_a_file(topic: str) -> None:
    for step in built(topic):
        assert len(json.dumps([mark_as_data(mark) for mark in step.marks])) <= MOST_CHARACTERS
    json.dumps(to_plain(built(topic).result), allow_nan=False)


@pytest.mark.parametrize("topic", ON_PICTURES)
def test_a_picture_of_ones_own_is_used(topic: str) -> None:
    trace = build_trace(BuildTrace(topic, pixels=own_picture()), TaskContext(lambda _: None))
    assert any("your picture" in step.text for step in trace)
    check_steps(trace)
    check_sheet(trace)


@pytest.mark.parametrize("topic", ON_PICTURES)
@pytest.mark.parametrize("size", [(1, 1), (7, 900), (300, 2)])
def test_a_picture_of_any_size_will_do(topic: str, size: tuple[int, int]) -> None:
    pixels = np.full((*size, 3), 90, np.uint8)
    trace = build_trace(BuildTrace(topic, pixels=pixels), TaskContext(lambda _: None))
    check_steps(trace)
    check_sheet(trace)


def test_the_topics_are_listed_without_torch_or_opencv() -> None:
    program = (
        "import sys; from engine.core.registry import TRACES; assert tuple(TRACES)\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'cv2', 'matplotlib')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_topics_belong_to_the_page_of_segmentation() -> None:
    assert {TRACES.card(topic).area for topic in TOPICS} == {"segment"}
    assert {TRACES.card(topic).needs for topic in TOPICS} == {"nothing"}
