"""From the empty Train page to a trained model, with the whole window."""

import json

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QListView, QSpinBox


@pytest.fixture
def at_train(open_window, tmp_path):
    """The window on the Train page, engine started, runs in a private folder."""
    person = open_window()
    person.window.workbench.settings.set_text("train/root", str(tmp_path / "runs"))
    person.window.pages.show_page("train")
    start = person.find(QAbstractButton, "train.start")
    person.until(start.isEnabled)
    return person


def test_a_first_run_is_filled_in_started_and_finished(at_train, tmp_path):
    at_train.press("train.first_run")
    at_train.find(QSpinBox, "train.setting.epochs").setValue(1)
    at_train.press("train.start")
    facts = at_train.find(QLabel, "train.facts")
    at_train.until(lambda: facts.text().startswith("finished"))
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "best.safetensors").is_file()
    runs = at_train.find(QListView, "train.runs").model()
    assert runs.index(0, 0).data().startswith(folder.name)


def test_closing_the_window_while_it_trains_leaves_a_run_that_can_be_resumed(at_train, tmp_path):
    at_train.press("train.first_run")
    at_train.find(QSpinBox, "train.setting.epochs").setValue(1000)
    at_train.press("train.start")
    page = at_train.window.pages.page("train")
    # The very first batch imports a good part of torch, which nothing can interrupt.
    at_train.until(lambda: page.current and page.current.status and page.current.status.step > 20)
    at_train.close()  # the guard of every test looks for leftover threads
    assert at_train.window.ended_in_time
    (folder,) = (tmp_path / "runs").iterdir()
    assert json.loads((folder / "status.json").read_text())["state"] == "stopped"
    assert (folder / "last.pt").is_file()
