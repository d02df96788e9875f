"""The menu of a plot, and the files that it writes."""

from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QAction, QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from gui.widgets.plots.curves import Curve, CurvePlot
from gui.widgets.plots.export import PICTURE_SCALE
from gui.widgets.plots.exports_made import PLOT_EXPORTS
from gui.widgets.plots.menu import plot_menu

COLOUR = "#d01060"
CURVE = Curve(
    "rise", np.array([0.0, 1.0, 2.0]), np.array([0.1, 0.2, 1 / 3]), lambda: QColor(COLOUR)
)


@pytest.fixture
def plot(qtbot: QtBot) -> CurvePlot:
    made = CurvePlot()
    qtbot.addWidget(made)
    made.setObjectName("train.curve.loss")
    made.setAccessibleName("Loss over the steps")
    made.resize(400, 240)
    made.show()
    made.set_curves([CURVE], "step", "loss")
    qtbot.waitUntil(lambda: made.view_range()[0] == (0.0, 2.0))
    return made


def choose(plot: CurvePlot, name: str) -> None:
    action = plot_menu(plot).findChild(QAction, f"plot.menu.{name}")
    assert action is not None
    action.trigger()


def save_to(monkeypatch: pytest.MonkeyPatch, target: Path) -> list[str]:
    """Answer the save dialog; returns the names that it proposed."""
    proposed: list[str] = []

    def answer(_parent: object, _title: str, start: str, _filters: str) -> tuple[str, str]:
        proposed.append(start)
        return str(target), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return proposed


def test_the_menu_switches_the_scale_and_shows_all(plot: CurvePlot) -> None:
    choose(plot, "log")
    assert plot.is_log
    choose(plot, "zoom_in")
    assert plot.is_zoomed
    choose(plot, "reset")
    assert not plot.is_zoomed
    choose(plot, "log")
    assert not plot.is_log


def test_a_plot_is_saved_as_a_picture(
    plot: CurvePlot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed = save_to(monkeypatch, tmp_path / "plot")
    choose(plot, "png")
    assert proposed == ["train-curve-loss.png"]
    image = QImage(str(tmp_path / "plot.png"))
    assert image.size() == plot.viewport().size() * PICTURE_SCALE
    columns = {
        x
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y) == QColor(COLOUR)
    }
    assert len(columns) > image.width() / 2


def test_a_plot_is_saved_as_a_drawing_that_is_clipped_to_its_axes(
    plot: CurvePlot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_to(monkeypatch, tmp_path / "plot.svg")
    choose(plot, "svg")
    root = ElementTree.parse(tmp_path / "plot.svg").getroot()
    spaces = {"svg": "http://www.w3.org/2000/svg"}
    assert root.find("svg:title", spaces).text == "Loss over the steps"  # type: ignore[union-attr]
    strokes = [group for group in root.iter() if group.get("stroke") == COLOUR]
    assert strokes
    clipped = [group for group in root.iter() if group.get("clip-path")]
    assert any(stroke in list(group.iter()) for group in clipped for stroke in strokes)


def test_a_plot_is_saved_as_numbers_with_all_their_digits(
    plot: CurvePlot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    save_to(monkeypatch, tmp_path / "plot.csv")
    with qtbot.waitSignal(PLOT_EXPORTS.saved) as said:
        choose(plot, "csv")
    assert said.args == [f"Saved {tmp_path / 'plot.csv'}"]
    rows = list(csv.reader((tmp_path / "plot.csv").open(encoding="utf-8")))
    assert rows[0] == ["curve", "step", "loss"]
    assert [row[0] for row in rows[1:]] == 3 * ["rise"]
    assert [(float(x), float(y)) for _, x, y in rows[1:]] == list(
        zip(CURVE.x.tolist(), CURVE.y.tolist(), strict=True)
    )


def test_a_file_that_cannot_be_written_is_named_and_a_cancelled_dialog_writes_nothing(
    plot: CurvePlot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    target = tmp_path / "absent" / "plot.csv"
    save_to(monkeypatch, target)
    with qtbot.waitSignal(PLOT_EXPORTS.failed) as said:
        choose(plot, "csv")
    assert str(target) in said.args[0]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    choose(plot, "png")
    assert list(tmp_path.iterdir()) == []


def test_a_plot_is_copied_as_a_picture(plot: CurvePlot) -> None:
    choose(plot, "copy")
    assert QGuiApplication.clipboard().image().size() == plot.viewport().size() * PICTURE_SCALE
