"""Segmentations as files: class masks, overlays, and the list of a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.class_colours import class_rgb
from engine.api.datasets import IGNORED
from engine.api.errors import PictureError
from engine.api.segmentation import (
    ClassMask,
    FolderReport,
    SaveSegmentation,
    Segment,
    SegmentationResult,
    SegmentedPicture,
    SegmentFolder,
)
from engine.api.tasks import TaskContext
from engine.core.files import fitting, write_text
from engine.data.folder_listing import list_folder
from engine.data.picture_loader import load_picture
from engine.data.picture_writer import save_picture
from engine.inference.segmentation_maps import areas

LIST_NAME = "segmentation.json"


def save_segmentation(request: SaveSegmentation) -> tuple[Path, Path]:
    """Write `STEM-classes.png`, a class index a pixel, and `STEM-overlay.png`.

    The mask has the colours of the classes as its palette, so that it can be looked at, and
    `STEM-classes.txt` beside it: line N, counted from 0, names the class of the value N.

    Raises:
        StorageError: the folder cannot be written to.
    """
    result = request.result
    stem = _with_room(request.stem, "")
    masks, over = (request.folder / f"{stem}-{what}.png" for what in ("classes", "overlay"))
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(result.classes)] = [class_rgb(name) for name in result.classes]
    save_picture(masks, result.labels, palette)
    write_text(masks.with_suffix(".txt"), "\n".join(result.classes) + "\n")
    save_picture(over, overlay(request.pixels, result, request.opacity, request.hidden))
    return masks, over


def overlay(
    pixels: NDArray[np.uint8],
    result: SegmentationResult,
    opacity: float,
    hidden: tuple[str, ...] = (),
) -> NDArray[np.uint8]:
    """Return the picture with the colours of the classes over it, and their outlines."""
    colours = np.zeros((256, 3), np.float32)
    alphas = np.zeros((256, 1), np.float32)
    for index, name in enumerate(result.classes):
        colours[index] = class_rgb(name)
        alphas[index] = 0.0 if name in hidden else opacity
    tint = (colours * alphas).astype(np.uint8)
    rest = (1 - alphas[:, 0]).astype(np.float32)
    blended = (pixels * rest[result.labels][:, :, None]).astype(np.uint8) + tint[result.labels]
    shown = _shown(result.outlines, result.classes, hidden)
    blended[shown] = colours[result.outlines[shown]].astype(np.uint8)
    return blended


def segment_folder(request: SegmentFolder, context: TaskContext) -> FolderReport:
    """Segment and save the pictures of a folder, in natural order.

    Raises:
        ConfigError, WeightsError, DeviceError: as `segment` does.
        StorageError: the results cannot be written.
    """
    files = list_folder(request.source, False, context)
    done: list[SegmentedPicture] = []
    problems: list[str] = []
    taken: set[str] = set()
    for number, file in enumerate(files):
        context.raise_if_cancelled()
        words = f"{number + 1} of {len(files)}, {file.name}: "
        part = context.part(number / len(files), (number + 1) / len(files), words)
        try:
            done.append(_segmented(request, file, taken, part))
        except PictureError as error:
            problems.append(str(error))
    report = FolderReport(tuple(done), tuple(problems), request.target)
    entries = {"model": request.model_key, "images": [as_data(each) for each in done]}
    write_text(request.target / LIST_NAME, json.dumps(entries, indent=2, ensure_ascii=False))
    return report


def as_data(picture: SegmentedPicture) -> dict[str, Any]:
    """Return one entry of `images` as the command line prints it."""
    return {
        "file": str(picture.file),
        "width": picture.width,
        "height": picture.height,
        "shares": {name: round(share, 6) for name, share in picture.shares.items()},
        "ms": round(picture.milliseconds, 3),
        "saved": [str(path) for path in picture.saved],
    }


def free_stem(file: Path, taken: set[str]) -> str:
    """Return a stem that no other picture of this run has taken; two may differ by suffix only."""
    number, ending = 1, ""
    while (stem := _with_room(file.stem, ending)).casefold() in taken:
        number += 1
        ending = f"-{number}"
    taken.add(stem.casefold())
    return stem


def _with_room(stem: str, ending: str) -> str:
    """Return both; of a stem too long for a file name of the results only the beginning."""
    longest = "-overlay.png"
    return fitting(stem, ending + longest).removesuffix(longest)


def _segmented(
    request: SegmentFolder, file: Path, taken: set[str], context: TaskContext
) -> SegmentedPicture:
    from engine.inference.segmentation import segment  # torch, which drawing does not need

    pixels = load_picture(file).pixels
    wanted = Segment(request.model_key, pixels, request.config, request.weights, request.device)
    result = segment(wanted, context)
    stem = free_stem(file, taken)
    saved = save_segmentation(SaveSegmentation(result, pixels, request.target, stem))
    height, width = pixels.shape[:2]
    shares = areas(result.labels, result.classes)
    return SegmentedPicture(file, width, height, shares, result.milliseconds, saved)


def _shown(
    outlines: ClassMask, classes: tuple[str, ...], hidden: tuple[str, ...]
) -> NDArray[np.bool_]:
    is_shown = np.zeros(256, bool)
    is_shown[[index for index, name in enumerate(classes) if name not in hidden]] = True
    is_shown[IGNORED] = False
    return is_shown[outlines]
