"""Pictures and annotations: a small sound file of each kind, and how the program reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image

from engine.api.annotations import ReadAnnotations
from engine.benchmarks._file_kinds import PIXEL_LIMIT, SIDE_PX, Kind, context, pixels, write_picture

_PICTURES = ("png", "jpg", "tif", "webp", "gif", "bmp", "pgm")


def kinds() -> tuple[Kind, ...]:
    """Return every kind."""
    return (
        *(Kind(f"picture, {end}", _picture(end), _read_picture) for end in _PICTURES),
        Kind("picture, png of 16 bits", _deep_png, _read_picture),
        Kind("picture, tif of floats", _deep_tiff, _read_picture),
        Kind("picture, ppm as text", _plain_ppm, _read_picture),
        Kind("small version of a picture", _picture("jpg"), _read_thumbnail),
        Kind("COCO", coco, _read_annotations, is_text=True),
        Kind("results of COCO", _results, _read_results, is_text=True),
        Kind("Pascal VOC", voc, _read_annotations, is_text=True),
        Kind("YOLO", _yolo, _read_annotations, is_text=True),
        Kind("classes.txt", _yolo_names, _read_folder, is_text=True),
        Kind("data.yaml", yolo_table, _read_folder, is_text=True),
        Kind("labelme", _labelme, _read_annotations, is_text=True),
    )


# Pictures


def _picture(end: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        image = Image.fromarray(pixels())
        file = folder / f"a.{end}"
        (image.convert("L") if end == "pgm" else image).save(file)
        return file

    return make


def _deep_png(folder: Path) -> Path:
    file = folder / "a.png"
    Image.fromarray(pixels()[..., 0].astype(np.uint16) * 257).save(file)
    return file


def _deep_tiff(folder: Path) -> Path:
    file = folder / "a.tif"
    tifffile.imwrite(file, pixels().astype(np.float32) / 255, photometric="rgb", compression="zlib")
    return file


def _plain_ppm(folder: Path) -> Path:
    file = folder / "a.ppm"
    numbers = " ".join(map(str, (pixels()[:8, :8].astype(int) * 4).ravel()))
    file.write_text(f"P3\n8 8\n1023\n{numbers}\n")
    return file


def _read_picture(file: Path) -> object:
    from engine.data.picture_loader import load_picture

    return load_picture(file, PIXEL_LIMIT)


def _read_thumbnail(file: Path) -> object:
    from engine.data.thumbnails import load_thumbnail

    return load_thumbnail(file, 16, PIXEL_LIMIT)


# Annotations


def _beside_picture(folder: Path, name: str, text: str) -> Path:
    write_picture(folder / "a.png")
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def coco(folder: Path) -> Path:
    """Write a picture and a COCO file of it."""
    box = {"id": 4, "image_id": 1, "category_id": 7, "bbox": [2, 3, 9, 8], "area": 72, "iscrowd": 0}
    outline = {**box, "id": 5, "segmentation": [[1, 1, 9, 1, 9, 9]], "score": 0.5}
    document: dict[str, Any] = {
        "images": [{"id": 1, "file_name": "a.png", "width": SIDE_PX, "height": SIDE_PX}],
        "categories": [{"id": 7, "name": "cat"}],
        "annotations": [box, outline],
    }
    return _beside_picture(folder, "a.json", json.dumps(document))


def _results(folder: Path) -> Path:
    box = {"image_id": 1, "category_id": 7, "bbox": [2.5, 3.0, 9.0, 8.0], "score": 0.5}
    file = folder / "boxes.json"
    file.write_text(json.dumps([box, {**box, "file_name": "a.png", "category_name": "cat"}]))
    return file


def _read_results(file: Path) -> object:
    from engine.data.formats.coco_results import read_results

    return read_results(file), _read_annotations(file)


def voc(folder: Path) -> Path:
    """Write a picture and a file of Pascal VOC."""
    box = "<bndbox><xmin>2</xmin><ymin>3</ymin><xmax>9</xmax><ymax>8</ymax></bndbox>"
    size = f"<size><width>{SIDE_PX}</width><height>{SIDE_PX}</height><depth>3</depth></size>"
    text = (
        f"<annotation><filename>a.png</filename>{size}<object><name>cat</name>"
        f"<difficult>0</difficult>{box}</object></annotation>"
    )
    return _beside_picture(folder, "a.xml", text)


def _yolo(folder: Path) -> Path:
    (folder / "classes.txt").write_text("cat\ndog\n")
    return _beside_picture(folder, "a.txt", "0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.9 0.1 0.5 0.8\n")


def _yolo_names(folder: Path) -> Path:
    return _yolo(folder).with_name("classes.txt")


def yolo_table(folder: Path) -> Path:
    """Write a folder of YOLO with a data.yaml."""
    _yolo(folder)
    table = "path: .\ntrain: .\nval: [.]\nkpt_shape: [4, 3]\nnames:\n  0: cat\n  1: dog\n"
    file = folder / "data.yaml"
    file.write_text(table)
    return file


def _labelme(folder: Path) -> Path:
    shape = {
        "label": "cat",
        "points": [[1, 1], [9, 1], [9, 9]],
        "shape_type": "polygon",
        "group_id": None,
        "flags": {"occluded": True},
    }
    document: dict[str, Any] = {
        "version": "5.4.1",
        "flags": {},
        "shapes": [shape],
        "imagePath": "a.png",
        "imageData": None,
        "imageHeight": SIDE_PX,
        "imageWidth": SIDE_PX,
    }
    return _beside_picture(folder, "a.json", json.dumps(document))


def _read_annotations(file: Path) -> object:
    from engine.data.annotation_reader import read_annotations

    return read_annotations(ReadAnnotations(file, file.parent), context())


def _read_folder(file: Path) -> object:
    from engine.data.annotation_reader import read_annotations

    return read_annotations(ReadAnnotations(file.parent), context())
