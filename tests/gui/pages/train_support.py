"""The Train page alone, with a real engine, and run folders that someone else writes."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.service import EngineService
from gui.pages.train.page import TrainPage
from tests.gui.pages.page_support import Person

FOREIGN_HOST = "another-machine"


class Trainer(Person):
    """A person at the Train page."""

    def __init__(
        self,
        qtbot: QtBot,
        folder: Path,
        with_engine: bool = False,
        service: EngineService | None = None,
    ) -> None:
        self.root = folder / "runs"
        settings = {"train/root": str(self.root)}
        super().__init__(qtbot, folder, TrainPage, (), settings, service)
        self.page.resize(1400, 900)
        if with_engine:
            self.bench.refresh_models()
            self.until(lambda: self.find(QWidget, "train.start").isEnabled())

    @property
    def state(self) -> str:
        """Of the run that is looked at."""
        run = self.page.current
        return run.state if run is not None else ""

    @property
    def step(self) -> int:
        run = self.page.current
        return run.status.step if run is not None and run.status is not None else 0

    def runs(self) -> list[str]:
        """Names in the list, filtered."""
        return [folder.name for folder in self.page._runs.list.folders]


class ForeignRun:
    """A run folder that a process elsewhere writes."""

    def __init__(self, folder: Path, **train_config: Any) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "samples").mkdir()
        settings = {
            "model": "some-model",
            "data": "some-data",
            "model_config": {"width": 8},
            "train_config": {"learning_rate": 0.1, "seed": 0, **train_config},
        }
        self._write("config.json", settings)
        self._lines: list[str] = []

    def log(self, step: int, split: str = "train", **values: float | None) -> None:
        line = {"step": step, "epoch": 1, "split": split, **values}
        self._lines.append(json.dumps(line) + "\n")
        (self.folder / "metrics.jsonl").write_text("".join(self._lines), encoding="utf-8")

    def rewind(self, lines: int) -> None:
        """Forget later lines, as a run does that is resumed from an earlier checkpoint."""
        self._lines = self._lines[:lines]
        (self.folder / "metrics.jsonl").write_text("".join(self._lines), encoding="utf-8")

    def say(self, state: str, step: int, **more: Any) -> None:
        status = {
            "state": state,
            "step": step,
            "total_steps": 100,
            "epoch": 1,
            "epochs": 4,
            "samples_per_second": 321.0,
            "seconds_left": 75.0,
            "message": "",
            "device": "cuda:0",
            "precision": "bfloat16",
            "process": 1,
            "host": FOREIGN_HOST,
            "updated": time.time(),
        }
        self._write("status.json", {**status, **more})

    def draw(self, step: int, shade: int) -> None:
        pixels = np.full((20, 30, 3), shade, np.uint8)
        Image.fromarray(pixels).save(self.folder / "samples" / f"step-{step:07d}.png")

    def score(self, name: str, value: float) -> None:
        self._write("best.json", {"metric": {"name": name, "value": value}})

    def command(self) -> str:
        """What was last asked of it; empty without any."""
        path = self.folder / "control.json"
        return str(json.loads(path.read_text())["command"]) if path.exists() else ""

    def _write(self, name: str, content: Any) -> None:
        temporary = self.folder / f".{name}.tmp"
        temporary.write_text(json.dumps(content), encoding="utf-8")
        temporary.replace(self.folder / name)


def dead_process() -> dict[str, Any]:
    """What a status says of a process of this machine that is gone."""
    number = os.fork()
    if not number:
        os._exit(0)
    os.waitpid(number, 0)
    return {"process": number, "host": socket.gethostname()}
