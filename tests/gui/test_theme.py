from __future__ import annotations

from dataclasses import fields
from typing import get_args

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from engine.api.traces import Role
from gui.style_sheet import style_sheet
from gui.theme import (
    DARK,
    LIGHT,
    THEME,
    Tokens,
    class_colour,
    distinct_on_panel,
    plot_role_colour,
    role_colour,
)
from gui.widgets.canvas.frame import halo_of
from gui.widgets.icons import icon
from gui.widgets.plots.axes import NumberAxis
from gui.widgets.plots.map_plot import class_colours
from gui.widgets.run_colours import run_colour
from gui.widgets.swatch_table import swatch

TEXTS_ON_GROUNDS = [
    ("text", "window"),
    ("text", "surface"),
    ("text", "raised"),
    ("text", "selected"),
    ("text", "canvas"),
    ("muted", "window"),
    ("muted", "surface"),
    ("muted", "raised"),
    ("muted", "selected"),
    ("muted", "canvas"),
    ("link", "window"),
    ("link", "surface"),
    ("link", "raised"),
    ("link", "selected"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("danger", "window"),
    ("danger", "surface"),
    ("success", "window"),
    ("success", "surface"),
    ("warning", "window"),
    ("warning", "surface"),
]


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2, from the definition."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_formula_gives_21_for_black_on_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_and_dots_of_plots_stand_out_from_their_background(theme: str) -> None:
    """Graphical objects need 3 to 1, by WCAG 2.2, 1.4.11."""
    THEME.use(theme)
    try:
        colours = {f"role {role}": plot_role_colour(role) for role in get_args(Role)}
        colours |= {f"run {number}": run_colour(number) for number in range(18)}  # three laps
        # The length of a walk's codes is a line on the page itself, ticks are on either.
        tokens = THEME.tokens
        for name in ("link", "accent", "muted"):
            for ground in (tokens.surface, tokens.window, tokens.canvas):
                colours[f"{name} on {ground}"] = QColor(getattr(tokens, name))
        ratios = {
            name: contrast(colour.name(), name.partition(" on ")[2] or THEME.tokens.surface)
            for name, colour in colours.items()
        }
    finally:
        THEME.use("light")
    assert {name: ratio for name, ratio in ratios.items() if ratio < 3.0} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_points_of_maps_stand_out_from_their_background(theme: str, themed: object) -> None:
    THEME.use(theme)
    ratios = [contrast(colour.name(), THEME.tokens.surface) for colour in class_colours(36)]
    assert min(ratios) >= 3.0


def test_a_colour_that_stands_out_already_is_kept(themed: object) -> None:
    THEME.use("light")
    assert distinct_on_panel(QColor("#0072B2")) == QColor("#0072B2")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axes_and_ticks_stand_out_from_their_background(
    theme: str, themed: object, qtbot: QtBot
) -> None:
    THEME.use(theme)
    pen = NumberAxis("left").pen()
    assert pen.color().alpha() == 255
    assert contrast(pen.color().name(), THEME.tokens.surface) >= 3.0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_swatches_of_any_colour_have_an_edge_that_stands_out(theme: str, themed: object) -> None:
    """Colours of classes are the same in both themes: some are pale on one of them."""
    THEME.use(theme)
    for name in ("pavement", "building", "ring", "person"):
        image = swatch(name).pixmap(12, 12).toImage()
        assert contrast(image.pixelColor(0, 0).name(), THEME.tokens.surface) >= 3.0
        assert image.pixelColor(6, 6).name() == class_colour(name).name()


def test_lines_on_pictures_stand_out_from_their_halo() -> None:
    """What the picture's colour hides, the halo beside it shows."""
    names = [f"class {number}" for number in range(200)]
    colours = [role_colour(role) for role in get_args(Role)] + [class_colour(n) for n in names]
    for colour in colours:
        assert contrast(colour.name(), halo_of(colour, is_opaque=True).name()) >= 3.0


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS_ON_GROUNDS)
def test_text_is_readable_on_its_ground(tokens: Tokens, text: str, ground: str) -> None:
    assert contrast(getattr(tokens, text), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["window", "surface"])
def test_focus_and_outlines_of_controls_are_visible(tokens: Tokens, ground: str) -> None:
    for line in ("accent", "muted"):
        assert contrast(getattr(tokens, line), getattr(tokens, ground)) >= 3.0


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_style_sheet_has_no_colour_of_its_own(tokens: Tokens, qapp: object) -> None:
    import re

    known = {getattr(tokens, field.name) for field in fields(tokens)}
    sheet = re.sub(r'url\("[^"]*"\)', "", style_sheet(tokens))
    assert set(re.findall(r"#[0-9a-fA-F]{6}\b", sheet)) <= known


@pytest.fixture
def themed() -> object:
    before = THEME.tokens
    yield THEME
    THEME.use("dark" if before is DARK else "light")


def test_icons_take_the_colour_of_the_theme(qtbot: QtBot, themed: object) -> None:
    sign = icon("square")  # a filled square: its middle is the colour itself
    for name, tokens in (("light", LIGHT), ("dark", DARK)):
        THEME.use(name)
        middle = sign.pixmap(32, 32).toImage().pixelColor(16, 16)
        assert middle.name() == QColor(tokens.text).name()


def test_an_icon_that_does_not_exist_is_an_error(qtbot: QtBot) -> None:
    with pytest.raises(KeyError):
        icon("no-such-icon")


def test_a_theme_change_is_announced_once(qtbot: QtBot, themed: object) -> None:
    THEME.use("light")
    seen: list[bool] = []
    THEME.changed.connect(lambda: seen.append(THEME.is_dark))
    THEME.use("dark")
    THEME.use("dark")
    THEME.use("light")
    assert seen == [True, False]


def test_the_primary_button_has_the_accent_as_its_ground(qtbot: QtBot) -> None:
    button = QPushButton("Run")
    button.setProperty("class", "primary")
    button.setStyleSheet(style_sheet(LIGHT))
    qtbot.addWidget(button)
    button.resize(100, 40)
    ground = button.grab().toImage().pixelColor(6, 20)
    assert ground.name() == LIGHT.accent
