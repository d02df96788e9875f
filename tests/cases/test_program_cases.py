"""Settings and run folders after public bug reports: neither ends the program nor runs as code."""

from __future__ import annotations

import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from gui.settings import Settings, open_store

Case = Callable[[str], Path]


def test_export_code_injection_runs_no_code(
    case: Case, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = case("export-code-injection")
    runs: list[list[str]] = []

    def noted(command: list[str], **_: object) -> None:
        # Its imports alone, as the case does, but within the time of a test.
        runs.append(command)
        runpy.run_path(command[1], run_name="read")

    monkeypatch.setattr(subprocess, "run", noted)
    runpy.run_path(str(folder / "repro.py"))
    assert len(runs) == 1
    assert "code of the run folder ran: False" in capsys.readouterr().out


def test_settings_abort_is_a_line_and_the_program_starts(
    case: Case, tmp_path: Path, qapp: object
) -> None:
    folder = case("settings-abort")
    (given,) = folder.rglob("*.ini")
    store, _ = open_store()
    place = Path(store.fileName())
    del store
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(given, place)
    with place.open("a") as file:
        file.write("theme=dark\n")
    store, trouble = open_store()
    assert isinstance(store, QSettings)
    assert "the setting x cannot be read" in trouble
    assert Settings(store).theme == "dark"
