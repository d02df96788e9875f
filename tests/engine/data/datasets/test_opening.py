from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.api.datasets import DescribeDataset
from engine.api.errors import ConfigError, DatasetError, DownloadError
from engine.data.datasets.listing import describe_dataset, list_datasets
from engine.data.datasets.opening import OpenOptions, open_dataset
from engine.data.datasets.prepared import Preparation
from engine.data.datasets.samples import ClassSample, PictureSample


def test_every_data_set_says_what_it_is_for() -> None:
    cards = list_datasets()
    keys = {card.key for card in cards}
    assert {"shapes", "sprites", "digits", "mnist", "fashion-mnist", "camvid", "pennfudan"} <= keys
    assert {"coco", "voc", "yolo", "mask", "classes", "pictures", "pairs", "idx"} <= keys
    for card in cards:
        assert card.tasks
        assert card.summary.endswith(".")
        assert card.layout or card.credit, "what goes by its name has a credit"


def test_a_name_that_is_unknown_is_answered_with_those_known() -> None:
    with pytest.raises(DatasetError, match=r"digitz: no such file or folder.*digits, fashion"):
        open_dataset("digitz")


def test_a_folder_of_no_known_layout_is_answered_with_the_layouts(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"known layouts are idx files, COCO, .*name its"):
        open_dataset(str(tmp_path))


def test_an_unknown_split_or_format_is_refused() -> None:
    with pytest.raises(ConfigError, match="no split 'half'"):
        open_dataset("digits", "half")
    with pytest.raises(ConfigError, match="no data set 'camwid'; did you mean 'camvid'"):
        open_dataset("digits", options=OpenOptions(format="camwid"))


def test_data_for_another_task_is_refused_with_what_it_has() -> None:
    with pytest.raises(DatasetError, match=r"is not for segmentation; its data is for classif"):
        open_dataset("digits", "train", "segmentation")


def test_pictures_alone_can_be_had_of_anything() -> None:
    dataset = open_dataset("digits", "train", "pictures")
    whole = open_dataset("digits", "train")
    assert isinstance(dataset[3], PictureSample)
    assert np.array_equal(dataset[3].pixels, whole[3].pixels)
    assert dataset.facts == replace(whole.facts, task="pictures")


def test_nothing_is_downloaded_without_being_asked_for() -> None:
    with pytest.raises(DownloadError, match=r"mnist: is not on this machine.*12 MB"):
        open_dataset("mnist")


def test_facts_can_be_asked_for_alone() -> None:
    facts = describe_dataset(DescribeDataset("digits", "val"))
    assert (facts.split, facts.count, facts.size, facts.channels) == ("validation", 269, (8, 8), 1)


def test_the_splits_of_the_digits_are_disjoint_whole_and_stratified() -> None:
    parts = {name: open_dataset("digits", name) for name in ("train", "validation", "test", "all")}
    counts = {name: len(part) for name, part in parts.items()}
    assert counts["train"] + counts["validation"] + counts["test"] == counts["all"] == 1797
    shares = []
    for name in ("train", "validation", "test"):
        labels = [sample.class_index for sample in samples_of(parts[name])]
        shares.append(np.bincount(labels, minlength=10) / len(labels))
    assert np.abs(shares[0] - shares[1]).max() < 0.02
    assert np.abs(shares[0] - shares[2]).max() < 0.02
    pictures = [
        {sample.pixels.tobytes() for sample in samples_of(parts[name])}
        for name in ("train", "validation")
    ]
    assert len(pictures[0] & pictures[1]) <= 2  # a few digits were written twice


def samples_of(dataset: object) -> list[ClassSample]:
    return [dataset[index] for index in range(len(dataset))]  # type: ignore[arg-type, index]


def test_shapes_are_as_many_and_as_large_as_wished_and_splits_differ() -> None:
    options = OpenOptions(samples=5, preparation=Preparation(image_size=48))
    train = open_dataset("shapes", "train", "segmentation", options)
    held_out = open_dataset("shapes", None, "segmentation", options)
    assert len(train) == 5
    assert held_out.facts.split == "validation"
    assert train[0].pixels.shape == (48, 48, 3)
    assert train.facts.classes[0] == "background"
    assert not np.array_equal(train[0].pixels, held_out[0].pixels)
    again = open_dataset("shapes", "train", "segmentation", options)
    assert np.array_equal(train[4].pixels, again[4].pixels)


def test_boxes_of_shapes_fit_their_masks() -> None:
    sample = open_dataset("shapes", "train", "detection", OpenOptions(samples=3))[1]
    assert sample.masks.shape == (len(sample.boxes_xyxy), 64, 64)
    for box, mask in zip(sample.boxes_xyxy, sample.masks, strict=True):
        ys, xs = np.nonzero(mask)
        assert box.tolist() == [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
