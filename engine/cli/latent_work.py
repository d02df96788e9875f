"""What the commands on latent spaces share: the model, and sheets of pictures."""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import ConfigError
from engine.api.latent import (
    EncodedPictures,
    EncodePictures,
    LatentFacts,
    LatentSource,
    OpenLatents,
    Pixels,
)
from engine.api.pictures import LoadPicture, Picture
from engine.api.tasks import TaskContext
from engine.service import execute

_SMALLEST_CELL_PX = 64


def add_model_arguments(parser: ArgumentParser) -> None:
    """Declare which model to use, and on what."""
    parser.add_argument("--model", required=True, metavar="KEY", help="see the command models")
    parser.add_argument(
        "--weights", metavar="W", help="a name from `models`, a run folder, or a file of a run"
    )
    parser.add_argument("--device", default="auto", metavar="D", help="auto, cpu, cuda:0, mps")


def add_class_argument(parser: ArgumentParser) -> None:
    """Declare the class to ask for."""
    parser.add_argument(
        "--class",
        dest="class_name",
        metavar="C",
        help="name of the class, for models conditioned on one",
    )


def source_of(options: Namespace) -> LatentSource:
    """Return the model that the arguments name."""
    return LatentSource(options.model, options.weights, options.device)


def class_index(options: Namespace, facts: LatentFacts) -> int | None:
    """Return the index of the class that was asked for, None where none was.

    Raises:
        ConfigError: the model is conditioned on no class, or none of that name.
    """
    if options.class_name is None:
        return None
    if options.class_name not in facts.classes:
        known = ", ".join(facts.classes) or "none: it is conditioned on no class"
        raise ConfigError(f"--class {options.class_name}: {options.model} knows {known}")
    return facts.classes.index(options.class_name)


def facts_of(options: Namespace, context: TaskContext) -> LatentFacts:
    """Load the model; returns what is known of it."""
    facts: LatentFacts = execute(OpenLatents(source_of(options)), context)
    return facts


def encode_files(options: Namespace, paths: list[Path], context: TaskContext) -> EncodedPictures:
    """Encode picture files with the model of the arguments."""
    pictures: list[Picture] = [execute(LoadPicture(path), context) for path in paths]
    request = EncodePictures(source_of(options), tuple(one.pixels for one in pictures))
    found: EncodedPictures = execute(request, context)
    return found


def sheet_of(pixels: Pixels, columns: int | None = None) -> Pixels:
    """Lay pictures (N, H, W, 3) out in one, enlarged by whole numbers until one can see them."""
    columns = columns or math.ceil(math.sqrt(len(pixels)))
    factor = max(1, math.ceil(_SMALLEST_CELL_PX / min(pixels.shape[1:3])))
    large = pixels.repeat(factor, axis=1).repeat(factor, axis=2)
    count, height, width = large.shape[:3]
    rows = math.ceil(count / columns)
    sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
    for index, picture in enumerate(large):
        top, left = (index // columns) * height, (index % columns) * width
        sheet[top : top + height, left : left + width] = picture
    return sheet


def save_pictures(
    path: Path, pixels: Pixels, latents: NDArray[np.float32], channels: int, **further: Any
) -> None:
    """Write pictures as a sheet, or raw with their codes where the file ends in `.npz`."""
    from engine.core.files import write_with
    from engine.data.picture_writer import save_picture

    if path.suffix.lower() != ".npz":
        save_picture(path, sheet_of(pixels))
        return
    images = pixels[..., 0] if channels == 1 else pixels
    arrays: dict[str, Any] = {"images": images, "latents": latents}
    arrays |= {name: value for name, value in further.items() if value is not None}
    write_with(path, lambda stream: np.savez_compressed(stream, **arrays))
