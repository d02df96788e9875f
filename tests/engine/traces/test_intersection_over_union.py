"""Every number in the words and formulas against torchvision's IoU and GIoU."""

import numpy as np
import pytest
import torch
import torchvision
from matplotlib.mathtext import MathTextParser

from engine.api.detection import Detections
from engine.api.errors import ConfigError
from engine.api.traces import BoxesMark, Trace
from engine.traces.intersection_over_union import IouConfig
from tests.engine.traces.trace_checks import traced


def trace(detections: Detections, config: IouConfig) -> Trace:
    return traced("iou", config, detections=detections)


def pair(a: list[float], b: list[float]) -> Detections:
    return Detections.of([a, b], [1.0, 1.0], ("a", "b"))


def test_iou_and_giou_are_those_of_torchvision(random: np.random.Generator) -> None:
    for _ in range(50):
        corners = random.uniform(0, 50, (2, 2))
        boxes = np.c_[corners, corners + random.uniform(1, 40, (2, 2))]
        detections = Detections.of(boxes, [1.0, 1.0], ("a", "b"))
        a, b = torch.tensor(detections.boxes_xyxy.copy()).unsqueeze(1)
        result = trace(detections, IouConfig()).result
        assert result["iou"] == pytest.approx(torchvision.ops.box_iou(a, b).item(), abs=1e-6)
        expected = torchvision.ops.generalized_box_iou(a, b).item()
        assert result["giou"] == pytest.approx(expected, abs=1e-5)


def test_unit_boxes_one_apart_have_a_giou_of_minus_a_third() -> None:
    steps = trace(pair([0, 0, 1, 1], [2, 0, 3, 1]), IouConfig())
    assert steps.result == {
        "intersection": 0,
        "union": 2,
        "hull": 3,
        "iou": 0,
        "giou": pytest.approx(-1 / 3),
    }
    assert [step.title for step in steps][1:2] == ["The intersection is empty"]


def test_the_steps_hold_the_areas() -> None:
    steps = list(trace(pair([0, 0, 10, 10], [5, 0, 15, 10]), IouConfig()))
    assert "10 x 10 = 100 square pixels" in steps[0].text
    assert steps[1].formula == r"|A\cap B|=5\cdot10=50"
    assert steps[2].formula.endswith("=100+100-50=150")
    assert steps[3].title == "IoU = 0.33"
    shared = next(m for m in steps[1].marks if isinstance(m, BoxesMark) and m.role == "current")
    assert shared.boxes_xyxy.tolist() == [[5, 0, 10, 10]]


def test_points_in_one_place_do_not_divide_by_zero() -> None:
    assert trace(pair([3, 3, 3, 3], [3, 3, 3, 3]), IouConfig()).result["giou"] == 0


def test_formulas_can_be_typeset() -> None:
    parser = MathTextParser("path")
    for step in trace(pair([0, 0, 10, 10], [5, 0, 15, 10]), IouConfig()):
        if step.formula:
            parser.parse(f"${step.formula}$")


def test_a_box_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="second = 5: there are 2 boxes"):
        trace(pair([0, 0, 1, 1], [0, 0, 1, 1]), IouConfig(second=5))
