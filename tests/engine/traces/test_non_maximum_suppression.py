"""The steps tell what suppression did: every box in its place, every number in the words true."""

import re

import numpy as np
import pytest
import torch
import torchvision
from matplotlib.mathtext import MathTextParser

from engine.api.detection import Detections, SuppressionConfig
from engine.api.traces import BarsMark, BoxesMark, CurveMark, Step, TableMark, Trace
from tests.engine.traces.trace_checks import traced

Random = np.random.Generator
METHODS = ("greedy", "soft-linear", "soft-gaussian")

SCENE = Detections.of(
    [
        [10, 10, 110, 210],  # 0 person, kept second
        [14, 12, 112, 205],  # 1 its duplicate
        [20, 30, 130, 220],  # 2 another, further off
        [200, 40, 300, 240],  # 3 person alone
        [12, 14, 108, 200],  # 4 dog, best of all
        [400, 100, 440, 140],  # 5 cat, too weak
    ],
    [0.95, 0.9, 0.62, 0.88, 0.97, 0.3],
    ("person", "person", "person", "person", "dog", "cat"),
)


def trace(detections: Detections, config: SuppressionConfig) -> Trace:
    return traced("nms", config, detections=detections)


def config(method: str = "greedy", **fields: object) -> SuppressionConfig:
    return SuppressionConfig(**{"score_threshold": 0.4, "method": method, **fields})  # type: ignore[arg-type]


def crowd(random: Random, number: int) -> Detections:
    corners = random.uniform(0, 120, (number, 2))
    boxes = np.concatenate([corners, corners + random.uniform(5, 60, (number, 2))], axis=1)
    labels = tuple(random.choice(["cat", "dog"], number).tolist())
    return Detections.of(boxes, random.random(number), labels)


def mark(step: Step, kind: type) -> object:
    return next(m for m in step.marks if isinstance(m, kind))


def table(step: Step) -> TableMark:
    found = mark(step, TableMark)
    assert isinstance(found, TableMark)
    return found


def boxes(step: Step, role: str) -> set[tuple[float, ...]]:
    return {
        tuple(box)
        for m in step.marks
        if isinstance(m, BoxesMark) and m.role == role
        for box in m.boxes_xyxy.tolist()
    }


def rows(step: Step) -> dict[str, tuple[str, ...]]:
    return {row[0]: row for row in table(step).rows}


def same(a: Step, b: Step) -> bool:
    return repr(a) == repr(b)


def titles(steps: Trace) -> list[str]:
    return [step.title for step in steps]


def test_the_steps_of_a_small_scene() -> None:
    assert titles(trace(SCENE, config())) == [
        "6 boxes, sorted by score",
        "1 box scores too little",
        "Keep dog 0.97",
        "Keep person 0.95, remove 2",
        "Keep person 0.88",
        "3 of 6 boxes kept",
    ]


def test_the_first_step_lists_all_boxes_best_first_and_undecided() -> None:
    first = trace(SCENE, config())[0]
    assert [row[0] for row in table(first).rows] == ["4", "0", "1", "3", "2", "5"]
    assert {row[3] for row in table(first).rows} == {""}
    assert set(table(first).roles) == {"candidate"}
    assert len(boxes(first, "candidate")) == len(SCENE)


def test_a_round_says_who_is_kept_whom_it_removes_with_which_iou_and_what_is_left() -> None:
    step = trace(SCENE, config())[3]
    pairs = torchvision.ops.box_iou(*[torch.tensor(SCENE.boxes_xyxy.copy())] * 2)
    assert "Box 0 (person) has the best score left, 0.95" in step.text
    for removed in (1, 2):
        assert f"box {removed} (IoU {pairs[0, removed]:.2f})" in step.text
        assert rows(step)[str(removed)][3] == f"removed by 0, IoU {pairs[0, removed]:.2f}"
    assert step.text.endswith("1 box is left.")
    assert boxes(step, "current") == {tuple(SCENE.boxes_xyxy[0].tolist())}
    assert boxes(step, "removed") == {tuple(SCENE.boxes_xyxy[i].tolist()) for i in (1, 2)}
    assert boxes(step, "kept") == {tuple(SCENE.boxes_xyxy[4].tolist())}
    assert boxes(step, "candidate") == {tuple(SCENE.boxes_xyxy[3].tolist())}
    bars = mark(step, BarsMark)
    assert isinstance(bars, BarsMark)
    assert bars.names == ("box 1", "box 2")
    assert bars.roles == ("removed", "removed")
    assert bars.limit == 0.5
    assert bars.values == pytest.approx(pairs[0, [1, 2]].numpy())


def test_the_formula_holds_the_areas_of_the_closest_pair() -> None:
    step = trace(SCENE, config())[3]
    # 0: 100 x 200; 1: 98 x 193; shared 96 x 193
    shared, union = 96 * 193, 100 * 200 + 98 * 193 - 96 * 193
    assert rf"\dfrac{{{shared}}}{{{union}}}={shared / union:.2f}>0.50" in step.formula


def test_a_box_saved_by_its_class_alone_is_mentioned() -> None:
    spared = "but is of another class, so it stays"
    assert spared in trace(SCENE, config())[2].text
    agnostic = trace(SCENE, config(class_aware=False))
    assert not any(spared in step.text for step in agnostic)
    assert "box 0 (person, IoU 0.89)" in agnostic[2].text


def test_a_box_at_exactly_the_threshold_is_said_to_stay() -> None:
    half = Detections.of([[0, 0, 10, 10], [0, 0, 10, 5]], [0.9, 0.8], ("a", "a"))
    step = trace(half, config())[1]
    assert "Box 1 has an IoU of exactly 0.50: not more, so it stays." in step.text
    assert step.formula.endswith(r"\dfrac{50}{100}=0.50=0.50")


def test_the_score_threshold_has_a_step_only_where_it_drops_something() -> None:
    assert "too little" in trace(SCENE, config())[1].title
    all_pass = titles(trace(SCENE, config(score_threshold=0.1)))
    assert not any("too little" in title for title in all_pass)


def test_the_score_threshold_shows_the_boxes_on_both_sides_of_it(random: Random) -> None:
    detections = Detections.of(np.tile([0, 0, 5, 5], (90, 1)), np.linspace(1, 0, 90), ("a",) * 90)
    step = trace(detections, config(score_threshold=0.5))[1]
    bars = mark(step, BarsMark)
    assert isinstance(bars, BarsMark)
    assert bars.roles == ("candidate",) * 10 + ("removed",) * 10
    assert (bars.values >= 0.5).tolist() == [True] * 10 + [False] * 10
    assert bars.current == 10
    assert table(step).current == 45  # the best of those that go


def test_where_all_are_dropped_nothing_else_is_claimed() -> None:
    nothing = trace(SCENE, config(score_threshold=1.0))
    assert titles(nothing)[1:] == ["6 boxes score too little", "None of 6 boxes kept"]
    assert "lower the score threshold" in nothing[1].text


def test_no_boxes_make_one_step_that_says_so() -> None:
    empty = trace(Detections.of([], [], ()), config())
    assert titles(empty) == ["No boxes"]
    assert empty.result["kept"] == []


def test_one_box_is_kept() -> None:
    single = trace(Detections.of([[1, 2, 3, 4]], [0.9], ("a",)), config())
    assert titles(single) == ["1 box, sorted by score", "Keep a 0.90", "1 of 1 box kept"]
    assert single.result["kept"] == [0]


@pytest.mark.parametrize("method", METHODS)
def test_back_shows_the_same_as_forward(method: str, random: Random) -> None:
    steps = trace(crowd(random, 60), config(method))
    forward = [steps[index] for index in range(len(steps))]
    backward = [steps[index] for index in reversed(range(len(steps)))]
    assert all(same(a, b) for a, b in zip(forward, reversed(backward), strict=True))


@pytest.mark.parametrize("class_aware", [True, False])
@pytest.mark.parametrize("method", METHODS)
def test_every_box_is_in_its_place_in_every_step(
    method: str, class_aware: bool, random: Random
) -> None:
    detections = crowd(random, 70)
    steps = trace(detections, config(method, class_aware=class_aware))
    kept_boxes = {tuple(detections.boxes_xyxy[i].tolist()) for i in steps.result["kept"]}
    gone: set[tuple[float, ...]] = set()
    for step in steps[:-1]:
        alive = boxes(step, "candidate") | boxes(step, "current") | boxes(step, "kept")
        gone |= boxes(step, "removed")
        assert alive | gone == {tuple(box) for box in detections.boxes_xyxy.tolist()}
        assert not alive & gone
        assert len(table(step).rows) == len(table(step).roles) == len(detections)
        assert sorted(table(step).keys) == list(range(len(detections)))
        roles = table(step).roles
        assert roles.count("removed") == len(gone)
        assert roles.count("candidate") == len(boxes(step, "candidate"))
    assert boxes(steps[-1], "kept") == kept_boxes


@pytest.mark.parametrize("method", METHODS)
def test_a_row_leads_to_the_step_that_decides_it(method: str, random: Random) -> None:
    steps = trace(crowd(random, 50), config(method))
    for key, target in zip(table(steps[0]).keys, table(steps[0]).steps, strict=True):
        before, after = rows(steps[target - 1])[str(key)], rows(steps[target])[str(key)]
        assert before[-1] == ""
        assert after[-1] != ""


@pytest.mark.parametrize("method", METHODS)
def test_the_row_of_the_keeper_is_the_current_one(method: str, random: Random) -> None:
    steps = trace(crowd(random, 50), config(method))
    kept = steps.result["kept"]
    for index, keeper in enumerate(kept):
        current = table(steps[len(steps) - 1 - len(kept) + index])
        assert current.current is not None
        assert current.keys[current.current] == keeper
        assert current.roles[current.current] == "current"


@pytest.mark.parametrize("method", METHODS)
def test_all_formulas_can_be_typeset(method: str, random: Random) -> None:
    parser = MathTextParser("path")
    steps = trace(crowd(random, 40), config(method, iou_threshold=0.1, class_aware=False))
    formulas = {step.formula for step in steps} - {""}
    assert len(formulas) > 5
    for formula in formulas:
        parser.parse(f"${formula}$")


@pytest.mark.parametrize("threshold", [0.3, 0.5])
def test_no_comparison_contradicts_itself(threshold: float, random: Random) -> None:
    corners = random.integers(0, 12, (120, 2))
    grid = np.c_[corners, corners + random.integers(1, 9, (120, 2))]
    detections = Detections.of(grid, random.random(120), ("a",) * 120)
    for step in trace(detections, config(iou_threshold=threshold, score_threshold=0.2)):
        found = re.search(r"=([\d.]+)([<=>])([\d.]+)$", step.formula)
        if found:
            left, sign, right = float(found[1]), found[2], float(found[3])
            assert {"<": left < right, "=": left == right, ">": left > right}[sign]


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
def test_the_result_is_what_torchvision_keeps(threshold: float, random: Random) -> None:
    detections = crowd(random, 300)
    answer = trace(detections, config(iou_threshold=threshold, score_threshold=0.0)).result
    expected = torchvision.ops.batched_nms(
        torch.tensor(detections.boxes_xyxy.copy()),
        torch.tensor(detections.scores.copy()),
        torch.tensor(detections.class_indices.copy()),
        threshold,
    )
    assert answer["kept"] == expected.tolist()
    assert answer["scores"] == detections.scores[answer["kept"]].tolist()
    assert answer["labels"] == [detections.labels[i] for i in answer["kept"]]
    everyone = [*answer["kept"], *answer["dropped"], *(r["box"] for r in answer["removed"])]
    assert sorted(everyone) == list(range(300))
    for removed in answer["removed"]:
        pair = detections.boxes_xyxy[[removed["box"], removed["by"]]]
        iou = torchvision.ops.box_iou(*torch.tensor(pair).unsqueeze(1))
        assert removed["iou"] == pytest.approx(iou.item())
        assert removed["iou"] > threshold


# Soft-NMS


def test_a_soft_round_shows_scores_before_and_after_beside_the_decay() -> None:
    scene = Detections.of([[0, 0, 10, 10], [1, 1, 11, 11]], [0.9, 0.8], ("a", "a"))
    step = trace(scene, config("soft-gaussian", score_threshold=0.1))[1]
    assert step.title == "Keep a 0.90, lower 1"
    assert "box 1 from 0.80 to 0.32" in step.text
    assert step.formula.endswith(r"0.80\,e^{-0.68^2/0.50}=0.32")
    bars = mark(step, BarsMark)
    assert isinstance(bars, BarsMark)
    assert bars.before == pytest.approx([0.8])
    assert bars.values == pytest.approx([0.31671], abs=1e-5)
    line, points = (m for m in step.marks if isinstance(m, CurveMark))
    assert (line.style, points.style) == ("line", "points")
    assert points.x == pytest.approx([81 / 119])
    assert np.interp(points.x, line.x, line.y) == pytest.approx(points.y, abs=1e-3)
    assert table(step).columns == ("box", "class", "score", "now", "fate")
    assert rows(step)["1"] == ("1", "a", "0.80", "0.32", "")


def test_a_score_that_falls_too_low_is_dropped_and_says_after_whom() -> None:
    step = trace(SCENE, config("soft-linear"))[3]
    assert step.title == "Keep person 0.95, lower 2"
    assert "Box 1 and box 2 end below the score threshold of 0.40 and are dropped." in step.text
    assert rows(step)["1"][4] == "dropped after 0, IoU 0.91"
    assert len(boxes(step, "removed")) == 2


def test_the_list_of_soft_suppression_is_sorted_anew(random: Random) -> None:
    steps = trace(crowd(random, 40), config("soft-gaussian", score_threshold=0.0))
    for step in steps:
        waiting = [float(row[3]) for row in table(step).rows if row[4] == ""]
        assert waiting == sorted(waiting, reverse=True)
