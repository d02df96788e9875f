"""A small sound file of every kind that the program reads, and how each is read.

Files are made anew in an empty folder. What reads one may raise an EngineError, whose one line says
what is wrong; anything else is a fault of the program.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engine.api.annotations import ReadAnnotations
from engine.api.tasks import TaskContext

PIXEL_LIMIT = 400_000
_SIDE_PX = 24


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file.

    Attributes:
        make: writes what is needed into a folder and returns the file to be mutilated.
        read: reads that file, or the folder that it lies in, as the program does.
        is_text: whether words of its own kind are put in, beside bytes.
        cost: how many others could be read meanwhile, about; so many fewer are.
    """

    name: str
    make: Callable[[Path], Path]
    read: Callable[[Path], object]
    is_text: bool = False
    cost: int = 1


def kinds() -> tuple[Kind, ...]:
    """Return every kind."""
    return (
        *(Kind(f"picture, {end}", _picture(end), _read_picture) for end in _PICTURES),
        Kind("COCO", _coco, _read_annotations, is_text=True),
        Kind("Pascal VOC", _voc, _read_annotations, is_text=True),
        Kind("YOLO", _yolo, _read_annotations, is_text=True),
        Kind("data.yaml", _yolo_table, _read_folder, is_text=True, cost=4),
        Kind("labelme", _labelme, _read_annotations, is_text=True),
        Kind("masks with classes", _masks, _open_masks, cost=10),
        Kind("idx files", _idx, _open_idx),
        Kind("weights", _weights, _load_weights),
        Kind("card of weights", _card, _load_beside_card, is_text=True),
        Kind("settings of a run", _run("config.json"), _read_run, is_text=True),
        Kind("metrics of a run", _run("metrics.jsonl"), _read_run, is_text=True, cost=4),
        Kind("status of a run", _run("status.json"), _read_run, is_text=True, cost=4),
        Kind("journal", _journal, _read_journal, is_text=True),
        Kind("detection log", _log, _read_log, is_text=True),
        Kind("codes, npz", _codes, _read_codes),
        Kind("codes, JSON", _codes_as_text, _read_codes, is_text=True),
        Kind("film", _film, _read_film, cost=20),
    )


def _context() -> TaskContext:
    return TaskContext(lambda _: None)


# Pictures and annotations

_PICTURES = ("png", "jpg", "tif", "webp", "gif", "bmp", "pgm")


def _pixels() -> np.ndarray:
    rows, columns = np.mgrid[:_SIDE_PX, :_SIDE_PX]
    return np.stack([rows * 10, columns * 10, (rows + columns) % 2 * 255], axis=-1).astype(np.uint8)


def _picture(end: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        image = Image.fromarray(_pixels())
        file = folder / f"a.{end}"
        (image.convert("L") if end == "pgm" else image).save(file)
        return file

    return make


def _read_picture(file: Path) -> object:
    from engine.data.picture_loader import load_picture

    return load_picture(file, PIXEL_LIMIT)


def _beside_picture(folder: Path, name: str, text: str) -> Path:
    _picture("png")(folder)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def _coco(folder: Path) -> Path:
    box = {"id": 4, "image_id": 1, "category_id": 7, "bbox": [2, 3, 9, 8], "area": 72, "iscrowd": 0}
    outline = {**box, "id": 5, "segmentation": [[1, 1, 9, 1, 9, 9]], "score": 0.5}
    document: dict[str, Any] = {
        "images": [{"id": 1, "file_name": "a.png", "width": _SIDE_PX, "height": _SIDE_PX}],
        "categories": [{"id": 7, "name": "cat"}],
        "annotations": [box, outline],
    }
    return _beside_picture(folder, "a.json", json.dumps(document))


def _voc(folder: Path) -> Path:
    box = "<bndbox><xmin>2</xmin><ymin>3</ymin><xmax>9</xmax><ymax>8</ymax></bndbox>"
    size = f"<size><width>{_SIDE_PX}</width><height>{_SIDE_PX}</height><depth>3</depth></size>"
    text = (
        f"<annotation><filename>a.png</filename>{size}<object><name>cat</name>"
        f"<difficult>0</difficult>{box}</object></annotation>"
    )
    return _beside_picture(folder, "a.xml", text)


def _yolo(folder: Path) -> Path:
    (folder / "classes.txt").write_text("cat\ndog\n")
    return _beside_picture(folder, "a.txt", "0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.9 0.1 0.5 0.8\n")


def _yolo_table(folder: Path) -> Path:
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
        "imageHeight": _SIDE_PX,
        "imageWidth": _SIDE_PX,
    }
    return _beside_picture(folder, "a.json", json.dumps(document))


def _read_annotations(file: Path) -> object:
    from engine.data.annotation_reader import read_annotations

    return read_annotations(ReadAnnotations(file, file.parent), _context())


def _read_folder(file: Path) -> object:
    from engine.data.annotation_reader import read_annotations

    return read_annotations(ReadAnnotations(file.parent), _context())


# Data sets


def _masks(folder: Path) -> Path:
    for index in range(2):
        (folder / "images").mkdir(exist_ok=True)
        (folder / "masks").mkdir(exist_ok=True)
        Image.fromarray(_pixels()).save(folder / "images" / f"{index}.png")
        Image.fromarray(_pixels()[..., 0] // 100).save(folder / "masks" / f"{index}.png")
    return folder / "masks" / "0.png"


def _open_masks(file: Path) -> object:
    from engine.data.datasets.opening import open_dataset

    dataset = open_dataset(str(file.parents[1]), "all", "segmentation")
    return [dataset[index] for index in range(len(dataset))]


def _idx(folder: Path) -> Path:
    values = _pixels()[:, :, 0]
    head = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (4, 12, 12))
    (folder / "images-idx3-ubyte").write_bytes(head + values.tobytes())
    (folder / "labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01\0\0\0\x04\0\1\2\3")
    return folder / "images-idx3-ubyte"


def _open_idx(file: Path) -> object:
    from engine.data.datasets.opening import open_dataset

    return open_dataset(str(file.parent), "all", "classification")[0]


# Weights and runs


def _about() -> dict[str, Any]:
    return {
        "model": "pca",
        "data": "a test",
        "classes": ["cat", "dog"],
        "channels": 1,
        "size": [8, 8],
        "metric": {"name": "mse", "value": 0.5, "on": "nothing", "protocol": "none"},
        "numbers": {"loss": 0.5},
        "recipe": {"model": "pca", "model_config": {"image_size": 8, "latent_dimensions": 2}},
    }


def _saved_weights(folder: Path, metadata: dict[str, str]) -> Path:
    from engine.core.checkpoint import save_weights
    from engine.models.representation.pca import Pca, PcaConfig

    file = folder / "best.safetensors"
    model = Pca(PcaConfig(image_size=8, latent_dimensions=2))
    save_weights(file, model.state_dict(), metadata)
    return file


def _weights(folder: Path) -> Path:
    return _saved_weights(folder, {"card": json.dumps(_about())})


def _card(folder: Path) -> Path:
    _saved_weights(folder, {})
    file = folder / "best.json"
    file.write_text(json.dumps(_about()))
    return file


def _load_weights(file: Path) -> object:
    import torch

    import engine.models  # noqa: F401  fills the registry
    from engine.core.registry import MODELS
    from engine.core.trained_models import load_trained

    return load_trained(MODELS.card("pca"), file, torch.device("cpu"))


def _load_beside_card(file: Path) -> object:
    return _load_weights(file.with_suffix(".safetensors"))


def _run(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        settings = {"model": "pca", "data": "digits", "model_config": {}, "train_config": {}}
        record = {"step": 3, "epoch": 0, "split": "train", "loss": 0.25}
        status = {
            "state": "running",
            "epoch": 1,
            "epochs": 4,
            "step": 30,
            "message": "",
            "process": 12,
            "host": "here",
            "updated": 1.0,
        }
        (folder / "config.json").write_text(json.dumps(settings))
        (folder / "metrics.jsonl").write_text(3 * (json.dumps(record) + "\n"))
        (folder / "status.json").write_text(json.dumps(status))
        return folder / name

    return make


def _read_run(file: Path) -> object:
    from engine.training.export import export_run
    from engine.training.run_folder import read_run

    return read_run(file.parent), export_run(file.parent)


# What the program writes itself


def _journal(folder: Path) -> Path:
    from engine.api.annotations import PictureAnnotations, Shape
    from engine.data.journal import write_journal

    shapes = (
        Shape("cat", ((1.0, 2.0), (8.0, 9.0))),
        Shape("dog", ((1, 1), (9, 1), (5, 7)), "polygon"),
    )
    file = folder / "journal"
    write_journal(file, [PictureAnnotations(folder / "a.png", _SIDE_PX, _SIDE_PX, shapes)])
    return file


def _read_journal(file: Path) -> object:
    from engine.data.journal import read_journal

    return read_journal(file, _context())


def _log(folder: Path) -> Path:
    row = {"box": [1.0, 2.0, 8.0, 9.0], "score": 0.5, "label": "cat", "id": 3}
    frame = {"frame": 0, "time_s": 0.5, "width": 24, "height": 24, "detections": [row]}
    file = folder / "a.jsonl"
    file.write_text(3 * (json.dumps(frame) + "\n"))
    return file


def _read_log(file: Path) -> object:
    from engine.live.detection_log import read_log

    return list(read_log(file))


def _codes(folder: Path) -> Path:
    file = folder / "a.npz"
    latents = np.arange(8, dtype=np.float32).reshape(4, 2)
    np.savez_compressed(file, latents=latents, class_indices=np.arange(4))
    return file


def _codes_as_text(folder: Path) -> Path:
    file = folder / "a.json"
    file.write_text(json.dumps({"images": [{"latent": [0.5, 1.0]}, {"latent": [2.0, -1.0]}]}))
    return file


def _read_codes(file: Path) -> object:
    from engine.data.code_files import read_codes

    return read_codes(file)


def _film(folder: Path) -> Path:
    import av

    file = folder / "a.mp4"
    with av.open(str(file), "w") as film:
        stream: Any = film.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 2 * _SIDE_PX
        stream.pix_fmt = "yuv420p"
        for shift in range(6):
            pixels = np.roll(np.kron(_pixels(), np.ones((2, 2, 1), np.uint8)), shift, axis=1)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(stream.encode())
    return file


def _read_film(file: Path) -> object:
    from engine.live.video_file import open_video_file

    reader = open_video_file(file)
    try:
        frames = 0
        while frames < 8 and reader.grab() is not None:
            frames += reader.retrieve() is not None
        return frames
    finally:
        reader.close()
