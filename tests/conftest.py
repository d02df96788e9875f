"""Offscreen Qt, private settings and home, fixed seeds, and a guard against leftovers."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# OpenCV's wheel points Qt at plugins of its own; the interface must never load those.
import cv2

os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)
os.environ.pop("QT_QPA_FONTDIR", None)
cv2.setNumThreads(1)

from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QThread, QTimer  # noqa: E402
from PySide6.QtGui import QGuiApplication  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from tests.patient_bot import PatientBot  # noqa: E402

# Properties judge what the code does, not how fast a busy machine draws examples.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

DATA = Path(__file__).parents[1].parent / "shared" / "data"


@pytest.fixture
def data_folder() -> Path:
    """Real data beside the checkout; the test is skipped where there is none."""
    if not DATA.is_dir():
        pytest.skip(f"no real data at {DATA}")
    return DATA


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    """The bot of pytest-qt with one generous limit for every wait."""
    return PatientBot(request)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _private_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No test reads or writes the settings, caches or logs of the person who runs it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    monkeypatch.setenv("TORCH_HOME", str(home / "torch"))
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(home))


@pytest.fixture
def workers_of_equal_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that give way would wait for minutes while other programs keep the machine busy."""
    monkeypatch.setattr("engine.core.lanes.give_way", lambda niceness: None)


@pytest.fixture(autouse=True, scope="session")
def _nothing_stays_copied() -> Iterator[None]:
    """What of ours lies on the clipboard, Qt would delete after Python has ended, and crash."""
    yield
    if QGuiApplication.instance() is not None:
        QGuiApplication.clipboard().clear()


@pytest.fixture(autouse=True, scope="module")
def _set_imports_aside() -> None:
    """Libraries bring half a million objects that the guard below need not look through."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_leftovers(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread, a running timer or a visible widget behind."""
    before = set(threading.enumerate())
    yield
    if QCoreApplication.instance() is None:
        return
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    threads = [
        thread.name
        for thread in threading.enumerate()
        if thread not in before and thread.name.startswith("engine")
    ]
    assert not threads, f"engine threads left running: {threads}"
    widgets = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    assert not widgets, f"windows left open: {widgets}"
    # By type, not isinstance: that would wake the deprecated proxies some libraries keep.
    things = [o for o in gc.get_objects() if issubclass(type(o), (QTimer, QThread))]
    loose = [thing for thing in things if _runs(thing)]
    assert not loose, f"timers or threads left running: {loose}"


def _runs(thing: QTimer | QThread) -> bool:
    try:
        if isinstance(thing, QTimer):
            return thing.isActive()
        return thing.isRunning() and thing is not QThread.currentThread()
    except RuntimeError:  # the C++ side is gone already
        return False
