"""Choices of runtimes that were measured before, one small file each, in the cache folder."""

from __future__ import annotations

import hashlib
import json
import math
import platform
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import platformdirs
import torch
from torch import nn

from engine.api.checked_values import checked
from engine.api.errors import StorageError
from engine.api.regular_files import read_regular
from engine.api.runtimes import RuntimeCard, RuntimeTrial
from engine.core.devices import core_count
from engine.core.files import write_text
from engine.core.json_text import parse_json

_DIGEST_CHARACTERS = 32
_MOST_BYTES = 1 << 20
_LIBRARIES = ("torch", "onnxruntime")


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was measured before: the key of the chosen runtime, and all trials."""

    key: str
    trials: tuple[RuntimeTrial, ...]


def choices_folder() -> Path:
    """Return where choices lie; it need not exist."""
    return Path(platformdirs.user_cache_dir("vision-workbench")) / "runtimes"


def choice_file(identity: Mapping[str, Any]) -> Path:
    """Return the file of what a choice depends on."""
    text = json.dumps(identity, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return choices_folder() / f"{digest}.json"


def remember(path: Path, found: Remembered) -> None:
    """Keep a choice; where it cannot be written the next start measures again."""
    content = asdict(_Kept(found.key, tuple(_KeptTrial.of(trial) for trial in found.trials)))
    with suppress(StorageError):
        write_text(path, json.dumps(content, indent=1) + "\n")


def recall(path: Path) -> Remembered | None:
    """Return what was kept; None where there is nothing, or nothing readable."""
    try:
        kept = checked(_Kept, parse_json(read_regular(path, _MOST_BYTES)), "choice")
    except (OSError, ValueError):
        return None
    return Remembered(kept.key, tuple(each.trial() for each in kept.trials))


_Difference = float | Literal["infinite"] | None


@dataclass(frozen=True, slots=True)
class _KeptTrial:
    """A trial as a file holds it: JSON has no number for an infinite difference."""

    card: RuntimeCard
    milliseconds: float | None
    difference: _Difference
    note: str = ""

    @staticmethod
    def of(trial: RuntimeTrial) -> _KeptTrial:
        is_infinite = trial.difference == math.inf
        difference: _Difference = "infinite" if is_infinite else trial.difference
        return _KeptTrial(trial.card, trial.milliseconds, difference, trial.note)

    def trial(self) -> RuntimeTrial:
        difference = math.inf if self.difference == "infinite" else self.difference
        return RuntimeTrial(self.card, self.milliseconds, difference, self.note)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a file holds."""

    key: str
    trials: tuple[_KeptTrial, ...]


def machine(device: torch.device) -> dict[str, Any]:
    """Return what a measurement depends on besides the network: hardware, threads, libraries."""
    found: dict[str, Any] = {
        "name": platform.node(),
        "processor": f"{platform.machine()} {platform.processor()}",
        "cores": core_count(),
        "threads": torch.get_num_threads(),
        "device": str(device),
    }
    if device.type == "cuda":
        found["device"] += f" {torch.cuda.get_device_name(device)}"
    for name in _LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def digest_of(networks: Iterable[nn.Module]) -> str:
    """Return a digest of the layers of networks and of all their parameters."""
    digest = hashlib.blake2b(digest_size=16)
    for network in networks:
        digest.update(str(network).encode())
        for name, tensor in network.state_dict().items():
            digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
            numbers = tensor.detach().cpu().contiguous().reshape(-1)
            digest.update(numbers.view(torch.uint8).numpy())
    return digest.hexdigest()
