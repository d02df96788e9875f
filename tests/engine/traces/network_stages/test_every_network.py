"""What holds for every topic that looks into a segmentation network."""

import json
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from engine.api.errors import ConfigError, TaskCancelled
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, MaskTile, TableMark, Trace
from engine.cli.run import run as run_command
from engine.core.registry import TRACES
from engine.traces import small_models
from engine.traces.building import build_trace
from engine.traces.network_stages import networks
from engine.traces.network_stages.network_steps import NetworkTraceConfig
from tests.engine.traces.network_stages.parts import (
    CONTEXT,
    ORIGIN,
    TOPICS,
    bars_of,
    images_of,
    picture,
    untrained,
    use,
)
from tests.engine.traces.trace_checks import check_steps, tiles_of

MASK_STEP = -3


def built(key: str, pixels: np.ndarray, **settings: object) -> Trace:
    config = NetworkTraceConfig(**settings)  # type: ignore[arg-type]
    return build_trace(BuildTrace(key, config, pixels), CONTEXT)


@cache
def usual(key: str) -> Trace:
    """The trace of the usual picture, which many tests look at; `key` puts the network in place."""
    return built(key, picture())


@pytest.fixture(params=TOPICS)
def key(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    use(monkeypatch, untrained(request.param))
    return str(request.param)


def mask_of(trace: Trace) -> np.ndarray:
    (mask,) = (tile for tile in tiles_of(trace[MASK_STEP]) if isinstance(tile, MaskTile))
    return mask.class_indices


def test_every_step_has_words_a_formula_that_can_be_set_and_something_to_see(key: str) -> None:
    trace = usual(key)
    check_steps(trace)
    assert ORIGIN in trace[0].text
    assert ORIGIN in trace[-1].text


def test_the_mask_is_what_the_network_answers(key: str) -> None:
    trace = usual(key)
    with torch.no_grad():
        expected = untrained(key)(images_of(picture())).logits[0].argmax(dim=0).numpy()
    assert np.array_equal(mask_of(trace), expected)
    shares = np.bincount(expected.ravel(), minlength=7) / expected.size
    assert list(trace.result["shares"].values()) == pytest.approx(shares.tolist())


def test_shapes_follow_from_the_strides(key: str) -> None:
    pixels = picture(96, 160)
    for stage in built(key, pixels).result["stages"]:
        assert stage["shape"][1:] == [96 / stage["stride"], 160 / stage["stride"]]


def test_what_a_value_sees_never_shrinks_on_the_way(key: str) -> None:
    fields = [stage["receptive_field"] for stage in usual(key).result["stages"]]
    assert fields == sorted(fields)


def test_the_table_has_a_row_for_each_stage_that_leads_to_its_step(key: str) -> None:
    trace = usual(key)
    table = next(mark for mark in trace[0].marks if isinstance(mark, TableMark))
    assert len(table.rows) == len(trace.result["stages"])
    for row, at in enumerate(table.steps):
        there = next(mark for mark in trace[at].marks if isinstance(mark, TableMark))
        assert there.current == row


@pytest.mark.parametrize("size", [(1, 1), (5, 200), (150, 2), (90, 60)])
def test_a_picture_of_any_size_will_do(key: str, size: tuple[int, int]) -> None:
    trace = built(key, np.full((*size, 3), 90, np.uint8))
    check_steps(trace)


def test_a_place_at_the_border_can_be_followed(key: str) -> None:
    for at in (0.0, 1.0):
        trace = built(key, picture(), across=at, down=at)
        check_steps(trace)
        assert f"row {1 + round(at * 51)}, column {1 + round(at * 69)}" in trace[0].text


def test_a_large_picture_is_reduced_and_the_text_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, untrained("fcn"))
    trace = built("fcn", np.zeros((1200, 800, 3), np.uint8), maps=4)
    assert trace.result["size"] == [320, 480]
    assert "Your picture of 800 x 1200 pixels is reduced to 320 x 480" in trace[0].text
    assert mask_of(trace).shape == (480, 320)


def test_the_probabilities_of_the_followed_place_are_those_of_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(monkeypatch, untrained("unet"))
    trace = built("unet", picture(), across=0.25, down=0.75)
    with torch.no_grad():
        logits = untrained("unet")(images_of(picture())).logits[0, :, 39, 17]
    bars = bars_of(trace[MASK_STEP - 1])
    assert bars.values == pytest.approx(100 * logits.softmax(dim=0).numpy(), abs=1e-3)
    assert bars.current == int(logits.argmax())


def test_without_shipped_weights_a_small_network_learns_and_the_trace_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(small_models, "shipped_file", lambda _: None)
    monkeypatch.setattr(networks, "_UPDATES", 2)
    for key in TOPICS:
        first = built(key, picture(20, 30))
        assert "learned for this trace: 2 updates" in first.result["weights"]
        assert "-camvid are not in this installation" in first.result["weights"]
        assert first.result["weights"] in first[0].text
        asked = built(key, picture(20, 30), weights="small")
        assert "not in this installation" not in asked.result["weights"]
        assert asked.result["shares"] == first.result["shares"]


def test_a_small_network_stops_learning_when_it_is_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reports = 0

    def cancel(_: object) -> None:
        nonlocal reports
        reports += 1
        context.cancel()

    context = TaskContext(cancel)
    with pytest.raises(TaskCancelled):
        build_trace(
            BuildTrace("unet", NetworkTraceConfig(weights="small"), picture(20, 30)), context
        )
    assert reports == 1


def test_a_picture_is_needed() -> None:
    with pytest.raises(ConfigError, match="made from a picture and none was given"):
        build_trace(BuildTrace("unet"), CONTEXT)


def test_the_command_line_prints_the_steps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, untrained("unet"))
    path = tmp_path / "street.png"
    cv2.imwrite(str(path), picture())
    assert run_command(["trace", "--topic", "unet", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["topic"] == "unet"
    assert answer["result"]["size"] == [70, 52]
    assert [step["title"] for step in answer["steps"]][:2] == ["The picture", "Down, level 1"]


def test_the_topics_belong_to_the_page_of_segmentation() -> None:
    for topic in TOPICS:
        card = TRACES.card(topic)
        assert (card.area, card.needs) == ("segment", "picture")
