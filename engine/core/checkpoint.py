"""Checkpoints of a run and trained weights: written atomically, read without running code."""

from __future__ import annotations

import pickle
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from engine.api.errors import WeightsError
from engine.api.regular_files import open_regular
from engine.api.wording import one_line
from engine.core.files import atomic_write, write_with
from engine.core.weight_files import MOST_FILE_BYTES, check_count, kind_of

# What a damaged file is, the one line about it says; torch adds others on standard error.
warnings.filterwarnings("ignore", message="Detected pickle protocol", category=UserWarning)

DAMAGE = (
    *(RuntimeError, OSError, EOFError, ValueError, TypeError, LookupError, AttributeError),
    *(ArithmeticError, AssertionError, MemoryError, struct.error, SafetensorError),
)
"""What torch's readers were seen to raise on damaged files, and their likes."""


def save_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """Write tensors, numbers, texts, lists and dictionaries of such."""
    write_with(path, lambda stream: torch.save(content, stream))


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read what `save_checkpoint` wrote, onto the CPU.

    Raises:
        WeightsError: the file is missing, damaged, or would have to run code to be read.
    """
    kind_of(path)  # raises for what would take too long
    try:
        with open_regular(path, MOST_FILE_BYTES) as stream:
            content = torch.load(stream, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path}: holds more than tensors and plain values, and reading it could run code; "
            "only checkpoints that this program wrote are read"
        ) from error
    except DAMAGE as error:
        text = getattr(error, "strerror", None) or str(error) or type(error).__name__
        reason = one_line(text.splitlines()[0])
        raise WeightsError(f"{path}: is no readable checkpoint ({reason})") from error
    if not isinstance(content, dict):
        raise WeightsError(f"{path}: holds a {type(content).__name__}, not a checkpoint")
    return content


def save_weights(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> None:
    """Write named tensors as safetensors, with texts by name beside them."""
    # Tensors that share memory, or are laid out channels-last, are stored as plain copies.
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    content = safetensors.torch.save({k: v.clone() for k, v in plain.items()}, metadata)
    with atomic_write(path) as stream:
        stream.write(content)


def load_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read named tensors and the texts beside them.

    Raises:
        WeightsError: the file is missing, is no safetensors file, or has too many tensors.
    """
    if kind_of(path) != "safetensors":
        raise WeightsError(f"{path.name}: is no readable safetensors file (it begins otherwise)")
    try:
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())
            check_count(path, len(names))
            return {name: file.get_tensor(name) for name in names}, dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path.name}: is no readable safetensors file ({error})") from error
