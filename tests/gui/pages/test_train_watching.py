"""Runs that someone else trains: watched and controlled through their folders."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QListView, QSlider, QTableWidget
from pytestqt.qtbot import QtBot

from gui.bridge.engine_client import EngineClient
from gui.pages.train.curve_panel import CurvePanel
from gui.pages.train.run_watch import RunWatch, Stamp, scan
from gui.pages.train.sample_viewer import SampleViewer
from tests.gui.hands import drag_over
from tests.gui.pages.train_support import ForeignRun, Trainer, dead_process
from tests.patient_bot import WAIT_S


@pytest.fixture
def trainer(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trainer]:
    for name in ("ACTIVE_MS", "IDLE_MS"):
        monkeypatch.setattr(f"gui.pages.train.run_watch.{name}", 20)
    trainer = Trainer(qtbot, tmp_path)
    yield trainer
    trainer.close()
    assert not trainer.crashes


@pytest.fixture
def foreign(trainer: Trainer) -> ForeignRun:
    """A run in the root folder that has begun on another machine, and is looked at."""
    run = ForeignRun(trainer.root / "first")
    run.log(10, loss=2.0, learning_rate=0.1)
    run.log(20, loss=1.0, learning_rate=0.2)
    run.log(20, "validation", loss=1.5, accuracy=0.5)
    run.say("running", 20)
    run.draw(20, 40)
    trainer.until(lambda: trainer.step == 20)
    return run


def curve(trainer: Trainer, name: str) -> CurvePanel:
    trainer.until(lambda: trainer.page.findChild(CurvePanel, f"train.curve.{name}"))
    return trainer.find(CurvePanel, f"train.curve.{name}")


def drawn(trainer: Trainer, name: str, run: str, split: str = "train") -> tuple[list[float], ...]:
    panel = curve(trainer, name)
    trainer.until(lambda: (run, split) in panel.points())
    return panel.points()[run, split]


def test_without_runs_the_page_says_what_training_is_and_offers_a_first_run(
    trainer: Trainer,
) -> None:
    assert trainer.find(QAbstractButton, "train.first_run").isVisible()
    assert not trainer.find(QAbstractButton, "train.start").isEnabled()


def test_a_run_of_another_machine_appears_with_its_curves_and_samples(
    trainer: Trainer, foreign: ForeignRun
) -> None:
    assert trainer.runs() == ["first"]
    assert drawn(trainer, "loss", "first") == ([10.0, 20.0], [2.0, 1.0])
    assert drawn(trainer, "loss", "first", "validation") == ([20.0], [1.5])
    assert drawn(trainer, "accuracy", "first", "validation") == ([20.0], [0.5])
    facts = trainer.find(QLabel, "train.facts").text()
    for part in ("epoch 1 of 4", "step 20 of 100", "321 samples/s", "1:15 left", "cuda:0"):
        assert part in facts
    viewer = trainer.find(SampleViewer, "train.samples")
    trainer.until(lambda: not viewer.image.isNull())
    assert viewer.image.pixelColor(5, 5).red() == 40


def test_new_lines_of_a_watched_run_extend_its_curves(
    trainer: Trainer, foreign: ForeignRun
) -> None:
    drawn(trainer, "loss", "first")
    foreign.log(30, loss=0.5, learning_rate=0.1)
    foreign.say("running", 30)
    panel = curve(trainer, "loss")
    trainer.until(lambda: panel.points()["first", "train"] == ([10, 20, 30], [2.0, 1.0, 0.5]))


def test_a_run_that_was_rewound_is_drawn_as_its_file_now_says(
    trainer: Trainer, foreign: ForeignRun
) -> None:
    drawn(trainer, "loss", "first")
    foreign.rewind(1)
    foreign.log(15, loss=7.0)
    foreign.log(16, loss=6.0)
    foreign.log(17, loss=5.0)
    panel = curve(trainer, "loss")
    trainer.until(lambda: panel.points()["first", "train"] == ([10, 15, 16, 17], [2, 7, 6, 5]))


def test_newer_samples_are_followed_until_the_person_looks_back(
    trainer: Trainer, foreign: ForeignRun
) -> None:
    viewer = trainer.find(SampleViewer, "train.samples")
    foreign.draw(40, 80)
    trainer.until(lambda: viewer.index == 1)
    trainer.until(lambda: viewer.image.pixelColor(5, 5).red() == 80)
    trainer.find(QSlider, "train.samples.scrub").setValue(0)
    trainer.until(lambda: viewer.image.pixelColor(5, 5).red() == 40)
    foreign.draw(60, 120)
    trainer.until(lambda: trainer.find(QSlider, "train.samples.scrub").maximum() == 2)
    assert viewer.index == 0
    trainer.press("train.samples.last")
    trainer.until(lambda: viewer.image.pixelColor(5, 5).red() == 120)


def test_pause_step_resume_and_stop_are_written_for_the_run_to_find(
    trainer: Trainer, foreign: ForeignRun
) -> None:
    trainer.press("train.pause")
    trainer.until(lambda: foreign.command() == "pause")
    foreign.say("paused", 20)
    trainer.until(lambda: trainer.state == "paused")
    trainer.press("train.step")
    trainer.until(lambda: foreign.command() == "step")
    trainer.press("train.pause")
    trainer.until(lambda: foreign.command() == "resume")
    foreign.say("running", 21)
    trainer.until(lambda: trainer.state == "running")
    trainer.press("train.stop")
    trainer.until(lambda: foreign.command() == "stop")
    assert not trainer.find(QAbstractButton, "train.stop").isEnabled()
    foreign.say("stopped", 22)
    trainer.until(lambda: trainer.find(QAbstractButton, "train.resume").isEnabled())


def test_what_a_run_has_to_say_is_shown(trainer: Trainer, foreign: ForeignRun) -> None:
    foreign.say("failed", 30, message="step 30: the loss is nan")
    trainer.until(lambda: trainer.state == "failed")
    message = trainer.find(QLabel, "train.message")
    assert message.isVisible()
    assert message.text() == "step 30: the loss is nan"
    assert not trainer.find(QAbstractButton, "train.pause").isEnabled()


def test_a_run_whose_process_is_gone_is_interrupted_and_can_be_resumed(
    trainer: Trainer, foreign: ForeignRun
) -> None:
    foreign.say("running", 30, **dead_process())
    trainer.until(lambda: trainer.state == "interrupted")
    assert trainer.find(QAbstractButton, "train.resume").isEnabled()
    assert not trainer.find(QAbstractButton, "train.stop").isEnabled()


def test_ticked_runs_are_drawn_together_and_their_settings_compared(
    trainer: Trainer, foreign: ForeignRun
) -> None:
    other = ForeignRun(trainer.root / "second", learning_rate=0.5)
    other.log(10, loss=9.0)
    other.score("accuracy", 0.75)
    other.say("finished", 100)
    trainer.until(lambda: len(trainer.runs()) == 2)
    trainer.page.look_at(foreign.folder)
    view = trainer.find(QListView, "train.runs")
    row = trainer.runs().index("second")
    index = view.model().index(row, 0)
    assert "accuracy 0.75" in index.data()
    view.model().setData(index, Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    panel = curve(trainer, "loss")
    trainer.until(lambda: ("second", "train") in panel.points())
    assert ("first", "train") in panel.points()
    table = trainer.find(QTableWidget, "train.differences")
    texts = [[table.item(r, c).text() for c in range(3)] for r in range(table.rowCount())]
    assert texts == [["learning rate", "0.1", "0.5"]]
    assert "second" in trainer.find(QLabel, "train.legend").text()
    view.model().setData(index, Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    trainer.until(lambda: ("second", "train") not in panel.points())


def test_the_filter_leaves_runs_whose_words_match(trainer: Trainer, foreign: ForeignRun) -> None:
    ForeignRun(trainer.root / "second").say("finished", 100)
    trainer.until(lambda: len(trainer.runs()) == 2)
    box = trainer.find(QLineEdit, "train.filter")
    box.setText("FINISHED")
    trainer.until(lambda: trainer.runs() == ["second"])
    box.setText("fir")
    trainer.until(lambda: trainer.runs() == ["first"])
    box.clear()
    assert len(trainer.runs()) == 2


def test_a_run_folder_from_elsewhere_is_opened_and_another_folder_refused(
    trainer: Trainer, tmp_path: Path
) -> None:
    run = ForeignRun(tmp_path / "elsewhere" / "far")
    run.say("finished", 100)
    trainer.page.open_run(run.folder)
    trainer.until(lambda: trainer.state == "finished")
    trainer.page.open_run(tmp_path)
    trainer.until(lambda: trainer.problems)
    assert "no run folder" in trainer.problems[0]
    assert trainer.runs() == ["far"]


def test_smoothing_and_log_scale_change_what_is_drawn(
    trainer: Trainer, foreign: ForeignRun
) -> None:
    foreign.log(30, loss=4.0)
    panel = curve(trainer, "loss")
    trainer.until(lambda: panel.points().get(("first", "train")) == ([10, 20, 30], [2, 1, 4]))
    trainer.find(QSlider, "train.smoothing").setValue(50)
    # By hand: weights 1/4, 1/2, 1 of the past, newest last, over their sum.
    expected = [2.0, (0.5 * 2 + 1) / 1.5, (0.25 * 2 + 0.5 * 1 + 4) / 1.75]
    trainer.until(lambda: panel.points()["first", "train"][1] == pytest.approx(expected))
    assert panel.points()["first", "validation"][1] == [1.5]
    trainer.press("train.log_scale")
    assert panel.points()["first", "train"][1] == pytest.approx(expected)


def test_the_value_under_the_pointer_is_read_out(trainer: Trainer, foreign: ForeignRun) -> None:
    panel = curve(trainer, "loss")
    trainer.until(lambda: panel.readout == "train 1, validation 1.5")
    trainer.bot.mouseMove(panel, QPoint(panel.width() // 4, panel.height() // 2))
    trainer.until(lambda: panel.readout.startswith("step 10: train 2"))


def test_dragging_over_a_plot_looks_at_those_steps_and_a_double_click_at_all(
    trainer: Trainer, foreign: ForeignRun
) -> None:
    for step in range(30, 110, 10):
        foreign.log(step, loss=1.0)
    panel = curve(trainer, "loss")
    trainer.until(lambda: panel.step_range == (10.0, 100.0))
    start, end = (QPoint(panel.width() * part // 10, panel.height() // 2) for part in (3, 6))
    drag_over(panel, start, end)
    low, high = panel.step_range
    assert 10.0 < low < high < 100.0
    trainer.bot.mouseDClick(panel, Qt.MouseButton.LeftButton, pos=start)
    assert panel.step_range == (10.0, 100.0)


def test_nothing_is_watched_while_the_page_is_hidden(trainer: Trainer, foreign: ForeignRun) -> None:
    trainer.page.hide()
    started: list[object] = []
    trainer.client.task_started.connect(started.append)
    trainer.until(lambda: not trainer.page.watch._background.is_running)
    foreign.log(99, loss=0.1)
    assert not trainer.page.watch._timer.isActive()
    trainer.page.show()
    trainer.until(lambda: started)


@pytest.fixture
def watch(qtbot: QtBot, tmp_path: Path) -> Iterator[RunWatch]:
    """Looks at an empty folder when asked."""
    client = EngineClient()
    yield RunWatch(client, tmp_path)
    assert client.shut_down()


def test_a_detached_run_that_begins_while_folders_are_looked_at_keeps_its_process(
    qtbot: QtBot, tmp_path: Path, watch: RunWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "begins"
    has_looked, may_tell = threading.Event(), threading.Event()

    def held(root: Path, opened: Iterable[Path]) -> dict[Path, Stamp]:
        found = scan(root, opened)
        has_looked.set()
        may_tell.wait(WAIT_S)
        return found

    monkeypatch.setattr("gui.pages.train.run_watch.scan", held)
    watch.look()
    assert has_looked.wait(WAIT_S)  # its folder is not there yet
    watch.set_detached(folder, 2**30)
    ForeignRun(folder).say("running", 0)
    may_tell.set()
    for thread in threading.enumerate():
        if thread.name == "interface-background":
            thread.join(WAIT_S)
    watch.look()  # what was found before waits to be told
    qtbot.waitUntil(lambda: watch.run(folder) is not None)
    run = watch.run(folder)
    assert run is not None
    assert run.detached_process == 2**30
    watch.stop()
