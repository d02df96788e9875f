from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.api.version import VERSION
from gui.log import LOG, bug_report, log_file, start_logging, stop_logging, without_home


@pytest.fixture
def _logging() -> Iterator[None]:
    start_logging()
    yield
    stop_logging()


@pytest.mark.usefixtures("_logging")
def test_messages_of_any_library_reach_the_log_file() -> None:
    logging.getLogger("some.library").warning("strange weights")
    assert "strange weights" in log_file().read_text(encoding="utf-8")


@pytest.mark.usefixtures("_logging")
def test_starting_twice_writes_each_line_once() -> None:
    start_logging()
    LOG.warning("only once")
    assert log_file().read_text(encoding="utf-8").count("only once") == 1


@pytest.mark.usefixtures("_logging")
def test_the_log_rotates_at_a_megabyte_and_keeps_three_files() -> None:
    line = "x" * 10_000
    for _ in range(450):
        LOG.warning(line)
    files = sorted(log_file().parent.glob("vision-workbench.log*"))
    assert len(files) == 3
    assert all(file.stat().st_size <= 1_000_000 for file in files)


@pytest.mark.usefixtures("_logging")
def test_the_report_has_versions_device_trouble_and_log_but_no_home_folder() -> None:
    LOG.warning("cannot read %s", Path.home() / "secret" / "picture.png")
    trouble = f'Traceback\n  File "{Path.home()}/x.py"\nKeyError: 1'
    report = bug_report("NVIDIA H200", trouble)
    assert "NVIDIA H200" in report
    assert "KeyError: 1" in report
    assert f"Vision Workbench {VERSION}" in report
    assert "PySide6" in report
    assert "torch" in report
    assert str(Path("~/secret/picture.png")) in report
    assert str(Path.home()) not in report


def test_a_report_without_a_log_file_says_so() -> None:
    assert "no log file" in bug_report("")


def test_only_the_home_folder_is_shortened() -> None:
    assert without_home(f"{Path.home()}/a and /etc/b") == "~/a and /etc/b"
