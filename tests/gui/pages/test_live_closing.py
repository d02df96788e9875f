"""The Live page goes while a model is on its way."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engine.api.tasks import TaskContext
from tests.engine.inference.tiny_unet import save_tiny_unet
from tests.gui.pages.live_support import Watcher
from tests.patient_bot import WAIT_S


def test_no_thread_stays_though_a_runtime_is_looked_for_long_after_the_window_has_gone(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine half a second, as a person is made to wait, is not enough for that."""
    entered, released = threading.Event(), threading.Event()

    def slow(segmenter: Any, images: Any, context: TaskContext) -> Any:
        entered.set()
        released.wait(WAIT_S)
        while True:  # until the run is closed
            context.raise_if_cancelled()

    class Closing(threading.Thread):
        def join(self, timeout: float | None = None) -> None:
            if timeout is None or timeout >= WAIT_S:
                released.set()
                super().join(timeout)

    monkeypatch.setattr("engine.live.frame_segmenting.fast_segmenter", slow)
    monkeypatch.setattr("gui.bridge.live_run.threading", SimpleNamespace(Thread=Closing))
    watcher = Watcher(qtbot, tmp_path)
    watcher.page.choose_model("unet")
    weights = save_tiny_unet(tmp_path / "tiny.safetensors", ("sky", "road"), (48, 64))
    watcher.page._inspector.model.set_weights_file(weights)
    watcher.start_scene()
    watcher.until(entered.is_set)
    watcher.close()
    assert watcher.crashes == []
    assert not [t for t in threading.enumerate() if t.name == "engine-live-model"]
