"""Folders of idx files, the format of MNIST: pictures and labels as plain big-endian arrays."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.api.datasets import DatasetCard
from engine.api.errors import DatasetError
from engine.api.regular_files import open_regular
from engine.api.wording import size_text
from engine.data.datasets.arrays import ArrayDataset, class_facts
from engine.data.datasets.dataset import (
    DATASETS,
    Dataset,
    DatasetRequest,
    DatasetSource,
    choose_split,
)

_CARD = DatasetCard(
    key="idx",
    title="idx files",
    summary="Pictures and labels in the format of MNIST.",
    tasks=("classification",),
    layout="a folder with *images*idx3-ubyte and *labels*idx1-ubyte, plain or .gz",
    order=10,
)
_HELD_OUT_LIMIT = 1000
_UNSIGNED_BYTE = 8
_DEFLATE_LIMIT = 1032
"""A byte compressed by gzip holds at most so many."""

_MOST_BYTES = 1 << 30
_PixelsAndLabels = tuple[NDArray[np.uint8], NDArray[np.int64]]


@DATASETS.register(_CARD)
class IdxFolder(DatasetSource):
    """With files named train and t10k, those are the parts; else the last 1,000 are held out."""

    @staticmethod
    def recognises(path: Path) -> bool:
        """Whether the folder has a file of pictures in idx format."""
        return path.is_dir() and any(path.glob("*images*idx3*"))

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        assert request.path is not None
        return open_idx_folder(request, request.path, _CARD)


def open_idx_folder(
    request: DatasetRequest,
    folder: Path,
    card: DatasetCard,
    classes: tuple[str, ...] | None = None,
) -> Dataset:
    """Open a split of a folder of idx files; classes are named by their figure by default."""
    files = sorted(folder.glob("*images*idx3*"))
    # Beside a plain file its .gz may lie, which holds the same.
    train = next((path for path in files if not path.name.startswith("t10k")), None)
    test = next((path for path in files if path.name.startswith("t10k")), None)
    if train is None and test is None:
        raise DatasetError(f"{folder}: no idx files; expected {card.layout or _CARD.layout}")
    available = ("train", "validation") if train else ()
    available = (*available, "test", "all") if test else (*available, "all")
    split = choose_split(request.split, available, request.name)
    pixels, labels = _read_split(train, test, split)
    names = classes or tuple(str(index) for index in range(int(labels.max(initial=0)) + 1))
    if labels.max(initial=0) >= len(names):
        raise DatasetError(f"{folder}: label {labels.max()}, but there are {len(names)} classes")
    return ArrayDataset(pixels, labels, class_facts(request, pixels, names, split, card))


def _read_split(train: Path | None, test: Path | None, split: str) -> _PixelsAndLabels:
    whole = [_read_pair(path) for path in (train, test) if path is not None]
    if split == "all":
        return np.concatenate([pair[0] for pair in whole]), np.concatenate([p[1] for p in whole])
    if test is not None:
        return whole[0] if split == "train" else whole[-1]
    pixels, labels = whole[0]
    held_out = max(1, min(_HELD_OUT_LIMIT, len(labels) // 9))
    part = slice(None, -held_out) if split == "train" else slice(-held_out, None)
    return pixels[part], labels[part]


def _read_pair(pictures: Path) -> _PixelsAndLabels:
    name = pictures.name.replace("images", "labels").replace("idx3", "idx1")
    plain = name.removesuffix(".gz")
    candidates = [pictures.with_name(text) for text in (name, plain, plain + ".gz")]
    labels_file = next((path for path in candidates if path.is_file()), None)
    if labels_file is None:
        raise DatasetError(f"{pictures}: the labels are missing; expected {name} beside it")
    pixels, labels = read_idx(pictures, 3), read_idx(labels_file, 1)
    if len(pixels) != len(labels):
        raise DatasetError(
            f"{pictures}: {len(pixels)} pictures, but {len(labels)} labels in {labels_file.name}"
        )
    return pixels[..., None], labels.astype(np.int64)


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read an idx file of unsigned bytes, plain or compressed by gzip.

    Raises:
        DatasetError: it is something else, of other dimensions, or cut off.
    """
    try:
        with (
            open_regular(path, _MOST_BYTES) as file,
            gzip.open(file) if path.suffix == ".gz" else file as stream,
        ):
            header = stream.read(4 + 4 * dimensions)
            if len(header) < 4 + 4 * dimensions or header[:4] != _magic(dimensions):
                raise DatasetError(f"{path}: is no idx file of bytes with {dimensions} dimensions")
            shape = struct.unpack(f">{dimensions}I", header[4:])
            expected = math.prod(shape)
            most = path.stat().st_size * (_DEFLATE_LIMIT if path.suffix == ".gz" else 1)
            count = min(expected, most)
            if count > _MOST_BYTES:
                size, limit = size_text(count), size_text(_MOST_BYTES)
                raise DatasetError(f"{path}: unpacks to {size}, the limit is {limit}; take a part")
            # One byte more tells a file that is too long, however much it would unpack to.
            content = stream.read(count + 1)
    except MemoryError as error:
        raise DatasetError(f"{path}: needs more memory than is free; take a part of it") from error
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatasetError(f"{path}: cannot be read ({reason})") from error
    if len(content) != expected:
        found = "more" if len(content) > expected else str(len(content))
        raise DatasetError(
            f"{path}: {found} bytes where {'x'.join(map(str, shape))} belong; "
            "the file is cut off or damaged"
        )
    return np.frombuffer(content, np.uint8).reshape(shape)


def _magic(dimensions: int) -> bytes:
    return bytes((0, 0, _UNSIGNED_BYTE, dimensions))
