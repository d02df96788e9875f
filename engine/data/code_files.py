"""Latent codes in files: `.npz`, `.npy`, or JSON."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import ConfigError
from engine.api.regular_files import read_regular
from engine.api.wording import size_text
from engine.core.json_text import parse_json

_MOST_BYTES = 1 << 30
# What numpy and zipfile were seen to raise on files that hold something else.
_NO_CODES = (
    *(ValueError, LookupError, TypeError, OverflowError, MemoryError, AttributeError),
    *(BadZipFile, zlib.error, NotImplementedError, RuntimeError, SyntaxError, TokenError),
)


def read_codes(path: Path) -> tuple[NDArray[np.float32], NDArray[np.int64] | None]:
    """Read codes (N, Z), and classes (N,) where the file has them.

    Takes `.npz` with `latents` (and `class_indices`), `.npy`, or JSON: lists of numbers, or what
    `encode --json` prints.

    Raises:
        ConfigError: the file cannot be read, or holds no codes.
    """
    try:
        values: Any
        classes = None
        content = read_regular(path, _MOST_BYTES)
        if path.suffix.lower() in (".npz", ".npy"):
            _check_unpacked_size(content)
            # Never as pickles: those could run code.
            values = np.load(io.BytesIO(content), allow_pickle=False)
            if path.suffix.lower() == ".npz":
                classes = values.get("class_indices")
                values = values["latents"]
        else:
            values = parse_json(content)
            if isinstance(values, dict):
                values = [image["latent"] for image in values["images"]]
        with np.errstate(over="ignore"):
            codes = np.atleast_2d(np.asarray(values, np.float32))
        indices = None if classes is None else np.asarray(classes, np.int64)
        if not np.isfinite(codes).all():
            raise ValueError("a value is no finite number")
    except (OSError, EOFError, *_NO_CODES) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"{path}: holds no codes ({reason}); give .npz with `latents`, .npy, or JSON"
        ) from error
    return codes, indices


def _check_unpacked_size(content: bytes) -> None:
    """Raise ValueError for an archive that unpacks to more than a file of codes may have."""
    if not content.startswith(b"PK"):
        return
    with ZipFile(io.BytesIO(content)) as archive:
        size = sum(entry.file_size for entry in archive.infolist())  # no more of it is unpacked
    if size > _MOST_BYTES:
        raise ValueError(f"unpacks to {size_text(size)}, the limit is {size_text(_MOST_BYTES)}")
