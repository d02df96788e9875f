"""Choices of runtimes that were measured before, one small file each, in the cache folder."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import platformdirs
import torch
from torch import nn

from engine.api.errors import StorageError
from engine.api.runtimes import RuntimeCard, RuntimeTrial
from engine.core.devices import core_count
from engine.core.files import write_text
from engine.core.json_text import parse_json

_DIGEST_CHARACTERS = 32
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
    content = {"key": found.key, "trials": [asdict(trial) for trial in found.trials]}
    with suppress(StorageError):
        write_text(path, json.dumps(content, indent=1) + "\n")


def recall(path: Path) -> Remembered | None:
    """Return what was kept; None where there is nothing, or nothing readable."""
    try:
        content = parse_json(path.read_bytes())
        return Remembered(str(content["key"]), tuple(_trial(each) for each in content["trials"]))
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return None


def _trial(values: Mapping[str, Any]) -> RuntimeTrial:
    return RuntimeTrial(**{**values, "card": RuntimeCard(**values["card"])})


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
