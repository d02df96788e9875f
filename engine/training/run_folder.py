"""What a run writes, and how others read it.

config.json         model, data and all settings: what `train --recipe` takes
metrics.jsonl       one line a logged step or validation: step, epoch, split, numbers by name
status.json         where the run stands; rewritten twice a second at most
control.json        what someone asks of the run, see control.py
samples/step-*.png  the fixed batch as the model improves
events.out.*        the same numbers for TensorBoard
last.pt             everything needed to go on: tensors and plain values only
best.safetensors    the weights that scored best; best.json: what is known of them
note.txt            what a person wrote about the run
best-latents.safetensors  codes of pictures by those weights, where the model has an encoder
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.api.checked_values import checked
from engine.api.errors import ConfigError, StorageError
from engine.api.regular_files import read_regular
from engine.api.training import MetricRecord, RunSnapshot, RunStatus
from engine.core.files import write_text, write_with
from engine.core.json_text import parse_json
from engine.core.latent_codes import latents_beside

NOTE_FILE = "note.txt"
_NOTE_BYTES = 2**16
_STATUS_INTERVAL_S = 0.5
_METRICS_BYTES = 2**30  # some five million lines


class RunFolder:
    """The writing side. In processes other than the first it writes nothing."""

    def __init__(self, path: Path, is_writer: bool = True) -> None:
        self.path = path
        self._is_writer = is_writer
        self._events: Any = None
        self._metrics: Any = None
        self._last_status_s = -math.inf
        self.lines = 0

    @property
    def checkpoint(self) -> Path:
        """Where the run can go on from."""
        return self.path / "last.pt"

    @property
    def weights(self) -> Path:
        """The best weights."""
        return self.path / "best.safetensors"

    @property
    def latents(self) -> Path:
        """Codes of pictures by the best weights, see engine/core/latent_codes.py."""
        return latents_beside(self.weights)

    @property
    def card(self) -> Path:
        """What is known of the best weights."""
        return self.path / "best.json"

    def begin(self, settings: Mapping[str, Any], lines: int, step: int, events: bool) -> None:
        """Open the files; of earlier metrics the first `lines` are kept, up to `step`.

        Raises:
            StorageError: the folder cannot be written to.
        """
        if not self._is_writer:
            return
        write_text(self.path / "config.json", json.dumps(settings, indent=2) + "\n")
        metrics = self.path / "metrics.jsonl"
        kept = _whole_lines(metrics)[:lines]
        self.lines = len(kept)
        write_text(metrics, "".join(line + "\n" for line in kept))
        try:
            self._metrics = metrics.open("a", encoding="utf-8")
        except OSError as error:
            raise StorageError(f"{metrics}: cannot be written ({error.strerror})") from error
        if events:
            from torch.utils.tensorboard import SummaryWriter

            self._events = SummaryWriter(str(self.path), purge_step=step + 1 if step else None)

    def write_record(self, record: MetricRecord) -> None:
        """Append a line of metrics; what is no finite number becomes null."""
        if self._metrics is None:
            return
        values = {
            name: value if value is None or math.isfinite(value) else None
            for name, value in record.values.items()
        }
        line = {"step": record.step, "epoch": record.epoch, "split": record.split, **values}
        try:
            self._metrics.write(json.dumps(line) + "\n")
            self._metrics.flush()
        except OSError as error:
            raise StorageError(
                f"{self.path / 'metrics.jsonl'}: cannot be written ({error.strerror}); "
                "make room, then resume the run"
            ) from error
        self.lines += 1
        if self._events is not None:
            for name, value in values.items():
                if value is not None:
                    self._events.add_scalar(f"{name}/{record.split}", value, record.step)

    def write_sample(self, step: int, picture: NDArray[np.uint8]) -> Path:
        """Write a picture of the fixed batch, RGB (H, W, 3); returns its file."""
        path = self.path / "samples" / f"step-{step:07d}.png"
        if self._is_writer:
            write_with(path, lambda stream: Image.fromarray(picture).save(stream, "png"))
            if self._events is not None:
                self._events.add_image("samples", picture, step, dataformats="HWC")
        return path

    def write_status(self, status: RunStatus, is_change: bool) -> None:
        """Tell where the run stands; without a change of state only now and then."""
        now_s = time.monotonic()
        if not self._is_writer or (
            not is_change and now_s - self._last_status_s < _STATUS_INTERVAL_S
        ):
            return
        self._last_status_s = now_s
        # A status that a crash loses is of no use any more: replaced, but not forced to the disk.
        temporary = self.path / f".status.json.{os.getpid()}.tmp"
        with contextlib.suppress(OSError):
            temporary.write_text(json.dumps(dataclasses.asdict(status)), encoding="utf-8")
            temporary.replace(self.path / "status.json")

    def close(self) -> None:
        """Close the files."""
        if self._metrics is not None:
            self._metrics.close()
        if self._events is not None:
            self._events.close()
        self._metrics = self._events = None


def this_host() -> tuple[int, str]:
    """Return this process and machine as a status names them."""
    return os.getpid(), socket.gethostname()


def read_settings(path: Path) -> dict[str, Any]:
    """Read `config.json` of a run, or a recipe.

    Raises:
        ConfigError: there is none, or it is no such file.
    """
    try:
        settings = parse_json(read_regular(path))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file; a run folder has config.json") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path}: cannot be read as settings ({reason})") from error
    return checked_settings(settings, path)


def checked_settings(settings: Any, path: Path) -> dict[str, Any]:
    """Return settings that a file holds.

    Raises:
        ConfigError: they are none, or a part is of another kind; names it.
    """
    if not isinstance(settings, dict) or not {"model", "data"} <= settings.keys():
        raise ConfigError(f"{path}: has no model and data; it is no recipe of a run")
    try:
        checked(_Settings, settings, "settings")
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    return settings


@dataclasses.dataclass(frozen=True, slots=True)
class _Settings:
    """What `config.json` must look like; settings.py looks at the configs themselves."""

    model: str
    data: str
    format: str | None = None
    about_data: str = ""
    model_config: dict[str, Any] | None = None
    train_config: dict[str, Any] | None = None
    augmentation: dict[str, Any] | None = None


def read_run(folder: Path, from_line: int = 0) -> RunSnapshot:
    """Look at a run folder that may be written to at this moment.

    Raises:
        ConfigError: it is no run folder.
    """
    settings = read_settings(folder / "config.json")
    lines = _whole_lines(folder / "metrics.jsonl")
    start = from_line if from_line <= len(lines) else 0
    records = [_record(line) for line in lines[start:]]
    return RunSnapshot(
        status=_read_status(folder / "status.json"),
        records=tuple(record for record in records if record is not None),
        lines=len(lines),
        samples=tuple(sorted((folder / "samples").glob("step-*.png"))),
        settings=settings,
        card=_read_json(folder / "best.json"),
        note=_read_note(folder / NOTE_FILE),
        has_weights=(folder / "best.safetensors").is_file(),
    )


def rename_run(folder: Path, name: str) -> Path:
    """Give a run folder another name; returns where it is then.

    Raises:
        ConfigError: it is no run, or the name cannot be taken.
        StorageError: the folder cannot be renamed.
    """
    read_settings(folder / "config.json")
    target = folder.with_name(name) if name and Path(name).name == name else None
    if target is None:
        raise ConfigError(f"{name!r}: is no name of a folder; leave out slashes")
    if os.path.lexists(target):
        raise ConfigError(f"{name}: exists already; choose another name")
    try:
        return folder.rename(target)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StorageError(f"{folder.name}: cannot be renamed to {name} ({reason})") from error


def annotate_run(folder: Path, note: str) -> None:
    """Keep a note with a run; an empty one removes it.

    Raises:
        ConfigError: it is no run.
        StorageError: the note cannot be written.
    """
    read_settings(folder / "config.json")
    if note.strip():
        write_text(folder / NOTE_FILE, note.strip() + "\n")
        return
    try:
        (folder / NOTE_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{folder / NOTE_FILE}: cannot be removed ({error.strerror})") from error


def _read_note(path: Path) -> str:
    try:
        return read_regular(path, _NOTE_BYTES).decode(errors="replace").strip()
    except OSError:
        return ""


def _record(line: str) -> MetricRecord | None:
    """Return what a line says; None for one that a crash or a full disk has damaged."""
    try:
        values = parse_json(line)
        about = {name: values.pop(name) for name in ("step", "epoch", "split")}
        return checked(MetricRecord, {**about, "values": values}, "line")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _read_status(path: Path) -> RunStatus | None:
    try:
        return checked(RunStatus, _read_json(path), "status")
    except ValueError:  # another version of the program may write less
        return None


def _whole_lines(path: Path) -> list[str]:
    """Return the lines that are complete; one that is just being written is not."""
    try:
        text = read_regular(path, _METRICS_BYTES).decode(errors="replace")
    except OSError:
        return []
    *lines, _rest = text.split("\n")
    return lines


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        content = parse_json(read_regular(path))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
