"""Names that look like markup are shown letter for letter, wherever they stand."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import shiboken6
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QColor, QTextDocument
from PySide6.QtWidgets import QApplication, QGraphicsTextItem, QLabel, QMenu, QToolTip
from pytestqt.qtbot import QtBot

import engine.service
from engine.api.annotations import Finding
from engine.api.devices import DeviceCard, ListDevices
from engine.api.models import ListModels
from engine.api.traces import ListTraces
from gui.application import build_window
from gui.main_window import MainWindow
from gui.pages.images.changed_dialog import ChangedDialog
from gui.pages.images.findings_dialog import FindingsDialog
from gui.pages.live.signs import Signs
from gui.plain_text import menu_text
from gui.theme import THEME
from gui.widgets.canvas import Canvas
from gui.widgets.plots.axes import NumberAxis
from gui.widgets.plots.curves import Curve, CurvePlot
from gui.widgets.plots.export import drawing_bytes
from gui.widgets.plots.heading import Entry
from gui.window.menus import FileMenu

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no file has such a name there")
CLASS = "<b>a</b> & <img src=x>"
NAME = "<b>R&D [*] <img src=x>.png"
RICH = {"live.camera_sign", "live.recording_sign", "train.legend"}
"""Labels that are rich text; what names stand in them is escaped."""
real_execute = engine.service.execute


@pytest.fixture
def window(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers_of_equal_rank: None
) -> Iterator[MainWindow]:
    """The whole window on a picture and a class with such names, without the engine's start."""
    answers = {ListModels: (), ListTraces: (), ListDevices: (DeviceCard("cpu", "CPU", 10**9, 0),)}

    def quick(request: object, context: object) -> object:
        if type(request) in answers:
            return answers[type(request)]
        return real_execute(request, context)  # type: ignore[arg-type]

    monkeypatch.setattr(engine.service, "execute", quick)
    folder = tmp_path / "<i>folder & more"
    folder.mkdir()
    Image.fromarray(np.zeros((80, 100, 3), np.uint8)).save(folder / NAME)
    shape = {"label": CLASS, "points": [[10, 10], [40, 40]], "shape_type": "rectangle"}
    document = {"shapes": [shape], "imagePath": NAME, "imageWidth": 100, "imageHeight": 80}
    (folder / NAME).with_suffix(".json").write_text(json.dumps(document))
    made = build_window([str(folder)])
    qtbot.addWidget(made)
    session = made.workbench.session
    qtbot.waitUntil(lambda: bool(session.current and session.current.shapes))
    yield made
    made.close()
    QApplication.instance().setStyleSheet("")
    THEME.use("light")


def labels_of(window: MainWindow) -> Iterator[QLabel]:
    for label in window.findChildren(QLabel):
        label.ensurePolished()
        if label.objectName() not in RICH:
            yield label


def test_no_label_of_any_page_takes_a_name_for_markup(window: MainWindow, qtbot: QtBot) -> None:
    texts = set()
    for key in window.pages.specs:
        window.pages.show_page(key)
        for label in labels_of(window):
            assert label.textFormat() == Qt.TextFormat.PlainText, label.objectName()
            texts.add(label.text())
    assert "<i>folder & more" in texts
    assert any("img src=x>.png" in text for text in texts)  # elided in its middle


def test_tips_titles_menus_and_undo_steps_say_the_name(window: MainWindow, qtbot: QtBot) -> None:
    QToolTip.showText(window.mapToGlobal(QPoint(9, 9)), CLASS, window)
    (tip,) = (w for w in QApplication.topLevelWidgets() if w.inherits("QTipLabel"))
    assert isinstance(tip, QLabel)
    assert (tip.textFormat(), tip.text()) == (Qt.TextFormat.PlainText, CLASS)
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not shiboken6.isValid(tip) or not tip.isVisible())
    assert window.windowTitle().startswith("<b>R&D [*][*] <img src=x>.png[*]")
    window.workbench.settings.remember(Path(NAME))
    menu = window.findChild(FileMenu)
    assert menu is not None
    menu.aboutToShow.emit()
    for below in menu.findChildren(QMenu):
        below.aboutToShow.emit()
    recent = window.findChild(QAction, "action.recent_1")
    assert recent is not None
    assert recent.text() == "&1 " + NAME.replace("&", "&&")
    session = window.workbench.session
    assert all(step is None for step in session.renaming(CLASS, "R&D"))
    assert session.current is not None
    assert session.current.undo_stack.undoText() == f"Rename {menu_text(CLASS)} to R&&D"


@pytest.mark.parametrize("make", [
    lambda parent: ChangedDialog([Path(NAME)], [Path(CLASS)], parent),
    lambda parent: FindingsDialog(
        CLASS, CLASS, [Finding("changed", NAME, CLASS, is_error=False)], "Write", "images", parent
    ),
])  # fmt: skip
def test_dialogs_say_the_name(
    window: MainWindow, qtbot: QtBot, make: Callable[[MainWindow], ChangedDialog]
) -> None:
    dialog = make(window)
    with qtbot.waitExposed(dialog):
        dialog.open()
    for label in dialog.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText, label.text()
    assert any("<img src=x>" in label.text() for label in dialog.findChildren(QLabel))
    dialog.close()


def seen(html: str) -> str:
    """Return what a rich text shows."""
    document = QTextDocument()
    document.setHtml(html)
    return document.toPlainText()


def test_what_is_rich_text_shows_the_name_in_it(qtbot: QtBot) -> None:
    canvas = Canvas()
    qtbot.addWidget(canvas)
    signs = Signs(canvas)
    signs.set_camera(CLASS)
    assert seen(signs.camera.text()) == f"● {CLASS}"


def test_plots_say_the_name_on_their_axes_in_their_legends_and_in_drawings(qtbot: QtBot) -> None:
    axis = NumberAxis("bottom")
    axis.set_title(CLASS)
    assert axis.label.toPlainText().strip() == CLASS
    plot = CurvePlot()
    qtbot.addWidget(plot)
    plot.resize(400, 240)
    plot.setAccessibleName(CLASS)
    x = np.arange(10.0)
    plot.set_curves([Curve(CLASS, x, x, partial(QColor, "red"))], CLASS, CLASS)
    plot.heading.set_texts(CLASS, [Entry(CLASS, partial(QColor, "red"))], CLASS)
    texts = [item for item in plot.scene().items() if isinstance(item, QGraphicsTextItem)]
    assert all("<img" not in item.toHtml() for item in texts)
    assert plot.heading.names == (CLASS,)  # drawn by the painter, which knows no markup
    drawing = ElementTree.fromstring(drawing_bytes(plot))
    title = drawing.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == CLASS
