"""What cannot be trained is said before Start is pressed, and Start does not contradict it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from engine.api.datasets import CheckDataset
from engine.api.errors import TrainingError
from engine.api.training import PrepareRun, Train
from gui.widgets.notice import Notice
from gui.window.failure_notice import FailureNotice
from tests.gui.held_engine import HeldEngine
from tests.gui.pages.train_support import Trainer


@pytest.fixture
def engine() -> HeldEngine:
    return HeldEngine()


@pytest.fixture
def trainer(qtbot: QtBot, tmp_path: Path, engine: HeldEngine) -> Iterator[Trainer]:
    trainer = Trainer(qtbot, tmp_path, with_engine=True, service=engine)
    yield trainer
    trainer.close()
    assert not trainer.crashes


def pictures_of_two_sizes(folder: Path) -> Path:
    folder.mkdir()
    for number in range(12):
        shape = (20, 30 + number % 2, 3)
        Image.fromarray(np.full(shape, 20 * number, np.uint8)).save(folder / f"{number}.png")
    return folder


def is_startable(trainer: Trainer) -> bool:
    both = (trainer.find(QAbstractButton, f"train.{name}") for name in ("start", "start_detached"))
    answers = {button.isEnabled() for button in both}
    assert len(answers) == 1
    return answers.pop()


def test_settings_that_would_be_refused_are_named_and_start_waits_for_them(
    trainer: Trainer, tmp_path: Path
) -> None:
    setup = trainer.page._setup
    setup.model.setCurrentIndex(setup.model.findData("autoencoder"))
    setup.data.choose(str(pictures_of_two_sizes(tmp_path / "pictures")))
    hint = trainer.find(QLabel, "train.hint")
    trainer.until(lambda: "set image_size" in hint.text())
    assert not is_startable(trainer)
    setup.forms.set_train_values(image_size=16)
    trainer.until(lambda: is_startable(trainer))
    assert "image_size" not in hint.text()


def test_data_that_a_check_finds_faulty_cannot_be_started_with(
    trainer: Trainer, engine: HeldEngine, tmp_path: Path
) -> None:
    setup = trainer.page._setup
    setup.model.setCurrentIndex(setup.model.findData("autoencoder"))
    folder = pictures_of_two_sizes(tmp_path / "pictures")
    setup.data.choose(str(folder))
    setup.forms.set_train_values(image_size=16)
    trainer.until(lambda: is_startable(trainer))
    engine.hold(CheckDataset)
    trainer.press("train.check")
    trainer.until(lambda: len(engine.held) == 1)
    (folder / "3.png").write_bytes(b"no picture")
    engine.held[0].finish()
    trainer.until(
        lambda: trainer.find(QLabel, "train.report").text().startswith("Not ready to train on.")
    )
    assert not is_startable(trainer)
    assert "not ready to train on" in trainer.find(QLabel, "train.hint").text()


@pytest.mark.parametrize("is_detached", [False, True])
def test_why_a_run_failed_is_shown_until_the_next_one_begins(
    trainer: Trainer, engine: HeldEngine, is_detached: bool
) -> None:
    notice = Notice()
    trainer.bot.addWidget(notice)
    failures = FailureNotice(trainer.client, notice, trainer.page)
    assert failures.parent() is trainer.page
    engine.hold(Train, PrepareRun)
    trainer.press("train.start")
    trainer.until(lambda: len(engine.held) == 1)
    engine.held[0].answer(TrainingError("update 7: loss is nan; nothing was saved before it"))
    trainer.until(lambda: "update 7" in notice.text)
    assert "checkpoint" not in notice.text
    trainer.until(lambda: is_startable(trainer))
    trainer.settle()
    trainer.press("train.start_detached" if is_detached else "train.start")
    trainer.until(lambda: len(engine.held) == 2)
    assert notice.text == ""
    engine.held[1].answer(TrainingError("over"))
    trainer.settle()
