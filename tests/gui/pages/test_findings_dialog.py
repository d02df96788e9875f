"""The report before something is taken in or written."""

from PySide6.QtWidgets import QLabel, QPushButton, QTableView

from engine.api.annotations import Finding
from gui.pages.images.findings_dialog import FindingsDialog


def make(qtbot, findings):
    dialog = FindingsDialog("Import", "Two shapes.", findings, "Take in", "images")
    qtbot.addWidget(dialog)
    return dialog


def test_without_findings_only_the_summary_and_the_buttons_are_shown(qtbot):
    dialog = make(qtbot, ())
    dialog.open()
    assert not dialog.findChild(QTableView, "images.findings").isVisible()
    with qtbot.waitSignal(dialog.accepted):
        dialog.findChild(QPushButton, "images.findings_accept").click()


def test_the_first_finding_is_shown_in_full_at_once(qtbot):
    finding = Finding("box outside", "/far/away/street.png", "box 3 reaches 20 px outside", False)
    dialog = make(qtbot, (finding,))
    table = dialog.findChild(QTableView, "images.findings")
    assert table.model().index(0, 1).data() == "street.png"
    text = dialog.findChild(QLabel, "images.findings_detail").text()
    assert "/far/away/street.png" in text
    assert finding.text in text


def test_nothing_to_take_in_cannot_be_taken_in(qtbot):
    dialog = make(qtbot, ())
    dialog.set_acceptable(False)
    assert not dialog.findChild(QPushButton, "images.findings_accept").isEnabled()


def test_a_long_summary_without_findings_is_read_in_full(qtbot):
    dialog = FindingsDialog("Import", "a long word " * 40, (), "Take in", "images")
    qtbot.addWidget(dialog)
    dialog.show()
    summary = dialog.findChild(QLabel, "images.findings_summary")
    buttons = dialog.findChild(QPushButton, "images.findings_accept")
    assert summary.height() >= summary.heightForWidth(summary.width())
    assert dialog.rect().contains(buttons.mapTo(dialog, buttons.rect().bottomRight()))
