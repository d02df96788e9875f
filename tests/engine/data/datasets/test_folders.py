"""What comes out of folders of boxes, classes, pictures and pairs, and where they are found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.api.annotations import Shape
from engine.api.errors import DatasetError
from engine.data.datasets.box_pictures import filled
from engine.data.datasets.opening import DATA_VARIABLE, OpenOptions, find_source, open_dataset
from engine.data.datasets.samples import BoxSample, FactorSample, PairSample, collate
from engine.data.sprites import draw_sprite
from tests.engine.data.datasets.twins import (
    BOXES,
    COUNT,
    LAYOUTS,
    instance_mask,
    picture,
    save,
    write_camvid,
    write_coco,
    write_pairs,
    write_pennfudan,
    write_pictures,
    write_voc,
    write_yolo,
)


@pytest.mark.parametrize("key", ["coco", "voc", "yolo", "pennfudan"])
def test_boxes_are_those_that_were_written(key: str, tmp_path: Path) -> None:
    LAYOUTS[key](tmp_path)
    dataset = open_dataset(str(tmp_path), "all")
    assert len(dataset) == COUNT
    for index in (0, 7, COUNT - 1):
        sample = dataset[index]
        assert isinstance(sample, BoxSample)
        np.testing.assert_allclose(sample.boxes_xyxy, BOXES, atol=1e-4)
        file = dataset.file_of(index)
        assert file is not None
        number = int("".join(filter(str.isdigit, file.stem)))
        # Penn-Fudan's are JPEG files.
        assert np.abs(sample.pixels.astype(int) - picture(number)).mean() < 16
        if key != "pennfudan":
            assert [dataset.facts.classes[i] for i in sample.class_indices] == ["cat", "dog"]


def test_polygons_become_masks_and_boxes_alone_do_not(tmp_path: Path) -> None:
    write_coco(tmp_path / "coco")
    write_voc(tmp_path / "voc")
    sample = open_dataset(str(tmp_path / "coco"))[0]
    assert isinstance(sample, BoxSample)
    assert sample.masks is not None
    x1, y1, x2, y2 = BOXES[1]
    expected = np.zeros(sample.masks.shape[1:], bool)
    expected[y1:y2, x1:x2] = True
    assert np.array_equal(sample.masks[1], expected)
    plain = open_dataset(str(tmp_path / "voc"))[0]
    assert isinstance(plain, BoxSample)
    assert plain.masks is None


def test_a_filled_polygon_covers_the_area_of_the_polygon() -> None:
    triangle = Shape("t", ((5.0, 5.0), (95.0, 20.0), (30.0, 90.0)), "polygon")
    mask = filled([triangle], (100, 100))[0]
    assert mask.sum() == pytest.approx(triangle.area, rel=0.03)
    ys, xs = np.nonzero(mask)
    centroid = np.mean(triangle.points, axis=0)
    np.testing.assert_allclose([xs.mean() + 0.5, ys.mean() + 0.5], centroid, atol=0.3)


def test_difficult_objects_of_voc_are_marked(tmp_path: Path) -> None:
    write_voc(tmp_path)
    dataset = open_dataset(str(tmp_path), "all")
    samples = [dataset[index] for index in range(len(dataset))]
    marks = [s.is_difficult.tolist() for s in samples if isinstance(s, BoxSample)]
    assert marks.count([False, True]) == 1
    assert marks.count([False, False]) == COUNT - 1
    batch = collate(samples[:4])
    assert len(batch.is_difficult) == 4  # type: ignore[union-attr]


def test_lists_of_voc_are_its_parts(tmp_path: Path) -> None:
    write_voc(tmp_path)
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("00\n01\n05\n")
    (lists / "val.txt").write_text("02\n03 1\n")
    train, held_out = open_dataset(str(tmp_path)), open_dataset(str(tmp_path), "val")
    assert (len(train), len(held_out)) == (3, 2)
    assert {held_out.file_of(i).name for i in range(2)} == {"02.png", "03.png"}  # type: ignore[union-attr]


def test_coco_files_of_their_own_are_the_parts_with_one_order_of_classes(tmp_path: Path) -> None:
    for part in ("train", "val"):
        write_coco(tmp_path / part)
    other = tmp_path / "val" / "annotations.json"
    document = json.loads(other.read_text())
    document["categories"] = [{"id": 1, "name": "dog"}, {"id": 0, "name": "cat"}]
    other.write_text(json.dumps(document))
    train, held_out = open_dataset(str(tmp_path)), open_dataset(str(tmp_path), None)
    assert (len(train), len(held_out)) == (COUNT, COUNT)
    assert train.facts.classes == held_out.facts.classes == ("cat", "dog")
    assert held_out[0].class_indices.tolist() == [0, 1]  # type: ignore[union-attr]
    assert held_out.file_of(0).parts[-3] == "val"  # type: ignore[union-attr]


def test_several_coco_files_for_one_part_are_refused_by_name(tmp_path: Path) -> None:
    write_coco(tmp_path)
    shutil.copy(tmp_path / "annotations.json", tmp_path / "more.json")
    with pytest.raises(DatasetError, match=r"2 COCO files for train \(annotations.json, more"):
        open_dataset(str(tmp_path))
    assert len(open_dataset(str(tmp_path / "more.json"), "all")) == COUNT


def test_pictures_that_are_missing_are_left_out(tmp_path: Path) -> None:
    write_coco(tmp_path)
    (tmp_path / "images" / "05.png").unlink()
    dataset = open_dataset(str(tmp_path), "all")
    assert len(dataset) == COUNT - 1
    assert [finding.kind for finding in dataset.findings] == ["missing picture"]
    shutil.rmtree(tmp_path / "images")
    with pytest.raises(DatasetError, match="none of its 24 listed pictures is there"):
        open_dataset(str(tmp_path))


def test_a_yolo_table_opens_its_folder(tmp_path: Path) -> None:
    write_yolo(tmp_path)
    (tmp_path / "classes.txt").unlink()
    (tmp_path / "data.yaml").write_text("names: [lion, wolf]\n")
    assert open_dataset(str(tmp_path / "data.yaml")).facts.classes == ("lion", "wolf")


def test_the_people_of_penn_fudan_are_instances_or_one_class(tmp_path: Path) -> None:
    write_pennfudan(tmp_path)
    boxes = open_dataset(str(tmp_path), "all", "detection")[3]
    assert isinstance(boxes, BoxSample)
    assert boxes.masks is not None
    numbers = instance_mask()
    assert np.array_equal(boxes.masks, [numbers == 1, numbers == 2])
    masked = open_dataset(str(tmp_path), "all", "segmentation")
    assert masked.facts.classes == ("background", "person")
    assert np.array_equal(masked[3].mask, numbers > 0)  # type: ignore[union-attr]


def test_penn_fudan_opens_as_its_authors_have_it(tmp_path: Path) -> None:
    for index in range(3):
        save(tmp_path / "PNGImages" / f"FudanPed{index:05}.png", picture(index))
        save(tmp_path / "PedMasks" / f"FudanPed{index:05}_mask.png", instance_mask())
    assert len(open_dataset(str(tmp_path), "all")) == 3
    (tmp_path / "PedMasks" / "FudanPed00001_mask.png").unlink()
    with pytest.raises(DatasetError, match="1 pictures have no mask"):
        open_dataset(str(tmp_path))


def test_a_name_is_looked_for_in_the_folder_of_data_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetError, match=f"camvid: is not on this machine.*{DATA_VARIABLE}"):
        open_dataset("camvid")
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "sets"))
    write_camvid(tmp_path / "sets" / "camvid")
    write_pennfudan(tmp_path / "sets" / "pennfudan")
    assert open_dataset("camvid").facts.key == "camvid"
    assert open_dataset("pennfudan", None).facts.split == "validation"
    assert open_dataset("camvid").facts.name == "camvid"


def test_of_two_layouts_that_fit_the_task_decides(tmp_path: Path) -> None:
    write_voc(tmp_path)
    for index in range(COUNT):
        save(tmp_path / "masks" / f"{index:02}.png", instance_mask())
    assert find_source(str(tmp_path))[0].key == "voc"
    assert find_source(str(tmp_path), None, "detection")[0].key == "voc"
    assert find_source(str(tmp_path), None, "segmentation")[0].key == "mask"


def test_classes_are_folders_also_within_the_parts(tmp_path: Path) -> None:
    for part, names in (("train", "abc"), ("val", "ac")):
        for name in names:
            save(tmp_path / part / name / "1.png", picture(ord(name)))
    train, held_out = open_dataset(str(tmp_path)), open_dataset(str(tmp_path), None)
    assert train.facts.classes == held_out.facts.classes == ("a", "b", "c")
    assert [held_out[i].class_index for i in range(2)] == [0, 2]  # type: ignore[union-attr]


def test_two_classes_called_as_pairs_are_classes_where_names_differ(tmp_path: Path) -> None:
    for name in "ab":
        for index in range(4):
            save(tmp_path / name / f"{name}{index}.png", picture(index))
    assert find_source(str(tmp_path))[0].key == "classes"
    write_pairs(tmp_path / "pairs")
    assert find_source(str(tmp_path / "pairs"))[0].key == "pairs"


def test_every_class_is_in_both_parts(tmp_path: Path) -> None:
    for name in "abcde":
        for index in range(4):
            save(tmp_path / f"class {name}" / f"{index}.png", picture(index))
    for split in ("train", "validation"):
        part = open_dataset(str(tmp_path), split)
        assert {part[i].class_index for i in range(len(part))} == set(range(5))  # type: ignore[union-attr]


def test_pictures_are_found_in_subfolders_and_parts_respected(tmp_path: Path) -> None:
    write_pictures(tmp_path / "train" / "deep")
    save(tmp_path / "val" / "x.png", picture(99))
    (tmp_path / "val" / "notes.txt").write_text("no picture")
    train, held_out = open_dataset(str(tmp_path)), open_dataset(str(tmp_path), None)
    assert (train.facts.key, len(train), len(held_out)) == ("pictures", COUNT, 1)
    assert np.array_equal(held_out[0].pixels, picture(99))


def test_pairs_have_equal_names(tmp_path: Path) -> None:
    write_pairs(tmp_path)
    pairs = open_dataset(str(tmp_path), "all")
    sample = pairs[4]
    assert isinstance(sample, PairSample)
    assert np.array_equal(sample.pixels, picture(4))
    assert np.abs(sample.target_pixels.astype(int) - (255 - picture(4))).mean() < 8
    (tmp_path / "B" / "04.jpg").unlink()
    with pytest.raises(DatasetError, match=r"1 of 24 pictures of A have no counterpart \(04.png"):
        open_dataset(str(tmp_path))


def test_pictures_side_by_side_are_pairs_when_the_format_says_so(tmp_path: Path) -> None:
    for part in ("train", "val"):
        for index in range(3):
            both = np.concatenate([picture(index), 255 - picture(index)], axis=1)
            save(tmp_path / part / f"{index}.png", both)
    pairs = open_dataset(str(tmp_path), "val", options=OpenOptions(format="pairs"))
    assert (len(pairs), pairs.facts.size) == (3, (40, 40))
    sample = pairs[1]
    assert isinstance(sample, PairSample)
    assert np.array_equal(sample.pixels, 255 - sample.target_pixels)
    save(tmp_path / "val" / "0.png", picture(0)[:, :39])
    odd = open_dataset(str(tmp_path), "val", options=OpenOptions(format="pairs"))
    with pytest.raises(DatasetError, match="39 px wide"):
        odd[0]


@pytest.mark.parametrize("side_px", [64, 128, 256])
def test_shapes_have_three_sizes_for_both_tasks(side_px: int) -> None:
    from engine.data.datasets.prepared import Preparation

    options = OpenOptions(samples=4, preparation=Preparation(image_size=side_px))
    boxed = open_dataset("shapes", "train", "detection", options)
    masked = open_dataset("shapes", "train", "segmentation", options)
    sample = boxed[1]
    assert isinstance(sample, BoxSample)
    assert sample.masks is not None
    assert sample.masks.shape[1:] == sample.pixels.shape[:2] == (side_px, side_px)
    semantic = masked[1].mask  # type: ignore[union-attr]
    for mask, index in zip(sample.masks, sample.class_indices, strict=True):
        assert np.all(semantic[mask] == index + 1)
    assert np.array_equal(sample.masks.any(axis=0), semantic > 0)


def test_sprites_come_with_their_factors_and_splits_share_none() -> None:
    options = OpenOptions(samples=50)
    parts = [open_dataset("sprites", s, None, options) for s in ("train", "validation", "test")]
    assert [len(part) for part in parts] == [50, 1000, 1000]
    seen = []
    for part in parts:
        samples = [part[index] for index in range(50)]
        for sample in samples:
            assert isinstance(sample, FactorSample)
            assert np.array_equal(sample.pixels[:, :, 0], draw_sprite(sample.factor_indices))
        seen.append({tuple(s.factor_indices.tolist()) for s in samples})  # type: ignore[union-attr]
    assert not seen[0] & seen[1] | seen[0] & seen[2] | seen[1] & seen[2]
    whole = open_dataset("sprites", "all", "classification")
    assert len(whole) == 737_280
    assert whole[737_279].class_index == 2  # type: ignore[union-attr]


def test_the_real_data_sets_open(data_folder: Path) -> None:
    pedestrians = open_dataset(str(data_folder / "pennfudan"), "all")
    assert (pedestrians.facts.key, len(pedestrians)) == ("pennfudan", 136)
    coco = open_dataset(str(data_folder / "coco128-train"), "all")
    document = json.loads((data_folder / "coco128-train" / "annotations.json").read_text())
    assert (coco.facts.key, len(coco), len(coco.facts.classes)) == ("coco", 128, 80)
    by_name = {image["file_name"]: image["id"] for image in document["images"]}
    for index in (0, 31, 127):
        file, sample = coco.file_of(index), coco[index]
        assert file is not None
        assert isinstance(sample, BoxSample)
        own = [a for a in document["annotations"] if a["image_id"] == by_name[file.name]]
        written = np.array([a["bbox"] for a in own]).reshape(-1, 4)
        written[:, 2:] += written[:, :2]
        np.testing.assert_allclose(sample.boxes_xyxy, written, atol=1)
    faces = open_dataset(str(data_folder / "att_faces"), "all")
    assert (faces.facts.key, len(faces), len(faces.facts.classes)) == ("classes", 360, 36)
    assert faces.facts.size == (112, 92)
    yolo = open_dataset(str(data_folder / "coco128-train"), "all", None, OpenOptions("yolo"))
    assert len(yolo) == 100
    assert yolo[0].masks is not None  # type: ignore[union-attr]
