import runpy
from pathlib import Path

import pytest

from engine.training.export import export_run
from tests.engine.training.support import Start, lines_of


def test_the_exported_program_repeats_the_run(
    start: Start,
    run_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    start(epochs=1, seed=4, gradient_clip=1.0)
    program = export_run(run_folder)
    assert program == run_folder / "train.py"
    monkeypatch.chdir(run_folder)
    runpy.run_path(str(program), run_name="__main__")
    assert lines_of(run_folder / "run-again") == lines_of(run_folder)
    assert "accuracy = " in capsys.readouterr().out


def test_it_can_be_written_anywhere(start: Start, run_folder: Path, tmp_path: Path) -> None:
    start(epochs=1)
    target = tmp_path / "elsewhere" / "again.py"
    assert export_run(run_folder, target) == target
    compile(target.read_text(), str(target), "exec")
