from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.api.errors import DatasetError
from engine.data.datasets.opening import OpenOptions, open_dataset
from engine.data.datasets.voc_masks import VOC_CLASSES


def voc(folder: Path, names: str = "abcd") -> Path:
    """Pictures a to e, masks for those named; values 0, 12 (dog) and 255."""
    for name in "JPEGImages", "SegmentationClass", "ImageSets/Segmentation":
        (folder / name).mkdir(parents=True)
    pixels = np.zeros((6, 8, 3), np.uint8)
    for name in "abcde":
        Image.fromarray(pixels).save(folder / "JPEGImages" / f"{name}.jpg")
    mask = np.zeros((6, 8), np.uint8)
    mask[2:4, 2:5], mask[2, 1] = 12, 255
    for name in names:
        image = Image.fromarray(mask, mode="P")
        image.putpalette([0, 0, 0, 128, 0, 0] + [7] * 762)
        image.save(folder / "SegmentationClass" / f"{name}.png")
    (folder / "ImageSets/Segmentation/train.txt").write_text("a\nb\n")
    (folder / "ImageSets/Segmentation/val.txt").write_text("c\n")
    return folder


def test_parts_are_those_that_the_lists_name(tmp_path: Path) -> None:
    data = str(voc(tmp_path))
    counts = {s: len(open_dataset(data, s, "segmentation")) for s in ("train", "val", "all")}
    assert counts == {"train": 2, "val": 1, "all": 4}


def test_values_are_the_classes_of_voc_and_borders_count_for_nothing(tmp_path: Path) -> None:
    dataset = open_dataset(str(voc(tmp_path)), "val", "segmentation")
    assert dataset.facts.key == "voc"
    assert dataset.facts.classes == VOC_CLASSES
    assert dataset.facts.classes[12] == "dog"
    assert set(np.unique(dataset[0].mask)) == {0, 12, 255}


def test_a_mask_without_a_picture_is_named(tmp_path: Path) -> None:
    data = str(voc(tmp_path, "abz"))
    with pytest.raises(DatasetError, match=r"1 of 3 masks have no picture \(z\.png\)"):
        open_dataset(data, "train", "segmentation")


def test_boxes_alone_are_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "Annotations").mkdir()
    with pytest.raises(DatasetError, match="no SegmentationClass beside JPEGImages"):
        open_dataset(str(tmp_path), "train", "segmentation", OpenOptions(format="voc"))
