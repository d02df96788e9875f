"""What the interface keeps, mutilated: a start reads what it can and says what it cannot."""

import os
from pathlib import Path

import pytest

from engine.benchmarks._file_kinds import Kind
from engine.benchmarks._sound_files import kinds_of_window
from engine.benchmarks.robustness import mutilate
from gui.benchmarks import _kept_files

OF_KIND = pytest.mark.parametrize("kind", kinds_of_window(), ids=lambda kind: kind.name)


def test_the_benchmark_of_the_engine_finds_every_kind() -> None:
    assert [kind.name for kind in kinds_of_window()] == [name for name, _, _ in _kept_files.KINDS]


@OF_KIND
def test_a_mutilated_file_is_read(kind: Kind) -> None:
    assert mutilate(kind, 1000, seed=1).faults == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a thing of Unix")
@OF_KIND
def test_a_pipe_or_a_folder_in_place_of_a_file_is_put_aside(kind: Kind, tmp_path: Path) -> None:
    for number, put in enumerate((os.mkfifo, os.mkdir)):
        file = kind.make(tmp_path / str(number))
        file.unlink()
        put(file)
        kind.read(file)
        assert not file.exists() or file.is_file()
