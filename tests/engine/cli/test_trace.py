"""The command `trace`: boxes from a file or a detector, steps as data or as text."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision

import engine.cli.trace as command
from engine.api.detection import Detect, DetectionResult, Detections, ReadBoxes
from engine.api.models import ModelCard
from engine.api.pictures import LoadPicture, Picture
from engine.cli.run import run
from engine.core.registry import MODELS
from engine.service import execute

TWICE = Detections.of(
    [[0, 0, 10, 10], [1, 1, 11, 11], [50, 50, 60, 60]], [0.8, 0.9, 0.7], ("a", "a", "b")
)


@pytest.fixture
def boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for the files and detectors, which have tests of their own."""
    card = ModelCard("finder", "Finder", "detection", "", "", "", object, default_score=0.75)
    answers = {
        ReadBoxes: TWICE,
        LoadPicture: Picture(np.zeros((64, 64, 3), np.uint8), None, "RGB"),
        Detect: DetectionResult("finder", "", TWICE, 1.0, "cpu"),
    }
    monkeypatch.setattr(MODELS, "card", {"finder": card}.__getitem__)
    monkeypatch.setattr(
        command, "execute", lambda r, c: answers[type(r)] if type(r) in answers else execute(r, c)
    )


def trace(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert run(["trace", "--topic", "nms", *arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    return answer


def test_steps_and_result_come_as_data(boxes: None, capsys: pytest.CaptureFixture[str]) -> None:
    answer = trace(capsys, "--boxes", "b.json")
    assert list(answer) == ["topic", "steps", "result"]
    assert answer["topic"] == "nms"
    first = answer["steps"][0]  # type: ignore[index]
    assert set(first) == {"title", "text", "formula", "marks"}
    assert [mark["kind"] for mark in first["marks"]] == ["boxes", "table", "bars"]
    assert first["marks"][0]["boxes_xyxy"][0] == [1, 1, 11, 11]
    expected = torchvision.ops.nms(
        torch.tensor(TWICE.boxes_xyxy.copy()), torch.tensor(TWICE.scores.copy()), 0.5
    )
    assert answer["result"]["kept"] == expected.tolist()  # type: ignore[index]


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (["--iou", "0.9"], [1, 0, 2]),
        (["--set", "iou_threshold=0.9"], [1, 0, 2]),
        (["--score", "0.75", "--iou", "0.9"], [1, 0]),
        (["--set", "method=soft-gaussian", "--score", "0.1"], [1, 2, 0]),
    ],
)
def test_parameters_reach_the_algorithm(
    boxes: None, capsys: pytest.CaptureFixture[str], arguments: list[str], kept: list[int]
) -> None:
    assert trace(capsys, "--boxes", "b.json", *arguments)["result"]["kept"] == kept  # type: ignore[index]


def test_a_detector_brings_its_own_thresholds(
    boxes: None, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = trace(capsys, "photo.png", "--model", "finder")
    assert answer["result"]["dropped"] == [2]  # type: ignore[index]
    answer = trace(capsys, "photo.png", "--model", "finder", "--score", "0.1")
    assert answer["result"]["dropped"] == []  # type: ignore[index]


def test_people_read_titles_words_and_plain_formulas(
    boxes: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["trace", "--topic", "nms", "--boxes", "b.json"]) == 0
    out = capsys.readouterr().out
    assert "2/4  Keep a 0.90, remove 1" in out
    assert "IoU(1,0) = |A∩B|/|A∪B| = 81/119 = 0.68 > 0.50" in out  # noqa: RUF001
    assert "\\" not in out


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (r"s_{7}=s\,(1-\mathrm{IoU})=0.90\,(1-0.83)", "s_7 = s (1-IoU) = 0.90 (1-0.83)"),
        (r"s\,e^{-\mathrm{IoU}^2/\sigma}", "s e^(-IoU^2/σ)"),
    ],
)
def test_formulas_read_well_without_typesetting(formula: str, text: str) -> None:
    assert command.plain_formula(formula) == text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--topic", "nms"], "needs boxes: give --boxes FILE"),
        (["--topic", "nms", "--model", "finder"], "needs a PICTURE"),
        (["--topic", "nms", "--boxes", "b", "--weights", "w"], "belongs to --model"),
    ],
)
def test_what_is_not_given_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run(["trace", *arguments]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--topic", "nmss"], "did you mean 'nms'"),
        (["--topic", "nms", "--boxes", "b", "--iou", "2"], "outside [0, 1]"),
        (["--topic", "nms", "--boxes", "b", "--set", "colour=red"], "has no field 'colour'"),
    ],
)
def test_what_does_not_exist_is_one_line_and_exit_code_1(
    boxes: None, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run(["trace", *arguments]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


def test_the_help_lists_the_topics(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["trace", "--help"])
    assert "greedy|soft-linear|soft-gaussian" in capsys.readouterr().out


def test_boxes_come_from_a_file_of_coco_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = [
        {"image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10], "score": 0.8},
        {"image_id": 1, "category_id": 1, "bbox": [1, 1, 10, 10], "score": 0.9},
    ]
    file = tmp_path / "results.json"
    file.write_text(json.dumps(entries))
    assert trace(capsys, "--boxes", str(file))["result"]["kept"] == [1]  # type: ignore[index]
