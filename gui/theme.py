"""Every colour and size of the interface, as tokens, and the palette made from them.

Chrome follows the theme; data colours do not: a class has the same colour by day and by night.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette

from gui.class_colours import CLASS_COLOURS

if TYPE_CHECKING:  # loaded after the first paint
    from engine.api.traces import Role

GRID_PX = 8
"""All margins and gaps are multiples of half of this."""

CONTROL_HEIGHT_PX = 32
"""Of buttons and inputs; a label beside one is as tall."""

DISTINCT = 3.0
"""The contrast that lines, dots and bars need to be told from their ground: WCAG 2.2, 1.4.11."""

SMALL_PT, BODY_PT, TITLE_PT = 8.5, 10.0, 13.0
LARGE_PT, LARGE_TITLE_PT = 14.0, 20.0  # for a projector


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme's colours, as #rrggbb."""

    window: str  # behind everything
    surface: str  # panels, inputs
    raised: str  # hover, headers
    line: str  # borders, separators
    text: str
    muted: str  # captions, disabled
    accent: str  # the one thing to press, selection
    on_accent: str
    danger: str
    success: str
    warning: str
    canvas: str  # around the picture
    accent_hover: str
    link: str  # accent as text on surface or raised
    selected: str  # behind what is selected; text is read on it
    scroll: str  # handle of a scroll bar


LIGHT = Tokens(
    window="#f4f5f7",
    surface="#ffffff",
    raised="#e9ebef",
    line="#d3d7de",
    text="#1c2128",
    muted="#5b6470",
    accent="#0b63b0",
    on_accent="#ffffff",
    danger="#b3261e",
    success="#1a7f37",
    warning="#8a5c00",
    canvas="#dfe2e7",
    accent_hover="#0a569a",
    link="#0a5ca5",
    selected="#d9e8f7",
    scroll="#b4bac4",
)
DARK = Tokens(
    window="#16191e",
    surface="#1f242b",
    raised="#2b323b",
    line="#3a424d",
    text="#e8ebef",
    muted="#a0a9b5",
    accent="#5aa9ec",
    on_accent="#0b1520",
    danger="#ff8a80",
    success="#57c878",
    warning="#e3b341",
    canvas="#0f1215",
    accent_hover="#7bbcf2",
    link="#7bbcf2",
    selected="#1f3a54",
    scroll="#4a5461",
)

ROLE_COLOURS: dict[Role, str] = {
    "candidate": "#56B4E9",
    "current": "#F0E442",
    "kept": "#009E73",
    "removed": "#D55E00",
    "truth": "#FFFFFF",
    "prediction": "#E69F00",
    "neutral": "#B8C0CC",
}

# On a plot they are thin lines on a panel: each has a contrast of 3 to 1 there, in either theme.
_PLOT_ROLES_LIGHT: dict[Role, str] = {
    "candidate": "#0072B2",
    "current": "#7D7000",
    "kept": "#00875F",
    "removed": "#C74A00",
    "truth": LIGHT.text,
    "prediction": "#A86B00",
    "neutral": LIGHT.muted,
}
_PLOT_ROLES_DARK: dict[Role, str] = ROLE_COLOURS | {"kept": "#1DBF92", "removed": "#F0813A"}


def class_colour(name: str) -> QColor:
    """Return the colour of a class, the same on every page and in either theme."""
    return QColor(*CLASS_COLOURS.rgb(name))


def role_colour(role: Role) -> QColor:
    """Return the colour of a mark's role."""
    return QColor(ROLE_COLOURS[role])


def plot_role_colour(role: Role) -> QColor:
    """Return the colour of a role as a line, a bar or a dot on a panel of the theme in use."""
    return QColor((_PLOT_ROLES_DARK if THEME.is_dark else _PLOT_ROLES_LIGHT)[role])


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast ratio of two opaque colours, 1 to 21, by WCAG 2.2."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def distinct_on_panel(colour: QColor) -> QColor:
    """Return a colour of the same hue that stands out from a panel of the theme in use, 3 to 1."""
    panel, result = QColor(THEME.tokens.surface), QColor(colour)
    step = 0.02 if THEME.is_dark else -0.02
    while contrast(result, panel) < DISTINCT:  # as white and black do on any panel
        lightness = min(max(result.lightnessF() + step, 0.0), 1.0)
        result.setHslF(colour.hslHueF(), colour.hslSaturationF(), lightness)
    return result


class Theme(QObject):
    """The theme in use; widgets that paint themselves listen to `changed`."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tokens = LIGHT

    @property
    def is_dark(self) -> bool:
        """Whether dark tokens are in use."""
        return self.tokens is DARK

    def use(self, name: str) -> None:
        """Take `light`, `dark` or `system`."""
        scheme = QGuiApplication.styleHints().colorScheme()
        is_dark = name == "dark" or (name == "system" and scheme == Qt.ColorScheme.Dark)
        tokens = DARK if is_dark else LIGHT
        if tokens is not self.tokens:
            self.tokens = tokens
            self.changed.emit()

    def palette(self) -> QPalette:
        """Return the Qt palette of the tokens in use."""
        t, palette = self.tokens, QPalette()
        roles = {
            QPalette.ColorRole.Window: t.window,
            QPalette.ColorRole.Base: t.surface,
            QPalette.ColorRole.AlternateBase: t.window,
            QPalette.ColorRole.Button: t.surface,
            QPalette.ColorRole.ToolTipBase: t.raised,
            QPalette.ColorRole.WindowText: t.text,
            QPalette.ColorRole.Text: t.text,
            QPalette.ColorRole.ButtonText: t.text,
            QPalette.ColorRole.ToolTipText: t.text,
            QPalette.ColorRole.PlaceholderText: t.muted,
            QPalette.ColorRole.Accent: t.accent,
            QPalette.ColorRole.Highlight: t.accent,
            QPalette.ColorRole.HighlightedText: t.on_accent,
            QPalette.ColorRole.Link: t.link,
            QPalette.ColorRole.Mid: t.line,
            QPalette.ColorRole.Light: t.raised,
            QPalette.ColorRole.Dark: t.line,
        }
        for role, colour in roles.items():
            palette.setColor(role, QColor(colour))
        for role in (
            QPalette.ColorRole.WindowText,
            QPalette.ColorRole.Text,
            QPalette.ColorRole.ButtonText,
        ):
            palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(t.muted))
        return palette


THEME = Theme()
"""One window, one theme."""
