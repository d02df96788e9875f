import json
import runpy
import sys
from pathlib import Path

import pytest

from engine.training.export import PROJECT, export_run
from tests.engine.training.support import Start, lines_of


def test_the_exported_program_repeats_the_run_from_any_folder(
    start: Start,
    run_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    start(epochs=1, seed=4, gradient_clip=1.0)
    program = export_run(run_folder)
    assert program == run_folder / "train.py"
    monkeypatch.chdir(tmp_path_factory.mktemp("anywhere"))
    monkeypatch.setattr(
        sys, "path", [entry for entry in sys.path if entry not in ("", str(PROJECT))]
    )
    runpy.run_path(str(program), run_name="__main__")
    assert lines_of(run_folder / "run-again") == lines_of(run_folder)
    assert "accuracy = " in capsys.readouterr().out


def test_it_can_be_written_anywhere(start: Start, run_folder: Path, tmp_path: Path) -> None:
    start(epochs=1)
    target = tmp_path / "elsewhere" / "again.py"
    assert export_run(run_folder, target) == target
    compile(target.read_text(), str(target), "exec")


def test_data_beside_the_person_are_found_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pictures").mkdir()
    monkeypatch.chdir(tmp_path)
    settings = {"model": "classifier-small", "data": "pictures"}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    assert repr(str(tmp_path / "pictures")) in export_run(Path()).read_text()
