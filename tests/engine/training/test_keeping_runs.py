"""Run folders that are renamed and annotated."""

import json
from pathlib import Path

import pytest

from engine.api.errors import ConfigError, EngineError
from engine.api.run_folders import AnnotateRun, ReadRecipe, RenameRun
from engine.api.tasks import TaskContext
from engine.api.training import ReadRun
from engine.service import execute

SILENT = TaskContext(lambda progress: None)
SETTINGS = {"model": "classifier-small", "data": "digits", "train_config": {"epochs": 3, "seed": 5}}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(SETTINGS))
    return folder


def test_a_renamed_run_keeps_all_that_it_holds(run: Path) -> None:
    (run / "metrics.jsonl").write_text("{}\n")
    moved = execute(RenameRun(run, "best so far"), SILENT)
    assert moved == run.with_name("best so far")
    assert not run.exists()
    assert sorted(path.name for path in moved.iterdir()) == ["config.json", "metrics.jsonl"]


@pytest.mark.parametrize("name", ["", "a/b", "..", "taken", "x" * 300, "a\0b"])
def test_a_name_that_cannot_be_taken_is_refused_and_nothing_moves(run: Path, name: str) -> None:
    run.with_name("taken").mkdir()
    with pytest.raises(EngineError) as caught:
        execute(RenameRun(run, name), SILENT)
    assert "\n" not in str(caught.value)
    assert (run / "config.json").is_file()


def test_a_note_stays_with_its_run_until_it_is_emptied(run: Path) -> None:
    execute(AnnotateRun(run, "  wider, and no decay\n"), SILENT)
    assert execute(ReadRun(run), SILENT).note == "wider, and no decay"
    moved = execute(RenameRun(run, "other"), SILENT)
    assert execute(ReadRun(moved), SILENT).note == "wider, and no decay"
    execute(AnnotateRun(moved, " "), SILENT)
    assert execute(ReadRun(moved), SILENT).note == ""
    execute(AnnotateRun(moved, ""), SILENT)


def test_only_runs_can_be_renamed_and_annotated(tmp_path: Path) -> None:
    for request in (RenameRun(tmp_path, "other"), AnnotateRun(tmp_path, "note")):
        with pytest.raises(ConfigError, match=r"config\.json"):
            execute(request, SILENT)


def test_the_recipe_of_a_run_is_what_it_was_trained_with(run: Path) -> None:
    recipe = execute(ReadRecipe(run), SILENT)
    assert (recipe.model_key, recipe.data) == ("classifier-small", "digits")
    assert (recipe.config.epochs, recipe.config.seed) == (3, 5)
