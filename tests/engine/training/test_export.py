import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.training.export import export_run
from tests.engine.training.support import Start, lines_of


def run_program(program: Path, folder: Path, *words: str, **variables: str) -> tuple[int, str, str]:
    """Run it as a person does, in a folder that has nothing to do with it."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    # The run to compare with took one thread.
    environment = plain | {"OMP_NUM_THREADS": "1", **variables}
    command = [sys.executable, str(program), *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_the_exported_program_repeats_the_run_from_any_folder_and_at_any_place(
    start: Start, run_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    start(epochs=1, seed=4, gradient_clip=1.0)
    written = export_run(run_folder)
    assert written == run_folder / "train.py"
    program = tmp_path_factory.mktemp("moved") / "again.py"
    program.write_text(written.read_text())
    elsewhere = tmp_path_factory.mktemp("anywhere")
    code, text, complaint = run_program(program, elsewhere)
    assert code == 0, complaint
    assert "accuracy = " in text
    assert lines_of(program.parent / "run-again") == lines_of(run_folder)
    assert not list(elsewhere.iterdir())
    code, _, complaint = run_program(program, elsewhere)
    assert (code, complaint.count("\n")) == (1, 1)
    assert "holds a run already" in complaint


def test_the_exported_program_says_where_it_looked_for_the_project(
    run_folder: Path, tmp_path: Path
) -> None:
    run_folder.mkdir()
    settings = {"model": "classifier-small", "data": "digits"}
    (run_folder / "config.json").write_text(json.dumps(settings))
    code, _, complaint = run_program(export_run(run_folder), tmp_path, VISION_WORKBENCH="/moved")
    assert (code, complaint.count("\n")) == (1, 1)
    assert "/moved: no Vision Workbench there" in complaint


def test_a_run_on_data_given_by_a_relative_path_goes_on_from_any_folder(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (8, 16, 16), np.uint8)
    for number, picture in enumerate(pixels):
        path = tmp_path / "here" / "pictures" / f"{number % 2}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
    monkeypatch.chdir(tmp_path / "here")
    start(tmp_path / "run", data="pictures", epochs=1)
    monkeypatch.chdir(tmp_path)
    settings = json.loads((tmp_path / "run" / "config.json").read_text())
    assert settings["data"] == str(tmp_path / "here" / "pictures")
    assert repr(settings["data"]) in export_run(tmp_path / "run").read_text()
    monkeypatch.chdir(tmp_path / "here")
    assert start(tmp_path / "run", data="pictures", epochs=2, is_resume=True).epochs == 2


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
