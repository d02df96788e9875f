"""What the layouts of pictures with class masks share: pairs of files, read when looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFile

from engine.api.annotations import Finding
from engine.api.datasets import IGNORED, DatasetCard, DatasetFacts
from engine.api.errors import DatasetError, PictureError
from engine.api.pictures import DEFAULT_PIXEL_LIMIT, PICTURE_SUFFIXES
from engine.data.datasets.dataset import Dataset, DatasetRequest
from engine.data.datasets.samples import MaskSample
from engine.data.formats.text_files import read_text
from engine.data.picture_file import (
    check_pixel_count,
    open_picture_file,
    read_header,
    unknown_content,
    wrap_decoder_failures,
)
from engine.data.picture_loader import load_picture

_SIZES_LOOKED_AT = 64
_NAMES_BYTES = 1 << 20  # of 255 names at most
MASK_SUFFIXES = (".png", ".bmp", ".tif", ".tiff", ".gif")


@dataclass(frozen=True, slots=True)
class MaskClasses:
    """What the values of mask pixels mean.

    Attributes:
        names: by class index as training sees it.
        table: (256,) uint8, from the value in the file to the class index or 255, ignored.
        is_known: (256,) whether the file may hold the value.
    """

    names: tuple[str, ...]
    table: NDArray[np.uint8]
    is_known: NDArray[np.bool_]


def mask_classes(names: list[str]) -> MaskClasses:
    """Make the table of names in the order of mask values; `void` and `ignore` do not count."""
    table = np.full(256, IGNORED, np.uint8)
    is_known = np.zeros(256, bool)
    is_known[: len(names)] = True
    is_known[IGNORED] = True
    kept = [i for i, name in enumerate(names) if name.lower() not in ("void", "ignore", "ignored")]
    table[kept] = np.arange(len(kept))
    return MaskClasses(tuple(names[index] for index in kept), table, is_known)


def binary_classes(names: list[str]) -> MaskClasses:
    """Make the table of masks as drawing programs write them: 0 the first name, 255 the second."""
    table = np.full(256, IGNORED, np.uint8)
    table[[0, IGNORED]] = 0, 1
    is_known = np.zeros(256, bool)
    is_known[[0, IGNORED]] = True
    return MaskClasses(tuple(names), table, is_known)


def read_class_names(file: Path) -> list[str]:
    """Read one name a line; raises DatasetError for a file without any, or with too many."""
    lines = read_text(file, _NAMES_BYTES).splitlines()
    names = [line.strip() for line in lines if line.strip()]
    if not 0 < len(names) <= IGNORED:
        raise DatasetError(f"{file}: {len(names)} class names; expected 1 to 255, one a line")
    return names


def pair_files(pictures: Path, masks: Path) -> list[tuple[Path, Path]]:
    """Return pictures with their masks, found by name without suffix.

    Raises:
        DatasetError: a picture has no mask; the first ones are named.
    """
    by_stem = {path.stem: path for path in masks.iterdir() if path.suffix.lower() in MASK_SUFFIXES}
    files = sorted(path for path in pictures.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    missing = [path.name for path in files if path.stem not in by_stem]
    if missing:
        few = ", ".join(missing[:3])
        raise DatasetError(
            f"{masks}: {len(missing)} of {len(files)} pictures have no mask ({few}); "
            "add masks of the same name, or take the pictures out"
        )
    return [(path, by_stem[path.stem]) for path in files]


def read_mask(file: Path) -> NDArray[np.uint8]:
    """Read the stored values of a one-channel picture, (H, W); a palette's colours are not used.

    Raises:
        DatasetError: it cannot be read, or has colours instead of class values.
    """
    with _opened_mask(file) as image:
        if image.mode not in ("L", "P", "1"):
            raise DatasetError(
                f"{file}: is a {image.mode} picture; a mask has one channel of class values"
            )
        return np.array(image, np.uint8)


@contextmanager
def _opened_mask(file: Path) -> Iterator[ImageFile.ImageFile]:
    """Open a mask without decoding it, in the limits of any picture."""
    try:
        with open_picture_file(file) as stream, wrap_decoder_failures(file):
            header = read_header(stream)
            if header is None:
                raise unknown_content(file, stream)
            check_pixel_count(file, header.width, header.height, DEFAULT_PIXEL_LIMIT)
            yield header
    except PictureError as error:
        raise DatasetError(f"{error} (it was to be read as a mask)") from error


class MaskPictures(Dataset):
    """Pairs of a picture file and a mask file."""

    def __init__(
        self,
        pairs: list[tuple[Path, Path]],
        classes: MaskClasses,
        request: DatasetRequest,
        split: str,
        card: DatasetCard,
    ) -> None:
        self._pairs = pairs
        self._classes = classes
        self.facts = DatasetFacts(
            name=request.name,
            key=card.key,
            task="segmentation",
            split=split,
            classes=classes.names,
            channels=3,
            size=_common_size([mask for _, mask in pairs]),
            count=len(pairs),
            credit=card.credit,
        )

    def with_findings(self, findings: tuple[Finding, ...]) -> MaskPictures:
        """Add what did not match when the files were read."""
        self.findings = (*self.findings, *findings)
        return self

    def file_of(self, index: int) -> Path:
        """Return the file of the picture of a sample."""
        return self._pairs[index][0]

    def __getitem__(self, index: int) -> MaskSample:
        picture_file, mask_file = self._pairs[index]
        pixels, mask = load_picture(picture_file).pixels, read_mask(mask_file)
        if mask.shape != pixels.shape[:2]:
            raise DatasetError(
                f"{mask_file}: {mask.shape[1]} x {mask.shape[0]}, but its picture "
                f"{picture_file.name} is {pixels.shape[1]} x {pixels.shape[0]}"
            )
        strange = ~self._classes.is_known[mask]
        if strange.any():
            raise DatasetError(
                f"{mask_file}: value {mask[strange][0]}, but there are "
                f"{int(self._classes.is_known.sum()) - 1} classes; add it to classes.txt"
            )
        return MaskSample(pixels, self._classes.table[mask])


def _common_size(files: list[Path]) -> tuple[int, int] | None:
    """Return the height and width of all, judged by some of them; None where they differ."""
    step = max(1, len(files) // _SIZES_LOOKED_AT)
    sizes = set()
    for file in files[::step]:
        with _opened_mask(file) as image:
            sizes.add((image.height, image.width))
    return sizes.pop() if len(sizes) == 1 else None
