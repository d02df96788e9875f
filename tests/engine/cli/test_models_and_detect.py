"""The commands `models` and `detect`, as a person or a script uses them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage
from PIL import Image
from torchvision.ops import box_iou, nms

from engine.cli.run import run
from engine.core.registry import MODELS

ROOT = Path(__file__).parents[3]
ASTRONAUT = Path(skimage.__file__).parent / "data" / "astronaut.png"


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command; answers exit code, standard output and standard error."""

    def start(*arguments: str | Path) -> tuple[int, str, str]:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return start


def test_the_astronaut_has_one_face(command: Any) -> None:
    code, out, err = command("detect", "--model", "viola-jones-face", ASTRONAUT, "--json")
    assert (code, err) == (0, "")
    (image,) = json.loads(out)["images"]
    assert (image["file"], image["width"], image["height"]) == (str(ASTRONAUT), 512, 512)
    assert image["ms"] > 0
    (face,) = image["detections"]
    assert face["label"] == "face"
    assert 0.5 <= face["score"] < 1
    # Where the face is in the photograph, measured by hand.
    x1, y1, x2, y2 = face["box"]
    assert abs((x1 + x2) / 2 - 224) < 10
    assert abs((y1 + y2) / 2 - 113) < 10
    assert 80 < x2 - x1 < 110
    assert "mask" not in face


def test_a_text_file_named_jpg_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    path = tmp_path / "notes.jpg"
    path.write_text("no picture at all\n")
    done = subprocess.run(
        [sys.executable, "main.py", "detect", "--model", "viola-jones-face", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "notes.jpg" in done.stderr


def test_a_bad_picture_does_not_keep_the_others_from_being_looked_at(
    command: Any, tmp_path: Path
) -> None:
    bad = tmp_path / "empty.png"
    bad.touch()
    code, out, err = command("detect", "--model", "viola-jones-face", bad, ASTRONAUT, "--json")
    assert code == 1
    assert len(err.splitlines()) == 1
    assert "empty.png" in err
    assert [len(image["detections"]) for image in json.loads(out)["images"]] == [1]


def test_thresholds_given_act_on_the_raw_boxes(command: Any) -> None:
    everything = command(
        *("detect", "--model", "viola-jones-face", ASTRONAUT),
        *("--score", "0", "--iou", "1", "--json"),
    )
    rows = json.loads(everything[1])["images"][0]["detections"]
    assert len(rows) > 20
    import torch

    boxes = torch.tensor([row["box"] for row in rows])
    scores = torch.tensor([row["score"] for row in rows])
    code, out, _ = command(
        *("detect", "--model", "viola-jones-face", ASTRONAUT),
        *("--score", "0.1", "--iou", "0.2", "--json"),
    )
    kept = torch.tensor([row["box"] for row in json.loads(out)["images"][0]["detections"]])
    assert code == 0
    expected = boxes[scores >= 0.1][nms(boxes[scores >= 0.1], scores[scores >= 0.1], 0.2)]
    assert torch.equal(kept, expected)
    assert (box_iou(kept, kept).fill_diagonal_(0) <= 0.2).all()


def test_options_of_the_model_are_set_by_name(command: Any) -> None:
    arguments = ("detect", "--model", "viola-jones-face", ASTRONAUT, "--score", "0", "--json")
    code, out, _ = command(*arguments, "--set", "min_size_px=200")
    boxes = np.array([row["box"] for row in json.loads(out)["images"][0]["detections"]])
    assert code == 0
    assert all(boxes.reshape(-1, 4)[:, 2] - boxes.reshape(-1, 4)[:, 0] >= 200)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--model", "viola-jones-fase"), "did you mean 'viola-jones-face'"),
        (("--model", "viola-jones-face", "--set", "colour=3"), "has no field 'colour'"),
        (("--model", "viola-jones-face", "--set", "scale_factor=9"), "outside [1.01, 2]"),
        (("--model", "viola-jones-face", "--score", "2"), "score_threshold = 2 is outside"),
        (("--model", "viola-jones-face", "--device", "cuda:99"), "no device 'cuda:99'"),
        (("--model", "fcos-resnet50-fpn"), "main.py models --download fcos-resnet50-fpn:COCO_V1"),
    ],
)
def test_a_failure_is_one_line_and_exit_code_1(
    command: Any, arguments: tuple[str, ...], reason: str
) -> None:
    code, out, err = command("detect", *arguments, ASTRONAUT)
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert reason in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("detect", str(ASTRONAUT)),
        ("detect", "--model", "viola-jones-face"),
        ("detect", "--model", "viola-jones-face", "--set", "nonsense", str(ASTRONAUT)),
        ("detect", "--model", "viola-jones-face", "--score", "much", str(ASTRONAUT)),
        ("models", "--task", "cooking"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as left:
        run(arguments)
    assert left.value.code == 2


def test_save_writes_a_picture_each_and_one_coco_file(command: Any, tmp_path: Path) -> None:
    twin = tmp_path / "other" / "astronaut.png"
    twin.parent.mkdir()
    twin.write_bytes(ASTRONAUT.read_bytes())
    folder = tmp_path / "found"
    code, out, _ = command(
        "detect", "--model", "viola-jones-face", ASTRONAUT, twin, "--save", folder
    )
    assert code == 0
    assert "1 object" in out
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["astronaut-detections-2.png", "astronaut-detections.png", "detections.json"]
    document = json.loads((folder / "detections.json").read_text())
    assert [image["file_name"] for image in document["images"]] == [str(ASTRONAUT), str(twin)]
    assert [row["image_id"] for row in document["annotations"]] == [1, 2]
    shown = np.array(Image.open(folder / "astronaut-detections.png"))
    assert shown.shape == (512, 512, 3)
    assert (shown != np.array(Image.open(ASTRONAUT))).any()


def test_a_name_too_long_for_its_result_is_shortened_and_a_failing_one_costs_only_itself(
    command: Any, tmp_path: Path
) -> None:
    long = tmp_path / ("日本語" * 27 + "あ.png")
    long.write_bytes(ASTRONAUT.read_bytes())
    folder = tmp_path / "found"
    (folder / "astronaut-detections.png" / "in the way").mkdir(parents=True)
    code, _, err = command(
        "detect", "--model", "viola-jones-face", ASTRONAUT, long, "--save", folder
    )
    assert code == 1
    assert len(err.splitlines()) == 1
    assert "astronaut-detections.png: cannot be written" in err
    assert (folder / ("日本語" * 26 + "日本-detections.png")).is_file()
    assert len(json.loads((folder / "detections.json").read_text())["images"]) == 2


def test_models_are_listed_as_data_with_the_promised_names(command: Any) -> None:
    code, out, _ = command("models", "--json", "--task", "detection")
    models = json.loads(out)["models"]
    assert code == 0
    assert {"key", "title", "task", "paper", "trainable", "weights"} <= models[0].keys()
    assert {model["task"] for model in models} == {"detection"}
    by_key = {model["key"]: model for model in models}
    assert {"viola-jones-face", "hog-people", "fasterrcnn-resnet50-fpn"} <= by_key.keys()
    (weights,) = by_key["fasterrcnn-resnet50-fpn"]["weights"]
    assert {"name", "origin", "data", "metric", "bytes"} <= weights.keys()
    assert (weights["origin"], weights["is_local"]) == ("download", False)
    assert "37.0" in weights["metric"]


def test_models_of_every_task_are_listed_for_people(command: Any) -> None:
    code, out, _ = command("models")
    assert code == 0
    assert all(card.key in out for card in MODELS)
    assert "168 MB, BSD-3-Clause, to download" in out


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("viola-jones-face", "viola-jones-face has nothing to download"),
        ("fcos-resnet50-fpn:COCO_V9", "no weights 'COCO_V9'"),
        ("fcos-resnet", "no model 'fcos-resnet'"),
    ],
)
def test_a_download_that_cannot_be_is_named(command: Any, wanted: str, reason: str) -> None:
    code, out, err = command("models", "--download", wanted)
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert reason in err


def test_weights_that_were_downloaded_are_told_by_their_path(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def pretend(model_key: str, weights_name: str, context: Any) -> Path:
        asked.append((model_key, weights_name))
        return tmp_path / "weights.pth"

    monkeypatch.setattr("engine.inference.model_list.download_weights", pretend)
    code, out, _ = command("models", "--download", "keypointrcnn-resnet50-fpn")
    assert (code, out) == (0, f"{tmp_path / 'weights.pth'}\n")
    command("models", "--download", "keypointrcnn-resnet50-fpn:COCO_LEGACY")
    assert asked == [
        ("keypointrcnn-resnet50-fpn", "COCO_V1"),
        ("keypointrcnn-resnet50-fpn", "COCO_LEGACY"),
    ]
