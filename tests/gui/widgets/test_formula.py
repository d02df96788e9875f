"""Typeset formulas: the ink on the screen, its colour, its size, and what cannot be typeset."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from gui.theme import DARK, LIGHT, THEME
from gui.widgets import formula as module
from gui.widgets.formula import FormulaLabel, typeset

FRACTION = r"\mathrm{IoU}=\dfrac{1234}{2345}=0.53>0.50"


@pytest.fixture
def label(qtbot: QtBot) -> FormulaLabel:
    label = FormulaLabel()
    qtbot.addWidget(label)
    label.resize(QSize(400, 60))
    label.show()
    return label


@pytest.fixture(autouse=True)
def _light_theme() -> object:
    THEME.use("light")
    yield
    THEME.use("light")


def pixels(label: FormulaLabel, scale: float = 1.0) -> NDArray[np.uint8]:
    image = QImage(label.size() * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(QColor("#808080"))
    label.render(image)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[..., 2::-1].copy()


def ink(label: FormulaLabel, scale: float = 1.0) -> NDArray[np.bool_]:
    """Where something other than the background was painted."""
    grabbed = pixels(label, scale).astype(int)
    return np.abs(grabbed - grabbed[0, -1]).sum(axis=2) > 60


def wait_for(qtbot: QtBot, label: FormulaLabel) -> None:
    qtbot.waitUntil(lambda: label.is_ready)


def test_a_formula_appears_without_holding_up_the_interface(
    qtbot: QtBot, label: FormulaLabel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_shapes", {})
    label.set_formula(FRACTION)
    assert not label.is_ready  # it is being typeset elsewhere
    wait_for(qtbot, label)
    assert ink(label).sum() > 200


def test_a_fraction_has_a_bar_between_two_numbers(qtbot: QtBot, label: FormulaLabel) -> None:
    label.set_formula(r"\dfrac{1}{2}")
    wait_for(qtbot, label)
    rows = np.flatnonzero(ink(label).any(axis=1))
    widths = ink(label).sum(axis=1)
    bar = int(widths.argmax())
    assert rows[0] < bar - 4
    assert rows[-1] > bar + 4


def test_ink_follows_the_theme_at_once(qtbot: QtBot, label: FormulaLabel) -> None:
    label.set_formula(FRACTION)
    wait_for(qtbot, label)
    darkest = pixels(label).min(axis=(0, 1)).tolist()
    assert darkest == pytest.approx(QColor(LIGHT.text).getRgb()[:3], abs=12)
    THEME.use("dark")
    lightest = pixels(label).max(axis=(0, 1)).tolist()
    assert lightest == pytest.approx(QColor(DARK.text).getRgb()[:3], abs=12)
    assert label.is_ready  # nothing had to be typeset again


def test_on_a_finer_screen_the_outlines_are_finer_not_larger(
    qtbot: QtBot, label: FormulaLabel
) -> None:
    label.set_formula(FRACTION)
    wait_for(qtbot, label)
    coarse, fine = ink(label), ink(label, 2.0)
    assert fine.shape == (2 * coarse.shape[0], 2 * coarse.shape[1])
    widths = [np.ptp(np.flatnonzero(found.any(axis=0))) for found in (coarse, fine)]
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.03)


def test_a_formula_too_wide_is_shrunk_not_cut(qtbot: QtBot, label: FormulaLabel) -> None:
    label.set_formula("+".join(["1000"] * 30))
    wait_for(qtbot, label)
    columns = np.flatnonzero(ink(label).any(axis=0))
    assert columns[-1] <= label.width() - 1
    assert columns[-1] >= 0.9 * label.width()


def test_a_formula_seen_before_is_shown_at_once(qtbot: QtBot, label: FormulaLabel) -> None:
    typeset("a+b")
    label.set_formula("a+b")
    assert label.is_ready


def test_only_the_latest_formula_is_shown(qtbot: QtBot, label: FormulaLabel) -> None:
    for number in range(20):
        label.set_formula(f"n={number}")
    wait_for(qtbot, label)
    latest = ink(label)
    label.set_formula("")
    label.set_formula("n=19")
    wait_for(qtbot, label)
    assert np.array_equal(ink(label), latest)


def test_no_formula_is_an_empty_place(qtbot: QtBot, label: FormulaLabel) -> None:
    label.set_formula(FRACTION)
    wait_for(qtbot, label)
    label.set_formula("")
    assert label.is_ready
    assert not ink(label).any()


def test_what_is_no_formula_is_shown_as_it_is_written(qtbot: QtBot, label: FormulaLabel) -> None:
    label.set_formula(r"\frac{broken")
    wait_for(qtbot, label)
    assert ink(label).any()


def test_memory_of_formulas_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_shapes", {})
    monkeypatch.setattr(module, "REMEMBERED", 3)
    for number in range(5):
        typeset(f"m={number}")
    assert list(module._shapes) == ["m=2", "m=3", "m=4"]
