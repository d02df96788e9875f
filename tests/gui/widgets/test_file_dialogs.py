"""Choosing files: where dialogs begin, and what is asked before something is replaced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from gui.settings import Settings
from gui.widgets.file_dialogs import (
    LAST_FOLDERS,
    file_to_open,
    file_to_save,
    folder_to_open,
    folder_to_save,
)


class Dialogs:
    """Answers every dialog, and remembers where it began and what was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: list[str] = []
        self.starts: list[str] = []
        self.asked: list[str] = []
        self.may_replace = True
        monkeypatch.setattr(QFileDialog, "getSaveFileName", self._file)
        monkeypatch.setattr(QFileDialog, "getOpenFileName", self._file)
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", self._folder)
        monkeypatch.setattr(QMessageBox, "question", self._question)

    def _file(self, _parent: QWidget, _title: str, start: str, _filters: str) -> tuple[str, str]:
        return self._folder(_parent, _title, start), ""

    def _folder(self, _parent: QWidget, _title: str, start: str) -> str:
        self.starts.append(start)
        return self.answers.pop(0)

    def _question(self, _parent: QWidget, _title: str, text: str, _buttons: object) -> object:
        self.asked.append(text)
        buttons = QMessageBox.StandardButton
        return buttons.Yes if self.may_replace else buttons.No


@pytest.fixture
def dialogs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Dialogs]:
    settings = Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    LAST_FOLDERS.keep_in(settings)
    yield Dialogs(monkeypatch)
    LAST_FOLDERS.keep_in(None)


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def test_saving_begins_where_was_saved_last_and_opening_where_was_opened(
    dialogs: Dialogs, parent: QWidget, tmp_path: Path
) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    dialogs.answers = [str(there / "a.png"), str(here / "b.json"), "", "", "", ""]
    file_to_save(parent, "Save", "x.png", "")
    file_to_open(parent, "Open", "")
    assert file_to_save(parent, "Save", "y.csv", "") is None
    assert file_to_open(parent, "Open", "") is None
    assert folder_to_open(parent, "Open") is None
    assert folder_to_save(parent, "Save") is None
    assert dialogs.starts == ["x.png", "", str(there / "y.csv"), str(here), str(here), str(there)]


def test_a_folder_that_has_gone_is_not_where_a_dialog_begins(
    dialogs: Dialogs, parent: QWidget, tmp_path: Path
) -> None:
    (tmp_path / "gone").mkdir()
    dialogs.answers = [str(tmp_path / "gone" / "a.png"), ""]
    file_to_save(parent, "Save", "x.png", "")
    (tmp_path / "gone").rmdir()
    file_to_save(parent, "Save", "x.png", "")
    assert dialogs.starts == ["x.png", "x.png"]


def test_a_name_that_gets_its_ending_here_is_asked_about_before_a_file_is_replaced(
    dialogs: Dialogs, parent: QWidget, tmp_path: Path
) -> None:
    (tmp_path / "kept.png").write_bytes(b"kept")
    dialogs.answers = [str(tmp_path / "kept"), str(tmp_path / "other")]
    dialogs.may_replace = False
    assert file_to_save(parent, "Save", "x.png", "") == tmp_path / "other.png"
    assert dialogs.asked == ["kept.png is there already. Replace it?"]
    dialogs.answers, dialogs.may_replace = [str(tmp_path / "kept.avi")], True
    assert file_to_save(parent, "Save", "x.png", "", is_fixed=True) == tmp_path / "kept.png"
    assert len(dialogs.asked) == 2
    dialogs.answers = [str(tmp_path / "kept.png")]
    assert file_to_save(parent, "Save", "x.png", "") == tmp_path / "kept.png"
    assert len(dialogs.asked) == 2  # the dialog itself has asked


def test_files_in_a_chosen_folder_are_asked_about_before_they_are_replaced(
    dialogs: Dialogs, parent: QWidget, tmp_path: Path
) -> None:
    full, free = tmp_path / "full", tmp_path / "free"
    full.mkdir()
    free.mkdir()
    (full / "a-classes.png").write_bytes(b"kept")
    dialogs.answers, dialogs.may_replace = [str(full), str(free)], False
    names = ("a-classes.png", "a-overlay.png")
    assert folder_to_save(parent, "Save", names) == free
    assert dialogs.asked == ["a-classes.png is there already. Replace it?"]
