"""What a kind of file is that the program reads, for files that are mutilated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from engine.api.tasks import TaskContext

PIXEL_LIMIT = 400_000
SIDE_PX = 24


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


def context() -> TaskContext:
    """Return a context that nobody listens to."""
    return TaskContext(lambda _: None)


def pixels() -> np.ndarray:
    """Return a small colourful picture, RGB uint8."""
    rows, columns = np.mgrid[:SIDE_PX, :SIDE_PX]
    return np.stack([rows * 10, columns * 10, (rows + columns) % 2 * 255], axis=-1).astype(np.uint8)


def write_picture(file: Path) -> Path:
    """Write the small picture."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels()).save(file)
    return file
