"""A film that stands still on the Live page, and what is remembered of sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QLineEdit, QTreeWidget
from pytestqt.qtbot import QtBot

from engine.api.live import CameraSource, NetworkSource
from engine.api.live_session import LiveModel
from gui.pages.live.analysis_panel import PRIVATE
from tests.engine.live.parts import write_pictures
from tests.gui.pages.live_support import BOX, Watcher, make_quick

FACE = np.s_[int(BOX[1]) : int(BOX[3]), int(BOX[0]) : int(BOX[2])]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[LiveModel]:
    return make_quick(monkeypatch)


@pytest.fixture
def watcher(qtbot: QtBot, tmp_path: Path, asked: list[LiveModel]) -> Iterator[Watcher]:
    watcher = Watcher(qtbot, tmp_path)
    yield watcher
    watcher.close()
    assert watcher.crashes == []


@pytest.fixture
def standing(watcher: Watcher) -> Watcher:
    """A film of noise that stands still."""
    noise = np.random.default_rng(1).integers(0, 256, (300, 400, 3)).astype(np.uint8)
    film = write_pictures(watcher.folder / "film.mp4", [noise] * 30)
    watcher.page._chooser.choose_film(film)
    watcher.press("live.start")
    watcher.until(lambda: watcher.answer is not None)
    watcher.press("live.play")
    watcher.until(lambda: not watcher.page._playback._is_playing)
    return watcher


def colours(pixels: np.ndarray) -> int:
    return len(np.unique(pixels[FACE].reshape(-1, 3), axis=0))


def set_private(watcher: Watcher, is_private: bool = True) -> None:
    state = Qt.CheckState.Checked if is_private else Qt.CheckState.Unchecked
    watcher.find(QTreeWidget, "live.classes").topLevelItem(0).setCheckState(PRIVATE, state)


def test_what_becomes_private_is_hidden_on_the_screen_though_the_film_stands_still(
    standing: Watcher,
) -> None:
    assert colours(standing.canvas._stage.picture.pixels) > 1000
    set_private(standing)
    standing.until(lambda: colours(standing.canvas._stage.picture.pixels) < 100)
    set_private(standing, False)
    standing.until(lambda: colours(standing.canvas._stage.picture.pixels) > 1000)


def test_no_snapshot_is_taken_of_a_frame_on_which_the_private_is_not_yet_hidden(
    standing: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: pytest.fail("was asked"))
    set_private(standing)
    standing.press("live.snapshot")  # the frame on the screen was looked at before
    assert standing.problems == ["Wait until a model hides what is private, then save."]


def test_a_snapshot_of_a_film_that_stands_still_hides_what_is_private(
    standing: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = standing.folder / "frame.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    set_private(standing)
    standing.until(lambda: standing.answer.analysis.config.private_classes == ("face",))
    standing.press("live.snapshot")
    standing.until(lambda: standing.messages)
    hidden = standing.answer.pixels
    assert colours(hidden) < 100
    from PIL import Image

    saved = np.asarray(Image.open(target))
    inside = np.s_[200:240, 120:180]  # between the lines of the box
    np.testing.assert_array_equal(saved[inside], hidden[inside])


def test_a_frame_that_takes_long_to_look_at_is_hidden_until_it_was(
    standing: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.pages.live.page.SOON_MS", -1.0)
    monkeypatch.setattr(standing.page.run, "change", lambda config: None)  # no answer comes
    set_private(standing)
    assert standing.canvas._stage.picture is None


def test_a_zone_counts_on_a_film_that_stands_still(standing: Watcher) -> None:
    standing.analysis.regions.add("zone", ((0.0, 0.0), (0.9, 0.0), (0.9, 0.9), (0.0, 0.9)))
    standing.until(lambda: standing.answer.analysis.zones)
    assert dict(standing.answer.analysis.zones[0].inside) == {"face": 1}


def test_the_overlay_fades_and_the_runtime_is_named(standing: Watcher) -> None:
    assert standing.find(QLabel, "live.number_runtime").text() == "Quick"
    standing.page._inspector.show_runtime("")
    assert standing.find(QLabel, "live.number_runtime").text() == "OpenCV"
    standing.page._inspector.opacity.setValue(0.25)
    looks = standing.canvas._stage.layers._layers
    assert {looks[name].look.opacity for name in ("live.found", "live.counted")} == {0.25}


def test_film_folder_and_address_of_last_time_stand_there_again_without_the_password(
    qtbot: QtBot, tmp_path: Path
) -> None:
    first = Watcher(qtbot, tmp_path)
    memory, chooser = first.page._memory, first.page._chooser
    chooser.choose_kind("address")
    memory.remember(NetworkSource("rtsp://anna:hidden@door/1?token=t"))
    memory.remember(CameraSource(2, "Desk"))
    first.settings.set_text("live/film", "/films/a.mp4")
    first.close()
    again = Watcher(qtbot, tmp_path)
    assert again.page._chooser.kind == "address"
    assert again.find(QLineEdit, "live.address").text() == "rtsp://door/1"
    assert again.find(QLineEdit, "live.film").text() == "/films/a.mp4"
    assert again.find(QComboBox, "live.camera").currentData() == CameraSource(2, "Desk")
    assert "hidden" not in (tmp_path / "settings.ini").read_text(encoding="utf-8")
    again.close()


def test_a_camera_in_the_settings_that_is_none_is_passed_over(qtbot: QtBot, tmp_path: Path) -> None:
    for text in ("", "{}", "[1]", '{"index": -4}', '{"nothing": 1}', "nonsense"):
        watcher = Watcher(qtbot, tmp_path, settings={"live/camera": text})
        assert watcher.page._chooser.kind == "scene"
        watcher.close()
