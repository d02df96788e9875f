"""Which samples are in which part, and what the values of masks mean where nothing says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.api.datasets import CheckDataset
from engine.api.errors import DatasetError
from engine.api.tasks import TaskContext
from engine.data.dataset_check import check_dataset
from engine.data.datasets.opening import open_dataset, split_name
from engine.data.datasets.splits import SPLIT_NAMES
from tests.engine.data.datasets.twins import picture, save

COUNT = 6


def write_listed_yolo(folder: Path, lists: dict[str, str], path: str = ".") -> None:
    for index in range(COUNT):
        save(folder / "images" / f"{index}.png", picture(index))
        label = folder / "labels" / f"{index}.txt"
        label.parent.mkdir(exist_ok=True)
        label.write_text("0 0.5 0.5 0.2 0.2\n")
    table = [f"path: {path}", "names: {0: a}"]
    for split, lines in lists.items():
        (folder / f"{split}.txt").write_text(lines)
        table.append(f"{split}: {split}.txt")
    (folder / "data.yaml").write_text("\n".join(table))


def names(folder: Path, split: str, task: str = "detection") -> list[str]:
    dataset = open_dataset(str(folder), split, task)  # type: ignore[arg-type]
    files = [dataset.file_of(index) for index in range(len(dataset))]
    return [file.stem for file in files if file is not None]


@pytest.mark.parametrize("prefix", ["./images", "images"])
def test_the_parts_of_a_yolo_data_set_are_those_of_its_lists(tmp_path: Path, prefix: str) -> None:
    lists = {
        split: "\n".join(f"{prefix}/{index}.png" for index in indices)
        for split, indices in (("train", (0, 1, 2, 3)), ("val", (4, 5)))
    }
    write_listed_yolo(tmp_path, lists)
    assert names(tmp_path, "train") == ["0", "1", "2", "3"]
    assert names(tmp_path, "validation") == ["4", "5"]
    assert names(tmp_path / "data.yaml", "validation") == ["4", "5"]


def test_what_no_list_names_is_in_no_part_and_a_list_that_is_missing_is_named(
    tmp_path: Path,
) -> None:
    write_listed_yolo(tmp_path, {"train": "./images/0.png", "val": "./images/1.png"})
    assert names(tmp_path, "train") == ["0"]
    (tmp_path / "val.txt").unlink()
    with pytest.raises(DatasetError, match=r"its list val\.txt is not there"):
        open_dataset(str(tmp_path), "train", "detection")


def write_masks(folder: Path, values: tuple[int, ...]) -> None:
    for index in range(4):
        save(folder / "images" / f"{index}.png", picture(index))
        height, width = picture(index).shape[:2]
        mask = np.resize(np.array(values, np.uint8), (height, width))
        (folder / "masks").mkdir(exist_ok=True)
        Image.fromarray(mask).save(folder / "masks" / f"{index}.png")


def test_masks_of_0_and_255_are_background_and_object_and_it_is_said(tmp_path: Path) -> None:
    write_masks(tmp_path, (0, 255))
    dataset = open_dataset(str(tmp_path), "train", "segmentation")
    assert dataset.facts.classes == ("background", "object")
    assert set(np.unique(dataset[0].mask)) == {0, 1}  # type: ignore[attr-defined]
    (finding,) = dataset.findings
    assert "255 is read as the class 'object'" in finding.text

    (tmp_path / "classes.txt").write_text("ground\nroof\n")
    assert open_dataset(str(tmp_path), "train", "segmentation").facts.classes == ("ground", "roof")


def test_beside_other_values_255_is_left_out_of_the_loss(tmp_path: Path) -> None:
    write_masks(tmp_path, (0, 1, 255))
    dataset = open_dataset(str(tmp_path), "train", "segmentation")
    assert dataset.facts.classes == ("background", "class 1")
    assert set(np.unique(dataset[0].mask)) == {0, 1, 255}  # type: ignore[attr-defined]
    assert dataset.findings == ()


@pytest.mark.parametrize("name", ["valid", "val", "Validation", "dev"])
def test_a_part_goes_by_any_of_its_names_in_every_layout(tmp_path: Path, name: str) -> None:
    for part, index in (("train", 0), (name, 1)):
        save(tmp_path / "pictures" / part / f"{index}.png", picture(index))
        for label in ("cat", "dog"):
            save(tmp_path / "classes" / part / label / f"{index}.png", picture(index))
        write_masks(tmp_path / "masks" / part, (0, 1))
        save(tmp_path / "camvid" / part / f"{index}.png", picture(index))
        mask = np.zeros(picture(index).shape[:2], np.uint8)
        (tmp_path / "camvid" / f"{part}annot").mkdir()
        Image.fromarray(mask).save(tmp_path / "camvid" / f"{part}annot" / f"{index}.png")
    (tmp_path / "camvid" / "classes.txt").write_text("road\nsky\n")
    assert names(tmp_path / "pictures", "validation", "pictures") == ["1"]
    assert names(tmp_path / "classes", "validation", "classification") == ["1", "1"]
    assert len(names(tmp_path / "masks", "validation", "segmentation")) == 4
    assert names(tmp_path / "camvid", "validation", "segmentation") == ["1"]


def test_the_command_line_knows_the_same_names() -> None:
    assert {name: split_name(name) for name in SPLIT_NAMES} == SPLIT_NAMES


def test_classes_that_a_model_of_pictures_does_not_learn_are_not_missed(tmp_path: Path) -> None:
    for label in ("cat", "dog"):
        for index in range(5):
            save(tmp_path / label / f"{index}.png", picture(10 * len(label) + index))
    request = CheckDataset(str(tmp_path), task="pictures")
    report = check_dataset(request, TaskContext(lambda _: None))
    assert not [finding for finding in report.findings if finding.kind == "empty class"]
