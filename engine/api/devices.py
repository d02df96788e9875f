"""Where models run: what this machine has, and what is in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """One place to run a model.

    Attributes:
        key: `cpu`, `cuda:0`, `mps`.
        title: as people call it, "NVIDIA H200" or "CPU (2 threads)".
        total_bytes: its memory; 0 where unknown.
        used_bytes: used by this program: resident memory on the CPU, allocated on a GPU.
    """

    key: str
    title: str
    total_bytes: int
    used_bytes: int


@dataclass(frozen=True, slots=True)
class ListDevices:
    """Ask for the machine's devices; answers `tuple[DeviceCard, ...]`, the best one first."""

    caption: ClassVar[str] = "Looking for devices"
