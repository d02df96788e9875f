"""Data sets: a small sound folder of each layout, and the file of it that is mutilated."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from engine.api.datasets import DataTask
from engine.benchmarks._annotation_kinds import coco, voc, yolo_table
from engine.benchmarks._file_kinds import Kind, pixels, write_picture


def kinds() -> tuple[Kind, ...]:
    """Return every kind."""
    boxes, masks = _opened("detection"), _opened("segmentation", levels=1)
    return (
        Kind("data set, COCO", coco, boxes, is_text=True),
        Kind("data set, data.yaml of YOLO", yolo_table, boxes, is_text=True),
        Kind("data set, data.yaml itself", yolo_table, _open_table, is_text=True),
        Kind("data set, list of YOLO", _yolo_list, boxes, is_text=True),
        Kind("data set, lists of Pascal VOC", _voc_list, _opened("detection", 2), is_text=True),
        Kind("data set, masks", _masks("masks/0.png"), masks),
        Kind("data set, classes of masks", _masks("masks/classes.txt"), masks, is_text=True),
        Kind("data set, classes of CamVid", _camvid, _opened("segmentation"), is_text=True),
        Kind("data set, people of PennFudan", _people, masks),
        Kind("data set, one folder a class", _class_folder, _opened("classification", 1)),
        Kind("data set, idx pictures", _idx("images-idx3-ubyte"), _opened("classification")),
        Kind("data set, idx labels", _idx("labels-idx1-ubyte"), _opened("classification")),
        Kind("data set, idx packed", _packed_idx, _opened("classification")),
    )


def _opened(task: DataTask, levels: int = 0) -> Callable[[Path], object]:
    """Return what opens the folder of a file, or one above, and looks at every sample."""

    def read(file: Path) -> object:
        return _samples(file.parents[levels], task)

    return read


def _samples(path: Path, task: DataTask) -> object:
    from engine.data.datasets.opening import open_dataset

    dataset = open_dataset(str(path), "all", task)
    return [dataset[index] for index in range(len(dataset))]


def _open_table(file: Path) -> object:
    return _samples(file, "detection")


def _yolo_list(folder: Path) -> Path:
    yolo_table(folder).write_text("train: train.txt\nval: val.txt\nnames: [cat, dog]\n")
    (folder / "val.txt").write_text("a.png\n")
    file = folder / "train.txt"
    file.write_text("./a.png\nb.png\n")
    return file


def _voc_list(folder: Path) -> Path:
    annotations, lists = folder / "Annotations", folder / "ImageSets" / "Main"
    for made in (annotations, lists):
        made.mkdir(parents=True)
    voc(annotations)
    (lists / "train.txt").write_text("a 1\n")
    (lists / "val.txt").write_text("a -1\n")
    return lists / "train.txt"


def _masks(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        for index in range(2):
            write_picture(folder / "images" / f"{index}.png")
            _write_mask(folder / "masks" / f"{index}.png")
        (folder / "masks" / "classes.txt").write_text("wall\nfloor\ndoor\n")
        return folder / name

    return make


def _write_mask(file: Path) -> Path:
    file.parent.mkdir(exist_ok=True)
    Image.fromarray(pixels()[..., 0] // 100).save(file)
    return file


def _camvid(folder: Path) -> Path:
    write_picture(folder / "train" / "0.png")
    _write_mask(folder / "trainannot" / "0.png")
    file = folder / "classes.txt"
    file.write_text("sky\nroad\nvoid\n")
    return file


def _people(folder: Path) -> Path:
    write_picture(folder / "PNGImages" / "FudanPed00001.png")
    return _write_mask(folder / "PedMasks" / "FudanPed00001_mask.png")


def _class_folder(folder: Path) -> Path:
    write_picture(folder / "dog" / "0.png")
    return write_picture(folder / "cat" / "0.png")


def _idx(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        values = pixels()[:, :, 0]
        head = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (4, 12, 12))
        (folder / "images-idx3-ubyte").write_bytes(head + values.tobytes())
        (folder / "labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01\0\0\0\x04\0\1\2\3")
        return folder / name

    return make


def _packed_idx(folder: Path) -> Path:
    plain = _idx("images-idx3-ubyte")(folder)
    packed = folder / f"{plain.name}.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    return packed
