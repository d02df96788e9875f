"""Small data sets in every layout, written by the tests."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.shapes import draw_scene

COUNT = 24
SIDE_PX = 40

Box = tuple[int, int, int, int]
BOXES: tuple[Box, ...] = ((4, 6, 20, 16), (10, 12, 38, 34))


def picture(seed: int, side_px: int = SIDE_PX) -> np.ndarray:
    return draw_scene(seed, side_px, object_counts=(1, 3)).pixels


def save(file: Path, pixels: np.ndarray) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(file)
    return file


def write_coco(folder: Path) -> None:
    images, annotations = [], []
    for index in range(COUNT):
        save(folder / "images" / f"{index:02}.png", picture(index))
        size = {"width": SIDE_PX, "height": SIDE_PX}
        images.append({"id": index, "file_name": f"{index:02}.png", **size})
        for category, (x1, y1, x2, y2) in enumerate(BOXES):
            outline = [x1, y1, x2, y1, x2, y2, x1, y2]
            annotations.append(
                {
                    "id": len(annotations),
                    "image_id": index,
                    "category_id": category,
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "segmentation": [outline],
                    "iscrowd": 0,
                }
            )
    categories = [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]
    document = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "annotations.json").write_text(json.dumps(document))


def write_voc(folder: Path) -> None:
    (folder / "Annotations").mkdir(parents=True)
    for index in range(COUNT):
        save(folder / "JPEGImages" / f"{index:02}.png", picture(index))
        objects = "".join(
            f"<object><name>{name}</name><difficult>{int(name == 'dog' and index == 3)}</difficult>"
            f"<bndbox><xmin>{x1 + 1}</xmin><ymin>{y1 + 1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax>"
            "</bndbox></object>"
            for name, (x1, y1, x2, y2) in zip(("cat", "dog"), BOXES, strict=True)
        )
        size = f"<size><width>{SIDE_PX}</width><height>{SIDE_PX}</height><depth>3</depth></size>"
        text = f"<annotation><filename>{index:02}.png</filename>{size}{objects}</annotation>"
        (folder / "Annotations" / f"{index:02}.xml").write_text(text)


def write_voc_with_masks(folder: Path) -> None:
    write_voc(folder)
    for index in range(COUNT):
        mask = np.full((SIDE_PX, SIDE_PX), index % 3, np.uint8)
        mask[:4] = 255
        save(folder / "SegmentationClass" / f"{index:02}.png", mask)


def write_yolo(folder: Path) -> None:
    (folder / "labels").mkdir(parents=True)
    (folder / "classes.txt").write_text("cat\ndog\n")
    for index in range(COUNT):
        save(folder / "images" / f"{index:02}.png", picture(index))
        lines = [
            f"{number} {(x1 + x2) / 2 / SIDE_PX} {(y1 + y2) / 2 / SIDE_PX} "
            f"{(x2 - x1) / SIDE_PX} {(y2 - y1) / SIDE_PX}"
            for number, (x1, y1, x2, y2) in enumerate(BOXES)
        ]
        (folder / "labels" / f"{index:02}.txt").write_text("\n".join(lines))


def instance_mask() -> np.ndarray:
    numbers = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    for number, (x1, y1, x2, y2) in enumerate(BOXES, 1):
        numbers[y1:y2, x1:x2] = number
    return numbers


def write_pennfudan(folder: Path) -> None:
    for index in range(COUNT):
        name = f"{'FudanPed' if index % 2 else 'PennPed'}{index:05}"
        save(folder / "images" / f"{name}.jpg", picture(index))
        save(folder / "masks" / f"{name}.png", instance_mask())


def write_masks(folder: Path) -> None:
    (folder).mkdir(parents=True, exist_ok=True)
    (folder / "classes.txt").write_text("ground\ncat\ndog\n")
    for index in range(COUNT):
        save(folder / "images" / f"{index:02}.png", picture(index))
        save(folder / "masks" / f"{index:02}.png", instance_mask())


def write_camvid(folder: Path) -> None:
    for part, first, count in (("train", 0, 16), ("val", 16, 8)):
        for index in range(first, first + count):
            save(folder / part / f"{index:02}.png", picture(index))
            save(folder / f"{part}annot" / f"{index:02}.png", instance_mask())
    (folder / "classes.txt").write_text("ground\ncat\ndog\n")


def write_classes(folder: Path) -> None:
    for index in range(COUNT):
        save(folder / ("cat", "dog")[index % 2] / f"{index:02}.png", picture(index))


def write_pictures(folder: Path) -> None:
    for index in range(COUNT):
        save(folder / f"{index:02}.png", picture(index))


def write_pairs(folder: Path) -> None:
    for index in range(COUNT):
        save(folder / "A" / f"{index:02}.png", picture(index))
        save(folder / "B" / f"{index:02}.jpg", 255 - picture(index))


def write_idx(folder: Path, count: int = 90, names: tuple[str, ...] = ("",)) -> None:
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for name in names:
        pixels = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        for kind, values in (("images-idx3", pixels), ("labels-idx1", labels)):
            header = bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape)
            (folder / f"{name}{kind}-ubyte").write_bytes(header + values.tobytes())


LAYOUTS: dict[str, Callable[[Path], None]] = {
    "coco": write_coco,
    "voc": write_voc_with_masks,
    "yolo": write_yolo,
    "pennfudan": write_pennfudan,
    "mask": write_masks,
    "camvid": write_camvid,
    "classes": write_classes,
    "pictures": write_pictures,
    "pairs": write_pairs,
    "idx": write_idx,
}
_DOWNLOADED = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST"}
_DRAWN = ("shapes", "sprites", "digits")

KEYS = (*LAYOUTS, *_DOWNLOADED, *_DRAWN)


def twin(key: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write a small version of a data set; returns what opens it."""
    if key in _DRAWN:
        return key
    if key in _DOWNLOADED:
        monkeypatch.setenv("TORCH_HOME", str(folder))
        raw = folder / "hub" / "datasets" / _DOWNLOADED[key] / "raw"
        write_idx(raw, names=("train-", "t10k-"))
        return key
    LAYOUTS[key](folder / key)
    return str(folder / key)
