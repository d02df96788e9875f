"""The one place where models are loaded to answer: once, for every task and every lane."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import psutil
import torch
from torch import Tensor, nn

from engine.api.models import ModelCard
from engine.core.cancellation import make_cancellable
from engine.core.devices import resolve
from engine.core.folding import fold_normalisation
from engine.core.registry import MODELS
from engine.core.trained_models import TrainedModel, load_from
from engine.core.weights import WeightsSource, choose_weights, files_beside

MOST_BYTES = 2 * 10**9
"""Kept on a device at most, or a quarter of its memory where that is less."""

MadeT = TypeVar("MadeT")


class LoadedModel:
    """A model that is ready to answer, shared by all who ask for it.

    Networks are on their device in evaluation mode, channels last, with normalisation folded into
    convolutions; a cancel is noticed between two layers. Nobody may change them.

    Attributes:
        trained: the model with the name, the file and the card of its weights.
        nbytes: memory of the parameters, in the model and in what was made of it.
        device: where it runs; the CPU where a library other than torch does the work.
    """

    def __init__(self, card: ModelCard, trained: TrainedModel, device: torch.device) -> None:
        self.card, self.trained, self.device = card, trained, device
        self.nbytes = _bytes_of((trained.model,))
        self._made: dict[Any, Any] = {}
        self._making = threading.RLock()  # what is made may itself ask for something made

    @property
    def model(self) -> Any:
        """What the registry built."""
        return self.trained.model

    def once(self, make: Callable[[LoadedModel], MadeT]) -> MadeT:
        """Return what `make` makes of this model; made at the first call, kept with the model."""
        with self._making:
            if make not in self._made:
                self._made[make] = make(self)
                self.nbytes = _bytes_of((self.model, *self._made.values()))
            made: MadeT = self._made[make]
            return made


def _bytes_of(things: Iterable[Any]) -> int:
    """Return the memory of all tensors; what several share is counted once."""
    storages = [tensor.untyped_storage() for tensor in _tensors(things)]
    return sum({each.data_ptr(): each.nbytes() for each in storages}.values())


def _tensors(things: Iterable[Any]) -> Iterable[Tensor]:
    """Yield every tensor of networks, in dataclasses or alone."""
    for thing in things:
        if isinstance(thing, nn.Module):
            yield from thing.parameters()
            yield from thing.buffers()
        elif is_dataclass(thing) and not isinstance(thing, type):
            yield from _tensors(getattr(thing, each.name) for each in fields(thing))


@dataclass(slots=True)
class _Slot:
    """A place for one model; its lock is held while the model is loaded."""

    device: torch.device
    files: tuple[str, ...]
    lock: threading.Lock = field(default_factory=threading.Lock)
    loaded: LoadedModel | None = None
    version: tuple[Any, ...] = ()


class ModelCache:
    """Keeps models while there is room; those asked for longest ago go first.

    Who asks for a model that is being loaded waits for it, and for no other one.

    Args:
        limit: bytes that are kept on a device; what somebody still works with may be more.
    """

    def __init__(self, limit: Callable[[torch.device], int] | None = None) -> None:
        self._limit = limit or _share_of
        self._lock = threading.Lock()  # of the table alone; never held while a model is loaded
        self._slots: dict[Any, _Slot] = {}

    def get(self, card: ModelCard, source: WeightsSource, device: torch.device) -> LoadedModel:
        """Return a model, loaded where it is not kept or a file of its weights has changed."""
        key = (card.key, source.path or source.name, str(device))
        with self._lock:
            slot = self._slots.pop(key, None) or _Slot(device, _files(source.path))
            self._slots[key] = slot
        with slot.lock:
            version = _version(slot.files)
            if slot.loaded is None or slot.version != version:
                slot.loaded = None  # before the new one comes: both may not fit
                self._make_room(device, source.path.stat().st_size if source.path else 0)
                try:
                    slot.loaded = _load(card, source, device)
                except BaseException:
                    self._forget(key, slot)
                    raise
                slot.version = version
            loaded = slot.loaded
        self._make_room(device, 0, slot)
        return loaded

    def clear(self) -> None:
        """Forget the models and free their memory."""
        with self._lock:
            self._slots.clear()

    def _forget(self, key: Any, slot: _Slot) -> None:
        with self._lock:
            if self._slots.get(key) is slot:
                del self._slots[key]

    def _make_room(self, device: torch.device, needed: int, kept: _Slot | None = None) -> None:
        """Let go of what was asked for longest ago until so many bytes fit."""
        limit = self._limit(device)
        with self._lock:
            kept_here = ((k, s.loaded) for k, s in self._slots.items() if s.device == device)
            held = {key: loaded.nbytes for key, loaded in kept_here if loaded is not None}
            for key in tuple(held):
                if sum(held.values()) + needed <= limit:
                    break
                if self._slots[key] is not kept:
                    del self._slots[key], held[key]


@cache
def _share_of(device: torch.device) -> int:
    if device.type == "cuda":
        total = int(torch.cuda.get_device_properties(device).total_memory)
    else:
        total = psutil.virtual_memory().total
    return min(MOST_BYTES, total // 4)


def _files(path: Path | None) -> tuple[str, ...]:
    return tuple(str(each) for each in files_beside(path)) if path else ()


def _version(files: Iterable[str]) -> tuple[Any, ...]:
    """What tells files that were written again, or came or went, from their former selves."""
    return tuple(_status(each) for each in files)


def _status(file: str) -> tuple[int, ...]:
    try:
        status = os.stat(file)
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _load(card: ModelCard, source: WeightsSource, device: torch.device) -> LoadedModel:
    trained = load_from(card, source, device)
    if not isinstance(trained.model, nn.Module):
        return LoadedModel(card, trained, torch.device("cpu"))
    fold_normalisation(trained.model)
    trained.model.to(memory_format=torch.channels_last)  # the folded weights too
    trained.model.requires_grad_(False)
    make_cancellable(trained.model)
    return LoadedModel(card, trained, device)


CACHE = ModelCache()


def open_model(key: str, weights: str | Path | None = None, device: str = "auto") -> LoadedModel:
    """Return a model with its weights, ready to answer.

    Args:
        key: of the model.
        weights: a name from its card, a run folder, a file, or None for the default.
        device: its key, or `auto`.

    Raises:
        ConfigError: no such model, or no such weights.
        WeightsError: the weights are not here, unsafe, or of another architecture.
        DeviceError: no such device.
    """
    card = MODELS.card(key)
    return CACHE.get(card, choose_weights(card, weights), resolve(device))
