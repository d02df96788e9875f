from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QSettings
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.api.devices import DeviceCard
from gui.settings import Settings
from gui.widgets.about import AboutDialog, LibraryCredit
from gui.widgets.crash_dialog import CrashDialog
from gui.widgets.device_menu import DeviceMenu
from gui.widgets.empty_state import EmptyState
from gui.widgets.notice import Notice
from gui.widgets.settings_dialog import SettingsDialog
from gui.widgets.shortcut_sheet import ShortcutSection, ShortcutSheet
from gui.widgets.tour import TourCard, TourStep

GPU = DeviceCard("cuda:0", "NVIDIA H200", 150_000_000_000, 0)
CPU = DeviceCard("cpu", "CPU (2 threads)", 8_000_000_000, 400_000_000)


@pytest.fixture
def settings(tmp_path: Path, qapp: object) -> Settings:
    return Settings(QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat))


def test_a_notice_stays_until_it_is_dismissed(qtbot: QtBot) -> None:
    notice = Notice()
    qtbot.addWidget(notice)
    assert notice.isHidden()
    notice.show_text("first.png: empty file")
    notice.show_text("second.png: empty file")
    assert notice.text == "second.png: empty file"
    notice.findChild(QToolButton, "notice.close").click()
    assert notice.isHidden()
    assert notice.text == ""


def test_a_notice_shows_markup_as_it_is(qtbot: QtBot) -> None:
    notice = Notice()
    qtbot.addWidget(notice)
    notice.show_text("<b>name</b>.png is missing")
    assert notice.text == "<b>name</b>.png is missing"
    notice.dismiss()


def test_the_crash_dialog_copies_the_report_and_lets_the_work_go_on(qtbot: QtBot) -> None:
    dialog = CrashDialog()
    qtbot.addWidget(dialog)
    dialog.show_trouble("Traceback: KeyError", "report one")
    assert not dialog.isModal()
    assert "KeyError" in dialog.findChild(QPlainTextEdit, "crash.text").toPlainText()
    dialog.findChild(QPushButton, "crash.copy").click()
    assert QGuiApplication.clipboard().text() == "report one"
    dialog.findChild(QPushButton, "crash.close").click()
    assert dialog.isHidden()


def test_the_same_bug_in_every_frame_is_listed_once(qtbot: QtBot) -> None:
    dialog = CrashDialog()
    qtbot.addWidget(dialog)
    for _ in range(50):
        dialog.show_trouble("Traceback: in paintEvent", "report")
    dialog.show_trouble("Traceback: another", "report")
    text = dialog.findChild(QPlainTextEdit, "crash.text").toPlainText()
    assert text.count("in paintEvent") == 1
    assert text.count("another") == 1
    dialog.close()


def test_before_the_engine_starts_only_automatic_can_be_chosen(qtbot: QtBot) -> None:
    menu = DeviceMenu()
    qtbot.addWidget(menu)
    choices = [action.objectName() for action in menu.actions() if action.isCheckable()]
    assert choices == ["device.auto"]
    assert menu.device_in_use is None


def test_automatic_means_the_best_device(qtbot: QtBot) -> None:
    menu = DeviceMenu()
    qtbot.addWidget(menu)
    menu.set_devices((GPU, CPU))
    assert menu.device_in_use == GPU
    menu.set_current("cpu")
    assert menu.device_in_use == CPU
    checked = [action.objectName() for action in menu.actions() if action.isChecked()]
    assert checked == ["device.cpu"]


def test_a_remembered_device_that_is_gone_counts_as_automatic(qtbot: QtBot) -> None:
    menu = DeviceMenu()
    qtbot.addWidget(menu)
    menu.set_current("cuda:3")
    menu.set_devices((CPU,))
    assert menu.device_in_use == CPU
    assert [a.objectName() for a in menu.actions() if a.isChecked()] == ["device.auto"]


def test_choosing_a_device_is_announced_with_its_key(qtbot: QtBot) -> None:
    menu = DeviceMenu()
    qtbot.addWidget(menu)
    menu.set_devices((GPU, CPU))
    with qtbot.waitSignal(menu.device_chosen) as signal:
        next(a for a in menu.actions() if a.objectName() == "device.cpu").trigger()
    assert signal.args == ["cpu"]


def test_settings_act_at_once(qtbot: QtBot, settings: Settings) -> None:
    dialog = SettingsDialog(settings)
    qtbot.addWidget(dialog)
    theme = dialog.findChild(QComboBox, "settings.theme")
    theme.setCurrentIndex(theme.findData("dark"))
    dialog.findChild(QSpinBox, "settings.pixel_limit").setValue(50)
    dialog.findChild(QSpinBox, "settings.autosave").setValue(5)
    dialog.findChild(QCheckBox, "settings.wheel_zooms").click()
    assert settings.theme == "dark"
    assert settings.pixel_limit == 50_000_000
    assert settings.autosave_interval_s == 5
    assert not settings.wheel_zooms


def test_the_settings_dialog_follows_what_other_places_change(
    qtbot: QtBot, settings: Settings
) -> None:
    dialog = SettingsDialog(settings)
    qtbot.addWidget(dialog)
    settings.theme = "light"
    assert dialog.findChild(QComboBox, "settings.theme").currentData() == "light"
    forget = dialog.findChild(QPushButton, "settings.forget_recent")
    assert not forget.isEnabled()
    settings.remember(Path("/tmp/a.png"))
    assert forget.isEnabled()
    forget.click()
    assert settings.recent == []


def test_the_shortcut_sheet_finds_by_meaning_and_by_key(qtbot: QtBot) -> None:
    sheet = ShortcutSheet()
    qtbot.addWidget(sheet)
    sheet.set_sections(
        [
            ShortcutSection("Edit", (("Undo", "Ctrl+Z"), ("Redo", "Ctrl+Y"))),
            ShortcutSection("Canvas", (("Polygon", "P"),)),
        ]
    )
    search = sheet.findChild(QLineEdit, "shortcuts.search")
    assert len(sheet.shown_rows()) == 3
    search.setText("undo")
    assert sheet.shown_rows() == [("Undo", "Ctrl+Z")]
    search.setText("ctrl+y")
    assert sheet.shown_rows() == [("Redo", "Ctrl+Y")]
    search.setText("canvas")
    assert sheet.shown_rows() == [("Polygon", "P")]
    search.clear()
    assert len(sheet.shown_rows()) == 3


def test_the_tour_goes_forth_and_back_and_ends(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    place = QWidget(window)
    place.setGeometry(700, 500, 80, 80)  # in a corner: the card must stay inside
    window.show()
    card = TourCard(window)
    card.begin([TourStep("One", "text", place), TourStep("Two", "text", None)])
    following = card.findChild(QPushButton, "tour.next")
    assert window.rect().contains(card.geometry())
    following.click()
    card.findChild(QPushButton, "tour.back").click()
    following.click()
    assert card.isVisible()
    with qtbot.waitSignal(card.ended):
        following.click()
    assert card.isHidden()
    window.hide()


def test_the_tour_can_be_skipped_at_its_first_stop(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    card = TourCard(window)
    card.begin([TourStep("One", "text", None), TourStep("Two", "text", None)])
    with qtbot.waitSignal(card.ended):
        card.findChild(QPushButton, "tour.skip").click()


def test_an_empty_state_offers_the_next_step(qtbot: QtBot) -> None:
    state = EmptyState("image-outline", "No picture", "Open one.", "Open…")
    qtbot.addWidget(state)
    state.set_button_name("images.open")
    with qtbot.waitSignal(state.clicked):
        state.findChild(QPushButton, "images.open").click()
    state.set_texts("Still nothing", "Wait.")
    assert state.findChild(QPushButton, "images.open").isHidden()


def test_an_empty_state_never_shows_its_button_as_a_window_of_its_own(qtbot: QtBot) -> None:
    shown: list[QWidget] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget):
                shown.append(watched)
            return False

    watch = Watch()
    QApplication.instance().installEventFilter(watch)
    try:
        qtbot.addWidget(EmptyState("image-outline", "No picture", "Open one.", "Open…"))
    finally:
        QApplication.instance().removeEventFilter(watch)
    assert not shown


def test_about_lists_each_library_with_its_licence(qtbot: QtBot) -> None:
    from PySide6.QtGui import QIcon

    dialog = AboutDialog(QIcon(), [LibraryCredit("numpy", "2.0", "BSD-3-Clause", "arrays")])
    qtbot.addWidget(dialog)
    from PySide6.QtWidgets import QTableWidget

    table = dialog.findChild(QTableWidget, "about.libraries")
    assert [table.item(0, column).text() for column in range(4)] == [
        "numpy",
        "2.0",
        "BSD-3-Clause",
        "arrays",
    ]
