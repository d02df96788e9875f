from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFrame,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.api.errors import PictureError
from gui.bridge.page_request import PageRequest
from gui.document.picture_document import PictureDocument
from gui.settings import Settings
from gui.widgets.crash_dialog import CrashDialog
from gui.widgets.device_menu import DeviceMenu
from gui.widgets.notice import Notice
from gui.widgets.shortcut_sheet import ShortcutSheet
from gui.widgets.tour import TourCard
from tests.gui.controls import controls
from tests.gui.window_support import (
    MODEL,
    Blocking,
    Broken,
    Make,
    act,
    all_actions,
    page,
    started,
)


def opened() -> threading.Event:
    gate = threading.Event()
    gate.set()
    return gate


def test_a_page_is_made_when_it_is_first_shown(make: Make, qtbot: QtBot) -> None:
    window = make()
    assert list(window.pages.pages) == ["images"]
    window.findChild(QToolButton, "rail.detect").click()
    assert list(window.pages.pages) == ["images", "detect"]
    assert window.pages.current_key == "detect"
    first = window.pages.currentWidget()
    window.findChild(QToolButton, "rail.images").click()
    window.findChild(QToolButton, "rail.detect").click()
    assert window.pages.currentWidget() is first


@pytest.mark.parametrize("modifier", ["Alt", "Ctrl"])
def test_pages_switch_by_keys(make: Make, modifier: str) -> None:
    window = make()
    keys = [key.toString() for key in act(window, "page_detect").shortcuts()]
    assert f"{modifier}+2" in keys
    act(window, "page_detect").trigger()
    assert window.findChild(QToolButton, "rail.detect").isChecked()
    assert act(window, "page_detect").isChecked()
    assert not act(window, "page_images").isChecked()


def test_a_page_asked_for_by_another_page_is_shown(make: Make) -> None:
    window = make()
    window.workbench.page_wanted.emit("detect")
    assert window.pages.current_key == "detect"
    window.workbench.page_wanted.emit("no-such-page")
    assert window.pages.current_key == "detect"


def test_the_page_menu_shows_the_actions_of_the_page_in_front(make: Make) -> None:
    window = make()
    menu = window.findChild(QMenu, "menu.page")
    assert [action.text() for action in menu.actions()] == ["Run images"]
    act(window, "page_detect").trigger()
    assert menu.title() == "De&tect"  # Alt+D opens Device
    assert [action.text() for action in menu.actions()] == ["Run detect"]
    menu.actions()[0].trigger()
    assert page(window, "detect").times_run == 1


def test_the_keys_of_the_page_in_front_work_wherever_the_focus_is(make: Make, qtbot: QtBot) -> None:
    window = make()
    with qtbot.waitActive(window):
        window.activateWindow()
    act(window, "page_detect").trigger()
    rail = window.findChild(QAbstractButton, "rail.images")
    rail.setFocus()
    qtbot.keyClick(rail, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert page(window, "detect").times_run == 1
    assert page(window, "images").times_run == 0


def test_a_page_has_its_actions_still_when_it_is_shown_again(make: Make) -> None:
    window = make()
    act(window, "page_detect").trigger()
    # Held by the page alone, not by any Python name.
    page(window, "detect").addAction(QAction("Second", page(window, "detect")))
    for key in ("page_images", "page_detect", "page_images", "page_detect"):
        act(window, key).trigger()
    menu = window.findChild(QMenu, "menu.page")
    assert [action.text() for action in menu.actions()] == ["Run detect", "Second"]


def test_the_engine_starts_after_the_first_paint_and_fills_the_workbench(
    make: Make, qtbot: QtBot
) -> None:
    window = make()
    assert window.workbench.models == ()
    assert not window.findChild(QToolButton, "task.device").isVisible()
    started(qtbot, window)
    assert window.workbench.models == (MODEL,)
    assert "Some GPU" in window.findChild(QToolButton, "task.device").text()


def test_the_device_chosen_in_the_menu_is_kept(make: Make, qtbot: QtBot, store: Path) -> None:
    window = started(qtbot, make())
    menu = window.findChild(DeviceMenu)
    next(a for a in menu.actions() if a.objectName() == "device.cpu").trigger()
    assert window.workbench.settings.device == "cpu"
    assert window.findChild(QToolButton, "task.device").text().startswith("CPU")
    window.close()
    assert Settings(QSettings(str(store), QSettings.Format.IniFormat)).device == "cpu"


def test_pictures_given_at_the_start_are_opened_on_the_images_page(
    make: Make, qtbot: QtBot, tmp_path: Path
) -> None:
    picture = tmp_path / "a.png"
    picture.touch()
    window = make(picture)
    qtbot.waitUntil(lambda: page(window, "images").opened == [(picture,)])
    assert window.pages.current_key == "images"


def test_opening_shows_the_images_page_and_remembers_the_file(make: Make, tmp_path: Path) -> None:
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    first.touch()
    second.touch()
    window = make()
    act(window, "page_detect").trigger()
    window.open((first,))
    window.open((second,))
    assert window.pages.current_key == "images"
    assert page(window, "images").opened == [(first,), (second,)]
    assert window.workbench.settings.recent == [second, first]
    act(window, "recent_2").trigger()
    assert page(window, "images").opened[-1] == (first,)
    assert window.workbench.settings.recent == [first, second]


def test_a_recent_file_that_is_gone_gives_one_line(make: Make, tmp_path: Path) -> None:
    window = make()
    window.open((tmp_path / "gone.png",))
    assert "gone.png" in window.findChild(Notice).text
    assert page(window, "images").opened == []


def test_dropped_files_and_folders_are_opened(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    window = started(qtbot, make())
    page(window, "images").opened.clear()
    picture = tmp_path / "ä picture.png"
    picture.touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(picture)), QUrl.fromLocalFile(str(tmp_path))])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(200, 200), copy, data, left, none)
    QApplication.sendEvent(window, enter)  # without it Qt knows no target for the drop
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(200, 200), copy, data, left, none))
    assert page(window, "images").opened == [(picture, tmp_path)]


def test_undo_and_redo_are_named_after_the_edit(make: Make) -> None:
    from engine.api.annotations import Shape

    window = make()
    document = PictureDocument(None, title="drawn")
    window.workbench.session.adopt(document)
    assert not act(window, "undo").isEnabled()
    document.add([Shape.box("cat", 0, 0, 5, 5)], "Draw box")
    assert "Draw box" in act(window, "undo").text()
    act(window, "undo").trigger()
    assert document.shapes == ()
    assert "Draw box" in act(window, "redo").text()
    act(window, "redo").trigger()
    assert len(document.shapes) == 1
    keys = [key.toString() for key in act(window, "redo").shortcuts()]
    assert keys == ["Ctrl+Shift+Z", "Ctrl+Y"]


def test_a_failure_is_one_line_above_the_page(make: Make, qtbot: QtBot) -> None:
    window = started(qtbot, make())
    window.workbench.client.start(Broken(PictureError("cat.jpg: the file is empty")))
    qtbot.waitUntil(lambda: "cat.jpg: the file is empty" in window.findChild(Notice).text)
    assert QApplication.activeModalWidget() is None


@pytest.mark.parametrize("is_told_by_a_page", [True, False])
def test_a_failure_is_gone_once_the_same_goes_well(
    make: Make, qtbot: QtBot, is_told_by_a_page: bool
) -> None:
    window = started(qtbot, make())
    client, notice = window.workbench.client, window.findChild(Notice)
    asking = PageRequest(client, window)
    ask = asking.start if is_told_by_a_page else client.start
    ask(Broken(PictureError("cat.jpg: the file is empty")))
    qtbot.waitUntil(lambda: "cat.jpg" in notice.text)
    window.workbench.refresh_models()
    with qtbot.waitSignal(window.workbench.models_changed):
        pass
    assert "cat.jpg" in notice.text  # something else went well
    ask(Broken(None))
    qtbot.waitUntil(lambda: notice.text == "")


def test_a_newer_line_outlives_what_goes_well_again(make: Make, qtbot: QtBot) -> None:
    window = started(qtbot, make())
    client, notice = window.workbench.client, window.findChild(Notice)
    client.start(Broken(PictureError("cat.jpg: the file is empty")))
    qtbot.waitUntil(lambda: "cat.jpg" in notice.text)
    window.workbench.problem.emit("Something else is wrong.")
    client.start(Broken(None))
    heard: list[str] = []
    client.start(Blocking(opened())).succeeded.connect(heard.append)  # the lane is one
    qtbot.waitUntil(lambda: bool(heard))
    assert notice.text == "Something else is wrong."


def test_a_bug_shows_its_traceback_and_the_window_goes_on(make: Make, qtbot: QtBot) -> None:
    from gui.window.crash_reporter import CrashReporter

    window = started(qtbot, make())
    reporter = CrashReporter(window)
    reporter.crashed.connect(window.show_crash)
    window.workbench.client.crashed.connect(reporter.report)
    window.workbench.client.start(Broken(KeyError("the bug")))
    qtbot.waitUntil(lambda: window.findChild(CrashDialog) is not None)
    dialog = window.findChild(CrashDialog)
    assert dialog.isVisible()
    assert "the bug" in dialog.findChild(QPlainTextEdit, "crash.text").toPlainText()
    assert "Some GPU" in dialog.report
    assert window.isVisible()
    act(window, "page_detect").trigger()
    assert window.pages.current_key == "detect"
    dialog.findChild(QPushButton, "crash.close").click()


def test_the_tour_is_shown_once(make: Make, qtbot: QtBot) -> None:
    window = started(qtbot, make(seen_tour=False))
    assert window.findChild(TourCard).isVisible()
    assert window.workbench.settings.has_seen_tour
    window.close()
    again = started(qtbot, make())
    assert again.findChild(TourCard) is None
    act(again, "tour").trigger()
    assert again.findChild(TourCard).isVisible()


def test_whoever_has_gone_to_a_page_is_not_led_away_by_the_tour(make: Make, qtbot: QtBot) -> None:
    window = make(seen_tour=False)
    window.pages.show_page("detect")  # before the first paint has been told of
    with qtbot.waitSignal(window.painted):
        window.show()
    qtbot.waitUntil(lambda: bool(window.workbench.models))
    assert window.pages.current_key == "detect"
    assert window.findChild(TourCard) is None
    assert not window.workbench.settings.has_seen_tour  # it comes with another start


def test_enter_leads_through_every_page_and_the_card_covers_no_place_that_it_frames(
    make: Make, qtbot: QtBot
) -> None:
    window = started(qtbot, make(seen_tour=False))
    tour = window.findChild(TourCard)
    frame = next(f for f in window.findChildren(QFrame) if f.property("class") == "pointed")
    shown = []
    for _ in range(10):
        if not tour.isVisible():
            break
        shown.append(window.pages.current_key)
        assert not frame.geometry().intersects(tour.geometry())
        assert window.centralWidget().rect().contains(tour.geometry())
        next_stop = window.findChild(QPushButton, "tour.next")
        qtbot.waitUntil(next_stop.hasFocus)
        qtbot.keyClick(next_stop, Qt.Key.Key_Return)
    assert shown == ["images", "detect", "images"]  # the last one is about the task bar
    assert not frame.isVisible()


def test_a_page_that_is_gone_to_by_keys_takes_the_focus(make: Make, qtbot: QtBot) -> None:
    window = started(qtbot, make())
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    run = window.findChild(QPushButton, "detect.run")
    qtbot.waitUntil(run.hasFocus)
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(window.findChild(QPushButton, "images.run").hasFocus)


def test_the_sheet_lists_the_keys_of_pages_that_were_never_shown(make: Make, qtbot: QtBot) -> None:
    window = started(qtbot, make())
    act(window, "shortcuts").trigger()
    sheet = window.findChild(ShortcutSheet)
    qtbot.waitUntil(lambda: ("Run detect", "Ctrl+Return") in sheet.shown_rows())
    assert ("Run images", "Ctrl+Return") in sheet.shown_rows()


def test_the_sheet_lists_keys_of_menus_page_and_canvas(make: Make) -> None:
    window = make()
    act(window, "shortcuts").trigger()
    sheet = window.findChild(ShortcutSheet)
    assert sheet.isVisible()
    rows = dict(sheet.shown_rows())
    assert rows["Open pictures"] == "Ctrl+O"
    assert rows["Run images"] == "Ctrl+Return"
    assert rows["Redo"] == "Ctrl+Shift+Z or Ctrl+Y"
    assert any("wheel" in keys for keys in rows.values())


def test_no_key_means_two_things(make: Make) -> None:
    window = make()
    for key in window.pages.specs:
        window.pages.show_page(key)
        seen: dict[str, str] = {}
        for action in all_actions(window):
            for sequence in action.shortcuts():
                keys = sequence.toString()
                assert seen.setdefault(keys, action.text()) == action.text(), keys


@pytest.mark.parametrize("name", ["settings", "about", "shortcuts", "open_pictures", "open_folder"])
def test_dialogs_open_without_blocking_the_window(make: Make, qtbot: QtBot, name: str) -> None:
    window = started(qtbot, make())
    act(window, name).trigger()
    opened = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w is not window]
    assert len([w for w in opened if w.parent() is not None]) == 1
    act(window, "page_detect").trigger()
    assert window.pages.current_key == "detect"
    for widget in opened:
        widget.close()


def test_the_theme_is_chosen_in_the_view_menu(make: Make) -> None:
    window = make()
    act(window, "theme_dark").trigger()
    assert window.workbench.settings.theme == "dark"
    assert act(window, "theme_dark").isChecked()
    window.workbench.settings.theme = "light"
    assert act(window, "theme_light").isChecked()


def test_the_bug_report_goes_to_the_clipboard(make: Make, qtbot: QtBot) -> None:
    window = started(qtbot, make())
    act(window, "report").trigger()
    text = QApplication.clipboard().text()
    assert "Some GPU" in text
    assert str(Path.home()) not in text


def test_every_control_has_a_name_for_tests_and_one_for_screen_readers(
    make: Make, qtbot: QtBot
) -> None:
    window = started(qtbot, make(seen_tour=False))
    for name in ("settings", "about", "shortcuts"):
        act(window, name).trigger()
    window.workbench.problem.emit("something")
    window.show_crash("Traceback")
    nameless = [
        f"{type(widget).__name__} {widget.objectName()!r} in {type(widget.parent()).__name__}"
        for widget in controls(window)
        if not (widget.objectName() and widget.accessibleName())
    ]
    assert nameless == []
    for dialog in window.findChildren(QWidget):
        if dialog.isWindow():
            dialog.close()
