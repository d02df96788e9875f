"""What a person does on the Live page."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QSpinBox, QTreeWidget
from pytestqt.qtbot import QtBot

from engine.api.live_analysis import CountingLine
from engine.api.live_session import LiveModel
from engine.core.registry import MODELS
from engine.models.detection.viola_jones import CascadeOptions
from gui.pages.live.analysis_panel import PRIVATE
from gui.pages.live.marks import tally, trail_marks
from gui.widgets.class_legend import ClassLegend
from tests.engine.inference.tiny_unet import save_tiny_unet
from tests.engine.live.parts import grey, mjpeg_server, write_film
from tests.gui.pages.live_support import BOX, Watcher, make_quick


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[LiveModel]:
    return make_quick(monkeypatch)


@pytest.fixture
def watcher(qtbot: QtBot, tmp_path: Path, asked: list[LiveModel]) -> Iterator[Watcher]:
    watcher = Watcher(qtbot, tmp_path)
    yield watcher
    watcher.close()
    assert watcher.crashes == []


def test_nothing_runs_before_start(watcher: Watcher) -> None:
    assert watcher.page.run is None
    assert watcher.page._middle.currentWidget() is watcher.page._empty
    for name in ("live.snapshot", "live.record", "live.draw_line"):
        assert not watcher.find(QPushButton, name).isEnabled()


def test_the_moving_scene_shows_frames_boxes_ids_and_numbers(watcher: Watcher) -> None:
    watcher.start_scene()
    watcher.until(lambda: watcher.answer.analysis.tracked.ids.tolist() == [1])
    (mark,) = watcher.marks("live.found")
    np.testing.assert_allclose(mark.boxes_xyxy, [BOX])
    assert mark.captions == ("face #1 0.90",)
    watcher.page._on_tick()
    assert "fps" in watcher.find(QLabel, "live.number_inference").text()
    watcher.until(lambda: watcher.page.run.statistics().displayed > 0)


def test_stop_ends_every_thread_of_the_run(watcher: Watcher) -> None:
    watcher.start_scene()
    assert any("live" in thread.name for thread in threading.enumerate())
    watcher.press("live.start")
    watcher.until(lambda: watcher.page._runner is None)
    watcher.until(lambda: not [t for t in threading.enumerate() if "live-" in t.name])
    assert watcher.page._middle.currentWidget() is watcher.page._empty


def test_closing_the_window_leaves_no_thread(qtbot: QtBot, tmp_path: Path, asked: object) -> None:
    before = set(threading.enumerate())
    watcher = Watcher(qtbot, tmp_path)
    watcher.start_scene()
    watcher.close()
    left = [thread for thread in threading.enumerate() if thread not in before]
    assert not [thread for thread in left if thread.is_alive() and "live" in thread.name]


def test_a_line_drawn_with_the_mouse_counts(watcher: Watcher) -> None:
    watcher.start_scene()
    watcher.press("live.draw_line")
    watcher.drag(watcher.at(0.25, 0.5), watcher.at(0.75, 0.5))
    (line,) = watcher.analysis.config().lines
    assert isinstance(line, CountingLine)
    np.testing.assert_allclose([line.start, line.end], [(0.25, 0.5), (0.75, 0.5)], atol=0.01)
    watcher.until(lambda: watcher.answer.analysis.config.lines == (line,))
    assert not watcher.find(QPushButton, "live.draw_line").isChecked()


def test_a_zone_clicked_around_an_object_counts_it(watcher: Watcher) -> None:
    watcher.start_scene()
    watcher.press("live.draw_zone")
    for corner in ((0.05, 0.05), (0.6, 0.05), (0.6, 0.9), (0.05, 0.9)):
        pos = watcher.at(*corner)
        watcher.bot.mouseClick(watcher.page._drawer, Qt.MouseButton.LeftButton, pos=pos)
    watcher.bot.keyClick(watcher.page._drawer, Qt.Key.Key_Return)
    tree = watcher.find(QTreeWidget, "live.zones")
    watcher.until(lambda: tree.topLevelItem(0).text(1) == "1")
    tree.topLevelItem(0).setSelected(True)
    watcher.press("live.remove_region")
    watcher.until(lambda: watcher.answer.analysis.zones == ())


def test_a_private_class_is_hidden_on_the_screen(watcher: Watcher) -> None:
    watcher.start_scene()
    classes = watcher.find(QTreeWidget, "live.classes")
    classes.topLevelItem(0).setCheckState(2, Qt.CheckState.Checked)
    watcher.until(lambda: watcher.answer.analysis.config.private_classes == ("face",))
    result = watcher.page._presenter.result
    x1, y1, x2, y2 = (int(value) for value in BOX)
    shown = watcher.canvas._stage.picture.pixels[y1:y2, x1:x2]
    assert (shown != result.frame.pixels[y1:y2, x1:x2]).any()
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) < 100


def test_a_frame_that_no_model_saw_is_not_shown_while_something_is_private(
    watcher: Watcher,
) -> None:
    classes = watcher.find(QTreeWidget, "live.classes")
    classes.topLevelItem(0).setCheckState(2, Qt.CheckState.Checked)
    watcher.start_scene()
    watcher.page.run.choose(None)
    watcher.until(lambda: watcher.page._presenter.result is None)
    assert watcher.canvas._stage.picture is None


def test_the_input_size_loads_the_model_again(watcher: Watcher, asked: list[LiveModel]) -> None:
    watcher.start_scene()
    box = watcher.page._inspector.input_size
    box.setCurrentIndex(box.findData(240))
    watcher.until(lambda: asked[-1].shorter_side_px == 240)
    assert asked[-1].model_key == "viola-jones-face"


def test_an_option_acts_at_once_and_does_not_load_the_model_again(
    watcher: Watcher, asked: list[LiveModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher.start_scene()
    told: list[object] = []
    monkeypatch.setattr(watcher.page.run, "set_options", told.append)
    loads = len(asked)
    watcher.find(QSpinBox, "live.option.min_size_px").setValue(40)
    suited = MODELS.card("viola-jones-face").options_on_frames
    assert told == [replace(suited, min_size_px=40)]
    assert len(asked) == loads


def test_what_a_model_runs_with_to_keep_up_is_shown_and_can_be_changed(
    watcher: Watcher, asked: list[LiveModel]
) -> None:
    words = watcher.find(QLabel, "live.runs_with")
    assert words.text() == (
        "To keep up with 30 frames a second: frames of 320 px, scale factor 1.2, equalise off."
    )
    watcher.start_scene()
    assert asked[-1].shorter_side_px == 320
    assert asked[-1].options == CascadeOptions(scale_factor=1.2, equalise=False)
    watcher.find(QAbstractButton, "live.option.equalise").click()
    assert words.text() == "As chosen: frames of 320 px, scale factor 1.2."
    watcher.find(QPushButton, "live.option.reset").click()
    assert words.text().endswith("equalise off.")


def test_an_input_size_that_was_chosen_stays_with_another_model_and_one_that_was_not_follows(
    watcher: Watcher,
) -> None:
    box = watcher.page._inspector.input_size
    watcher.page.choose_model("hog-people")
    assert box.currentData() is None
    watcher.page.choose_model("viola-jones-face")
    assert box.currentData() == 320
    box.setCurrentIndex(box.findData(240))
    watcher.page.choose_model("hog-people")
    assert box.currentData() == 240


def test_a_segmenter_has_a_legend_with_areas_and_classes_that_can_be_hidden(
    watcher: Watcher,
) -> None:
    classes = ("sky", "road", "car")
    weights = save_tiny_unet(watcher.folder / "tiny.safetensors", classes, (48, 64))
    watcher.page.choose_model("unet")
    watcher.page._inspector.model.set_weights_file(weights)
    watcher.start_scene()
    legend = watcher.find(ClassLegend, "live.legend")
    assert legend.isVisibleTo(watcher.page)
    assert not watcher.find(QPushButton, "live.draw_line").isVisibleTo(watcher.page)
    watcher.until(lambda: legend.classes == classes)
    shares = [float(legend.model().index(row, 1).data().split()[0]) for row in range(3)]
    assert sum(shares) == pytest.approx(100.0, abs=0.2)
    legend.solo("road")
    watcher.until(lambda: watcher.marks("live.segmentation")[0].categories == ("", "road", ""))
    assert watcher.answer.analysis.config.shown_classes == ("road",)


def test_probabilities_under_the_pointer_are_those_of_the_frame(watcher: Watcher) -> None:
    classes = ("sky", "road", "car")
    weights = save_tiny_unet(watcher.folder / "tiny.safetensors", classes, (48, 64))
    watcher.page.choose_model("unet")
    watcher.page._inspector.model.set_weights_file(weights)
    watcher.start_scene()
    watcher.canvas.pointer_at.emit((5.0, 7.0))
    scores = watcher.analysis.legend.scores
    assert set(scores) == set(classes)
    assert sum(scores.values()) == pytest.approx(1.0, abs=1e-2)
    watcher.canvas.pointer_at.emit(None)
    assert watcher.analysis.legend.scores == {}


def test_beside_a_segmenter_faces_alone_can_be_hidden_and_nothing_is_counted(
    watcher: Watcher,
) -> None:
    panel = watcher.analysis
    panel.add_classes(["dog"])
    dog = panel._class_rows()[1]
    dog.setCheckState(PRIVATE, Qt.CheckState.Checked)
    assert panel.config().private_classes == ("dog",)
    panel.set_segmenting(True)
    assert dog.isHidden()
    # The detector goes on until the segmenter is loaded, and must hide what it hid.
    assert panel.config().private_classes == ("dog",)


def test_classes_of_another_segmenter_are_shown_though_one_of_the_first_was_hidden(
    watcher: Watcher,
) -> None:
    panel, told = watcher.analysis, []
    panel.set_segmenting(True)
    panel.show_areas(("sky", "road"), {})
    panel.legend.solo("road")
    assert panel.config().shown_classes == ("road",)
    panel.changed.connect(lambda: told.append(panel.config().shown_classes))
    panel.show_areas(("disc", "square"), {})
    assert told[-1] == ("disc", "square")


def test_a_lost_source_shows_a_banner_that_goes_when_it_is_back(watcher: Watcher) -> None:
    goes_on = threading.Event()

    def script(connection: int) -> Iterator[np.ndarray]:
        for level in range(0, 40, 10):
            yield grey(level, (64, 48))
        while connection and not goes_on.is_set():
            yield grey(90, (64, 48))

    with mjpeg_server(script) as address:
        watcher.open_address(address)
        watcher.until(lambda: watcher.page._banner.text)
        assert watcher.find(QPushButton, "live.retry").isVisible()
        watcher.press("live.retry")
        watcher.until(lambda: not watcher.page._banner.text)
        watcher.press("live.start")
        watcher.until(lambda: watcher.page._runner is None)
        goes_on.set()


def test_a_film_that_is_not_there_is_told(watcher: Watcher) -> None:
    watcher.page._chooser.choose_film(watcher.folder / "absent.mp4")
    watcher.press("live.start")
    watcher.until(lambda: "absent.mp4" in watcher.page._banner.text)
    watcher.until(lambda: watcher.page._runner is None)


def test_a_film_can_be_paused_and_sought(watcher: Watcher) -> None:
    film = write_film(watcher.folder / "film.mp4", 30)
    watcher.page._chooser.choose_film(film)
    watcher.press("live.start")
    watcher.until(lambda: watcher.page._presenter.result is not None)
    watcher.press("live.play")
    watcher.until(lambda: not watcher.page._playback._is_playing)
    watcher.page._playback._seek.setValue(2000)
    watcher.until(lambda: abs(watcher.page._presenter.result.frame.time_s - 2.0) < 0.06)
    watcher.press("live.next")
    watcher.until(lambda: abs(watcher.page._presenter.result.frame.time_s - 2.1) < 0.06)


def test_a_recording_is_a_film_with_a_log_and_a_red_sign(watcher: Watcher) -> None:
    watcher.start_scene()
    film = watcher.folder / "scene.mp4"
    watcher.page._keeper.record(watcher.page._runner, film)
    assert watcher.page._signs.recording.isVisible()
    first = watcher.page._presenter.result.frame.number
    watcher.until(lambda: watcher.page._presenter.result.frame.number > first + 5)
    watcher.press("live.record")
    watcher.until(lambda: not watcher.page._keeper.is_recording)
    assert not watcher.page._signs.recording.isVisible()
    assert watcher.problems == []
    with av.open(str(film)) as container:
        assert sum(1 for _ in container.decode(video=0)) > 0
    line = json.loads(film.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert line["width"] == 640


def test_stop_ends_the_recording_first(watcher: Watcher) -> None:
    watcher.start_scene()
    film = watcher.folder / "scene.mp4"
    watcher.page._keeper.record(watcher.page._runner, film)
    first = watcher.page._presenter.result.frame.number
    watcher.until(lambda: watcher.page._presenter.result.frame.number > first + 3)
    watcher.press("live.start")
    watcher.until(lambda: watcher.page._runner is None)
    assert film.exists()
    assert not watcher.page._keeper.is_recording


def test_a_snapshot_is_the_frame_with_what_was_found(watcher: Watcher) -> None:
    watcher.start_scene()
    target = watcher.folder / "frame.png"
    watcher.page._keeper.save_snapshot(watcher.page._presenter.result, target)
    watcher.until(lambda: target.exists() and watcher.messages)
    assert str(target) in watcher.messages[-1]


def test_an_address_that_is_none_is_told_at_once(watcher: Watcher) -> None:
    watcher.open_address("nonsense")
    assert "is no address of a stream" in watcher.page._banner.text
    assert watcher.page._runner is None


def test_counts_are_told_by_class_where_there_are_several() -> None:
    assert tally({}) == "0"
    assert tally({"face": 3}) == "3"
    assert tally({"person": 2, "face": 1}) == "1 face, 2 person"


def test_a_trail_of_one_place_is_no_line(watcher: Watcher) -> None:
    watcher.start_scene()
    assert trail_marks(watcher.answer.analysis) == [] or watcher.marks("live.trails")
