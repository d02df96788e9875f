"""Small settings, one thread, and a run in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.api.tasks import TaskContext
from engine.api.training import Train, TrainConfig, TrainReport
from engine.training.start import train
from tests.engine.training.support import QUICK, TINY, Start


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("engine.core.devices.core_count", lambda: 1)
    # A run of these tests may last less than the interval between two reports.
    monkeypatch.setattr("engine.training.reporter._REPORT_INTERVAL_S", 0.0)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def start(run_folder: Path) -> Start:
    """Train the small classifier on digits; settings by name change the quick ones."""

    def start_run(
        folder: Path | None = None,
        context: TaskContext | None = None,
        is_resume: bool = False,
        data: str = "digits",
        **settings: Any,
    ) -> TrainReport:
        config = TrainConfig(**{**QUICK, **settings})
        request = Train("classifier-small", data, folder or run_folder, TINY, config, is_resume)
        return train(request, context or TaskContext(lambda progress: None))

    return start_run
