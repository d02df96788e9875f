"""Runs are named, annotated, set up again, thrown away, and looked at on the other pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QInputDialog, QListView, QMessageBox
from pytestqt.qtbot import QtBot

from engine.api.models import ListModels
from gui.pages.train import run_keeper
from tests.gui.pages.train_support import ForeignRun, Trainer


@pytest.fixture
def trainer(qtbot: QtBot, tmp_path: Path) -> Iterator[Trainer]:
    trainer = Trainer(qtbot, tmp_path)
    yield trainer
    trainer.close()
    assert not trainer.crashes


def a_run(trainer: Trainer, name: str = "one", state: str = "finished") -> ForeignRun:
    run = ForeignRun(trainer.root / name)
    run.say(state, 40)
    trainer.page.watch.look()
    trainer.until(lambda: name in trainer.runs())
    trainer.page.look_at(run.folder)
    trainer.until(lambda: trainer.state == state)
    return run


def answer(trainer: Trainer, name: str, text: str) -> None:
    dialog = trainer.find(QInputDialog, name)
    trainer.until(dialog.isVisible)
    dialog.setTextValue(text)
    dialog.accept()


def test_f2_renames_a_run_and_it_stays_the_one_looked_at(trainer: Trainer) -> None:
    run = a_run(trainer)
    view = trainer.find(QListView, "train.runs")
    view.setFocus()
    trainer.bot.keyClick(view, Qt.Key.Key_F2)
    answer(trainer, "train.rename_dialog", "wide network")
    trainer.until(lambda: trainer.runs() == ["wide network"])
    trainer.until(lambda: trainer.state == "finished")
    assert trainer.page.current.folder == run.folder.with_name("wide network")
    assert not run.folder.exists()


def test_a_note_is_read_in_the_list_and_found_by_the_filter(trainer: Trainer) -> None:
    a_run(trainer)
    trainer.find(QAction, "train.note").trigger()
    answer(trainer, "train.note_dialog", "no weight decay")
    trainer.until(lambda: trainer.page.current.note == "no weight decay")
    rows = trainer.page._runs.list._model.rows
    assert rows[0].facts.startswith("no weight decay · finished")
    trainer.page._runs.list._filter.setText("weight decay")
    assert trainer.runs() == ["one"]


def test_a_run_goes_into_the_bin_only_after_a_yes(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_run(trainer)
    binned: list[Path] = []

    def take(folder: Path) -> bool:
        binned.append(folder)
        folder.rename(trainer.folder / "bin")
        return True

    monkeypatch.setattr(run_keeper, "move_to_bin", take)
    delete = trainer.find(QAction, "train.delete")
    delete.trigger()
    trainer.find(QMessageBox, "train.delete_dialog").reject()
    assert not binned
    trainer.until(lambda: trainer.page.findChild(QMessageBox, "train.delete_dialog") is None)
    delete.trigger()
    dialog = trainer.find(QMessageBox, "train.delete_dialog")
    dialog.button(QMessageBox.StandardButton.Yes).click()
    trainer.until(lambda: trainer.runs() == [])
    assert binned == [run.folder]


def test_a_run_that_trains_is_neither_renamed_nor_deleted(trainer: Trainer) -> None:
    a_run(trainer, state="running")
    enabled = {
        name: trainer.find(QAction, f"train.{name}").isEnabled()
        for name in ("rename", "delete", "note", "again")
    }
    assert enabled == {"rename": False, "delete": False, "note": True, "again": True}


def test_what_a_run_has_learned_is_listed_everywhere_and_opened_by_a_button(
    trainer: Trainer,
) -> None:
    run = a_run(trainer)
    button = trainer.find(QAbstractButton, "train.use")
    assert not button.isEnabled()
    trainer.bench.refresh_models()
    trainer.until(lambda: trainer.bench.models)
    asked = len([each for each in trainer.requests if isinstance(each, ListModels)])
    settings = run.folder / "config.json"
    settings.write_text(settings.read_text().replace("some-model", "unet"))
    (run.folder / "best.safetensors").write_bytes(b"weights")
    run.score("miou", 0.5)
    trainer.page.watch.look()
    trainer.until(button.isEnabled)
    assert button.text() == "Open in Segment"
    assert len([each for each in trainer.requests if isinstance(each, ListModels)]) > asked
    shown: list[object] = []
    trainer.bench.page_wanted.connect(shown.append)
    trainer.bench.weights_wanted.connect(lambda *words: shown.append(words))
    button.click()
    assert shown == ["segment", ("unet", str(run.folder))]


def test_a_run_is_set_up_again_under_a_new_name(qtbot: QtBot, tmp_path: Path) -> None:
    trainer = Trainer(qtbot, tmp_path, with_engine=True)
    run = a_run(trainer)
    settings = run.folder / "config.json"
    text = settings.read_text().replace("some-model", "classifier-small")
    settings.write_text(
        text.replace("some-data", "digits").replace('"width": 8', '"base_channels": 8')
    )
    trainer.find(QAction, "train.again").trigger()
    setup = trainer.page._setup
    trainer.until(lambda: setup.forms.train_config().learning_rate == 0.1)
    assert setup.forms.model_config().base_channels == 8
    assert setup.folder.name == "classifier-small-digits-1"
    trainer.close()
    assert not trainer.crashes
