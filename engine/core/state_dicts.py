"""Reading parameters from files that may come from anywhere, and telling whose they are."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from engine.api.errors import WeightsError

_WRAPPERS = ("model_state_dict", "state_dict", "model", "weights")
_COUNTER = "num_batches_tracked"
# What torch's readers were seen to raise on damaged files, and their likes.
_DAMAGE = (
    *(RuntimeError, OSError, EOFError, ValueError, TypeError, LookupError, AttributeError),
    *(ArithmeticError, AssertionError, MemoryError, struct.error),
)


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Read named parameters to the CPU without ever running code from the file.

    A training checkpoint is unwrapped, and the prefix of data-parallel training removed.

    Raises:
        WeightsError: unreadable, needs code to unpickle, or holds something else.
    """
    content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path)
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    is_named = isinstance(content, Mapping) and bool(content)
    if not is_named or not all(isinstance(value, Tensor) for value in content.values()):
        raise WeightsError(
            f"{path.name}: holds no named parameters but {_described(content)}; "
            "save model.state_dict() instead"
        )
    return {str(name).removeprefix("module."): value for name, value in content.items()}


def _described(content: Any) -> str:
    if isinstance(content, Mapping):
        names = ", ".join(str(name) for name in list(content)[:3])
        return f"a table of {len(content)} entries ({names})" if content else "an empty table"
    return f"one {type(content).__name__}"


def _read_safetensors(path: Path) -> Any:
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path.name}: not a readable safetensors file ({error})") from error


def _read_torch(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path.name}: refused, because loading it could run code stored in the file "
            f"({_culprit(error)}); ask for a plain state dict or a .safetensors file"
        ) from error
    except _DAMAGE as error:
        if "TorchScript" in str(error):
            raise WeightsError(
                f"{path.name}: refused, because it is a TorchScript program, not parameters; "
                "ask for a plain state dict or a .safetensors file"
            ) from error
        raise WeightsError(
            f"{path.name}: not a weight file, or cut short; fetch it again"
        ) from error


def _culprit(error: Exception) -> str:
    """What the file wants to call, out of torch's long message."""
    words = str(error).replace("`", " ").split()
    for word in words[words.index("GLOBAL") + 1 :] if "GLOBAL" in words else ():
        if "." in word:
            return word.strip(".,")
    return "a pickle that torch did not write"


def check_match(
    expected: Mapping[str, Tensor], found: Mapping[str, Tensor], path: Path, model_key: str
) -> None:
    """Raise WeightsError naming the first parameters that differ in name or shape.

    Batch counters are ignored: frozen normalisation layers do not save them.
    """
    missing = [name for name in expected if name not in found and not name.endswith(_COUNTER)]
    unexpected = [name for name in found if name not in expected and not name.endswith(_COUNTER)]
    reshaped = [
        f"{name} is {_shape(found[name])}, expected {_shape(expected[name])}"
        for name in expected
        if name in found and found[name].shape != expected[name].shape
    ]
    parts = [
        f"{len(names)} {what} (first {names[0]})"
        for what, names in (
            ("missing", missing),
            ("unexpected", unexpected),
            ("of another shape", reshaped),
        )
        if names
    ]
    if not parts:
        return
    foreign = len(missing) * 2 > len(expected)
    verdict = "belongs to another architecture than" if foreign else "does not fit"
    raise WeightsError(
        f"{path.name}: {verdict} {model_key}: of {len(expected)} parameters "
        f"{', '.join(parts)}; choose the model that it was trained with"
    )


def _shape(tensor: Tensor) -> str:
    return " x ".join(str(side) for side in tensor.shape) or "a single number"


def has_batch_counters(found: Mapping[str, Tensor]) -> bool:
    """Whether the parameters come from trainable batch normalisation, not from a frozen one."""
    return any(name.endswith(_COUNTER) for name in found)
