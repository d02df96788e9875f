"""Detections as files: plain JSON, a COCO document, or the picture with the boxes drawn on it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections, SaveDetections
from engine.core.files import write_text
from engine.data.formats.coco_results import detections_to_coco, write_results
from engine.data.picture_writer import save_picture
from engine.inference.annotated_picture import annotate
from engine.inference.instance_masks import paste

PLACEHOLDERS = frozenset({"__background__", "N/A", "no person"})
"""Entries of torchvision's class lists that are no classes."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundOn:
    """What was found on one picture of `width` x `height` pixels, called `file`."""

    file: str
    width: int
    height: int
    detections: Detections
    milliseconds: float | None = None


def as_data(found: FoundOn) -> dict[str, Any]:
    """Return one entry of `images` as the command line prints it."""
    detections = found.detections
    rows = []
    for index, label in enumerate(detections.labels):
        row = {
            "box": [_short(value) for value in detections.boxes_xyxy[index].tolist()],
            "score": _short(float(detections.scores[index])),
            "label": label,
        }
        if detections.masks is not None:
            row["mask"] = run_lengths(paste(detections, index, found.height, found.width))
        rows.append(row)
    data = {"file": found.file, "width": found.width, "height": found.height, "detections": rows}
    return data if found.milliseconds is None else data | {"ms": round(found.milliseconds, 3)}


def _short(value: float) -> float:
    """The shortest number that is the same in single precision."""
    return float(f"{value:.9g}")


def run_lengths(mask: NDArray[np.bool_]) -> dict[str, Any]:
    """Encode a mask as COCO does: lengths of runs down the columns, beginning with zeros."""
    flat = np.asarray(mask, bool).ravel(order="F")
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    counts = np.diff(np.concatenate(([0], changes, [flat.size]))).tolist()
    return {"size": list(mask.shape), "counts": [0, *counts] if flat[:1].any() else counts}


def coco_document(pictures: Sequence[FoundOn]) -> dict[str, Any]:
    """Return a COCO document with images, categories, and annotations that have scores."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    names: dict[int, str] = {}
    for number, found in enumerate(pictures, 1):
        size = {"width": found.width, "height": found.height}
        images.append({"id": number, "file_name": found.file, **size})
        names |= dict(enumerate(found.detections.categories))
        entries = detections_to_coco(found.detections, number)
        for index, entry in enumerate(entries):
            segmentation: Any = []
            if found.detections.masks is not None:
                mask = paste(found.detections, index, found.height, found.width)
                segmentation = run_lengths(mask)
            area = entry["bbox"][2] * entry["bbox"][3]
            more = {"area": area, "segmentation": segmentation, "iscrowd": 0}
            annotations.append({"id": len(annotations) + 1, **entry, **more})
    categories = [
        {"id": identifier, "name": name}
        for identifier, name in names.items()
        if name not in PLACEHOLDERS
    ]
    return {"images": images, "annotations": annotations, "categories": categories}


def save_detections(request: SaveDetections) -> Path:
    """Write what was found on one picture in the format of the target's suffix.

    Raises:
        PictureError: a suffix that is neither `.json` nor of a picture.
        StorageError: the target cannot be written.
    """
    height, width = request.pixels.shape[:2]
    found = FoundOn(request.picture_name, width, height, request.detections)
    if request.target.suffix.lower() != ".json":
        save_picture(request.target, annotate(request.pixels, request.detections))
    elif request.is_coco:
        write_results(request.target, coco_document([found]))
    else:
        write_text(request.target, json.dumps({"images": [as_data(found)]}, ensure_ascii=False))
    return request.target
