"""The Train page alone, with a real engine, and run folders that someone else writes."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.bridge.engine_client import EngineClient
from gui.document.session import Session
from gui.pages.train.page import TrainPage
from gui.settings import Settings
from gui.workbench import Workbench

WAIT_MS = 60_000
WidgetT = TypeVar("WidgetT", bound=QWidget)
FOREIGN_HOST = "another-machine"


class Trainer:
    """A person at the Train page."""

    def __init__(self, qtbot: QtBot, folder: Path, with_engine: bool = False) -> None:
        self.bot = qtbot
        self.root = folder / "runs"
        self.client = EngineClient()
        self.session = Session()
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self.settings = Settings(store)
        self.settings.set_text("train/root", str(self.root))
        self.bench = Workbench(self.client, self.session, self.settings, None)
        self.problems: list[str] = []
        self.crashes: list[Exception] = []
        self.bench.problem.connect(self.problems.append)
        self.client.failed.connect(lambda error: self.problems.append(str(error)))
        self.client.crashed.connect(self.crashes.append)
        self.page = TrainPage(self.bench)
        self.page.resize(1400, 900)
        self.page.show()
        qtbot.waitExposed(self.page)
        self.is_open = True
        if with_engine:
            self.bench.refresh_models()
            self.until(lambda: self.find(QWidget, "train.start").isEnabled())

    def find(self, kind: type[WidgetT], name: str) -> WidgetT:
        found = self.page.findChild(kind, name)
        assert found is not None, f"no {kind.__name__} named {name}"
        return found

    def press(self, name: str) -> None:
        button = self.find(QWidget, name)
        assert button.isEnabled(), f"{name} is disabled"
        self.bot.mouseClick(button, Qt.MouseButton.LeftButton)

    def until(self, holds: Callable[[], Any]) -> None:
        self.bot.waitUntil(lambda: bool(holds()), timeout=WAIT_MS)

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

    def close(self) -> bool:
        """Go, as the window does; whether every worker ended in time."""
        if not self.is_open:
            return True
        self.is_open = False
        self.page.hide()
        ended = self.client.shut_down()
        self.bench.work_ended.emit()
        for thing in (self.page, self.bench, self.session, self.client, self.settings):
            thing.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return ended


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
