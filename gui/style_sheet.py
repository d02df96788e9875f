"""The one style sheet of the interface, made from the theme's tokens.

Widgets ask for a look by their dynamic property `class`: a QPushButton may be `primary` or `quiet`,
a QLabel `title`, `heading` or `caption`, a QFrame `panel` or `card`.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from string import Template

import platformdirs

from gui.theme import BODY_PT, LARGE_PT, LARGE_TITLE_PT, SMALL_PT, TITLE_PT, Tokens

RADIUS_PX = 6

_SHAPES = {
    "down": '<path d="M4 6l4 4 4-4" {stroke}/>',
    "up": '<path d="M4 10l4-4 4 4" {stroke}/>',
    "right": '<path d="M6 4l4 4-4 4" {stroke}/>',
    "check": '<path d="M3.5 8.5l3 3 6-7" {stroke}/>',
    "dash": '<path d="M4 8h8" {stroke}/>',
    "dot": '<circle cx="8" cy="8" r="3.5" fill="{colour}"/>',
}
_STROKE = (
    'fill="none" stroke="{colour}" stroke-width="1.8" stroke-linecap="round" '
    'stroke-linejoin="round"'
)


def style_sheet(tokens: Tokens) -> str:
    """Return the style sheet of a theme."""
    values = {name: getattr(tokens, name) for name in tokens.__slots__}
    marks = _write_marks(tokens)
    values |= {f"mark_{name}": marks / f"{name}.svg" for name in ("down", "up", "right")}
    values |= {f"mark_{name}": marks / f"{name}.svg" for name in ("check", "dash", "dot")}
    values["down_muted"] = marks / "down_muted.svg"
    values["up_muted"] = marks / "up_muted.svg"
    sizes = {"small": SMALL_PT, "body": BODY_PT, "title": TITLE_PT, "radius": RADIUS_PX}
    sizes |= {"large": LARGE_PT, "large_title": LARGE_TITLE_PT}
    text = {name: Path(v).as_posix() if isinstance(v, Path) else v for name, v in values.items()}
    return Template(_SHEET).substitute(text | sizes)


def _write_marks(tokens: Tokens) -> Path:
    """Write the arrows and ticks in the theme's colours, once; style sheets take only files."""
    drawings = {
        **{name: (name, tokens.text) for name in ("down", "up", "right")},
        **{f"{name}_muted": (name, tokens.muted) for name in ("down", "up")},
        **{name: (name, tokens.on_accent) for name in ("check", "dash", "dot")},
    }
    texts = {name: _svg(*drawing) for name, drawing in drawings.items()}
    digest = f"{zlib.crc32(''.join(texts.values()).encode()):08x}"
    folder = Path(platformdirs.user_cache_dir("vision-workbench")) / "theme" / digest
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            path = folder / f"{name}.svg"
            if not path.exists():
                temporary = path.with_suffix(f".{os.getpid()}.tmp")
                temporary.write_text(text, encoding="utf-8")
                temporary.replace(path)
    except OSError:
        pass  # a cache that cannot be written costs the arrows, not the window
    return folder


def _svg(shape: str, colour: str) -> str:
    stroke = _STROKE.format(colour=colour)
    drawing = _SHAPES[shape].format(stroke=stroke, colour=colour)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{drawing}</svg>'


_SHEET = """
QToolTip { color: $text; background: $raised; border: 1px solid $line; padding: 4px 8px; }
QLabel[class="title"] { font-size: ${title}pt; font-weight: 600; }
StepPlayer[class="large"] QWidget { font-size: ${large}pt; }
StepPlayer[class="large"] QLabel[class="title"] { font-size: ${large_title}pt; }
StepPlayer[class="large"] *[class="caption"] { font-size: ${body}pt; }
QLabel[class="heading"] { font-weight: 600; }
QLabel[class="plate"] { background: $raised; border-radius: 4px; padding: 2px 6px; }
QLabel[class="caption"] { font-size: ${small}pt; color: $muted; }
StillText[class="caption"] { font-size: ${small}pt; }
QLabel:disabled { color: $muted; }
QFrame[class="panel"] { background: $surface; border: 1px solid $line; border-radius: ${radius}px; }
QFrame[class="pointed"] {
    background: transparent; border: 2px solid $accent; border-radius: 8px;
}
QFrame[class="card"] { background: $surface; border: 1px solid $accent; border-radius: 8px; }

QPushButton {
    background: $surface; color: $text; border: 1px solid $line; border-radius: ${radius}px;
    padding: 5px 14px; min-height: 18px;
}
QPushButton:hover { background: $raised; }
QPushButton:pressed, QPushButton:checked { background: $raised; border-color: $accent; }
QPushButton:focus { border: 2px solid $accent; padding: 4px 13px; }
QPushButton:disabled { color: $muted; background: $window; }
QPushButton::menu-indicator {
    image: url("$mark_down"); width: 12px; height: 12px;
    subcontrol-position: right center; right: 6px;
}
QPushButton[class="primary"] {
    background: $accent; color: $on_accent; border-color: $accent; font-weight: 600;
}
QPushButton[class="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[class="primary"]:pressed { background: $accent_hover; }
QPushButton[class="primary"]:focus { border: 2px solid $text; padding: 4px 13px; }
QPushButton[class="primary"]:disabled {
    background: $raised; color: $muted; border-color: $line; font-weight: 400;
}
QPushButton[class="quiet"] { background: transparent; border-color: transparent; color: $link; }
QPushButton[class="quiet"]:hover { background: $raised; }
QPushButton[class="quiet"]:focus { border: 2px solid $accent; }
QPushButton[class="quiet"]:disabled { color: $muted; }

QToolButton {
    background: transparent; color: $text; border: 1px solid transparent;
    border-radius: ${radius}px; padding: 4px;
}
QToolButton:hover { background: $raised; }
QToolButton:pressed, QToolButton:checked { background: $selected; color: $link; }
QToolButton:focus { border: 1px solid $accent; }
QToolButton:disabled { color: $muted; }
QToolButton[popupMode="1"] { padding-right: 20px; }
QToolButton[popupMode="2"] { padding-right: 20px; }
QToolButton::menu-button { border: none; width: 18px; }
QToolButton::menu-arrow { image: url("$mark_down"); width: 12px; height: 12px; }
QToolButton::menu-indicator {
    image: url("$mark_down"); width: 12px; height: 12px;
    subcontrol-position: right center; right: 4px;
}

QLineEdit, QComboBox, QAbstractSpinBox, QPlainTextEdit, QTextEdit {
    background: $surface; color: $text; border: 1px solid $line; border-radius: ${radius}px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit, QPlainTextEdit, QTextEdit { placeholder-text-color: $muted; }
QLineEdit, QComboBox, QAbstractSpinBox { padding: 4px 8px; min-height: 20px; }
QLineEdit:hover, QComboBox:hover, QAbstractSpinBox:hover { border-color: $muted; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
    border: 2px solid $accent;
}
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus { padding: 3px 7px; }
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled {
    color: $muted; background: $window;
}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit {
    background: transparent; border: none; padding: 0 4px; min-height: 0;
}
QComboBox { padding-right: 24px; combobox-popup: 0; }
QComboBox:focus { padding-right: 23px; }
QComboBox::drop-down {
    subcontrol-origin: border; subcontrol-position: center right; width: 26px; border: none;
}
QComboBox::down-arrow { image: url("$mark_down"); width: 14px; height: 14px; }
QComboBox::down-arrow:disabled { image: url("$down_muted"); }
QComboBox QAbstractItemView {
    background: $surface; color: $text; border: 1px solid $line; outline: none;
    selection-background-color: $selected; selection-color: $text;
}
QAbstractSpinBox { padding-right: 20px; }
QAbstractSpinBox:focus { padding-right: 19px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
    subcontrol-origin: border; width: 18px; border: none; background: transparent;
}
QAbstractSpinBox::up-button { subcontrol-position: top right; margin-top: 2px; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin-bottom: 2px; }
QAbstractSpinBox::up-arrow { image: url("$mark_up"); width: 11px; height: 11px; }
QAbstractSpinBox::down-arrow { image: url("$mark_down"); width: 11px; height: 11px; }
QAbstractSpinBox::up-arrow:disabled, QAbstractSpinBox::up-arrow:off {
    image: url("$up_muted");
}
QAbstractSpinBox::down-arrow:disabled, QAbstractSpinBox::down-arrow:off {
    image: url("$down_muted");
}

QCheckBox, QRadioButton { spacing: 8px; min-height: 24px; }
QCheckBox:disabled, QRadioButton:disabled { color: $muted; }
QCheckBox::indicator, QRadioButton::indicator, QGroupBox::indicator, QAbstractItemView::indicator {
    width: 14px; height: 14px; background: $surface; border: 1px solid $muted; border-radius: 4px;
}
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $accent; }
QCheckBox::indicator:checked, QGroupBox::indicator:checked, QAbstractItemView::indicator:checked {
    background: $accent; border-color: $accent; image: url("$mark_check");
}
QCheckBox::indicator:indeterminate, QAbstractItemView::indicator:indeterminate {
    background: $accent; border-color: $accent; image: url("$mark_dash");
}
QRadioButton::indicator:checked {
    background: $accent; border-color: $accent; image: url("$mark_dot");
}
QCheckBox:focus, QRadioButton:focus { color: $link; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {
    background: $window; border-color: $line;
}
QCheckBox::indicator:checked:disabled, QRadioButton::indicator:checked:disabled {
    background: $muted; border-color: $muted;
}

QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }

QSlider:horizontal { min-height: 24px; }
QSlider:vertical { min-width: 24px; }
QSlider::groove:horizontal { height: 4px; background: $line; border-radius: 2px; }
QSlider::groove:vertical { width: 4px; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::add-page:vertical { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal, QSlider::handle:vertical {
    width: 14px; height: 14px; background: $surface; border: 2px solid $accent; border-radius: 9px;
}
QSlider::handle:horizontal { margin: -7px 0; }
QSlider::handle:vertical { margin: 0 -7px; }
QSlider::handle:hover, QSlider::handle:focus { background: $accent; }
QSlider::sub-page:horizontal:disabled, QSlider::add-page:vertical:disabled { background: $muted; }
QSlider::handle:disabled { border-color: $muted; background: $window; }

QProgressBar {
    background: $line; border: none; border-radius: 3px; min-height: 6px; max-height: 6px;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QAbstractItemView {
    background: $surface; alternate-background-color: $window; color: $text;
    border: 1px solid $line; border-radius: ${radius}px; gridline-color: $line;
    selection-background-color: $selected; selection-color: $text; outline: none;
}
QAbstractItemView:focus { border: 1px solid $accent; }
QTableView::item, QTreeView::item { padding: 2px 6px; }
QTreeView::item { min-height: 22px; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected {
    background: $selected; color: $text;
}
QHeaderView { background: $surface; border: none; border-radius: 0; }
QHeaderView::section {
    background: $surface; color: $muted; border: none; border-bottom: 1px solid $line;
    padding: 5px 6px; font-weight: 600;
}
QHeaderView::section:hover { background: $raised; }
QTableCornerButton::section { background: $surface; border: none; }

QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: $scroll; border-radius: 4px; }
QScrollBar::handle:vertical { min-height: 32px; margin: 2px; }
QScrollBar::handle:horizontal { min-width: 32px; margin: 2px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }

QTabWidget::pane { border: 1px solid $line; border-radius: ${radius}px; top: -1px; }
QTabBar { qproperty-drawBase: 0; }
QTabBar::tab {
    background: transparent; color: $muted; padding: 6px 12px; border: none;
    border-bottom: 2px solid transparent;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { background: $raised; }
QGroupBox {
    border: 1px solid $line; border-radius: ${radius}px; margin-top: 20px; padding: 8px;
}
QGroupBox::title {
    subcontrol-origin: margin; subcontrol-position: top left; color: $text; padding: 0 2px;
}
QSplitter::handle { background: $window; }
QSplitter::handle:hover { background: $accent; }
QSplitter::handle:horizontal { width: 5px; }
QSplitter::handle:vertical { height: 5px; }

QMenuBar { background: $window; border-bottom: 1px solid $line; padding: 2px 4px; }
QMenuBar::item { background: transparent; padding: 4px 10px; border-radius: 4px; }
QMenuBar::item:selected { background: $raised; }
QMenu { background: $surface; color: $text; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 5px 28px 5px 28px; border-radius: 4px; }
QMenu::item:selected { background: $selected; }
QMenu::item:disabled { color: $muted; }
QMenu::icon { left: 6px; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::right-arrow { image: url("$mark_right"); width: 12px; height: 12px; right: 8px; }
QMenu::indicator { width: 14px; height: 14px; left: 6px; }
QMenu::indicator:checked { background: $accent; border-radius: 4px; image: url("$mark_check"); }

#rail { background: $surface; border-right: 1px solid $line; }
#rail QToolButton {
    font-size: ${small}pt; color: $muted; border-radius: 8px; padding: 6px 2px;
    border: 2px solid transparent;
}
#rail QToolButton:hover { color: $text; }
#rail QToolButton:checked { background: $selected; color: $link; }
#rail QToolButton:focus { border: 2px solid $accent; }
#task { background: $surface; border-top: 1px solid $line; }
#task QLabel { font-size: ${small}pt; }
#task QToolButton { font-size: ${small}pt; padding: 2px 6px; }
#notice { background: $raised; border-bottom: 1px solid $line; border-left: 4px solid $danger; }
#notice[kind="information"] { border-left-color: $accent; }
"""
