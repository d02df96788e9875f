"""Boxes of a detector or of a file are scored on data whose objects are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.api.detection_scores import DetectionKind, DetectionScores, ScoreDetections
from engine.api.errors import ConfigError, DatasetError
from engine.api.tasks import Progress, TaskCancelled, TaskContext
from engine.cli.run import run as run_command
from engine.service import execute

BOXES = {"a.png": [10, 10, 30, 40], "b.png": [50, 20, 20, 20]}  # x, y, width, height


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in BOXES:
        Image.new("RGB", (100, 80)).save(folder / name)
    images = [
        {"id": number, "file_name": name, "width": 100, "height": 80}
        for number, name in enumerate(BOXES, 7)
    ]
    annotations = [
        {"id": n, "image_id": n, "category_id": 3, "bbox": box, "area": box[2] * box[3]}
        for n, box in enumerate(BOXES.values(), 7)
    ]
    document = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": 3, "name": "cat"}],
    }
    (folder / "instances.json").write_text(json.dumps(document))
    return folder


def scored(data: Path, entries: Any, **request: Any) -> DetectionScores:
    file = data.parent / "found.json"
    file.write_text(json.dumps(entries))
    scores: DetectionScores = execute(
        ScoreDetections(str(data), detections=file, split="all", **request),
        TaskContext(lambda _: None),
    )
    return scores


def entry(image: int, box: list[float], score: float = 0.9) -> dict[str, Any]:
    return {"image_id": image, "category_id": 3, "bbox": box, "score": score}


def test_the_objects_themselves_score_one(data: Path) -> None:
    found = scored(data, [entry(7, BOXES["a.png"]), entry(8, BOXES["b.png"])])
    assert found.numbers["ap"] == found.numbers["ap50_voc10"] == pytest.approx(1.0)
    assert found.per_class == {"cat": pytest.approx(1.0)}
    assert found.notes == ()
    assert [Path(file).name for file in found.files] == ["a.png", "b.png"]


def test_a_threshold_counts_anew_without_scoring_anew(data: Path) -> None:
    rows = [entry(7, BOXES["a.png"], 0.9), entry(8, [0, 60, 9, 9], 0.6)]
    found = scored(data, [*rows, entry(8, BOXES["b.png"], 0.3)])
    assert [found.at(t).false for t in (0.0, 0.5, 0.7)] == [1, 1, 0]
    assert [found.at(t).missed for t in (0.0, 0.5, 0.7)] == [0, 1, 1]
    assert found.at(0.0).precision == pytest.approx(2 / 3)
    assert found.at(0.7).recall == pytest.approx(1 / 2)
    assert found.best_threshold() == pytest.approx(0.3)
    assert found.errors_at(0.5) == {
        "classification": 0,
        "localisation": 0,
        "both": 0,
        "duplicate": 0,
        "background": 1,
        "missed": 1,
    }
    assert found.kinds.tolist() == [
        DetectionKind.TRUE,
        DetectionKind.BACKGROUND,
        DetectionKind.TRUE,
    ]
    np.testing.assert_allclose(found.boxes_xyxy[1], [0, 60, 9, 69])


def test_what_the_command_line_prints_is_scored_by_the_names_of_the_files(data: Path) -> None:
    images = [
        {
            "file": f"/elsewhere/{name}",
            "detections": [{"box": [x, y, x + w, y + h], "score": 0.8, "label": "Cat"}],
        }
        for name, (x, y, w, h) in BOXES.items()
    ]
    assert scored(data, {"images": images}).numbers["ap"] == pytest.approx(1.0)


def test_names_of_classes_that_do_not_match_explain_a_score_of_nothing(data: Path) -> None:
    rows = [entry(7, BOXES["a.png"]) | {"category_name": "kitten"}]
    found = scored(data, rows)
    assert found.numbers["ap"] == 0
    (note,) = found.notes
    assert "cat" in note
    assert "kitten" in note


def test_names_of_pictures_that_do_not_match_explain_a_score_of_nothing(data: Path) -> None:
    rows = [entry(7, BOXES["a.png"]) | {"file_name": "elsewhere.png"}]
    assert any("no picture of found.json" in note for note in scored(data, rows).notes)


def test_a_detector_is_scored_and_says_how_long_it_takes(data: Path) -> None:
    found: DetectionScores = execute(
        ScoreDetections(str(data), "viola-jones-cat-face", split="all"),
        TaskContext(lambda _: None),
    )
    assert found.numbers["ap"] == 0
    assert found.milliseconds is not None
    assert found.milliseconds > 0
    assert "cat face" in found.notes[0]
    assert found.best_threshold() == 1.0


def test_a_cancel_is_noticed_between_two_pictures(data: Path) -> None:
    def stop(_: Progress) -> None:
        context.cancel()

    context = TaskContext(stop)
    with pytest.raises(TaskCancelled):
        execute(ScoreDetections(str(data), "viola-jones-face", split="all"), context)


def test_data_without_boxes_is_refused() -> None:
    with pytest.raises(DatasetError, match="not for detection"):
        execute(ScoreDetections("digits", "viola-jones-face"), TaskContext(lambda _: None))


def test_a_model_and_a_file_are_one_too_many() -> None:
    with pytest.raises(ConfigError, match="one of the two"):
        ScoreDetections("shapes", "viola-jones-face", Path("found.json"))


def test_the_command_line_prints_the_names_that_others_read(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = data.parent / "found.json"
    file.write_text(json.dumps([entry(7, BOXES["a.png"])]))
    arguments = ["evaluate", "--detections", str(file), "--data", str(data), "--split", "all"]
    assert run_command([*arguments, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {"model", "weights", "data", "split", "images", "ap", "ap50", "ap75"} <= printed.keys()
    assert printed["per_class"]["cat"] == pytest.approx(printed["ap"])
    assert run_command(arguments) == 0
    assert "best F1" in capsys.readouterr().out
