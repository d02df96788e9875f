"""`segment` and `evaluate` on segmentation data, as a person calls them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cli.run import run
from tests.engine.inference.tiny_unet import save_tiny_unet

CLASSES = ["sky", "road", "car"]
HEIGHT, WIDTH = 24, 32


@pytest.fixture
def weights(tmp_path: Path) -> str:
    return str(save_tiny_unet(tmp_path / "tiny.safetensors", CLASSES, (HEIGHT, WIDTH)))


def picture(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    Image.fromarray(values).save(path)
    return path


def mask(path: Path, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).integers(0, 3, (HEIGHT, WIDTH)).astype(np.uint8)
    values[0] = 255
    Image.fromarray(values).save(path)


def test_masks_and_overlays_are_written_and_shares_printed(
    weights: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (
        picture(tmp_path / "a" / "street.png"),
        picture(tmp_path / "b" / "street.png", 1),
    )
    target = tmp_path / "out"
    words = ["segment", "--model", "unet", "--weights", weights, str(first), str(second)]
    assert run([*words, "--device", "cpu", "--save", str(target), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["model"], answer["weights"]) == ("unet", "tiny")
    found = answer["images"][1]
    assert (found["file"], found["width"], found["height"]) == (str(second), WIDTH, HEIGHT)
    assert sum(found["shares"].values()) == pytest.approx(1.0, abs=1e-5)
    assert found["ms"] > 0
    names = {path.name for path in target.iterdir()}
    assert names == {
        *("street-classes.png", "street-classes.txt", "street-overlay.png"),
        *("street-2-classes.png", "street-2-classes.txt", "street-2-overlay.png"),
    }
    with Image.open(target / "street-2-classes.png") as image:
        values = np.array(image)
    assert (values == 1).mean() == pytest.approx(found["shares"]["road"], abs=1e-6)


def test_text_lists_the_classes_by_area(
    weights: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = picture(tmp_path / "street.png")
    words = ["segment", "--model", "unet", "--weights", weights, str(path), "--set", "size=full"]
    assert run(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{path} ({WIDTH} x {HEIGHT} px, ")
    shares = [float(line.split("%")[0]) for line in lines[1:]]
    assert shares == sorted(shares, reverse=True)


def test_a_picture_that_cannot_be_read_costs_only_itself_and_the_exit_code(
    weights: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    words = ["segment", "--model", "unet", "--weights", weights, str(bad)]
    assert run([*words, str(picture(tmp_path / "good.png")), "--json"]) == 1
    printed = capsys.readouterr()
    assert len(json.loads(printed.out)["images"]) == 1
    assert "bad.png" in printed.err


def test_evaluate_names_every_score_of_a_camvid_folder(
    weights: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    for part in ("train", "val"):
        for index in range(2):
            picture(data / part / f"{index}.png", index)
            mask(data / f"{part}annot" / f"{index}.png", index)
    (data / "classes.txt").write_text("\n".join([*CLASSES, "void"]))
    words = ["evaluate", "--model", "unet", "--weights", weights, "--data", str(data)]
    assert run([*words, "--split", "val", "--json", "--device", "cpu"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["split"], answer["images"]) == ("validation", 2)
    assert set(answer["per_class"]) == set(CLASSES)
    assert answer["miou"] == pytest.approx(np.mean(list(answer["per_class"].values())))
    for name in ("pixel_accuracy", "mean_accuracy", "boundary_f1"):
        assert 0 <= answer[name] <= 1


def test_evaluate_takes_the_masks_of_a_voc_folder(
    weights: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "voc"
    for index in range(3):
        picture(data / "JPEGImages" / f"{index}.jpg", index)
        mask(data / "SegmentationClass" / f"{index}.png", index)
    (data / "classes.txt").write_text("\n".join(CLASSES))
    words = ["evaluate", "--model", "unet", "--weights", weights, "--data", str(data)]
    assert run([*words, "--format", "voc", "--split", "all", "--json", "--device", "cpu"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 3
