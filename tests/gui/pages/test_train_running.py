"""Runs that the page starts: real ones, small, on scikit-learn's digits."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTabWidget,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from engine.cli.run import run
from gui.pages.train.curve_panel import CurvePanel
from gui.pages.train.sample_viewer import SampleViewer
from gui.widgets.picture_area import PictureArea
from gui.widgets.trace_bars import TraceBars
from tests.gui.pages.train_support import Trainer


@pytest.fixture
def trainer(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trainer]:
    for name in ("ACTIVE_MS", "IDLE_MS"):
        monkeypatch.setattr(f"gui.pages.train.run_watch.{name}", 20)
    trainer = Trainer(qtbot, tmp_path, with_engine=True)
    set_up(trainer, epochs=2)
    yield trainer
    trainer.close()
    assert not trainer.crashes


def set_up(trainer: Trainer, epochs: int) -> None:
    """A run of the smallest network."""
    forms = trainer.page._setup.forms
    forms.set_train_values(
        epochs=epochs, tensorboard=False, sample_count=2, log_interval=5, augment="none"
    )
    trainer.find(QSpinBox, "train.model_setting.base_channels").setValue(4)


def start(trainer: Trainer) -> Path:
    """Start the run that is set up; returns its folder when its first step is done."""
    folder: Path = trainer.page._setup.folder
    trainer.press("train.start")
    trainer.until(lambda: trainer.step > 0)
    return folder


def settings_of(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "config.json").read_text())
    return content


def test_the_values_of_the_paper_fill_the_form_of_the_model(trainer: Trainer) -> None:
    model = trainer.page._setup.model
    assert not trainer.find(QPushButton, "train.paper").isVisibleTo(trainer.page._setup.forms)
    model.setCurrentIndex(model.findData("unet"))
    trainer.find(QToolButton, "train.more").click()
    trainer.press("train.paper")
    config = trainer.page._setup.forms.model_config()
    assert (config.base_channels, config.convolutions, config.dropout) == (64, "valid", 0.5)
    trainer.press("train.model_setting.reset")
    assert trainer.page._setup.forms.model_config().base_channels < 64


def test_a_run_started_on_the_page_ends_with_curves_samples_and_a_score(trainer: Trainer) -> None:
    folder = trainer.page._setup.folder
    assert folder == trainer.root / "classifier-small-digits-1"
    trainer.press("train.start")
    assert not trainer.find(QAbstractButton, "train.start").isEnabled()
    trainer.until(lambda: trainer.state == "finished")
    trainer.until(lambda: trainer.find(QAbstractButton, "train.start").isEnabled())
    assert settings_of(folder)["train_config"]["epochs"] == 2
    assert settings_of(folder)["model_config"]["base_channels"] == 4
    for name in ("loss", "accuracy", "learning_rate", "gradient_norm"):
        trainer.until(lambda name=name: trainer.page.findChild(CurvePanel, f"train.curve.{name}"))
    loss = trainer.find(CurvePanel, "train.curve.loss")
    logged = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    expected = [line["loss"] for line in logged if line["split"] == "train"]
    trainer.until(lambda: loss.points()[folder.name, "train"][1] == pytest.approx(expected))
    viewer = trainer.find(SampleViewer, "train.samples")
    trainer.until(lambda: viewer.index == len(list((folder / "samples").iterdir())) - 1)
    trainer.until(lambda: not viewer.image.isNull())
    best = json.loads((folder / "best.json").read_text())["metric"]["value"]
    assert f"best accuracy {best:.4g}" in trainer.find(QLabel, "train.facts").text()
    # The next run does not overwrite it.
    assert trainer.page._setup.folder.name == "classifier-small-digits-2"


def test_pause_step_and_stop_act_between_two_batches(trainer: Trainer) -> None:
    set_up(trainer, epochs=1000)
    folder = start(trainer)
    trainer.press("train.pause")
    trainer.until(lambda: trainer.state == "paused")
    before = trainer.step
    trainer.press("train.step")
    trainer.until(lambda: trainer.step == before + 1 and trainer.state == "paused")
    trainer.press("train.pause")
    trainer.until(lambda: trainer.step > before + 1)
    trainer.press("train.stop")
    trainer.until(lambda: trainer.state == "stopped")
    trainer.until(lambda: trainer.page.launcher.folder is None)
    for name in ("last.pt", "best.safetensors", "best.json"):
        assert (folder / name).is_file()
    stopped_at = trainer.step
    trainer.press("train.resume")
    trainer.until(lambda: trainer.state == "running" and trainer.step > stopped_at)
    trainer.press("train.stop")
    trainer.until(lambda: trainer.state == "stopped")


def test_closing_while_training_ends_in_time_and_keeps_a_checkpoint(trainer: Trainer) -> None:
    set_up(trainer, epochs=1000)
    folder = start(trainer)
    assert trainer.close()  # that no thread is left is what the guard of every test looks at
    assert json.loads((folder / "status.json").read_text())["state"] == "stopped"
    assert (folder / "last.pt").is_file()


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Takes the place of processes that would outlive the test."""
    started: list[list[str]] = []

    def spawn(command: list[str], log: Path) -> int:
        assert log.parent.is_dir()
        started.append(command)
        return 2**30

    monkeypatch.setattr("gui.pages.train.launcher.spawn", spawn)
    return started


def test_a_run_that_may_go_on_is_handed_over_when_the_window_is_closed(
    trainer: Trainer, children: list[list[str]]
) -> None:
    set_up(trainer, epochs=1000)
    folder = start(trainer)
    trainer.find(QCheckBox, "train.keep_going").click()
    trainer.until(lambda: trainer.page.launcher._arguments)
    trainer.close()
    ((program, main, *arguments),) = children
    assert (program, Path(main).name) == (sys.executable, "main.py")
    assert arguments == ["train", "--run", str(folder), "--resume", "--device", "auto"]


def test_a_detached_run_is_the_command_that_trains_what_was_set_up(
    trainer: Trainer, children: list[list[str]]
) -> None:
    folder = trainer.page._setup.folder
    trainer.press("train.start_detached")
    trainer.until(lambda: children)
    trainer.until(lambda: trainer.runs() == [folder.name])
    # The process that stands in for it does not exist, which a person is told.
    trainer.until(lambda: trainer.state == "interrupted")
    ((_program, _main, *arguments),) = children
    assert run(arguments) == 0  # what main.py does with them
    trainer.until(lambda: trainer.state == "finished")
    assert settings_of(folder)["train_config"]["epochs"] == 2


def test_a_folder_without_data_says_so_and_nothing_can_be_started(
    trainer: Trainer, tmp_path: Path
) -> None:
    empty = tmp_path / "nothing here"
    empty.mkdir()
    trainer.page._setup.data.choose(str(empty))
    facts = trainer.find(QLabel, "train.data_facts")
    trainer.until(lambda: "no data set is recognised" in facts.text())
    assert not trainer.find(QAbstractButton, "train.start").isEnabled()


def test_a_data_set_that_must_be_fetched_says_its_size_and_waits_for_consent(
    trainer: Trainer,
) -> None:
    box = trainer.find(QComboBox, "train.data")
    box.setCurrentIndex(box.findData("mnist"))
    consent = trainer.find(QCheckBox, "train.download")
    trainer.until(consent.isVisible)
    assert consent.text() == "Download 12 MB when the run starts"
    assert not trainer.find(QAbstractButton, "train.start").isEnabled()
    consent.click()
    assert trainer.find(QAbstractButton, "train.start").isEnabled()
    assert trainer.page._setup.request("auto").may_download


def test_the_recipe_of_a_model_gives_the_defaults_and_its_task_the_data(trainer: Trainer) -> None:
    model, data = (trainer.find(QComboBox, f"train.{name}") for name in ("model", "data"))
    model.setCurrentIndex(model.findData("unet"))
    recipe = next(card.recipe for card in trainer.bench.models if card.key == "unet")
    assert trainer.page._setup.forms.train_config() == recipe
    offered = [data.itemData(row) for row in range(data.count())]
    assert "shapes" in offered
    assert "digits" not in offered


def test_a_name_with_a_slash_or_of_a_folder_that_exists_is_refused(trainer: Trainer) -> None:
    name = trainer.find(QLineEdit, "train.run_folder")
    (trainer.root / "taken").mkdir(parents=True)
    for text in ("a/b", "taken", " "):
        name.clear()
        trainer.bot.keyClicks(name, text)
        assert not trainer.find(QAbstractButton, "train.start").isEnabled()
    name.clear()
    trainer.bot.keyClicks(name, "free")
    assert trainer.find(QAbstractButton, "train.start").isEnabled()


def test_a_run_is_exported_as_a_program_that_repeats_it(trainer: Trainer) -> None:
    folder = start(trainer)
    trainer.until(lambda: trainer.state == "finished")
    trainer.press("train.export")
    program = folder / "train.py"
    trainer.until(program.is_file)
    compile(program.read_text(), str(program), "exec")
    assert "'classifier-small'" in program.read_text()


def test_the_check_shows_what_the_data_holds_and_the_way_back_to_the_runs(trainer: Trainer) -> None:
    trainer.press("train.check")
    report = trainer.find(QLabel, "train.report")
    trainer.until(lambda: report.text().startswith("Ready to train on."))
    grid = trainer.find(PictureArea, "train.report.samples")
    assert grid.isVisible()
    assert not grid.image.isNull()
    classes = trainer.find(TraceBars, "train.report.classes").mark
    assert classes.names == tuple("0123456789")
    assert classes.values.sum() == 1797  # so many pictures scikit-learn has
    trainer.press("train.close_report")
    assert not report.isVisible()
    assert trainer.find(QAbstractButton, "train.first_run").isVisible()


def test_a_slider_of_the_preview_changes_the_augmented_samples(trainer: Trainer) -> None:
    trainer.press("train.check")
    trainer.find(QTabWidget, "train.data_tabs").setCurrentIndex(1)
    picture = trainer.find(PictureArea, "train.augmentation.picture")
    trainer.until(lambda: not picture.image.isNull())
    before = picture.image.copy()
    trainer.press("train.augmentation.full")
    trainer.until(lambda: picture.image != before)
    trainer.press("train.augmentation.none")
    trainer.until(lambda: picture.image == before)
    trainer.find(QDoubleSpinBox, "train.augmentation.rotation_degrees").setValue(90.0)
    trainer.until(lambda: picture.image != before)


def test_a_run_takes_the_values_of_the_sliders_once_that_is_ticked(trainer: Trainer) -> None:
    set_up(trainer, epochs=1)
    trainer.press("train.check")
    trainer.find(QTabWidget, "train.data_tabs").setCurrentIndex(1)
    trainer.find(QDoubleSpinBox, "train.augmentation.rotation_degrees").setValue(30.0)
    folder = start(trainer)
    trainer.until(lambda: trainer.page.launcher.folder is None)
    assert settings_of(folder)["augmentation"] is None
    trainer.press("train.check")
    trainer.find(QTabWidget, "train.data_tabs").setCurrentIndex(1)
    trainer.press("train.augmentation.own")
    trainer.find(QDoubleSpinBox, "train.augmentation.rotation_degrees").setValue(30.0)
    trainer.find(QSpinBox, "train.augmentation.crop_height_px").setValue(6)
    trainer.press("train.close_report")
    hint = trainer.find(QLabel, "train.hint")
    assert hint.isVisible()
    assert "not by the preset" in hint.text()
    folder = start(trainer)
    trainer.until(lambda: trainer.page.launcher.folder is None)
    used = settings_of(folder)["augmentation"]
    assert used["rotation_degrees"] == 30
    assert (used["crop_height_px"], used["crop_width_px"]) == (6, 0)
    trainer.until(lambda: trainer.state == "finished")


def test_a_folder_that_cannot_be_trained_on_gets_a_report_of_what_is_wrong(
    trainer: Trainer, tmp_path: Path
) -> None:
    empty = tmp_path / "nothing here"
    empty.mkdir()
    trainer.page._setup.data.choose(str(empty))
    trainer.press("train.check")
    report = trainer.find(QLabel, "train.report")
    trainer.until(lambda: report.text().startswith("Not ready to train on."))
    table = trainer.find(QTableWidget, "train.report.findings")
    assert table.isVisible()
    assert "no data set is recognised" in table.item(0, 1).text()
