"""Where models run: what this machine has, choosing, sharing, and running out of memory.

Torch is imported only by what asks it: a model of another library does not wait for that.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil

from engine.api.devices import DeviceCard
from engine.api.errors import DeviceError
from engine.api.wording import size_text

if TYPE_CHECKING:
    import torch

_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


def core_count() -> int:
    """Return how many processor cores this program may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def list_devices() -> tuple[DeviceCard, ...]:
    """Return this machine's devices with their memory, the best one first."""
    import torch

    cards = [_cuda_card(index) for index in range(_cuda_count())]
    if torch.backends.mps.is_available():
        total, used = torch.mps.recommended_max_memory(), torch.mps.current_allocated_memory()
        cards.append(DeviceCard("mps", "Apple GPU", total, used))
    threads = core_count()
    title = f"CPU ({threads} thread{'s' if threads > 1 else ''})"
    used = psutil.Process().memory_info().rss
    cards.append(DeviceCard("cpu", title, psutil.virtual_memory().total, used))
    return tuple(cards)


def _cuda_count() -> int:
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _cuda_card(index: int) -> DeviceCard:
    import torch

    properties = torch.cuda.get_device_properties(index)
    used = torch.cuda.memory_allocated(index)
    return DeviceCard(f"cuda:{index}", properties.name, properties.total_memory, used)


def resolve(key: str) -> torch.device:
    """Return the device of a key; `auto` is the best one that this machine has.

    Raises:
        DeviceError: the machine has no such device.
    """
    import torch

    keys = _keys()
    if key == "auto":
        return torch.device(keys[0])
    wanted = "cuda:0" if key == "cuda" else key
    if wanted not in keys:
        raise DeviceError(f"there is no device {key!r} here; choose auto, {', '.join(keys)}")
    return torch.device(wanted)


def _keys() -> list[str]:
    """Return the keys of `list_devices`, without asking how full each is: asked a frame."""
    import torch

    graphics = [f"cuda:{index}" for index in range(_cuda_count())]
    return [*graphics, *(["mps"] if torch.backends.mps.is_available() else []), "cpu"]


@contextmanager
def memory_guard(device: torch.device | str, cure: str) -> Iterator[None]:
    """Turn running out of memory on a device, or that of a key, into a DeviceError with the cure.

    What the device still caches is freed first, so that the next attempt finds room.
    """
    try:
        yield
    except RuntimeError as error:  # torch.OutOfMemoryError is one; the CPU's has no own type
        text = str(error).lower()
        if not any(phrase in text for phrase in _OUT_OF_MEMORY):
            raise
        import torch

        device = resolve(device) if isinstance(device, str) else device
        if device.type == "cuda":
            torch.cuda.empty_cache()
        card = next((card for card in list_devices() if card.key == str(device)), None)
        total = f" ({size_text(card.total_bytes)})" if card else ""
        raise DeviceError(f"{device}{total} is out of memory; {cure}") from error


_active_lock = threading.Lock()
_active = 0


@contextmanager
def thread_share() -> Iterator[int]:
    """Give the calling thread its share of the cores for torch; yields the number of threads.

    Two models at work with as many threads as cores each are slower than one after the other,
    so the cores are divided among those at work when this one starts.
    """
    global _active
    with _active_lock:
        _active += 1
        share = max(1, core_count() // _active)
    if "torch" in sys.modules:  # else there is nothing that computes with its threads
        sys.modules["torch"].set_num_threads(share)
    try:
        yield share
    finally:
        with _active_lock:
            _active -= 1
