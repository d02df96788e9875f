"""Pictures, data sets and weights after public bug reports: read, or refused with their reason."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from engine.api.datasets import CheckDataset, DatasetReport
from engine.api.segmentation import Segment
from engine.cli.run import run
from engine.data.dataset_check import check_dataset
from engine.data.datasets.opening import open_dataset
from engine.data.picture_loader import load_picture
from engine.inference.segmentation import segment
from tests.engine.data.formats.support import context
from tests.engine.inference.tiny_unet import save_tiny_unet

Case = Callable[[str], Path]
Caught = pytest.CaptureFixture[str]


def checked(folder: Path, **what: str) -> DatasetReport:
    return check_dataset(CheckDataset(str(folder), **what), context())  # type: ignore[arg-type]


def test_class_folder_vae_has_no_finding(case: Case) -> None:
    folder = case("class-folder-vae")
    assert checked(folder, task="pictures").findings == ()


def test_dark16_is_shown_over_the_range_that_it_uses(case: Case) -> None:
    file = case("dark16") / "twelve_bit_in_16.png"
    stored = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    assert stored.max() < 4096
    picture = load_picture(file)
    assert picture.pixels.max() == pytest.approx(255 * int(stored.max()) / 4095, abs=0.6)
    assert "0 to 4095 shown" in picture.mode
    assert load_picture(file, value_range="stored").pixels.max() <= 16


def test_mask_0_255_is_a_class_of_its_own_and_it_is_said(case: Case) -> None:
    folder = case("mask-0-255")
    assert open_dataset(str(folder), "train", "segmentation").facts.classes == (
        "background",
        "object",
    )
    report = checked(folder, task="segmentation")
    assert any("255 is read as the class" in finding.text for finding in report.findings)


@pytest.mark.parametrize("name", ["deflate_p3.tif", "zstd16.tif"])
def test_tiff_damaged_is_read_as_pillow_reads_it(case: Case, name: str) -> None:
    file = case("tiff-damaged") / name
    with Image.open(file) as image:
        expected = np.asarray(image)
    assert np.array_equal(load_picture(file).source_values, expected)


def test_yolo_train_txt_has_the_parts_that_its_lists_name(case: Case) -> None:
    folder = case("yolo-train-txt")
    found = {}
    for split in ("train", "validation"):
        dataset = open_dataset(str(folder), split, None)
        files = (dataset.file_of(index) for index in range(len(dataset)))
        found[split] = sorted(file.stem for file in files if file is not None)
    assert found == {"train": ["0", "1", "2", "3"], "validation": ["4", "5"]}


@pytest.mark.parametrize("name", ["strip2000x20.png", "line300x1.png", "strip1500x2.png"])
def test_thin_strip_is_seen_at_a_bounded_size_and_it_is_said(
    case: Case, tmp_path: Path, name: str
) -> None:
    pixels = load_picture(case("thin-strip") / name).pixels
    weights = save_tiny_unet(tmp_path / "tiny.safetensors", ["a", "b", "c"], (360, 480))
    result = segment(Segment("unet", pixels, weights=str(weights), device="cpu"), context())
    seen = result.probabilities.shape[:2]
    assert seen[0] * seen[1] <= 4 * 360 * 480
    assert result.labels.shape == pixels.shape[:2]
    assert result.note.startswith(f"seen at {seen[1]} x {seen[0]} px")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("orig_mod.pth", None),
        ("lightning.pth", None),
        ("lfs.pth", "git-lfs"),
        ("page.pth", "is a web page"),
        ("A.SAFETENSORS", "architecture"),
    ],
)
def test_weights_prefix_is_read_or_called_by_its_name(
    case: Case,
    tmp_path: Path,
    capsys: Caught,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    reason: str | None,
) -> None:
    folder = case("weights-prefix")
    if reason is None:
        monkeypatch.chdir(folder)
        runpy.run_path("make.py")
    photo = tmp_path / "photo.png"
    Image.new("RGB", (60, 40)).save(photo)
    words = ["segment", "--model", "lraspp-mobilenet-v3-large", "--weights", str(folder / name)]
    code = run([*words, str(photo)])
    told = capsys.readouterr().err
    assert (code == 0) if reason is None else (code == 1 and reason in told), told
