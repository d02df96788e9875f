"""Waits for the interface as long as a busy machine may take; only a failing test waits so long."""

from __future__ import annotations

from functools import partialmethod

import pytest
from pytestqt.qtbot import QtBot

WAIT_MS = 120_000
WAIT_S = WAIT_MS / 1000


class PatientBot(QtBot):
    """A test says what it waits for, and never how long."""

    waitUntil = partialmethod(QtBot.waitUntil, timeout=WAIT_MS)
    waitSignal = partialmethod(QtBot.waitSignal, timeout=WAIT_MS)
    waitSignals = partialmethod(QtBot.waitSignals, timeout=WAIT_MS)
    waitExposed = partialmethod(QtBot.waitExposed, timeout=WAIT_MS)
    waitActive = partialmethod(QtBot.waitActive, timeout=WAIT_MS)


def give_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing happen only because the machine is slow.

    Closing waits for the workers, and a folder is listed to the end before its first picture is
    shown; which picture a person sees sooner depends on the disk.
    """
    monkeypatch.setattr("gui.main_window.SHUT_DOWN_S", WAIT_S)
    monkeypatch.setattr("gui.pages.images.opening.FIRST_LOOK_MS", WAIT_MS)
    monkeypatch.setattr("gui.pages.live.page.CLOSE_S", WAIT_S)
