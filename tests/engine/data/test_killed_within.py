"""Thirty processes are killed within saving, exporting and importing: each file is whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.api.annotations import ReadJournal
from tests.engine.data.killing import KINDS, SHAPES, ask

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
EACH = 5
ROOT = Path(__file__).parents[3]


def test_no_file_is_lost_or_half_written_and_no_finished_work_is_gone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.engine.data.killing"]
    command += [str(tmp_path), ",".join(KINDS), str(EACH)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    deaths = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(deaths) == 30
    for death in deaths:
        assert death["ended"] == -signal.SIGKILL, death["moment"]
        # Every file is as the last finished step left it, or as the one at work will.
        assert death["before"].keys() <= death["found"].keys() <= death["after"].keys()
        for name, data in death["found"].items():
            states = death["before"].get(name), death["after"][name]
            assert data in states, f"{death['moment']}: {name}"
        # And each is read by itself, with every shape and under a name that it was given.
        for labels in death["read"]:
            assert len(labels) == SHAPES, death["moment"]
            assert set(labels) <= {"step 0", "step 1", "step 2"}, death["moment"]


def test_of_unsaved_work_the_last_journal_is_there(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.engine.data.killing", str(tmp_path), "import", "4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        journal = tmp_path / "unsaved.jsonl"
        journal.write_bytes(bytes.fromhex(json.loads(line)["found"]["unsaved.jsonl"]))
        pictures = ask(ReadJournal(journal))
        assert [len(picture.shapes) for picture in pictures] == [SHAPES] * 3
        assert not journal.with_name("unsaved.jsonl.broken").exists()
