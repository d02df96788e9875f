"""Reading parameters from files that may come from anywhere, and telling whose they are."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from engine.api.errors import WeightsError
from engine.api.regular_files import open_regular
from engine.api.wording import one_line
from engine.core.checkpoint import DAMAGE, load_weights
from engine.core.weight_files import MOST_FILE_BYTES, check_count, kind_of

_WRAPPERS = ("average", "model_state_dict", "state_dict", "model", "net", "network", "weights")
"""What checkpoints call their parameters; an average over a training is better than its end."""
_PREFIXES = ("module", "model", "net", "network")
"""What trainers put before each name: data-parallel wrappers, Lightning, own modules."""
_COMPILED = "_orig_mod."
_COUNTER = "num_batches_tracked"


class StoredParameters(NamedTuple):
    """What a file of weights holds.

    Attributes:
        tensors: by name, on the CPU.
        texts: of a safetensors file, by name.
        settings: of the run, where this is a checkpoint that a run here wrote; else empty.
    """

    tensors: dict[str, Tensor]
    texts: dict[str, str]
    settings: dict[str, Any]


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Read named parameters to the CPU; see `read_parameters`."""
    return read_parameters(path).tensors


def read_parameters(path: Path) -> StoredParameters:
    """Read named parameters to the CPU without ever running code from the file.

    How the file is written is seen from its content, not from its ending. A training checkpoint is
    unwrapped, and the prefixes of compilers and trainers are taken off the names.

    Raises:
        WeightsError: unreadable, needs code to unpickle, or holds something else.
    """
    if kind_of(path) == "safetensors":
        tensors, texts = load_weights(path)
        return StoredParameters(_plainly_named(tensors), texts, {})
    content = _read_torch(path)
    settings = content.get("settings") if isinstance(content, Mapping) else None
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    is_named = isinstance(content, Mapping) and bool(content)
    if not is_named or not all(isinstance(value, Tensor) for value in content.values()):
        raise WeightsError(
            f"{path.name}: holds no named parameters but {_described(content)}; "
            "save model.state_dict() instead"
        )
    check_count(path, len(content))
    named = _plainly_named({str(name): value for name, value in content.items()})
    return StoredParameters(named, {}, settings if isinstance(settings, dict) else {})


def _plainly_named(found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Take off what compilers and trainers put before names.

    Where most parameters are those of a wrapped model, the others are not its own: the weights of
    a loss, a copy for averages, a counter.
    """
    named = {name.replace(_COMPILED, ""): value for name, value in found.items()}
    while True:
        counts = {prefix: sum(_begins(name, prefix) for name in named) for prefix in _PREFIXES}
        prefix = max(counts, key=lambda each: counts[each])
        if 2 * counts[prefix] <= len(named):
            return named
        named = {
            name.removeprefix(f"{prefix}."): value
            for name, value in named.items()
            if _begins(name, prefix)
        }


def _begins(name: str, prefix: str) -> bool:
    return name.startswith(f"{prefix}.")


def _described(content: Any) -> str:
    if isinstance(content, Mapping):
        names = ", ".join(str(name) for name in list(content)[:3])
        return f"a table of {len(content)} entries ({names})" if content else "an empty table"
    return f"one {type(content).__name__}"


def _read_torch(path: Path) -> Any:
    try:
        with open_regular(path, MOST_FILE_BYTES) as stream:
            return torch.load(stream, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path.name}: refused, because loading it could run code stored in the file "
            f"({_culprit(error)}); ask for a plain state dict or a .safetensors file"
        ) from error
    except DAMAGE as error:
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
            return one_line(word.strip(".,"))
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


def check_finite(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raise WeightsError where a parameter is no number: such a network answers nothing.

    Tensors must have their final shapes already; a file may claim any.
    """
    bad = [name for name, values in tensors.items() if not _is_usable(name, values)]
    if bad:
        raise WeightsError(
            f"{path.name}: {len(bad)} of {len(tensors)} parameters hold values that are no finite "
            f"numbers, or a variance below 0 (first {bad[0]}); the training went wrong, use an "
            "earlier checkpoint"
        )


def _is_usable(name: str, values: Tensor) -> bool:
    if not values.is_floating_point() or not values.numel():
        return True
    if name.endswith("running_var") and float(values.min()) < 0:  # its root is taken
        return False
    # One number says so of all, in a tenth of the time; it overflows only where some are huge.
    return bool(values.sum(dtype=torch.float32).isfinite()) or bool(values.isfinite().all())


def _shape(tensor: Tensor) -> str:
    return " x ".join(str(side) for side in tensor.shape) or "a single number"


def has_batch_counters(found: Mapping[str, Tensor]) -> bool:
    """Whether the parameters come from trainable batch normalisation, not from a frozen one."""
    return any(name.endswith(_COUNTER) for name in found)
