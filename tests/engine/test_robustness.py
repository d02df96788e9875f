"""Files of every kind, mutilated: each is read or refused in a line, quickly and in little memory.

The long form of this is `main.py bench robustness`.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.api.errors import EngineError
from engine.benchmarks import robustness
from engine.benchmarks._file_kinds import Kind
from engine.benchmarks._peak_memory import PeakMemory
from engine.benchmarks._sound_files import kinds
from engine.benchmarks.robustness import mutilate

COUNT = 1000
HANGS_AFTER_S = 60
OF_KIND = pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)


@OF_KIND
def test_a_mutilated_file_is_read_or_refused_in_a_line(kind: Kind) -> None:
    tally = mutilate(kind, COUNT // kind.cost, seed=1)
    assert tally.faults == []


@contextmanager
def ended_if_it_waits() -> Iterator[None]:
    """Fail a read that would wait for ever, instead of the whole suite."""

    def fail(*_: object) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(HANGS_AFTER_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def said(kind: Kind, file: Path) -> str:
    """Return the line about a file; none where it is passed over."""
    try:
        with ended_if_it_waits():
            kind.read(file)
    except EngineError as error:
        return str(error)
    return ""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a thing of Unix")
@OF_KIND
def test_a_pipe_a_device_or_a_folder_in_place_of_a_file_is_a_line(
    kind: Kind, tmp_path: Path
) -> None:
    for number, put in enumerate((os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        file = kind.make(folder)
        file.unlink()
        put(file)
        assert said(kind, file).isprintable()


def test_memory_that_is_freed_again_is_seen() -> None:
    memory = PeakMemory()
    memory.begin()
    bytearray(256 << 20)
    assert memory.peak_bytes() > 200 << 20


def test_a_file_that_takes_much_memory_for_a_moment_is_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(robustness, "MOST_BYTES", 128 << 20)

    def make(folder: Path) -> Path:
        (folder / "a").write_bytes(b"a")
        return folder / "a"

    tally = mutilate(Kind("large", make, lambda file: len(bytearray(256 << 20))), 1)
    assert len(tally.faults) == 1
    assert "of memory" in tally.faults[0]
