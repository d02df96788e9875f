"""Lines, zones and the timeline of the Live page, by mouse and by keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtWidgets import QFileDialog, QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot

from engine.api.live import MovingSceneSource, NetworkSource, VideoFileSource
from engine.api.live_analysis import CountingLine, Zone
from gui.pages.live.playback_bar import PlaybackBar, Timeline
from gui.pages.live.region_memory import MOST_SOURCES, RegionMemory
from gui.pages.live.region_panel import RegionPanel
from gui.settings import Settings
from tests.gui.pages.live_support import Watcher, make_quick

LINE = CountingLine("Gate", (0.1, 0.5), (0.9, 0.5))
ZONE = Zone("Yard", ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5)))


@pytest.fixture
def watcher(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watcher]:
    make_quick(monkeypatch)
    watcher = Watcher(qtbot, tmp_path)
    yield watcher
    watcher.close()
    assert watcher.crashes == []


@pytest.fixture
def panel(qtbot: QtBot) -> RegionPanel:
    panel = RegionPanel()
    qtbot.addWidget(panel)
    panel.set_regions((LINE,), (ZONE,))
    return panel


@pytest.fixture
def memory(tmp_path: Path) -> RegionMemory:
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    return RegionMemory(Settings(store))


def test_a_zone_is_drawn_by_keys_alone(watcher: Watcher) -> None:
    watcher.start_scene()
    watcher.press("live.draw_zone")
    drawer = watcher.page._drawer
    key, shift = watcher.bot.keyClick, Qt.KeyboardModifier.ShiftModifier
    key(drawer, Qt.Key.Key_Space)  # the middle
    key(drawer, Qt.Key.Key_Right, shift)
    key(drawer, Qt.Key.Key_Space)
    key(drawer, Qt.Key.Key_Down, shift)
    key(drawer, Qt.Key.Key_Left)
    key(drawer, Qt.Key.Key_Space)
    key(drawer, Qt.Key.Key_Return)
    (zone,) = watcher.analysis.config().zones
    assert zone.points == (
        (0.5, 0.5),
        pytest.approx((0.6, 0.5)),
        pytest.approx((0.59, 0.6)),
    )


def test_a_line_drawn_by_keys_ends_with_its_second_corner(watcher: Watcher) -> None:
    watcher.start_scene()
    watcher.press("live.draw_line")
    drawer = watcher.page._drawer
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Space, Qt.Key.Key_Up, Qt.Key.Key_Space):
        watcher.bot.keyClick(drawer, key)
    (line,) = watcher.analysis.config().lines
    assert (line.start, line.end) == ((0.5, 0.5), pytest.approx((0.5, 0.49)))


def test_what_is_drawn_is_there_again_when_its_source_is_and_not_with_another(
    watcher: Watcher,
) -> None:
    watcher.start_scene()
    watcher.analysis.regions.add("line", (LINE.start, LINE.end))
    watcher.press("live.start")
    watcher.until(lambda: not watcher.page.is_running)
    watcher.page._regions.set_source(NetworkSource("http://door/1"))
    assert watcher.analysis.config().lines == ()
    watcher.page._regions.set_source(MovingSceneSource())
    (line,) = watcher.analysis.config().lines
    assert (line.name, line.start, line.end) == ("Line 1", LINE.start, LINE.end)


def test_counts_are_written_where_a_person_says(
    watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = watcher.folder / "counts.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    watcher.start_scene()
    watcher.analysis.regions.add("zone", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
    watcher.until(lambda: watcher.answer.analysis.zones)
    watcher.press("live.save_counts")
    watcher.until(lambda: watcher.messages)
    assert target.read_text(encoding="utf-8").splitlines()[1].startswith("zone,Zone 1,face,,,1,")


def test_in_and_out_of_lines_stand_apart_from_inside_of_zones(panel: RegionPanel) -> None:
    heads = {
        name: [panel.findChild(QTreeWidget, name).headerItem().text(n) for n in range(3)]
        for name in ("live.lines", "live.zones")
    }
    assert heads == {
        "live.lines": ["Line", "In", "Out"],
        "live.zones": ["Zone", "Inside", "So far"],
    }


def test_a_line_is_renamed_in_the_list_and_keeps_its_place(panel: RegionPanel) -> None:
    told: list[None] = []
    panel.changed.connect(lambda: told.append(None))
    row = panel.findChild(QTreeWidget, "live.lines").topLevelItem(0)
    row.setText(0, "Front door")
    assert panel.lines == (CountingLine("Front door", LINE.start, LINE.end),)
    assert len(told) == 1


@pytest.mark.parametrize("name", ["", "   ", "Yard"])
def test_a_name_that_is_none_or_taken_is_not_given(panel: RegionPanel, name: str) -> None:
    row = panel.findChild(QTreeWidget, "live.lines").topLevelItem(0)
    row.setText(0, name)
    assert panel.lines == (LINE,)
    assert row.text(0) == "Gate"


def test_del_removes_the_chosen_zone_alone(panel: RegionPanel, qtbot: QtBot) -> None:
    with qtbot.waitExposed(panel):
        panel.show()
    tree = panel.findChild(QTreeWidget, "live.zones")
    tree.topLevelItem(0).setSelected(True)
    tree.setFocus()
    qtbot.keyClick(tree, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: panel.zones == ())
    assert panel.lines == (LINE,)
    assert not panel.findChild(QPushButton, "live.remove_region").isEnabled()


def test_regions_are_kept_by_source_without_its_password(memory: RegionMemory) -> None:
    with_login = NetworkSource("http://anna:hidden@door/1?token=x")
    memory.keep(with_login, ((LINE,), (ZONE,)))
    assert memory.regions_of(NetworkSource("http://door/1")) == ((LINE,), (ZONE,))
    assert memory.regions_of(VideoFileSource(Path("a.mp4"))) == ((), ())
    assert "hidden" not in memory._settings.text("live/regions")
    memory.keep(with_login, ((), ()))
    assert memory.regions_of(with_login) == ((), ())


def test_only_the_sources_of_late_are_kept(memory: RegionMemory) -> None:
    for number in range(MOST_SOURCES + 3):
        memory.keep(VideoFileSource(Path(f"{number}.mp4")), ((LINE,), ()))
    assert memory.regions_of(VideoFileSource(Path("2.mp4"))) == ((), ())
    assert memory.regions_of(VideoFileSource(Path("3.mp4"))) == ((LINE,), ())


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[]",
        '{"Moving scene": 3}',
        '{"Moving scene": {"lines": [["a", [9, 9], [0, 0]]]}}',
    ],
)
def test_settings_that_make_no_sense_are_no_regions(memory: RegionMemory, text: str) -> None:
    memory._settings.set_text("live/regions", text)
    assert memory.regions_of(MovingSceneSource()) == ((), ())


class Sought:
    """A film that notes where it is sent."""

    def __init__(self) -> None:
        self.places: list[float] = []

    def seek(self, time_s: float) -> None:
        self.places.append(time_s)

    def set_speed(self, speed: float) -> None:
        """Any."""

    def set_looped(self, is_looped: bool) -> None:
        """Either."""


def test_the_timeline_goes_where_it_is_clicked_and_by_keys(qtbot: QtBot) -> None:
    bar, film = PlaybackBar(), Sought()
    qtbot.addWidget(bar)
    bar.resize(900, 40)
    with qtbot.waitExposed(bar):
        bar.show()
    bar.set_playback(film)
    bar.set_duration(100.0)
    line = bar.findChild(Timeline, "live.seek")
    middle = QPoint(line.width() * 3 // 4, line.height() // 2)
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=middle)
    assert film.places[-1] == pytest.approx(75.0, abs=2.0)
    clicked = film.places[-1]
    for key, step in (
        (Qt.Key.Key_Right, 1.0),
        (Qt.Key.Key_Left, -1.0),
        (Qt.Key.Key_PageUp, 10.0),
        (Qt.Key.Key_PageDown, -10.0),
    ):
        before = film.places[-1]
        qtbot.keyClick(line, key)
        assert film.places[-1] - before == pytest.approx(step)
    assert film.places[-1] == pytest.approx(clicked)
    qtbot.keyClick(line, Qt.Key.Key_Home)
    assert film.places[-1] == 0.0
