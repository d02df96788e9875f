"""Which files a data set has, and which are held out where it does not say so itself."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from engine.api.pictures import PICTURE_SUFFIXES
from engine.data.datasets.dataset import DatasetRequest, choose_split
from engine.data.folder_listing import natural_key
from engine.data.formats.pictures import upright_size
from engine.data.formats.text_files import read_text

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "eval": "test",
}
"""What folders, lists and people call the parts of a data set, and the split that each is."""

SPLIT_ORDER = ("train", "validation", "test")

_HELD_OUT = 0.1


def split_by_name(names: Sequence[str]) -> dict[str, list[int]]:
    """Hold out about a tenth: `train` and `validation`, as indices into the names.

    A name decides for itself, so that adding samples moves none of the others. Of two or more
    names at least one is in each part.

    Args:
        names: relative to the data set, with forward slashes, so that they are the same anywhere.
    """
    marks = [_mark(name) for name in names]
    held_out = [index for index, mark in enumerate(marks) if mark < _HELD_OUT]
    if len(names) > 1 and not held_out:
        held_out = [min(range(len(names)), key=marks.__getitem__)]
    if 1 < len(names) == len(held_out):
        held_out.remove(max(held_out, key=marks.__getitem__))
    chosen = set(held_out)
    kept = [index for index in range(len(names)) if index not in chosen]
    return {"train": kept, "validation": held_out}


def _mark(name: str) -> float:
    """Return a number in [0, 1) that looks random and is the same on every machine."""
    digest = hashlib.blake2b(name.encode(errors="surrogateescape"), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


def parts_of(files: Sequence[Path], root: Path) -> dict[str, list[int]]:
    """Return the files of each split: by folders called train, val or test, else by name.

    Files that lie in none of these folders are for training.
    """
    relative = [_relative(file, root) for file in files]
    named = [
        next((SPLIT_NAMES[p.lower()] for p in path.parts[:-1] if p.lower() in SPLIT_NAMES), "")
        for path in relative
    ]
    if len(set(named) - {""}) < 2:
        return split_by_name([path.as_posix() for path in relative])
    parts: dict[str, list[int]] = {}
    for index, split in enumerate(named):
        parts.setdefault(split or "train", []).append(index)
    return {split: parts[split] for split in SPLIT_ORDER if split in parts}


def _relative(file: Path, root: Path) -> Path:
    return file.relative_to(root) if file.is_relative_to(root) else file


def choose_part(
    parts: dict[str, list[int]], request: DatasetRequest, count: int
) -> tuple[str, list[int]]:
    """Return the name and the indices of the split that is asked for; `all` is every one.

    Raises:
        DatasetError: there is no such split.
    """
    filled = tuple(split for split, indices in parts.items() if indices)
    split = choose_split(request.split, (*filled, "all"), request.name)
    return split, list(range(count)) if split == "all" else parts[split]


def split_folders(folder: Path) -> dict[str, Path]:
    """Return the folders `train`, `val`, `test` or the like that are there, by split."""
    found: dict[str, Path] = {}
    for each in subfolders(folder):
        split = SPLIT_NAMES.get(each.name.lower())
        if split is not None:
            found.setdefault(split, each)
    return {split: found[split] for split in SPLIT_ORDER if split in found}


def listed_parts(folder: Path, names: Sequence[str]) -> dict[str, list[int]] | None:
    """Return the parts by the lists in a folder, `train.txt` and so on; None without two of them.

    Args:
        folder: of the lists; the first word of each line is a name.
        names: of the samples, without suffix.
    """
    found: dict[str, set[str]] = {}
    for file in sorted_files(folder.glob("*.txt")):
        split = SPLIT_NAMES.get(file.stem.lower())
        if split is not None:
            lines = read_text(file).splitlines()
            found.setdefault(split, {line.split()[0] for line in lines if line.strip()})
    if len(found) < 2:
        return None
    return {
        split: [index for index, name in enumerate(names) if name in found[split]]
        for split in SPLIT_ORDER
        if split in found
    }


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures of a folder, without those of its subfolders, 2 before 10."""
    return sorted_files(path for path in folder.iterdir() if _is_picture(path.name))


def pictures_below(folder: Path) -> list[Path]:
    """Return the pictures of a folder and of its subfolders, 2 before 10."""
    return sorted_files(
        Path(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
        if _is_picture(name)
    )


def sorted_files(files: Iterable[Path]) -> list[Path]:
    """Sort by folder, then by name, 2 before 10."""
    return sorted(files, key=lambda path: [natural_key(part) for part in path.parts])


def subfolders(folder: Path) -> list[Path]:
    """Return the folders in a folder that are not hidden, 2 before 10."""
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return sorted_files(found)


def common_size(sizes: Iterable[tuple[int, int] | None]) -> tuple[int, int] | None:
    """Return height and width where all widths and heights are equal and known, else None."""
    different = set(sizes)
    only = different.pop() if len(different) == 1 else None
    return None if only is None else (only[1], only[0])


def sizes_of(files: Sequence[Path]) -> Iterator[tuple[int, int] | None]:
    """Yield width and height of some of the files, from their headers; at most 64 are opened."""
    step = max(1, len(files) // 64)
    return (upright_size(file) for file in files[::step])


def _is_picture(name: str) -> bool:
    return Path(name).suffix.lower() in PICTURE_SUFFIXES and not name.startswith(".")
