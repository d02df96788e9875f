"""Names of controls: one for tests and scripts, one for screen readers."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QPushButton,
    QToolButton,
    QWidget,
)

from gui.widgets.icons import icon
from gui.widgets.wheel_guard import guard_wheel

_CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox)
WidgetT = TypeVar("WidgetT", bound=QWidget)


def named(widget: WidgetT, name: str, title: str, tip: str = "") -> WidgetT:
    """Give a control its object name, its accessible name, and a tool tip; returns it.

    Without a tip of its own, what can be pressed, moved or chosen from has its title as one.
    The wheel changes its value only while it has the focus.
    """
    guard_wheel(widget)
    widget.setObjectName(name)
    widget.setAccessibleName(title)
    says_itself = isinstance(widget, QAbstractButton) and widget.text() == title
    if tip or (isinstance(widget, _CONTROLS) and not says_itself):
        widget.setToolTip(tip or title)
    return widget


def push_button(name: str, text: str, tip: str = "", is_primary: bool = False) -> QPushButton:
    """Return a button with a text."""
    button = named(QPushButton(text), name, tip or text, tip)
    if is_primary:
        button.setProperty("class", "primary")
    return button


def icon_button(name: str, icon_name: str, title: str) -> QToolButton:
    """Return a button with an icon; its title is its tool tip."""
    button = named(QToolButton(), name, title, title)
    button.setIcon(icon(icon_name))
    return button


def caption(text: str = "", name: str = "") -> QLabel:
    """Return a small muted label that wraps."""
    label = QLabel(text)
    label.setProperty("class", "caption")
    label.setWordWrap(True)
    if name:
        label.setObjectName(name)
    return label


def heading(text: str) -> QLabel:
    """Return a label that heads a group of controls."""
    label = QLabel(text)
    label.setProperty("class", "heading")
    return label


def narrow(box: QComboBox, letters: int = 16) -> None:
    """Let a list be narrower than its longest entry, which its popup shows whole."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(letters)
    box.view().setTextElideMode(Qt.TextElideMode.ElideNone)
    box.view().setMinimumWidth(letters * 12)
