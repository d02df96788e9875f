"""One editor for each kind of parameter: number, switch, choice, text, and the optional ones."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QSpinBox,
    QWidget,
)

from engine.api.parameters import ParameterCard
from gui.theme import GRID_PX
from gui.widgets.fraction_slider import fraction_slider
from gui.widgets.wheel_guard import guard_wheel

SLIDER_STEPS = 1000
LOGARITHMIC_FROM = 1000.0
"""A range whose ends differ by more than this factor is walked in equal ratios."""
INT_LIMIT = 2**31 - 1  # what QSpinBox holds
FLOAT_LIMIT = 1e9
MAX_DECIMALS = 10


class Editor(QWidget):
    """Edits one value; never holds one outside the limits of its card."""

    value_changed = Signal()

    def __init__(self, card: ParameterCard, name: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._card, self._name = card, name
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GRID_PX)

    def value(self) -> Any:
        """Return the value shown."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Show a value; announced like any edit."""
        raise NotImplementedError

    def _adopt(self, control: QWidget, suffix: str = "", what: str = "") -> None:
        control.setObjectName(self._name + suffix)
        control.setAccessibleName(" ".join(part for part in (self._card.title, what) if part))
        control.setAccessibleDescription(self._card.note)
        control.setToolTip(self._card.note or self._card.title)
        guard_wheel(control)


class IntEditor(Editor):
    """A whole number."""

    def __init__(self, card: ParameterCard, name: str, parent: QWidget | None) -> None:
        super().__init__(card, name, parent)
        self._box = QSpinBox()
        self._adopt(self._box)
        self._box.setRange(
            -INT_LIMIT if card.low is None else max(-INT_LIMIT, math.ceil(card.low)),
            INT_LIMIT if card.high is None else min(INT_LIMIT, math.floor(card.high)),
        )
        self._box.setSuffix(f" {card.unit}" if card.unit else "")
        self._box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._layout.addWidget(self._box, 1)
        self.setFocusProxy(self._box)
        self._box.valueChanged.connect(self.value_changed)

    def value(self) -> int:
        """Return the value shown."""
        return self._box.value()

    def set_value(self, value: Any) -> None:
        """Show a value."""
        self._box.setValue(int(value))


class _NumberBox(QDoubleSpinBox):
    """Shows no more digits than the value has, two at least."""

    def textFromValue(self, value: float) -> str:
        """Return the digits shown."""
        text = super().textFromValue(value)
        point = self.locale().decimalPoint()
        whole, _, fraction = text.partition(point)
        return whole + point + fraction.rstrip("0").ljust(2, "0")


class FloatEditor(Editor):
    """A real number: a slider where both limits are known, and a box for the exact value."""

    def __init__(self, card: ParameterCard, name: str, parent: QWidget | None) -> None:
        super().__init__(card, name, parent)
        self._low = -FLOAT_LIMIT if card.low is None else float(card.low)
        self._high = FLOAT_LIMIT if card.high is None else float(card.high)
        self._is_log = self._low > 0 and self._high / self._low > LOGARITHMIC_FROM
        has_slider = card.low is not None and card.high is not None
        self._exact = float(card.default if isinstance(card.default, (int, float)) else self._low)
        self._box = _NumberBox()
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._build(has_slider)
        self._box.valueChanged.connect(self._on_box)
        self._slider.valueChanged.connect(self._on_slider)

    def _build(self, has_slider: bool) -> None:
        self._adopt(self._box)
        self._adopt(self._slider, ".slider", "slider")
        self._box.setDecimals(self._decimals())
        self._box.setRange(self._low, self._high)
        self._box.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        if not self._is_log and 0 < self._high - self._low < FLOAT_LIMIT:
            self._box.setStepType(QDoubleSpinBox.StepType.DefaultStepType)
            self._box.setSingleStep(10 ** math.floor(math.log10((self._high - self._low) / 20)))
        self._box.setSuffix(f" {self._card.unit}" if self._card.unit else "")
        self._box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._slider.setRange(0, SLIDER_STEPS)
        self._slider.setPageStep(SLIDER_STEPS // 10)
        self._slider.setSingleStep(SLIDER_STEPS // 100)
        if has_slider:
            self._layout.addWidget(self._slider, 1)
            self._layout.addWidget(self._box)
            self._slider.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Tab stops at the number alone
        else:
            self._slider.setParent(self)
            self._slider.hide()
            self._layout.addWidget(self._box, 1)
        self.setFocusProxy(self._box)

    def _decimals(self) -> int:
        """Enough for three figures of the lower end, or a hundredth of the range."""
        smallest = self._low if self._is_log else (self._high - self._low) or 1.0
        decimals = max(2, 2 - math.floor(math.log10(smallest)))
        while decimals < MAX_DECIMALS and round(self._exact, decimals) != self._exact:
            decimals += 1
        return decimals

    def value(self) -> float:
        """Return the value shown."""
        return self._exact

    def set_value(self, value: Any) -> None:
        """Show a value."""
        wanted = min(self._high, max(self._low, float(value)))
        if wanted == self._exact:
            self._show(wanted)
            return
        self._exact = wanted
        self._show(wanted)
        self.value_changed.emit()

    def _show(self, value: float) -> None:
        with QSignalBlocker(self._box), QSignalBlocker(self._slider):
            self._box.setValue(value)
            self._slider.setValue(round(self._to_fraction(value) * SLIDER_STEPS))

    @Slot(float)
    def _on_box(self, value: float) -> None:
        self.set_value(value)

    @Slot(int)
    def _on_slider(self, position: int) -> None:
        exact = self._from_fraction(position / SLIDER_STEPS)
        # Rounded as the box shows it, so that both say the same.
        self.set_value(round(exact, self._box.decimals()))

    def _to_fraction(self, value: float) -> float:
        if self._is_log:
            return math.log(value / self._low) / math.log(self._high / self._low)
        return (value - self._low) / (self._high - self._low or 1.0)

    def _from_fraction(self, fraction: float) -> float:
        if self._is_log:
            return self._low * math.exp(fraction * math.log(self._high / self._low))
        return self._low + (self._high - self._low) * fraction


class SliderEditor(Editor):
    """A real number between two near limits, as a slider with the number beside it."""

    def __init__(self, card: ParameterCard, name: str, parent: QWidget | None) -> None:
        super().__init__(card, name, parent)
        assert card.low is not None
        assert card.high is not None
        self._slider = fraction_slider(name, card.title, card.low, card.high, card.note)
        self._layout.addWidget(self._slider, 1)
        self.setFocusProxy(self._slider)
        self._slider.valueChanged.connect(self.value_changed)

    def value(self) -> float:
        """Return the value shown, to a thousandth."""
        return round(float(self._slider.value()), 3)

    def set_value(self, value: Any) -> None:
        """Show a value."""
        self._slider.setValue(float(value))


class BoolEditor(Editor):
    """A switch."""

    def __init__(self, card: ParameterCard, name: str, parent: QWidget | None) -> None:
        super().__init__(card, name, parent)
        self._box = QCheckBox()
        self._adopt(self._box)
        self._layout.addWidget(self._box, 1)
        self.setFocusProxy(self._box)
        self._box.toggled.connect(self.value_changed)

    def value(self) -> bool:
        """Return the value shown."""
        return self._box.isChecked()

    def set_value(self, value: Any) -> None:
        """Show a value."""
        self._box.setChecked(bool(value))


class TitledBoolEditor(BoolEditor):
    """A switch with its title beside it."""

    def __init__(self, card: ParameterCard, name: str, parent: QWidget | None) -> None:
        super().__init__(card, name, parent)
        self._box.setText(card.title)


class ChoiceEditor(Editor):
    """One of a few named values."""

    def __init__(self, card: ParameterCard, name: str, parent: QWidget | None) -> None:
        super().__init__(card, name, parent)
        self._box = QComboBox()
        self._adopt(self._box)
        for choice, title in zip(card.choices, card.choice_titles, strict=True):
            self._box.addItem(title, choice)
        self._layout.addWidget(self._box, 1)
        self.setFocusProxy(self._box)
        self._box.currentIndexChanged.connect(self.value_changed)

    def value(self) -> Any:
        """Return the value shown."""
        return self._box.currentData()

    def set_value(self, value: Any) -> None:
        """Show a value."""
        self._box.setCurrentIndex(max(0, self._card.choices.index(value)))


class TextEditor(Editor):
    """A line of text."""

    def __init__(self, card: ParameterCard, name: str, parent: QWidget | None) -> None:
        super().__init__(card, name, parent)
        self._line = QLineEdit()
        self._adopt(self._line)
        self._layout.addWidget(self._line, 1)
        self.setFocusProxy(self._line)
        self._line.textChanged.connect(self.value_changed)

    def value(self) -> str:
        """Return the value shown."""
        return self._line.text()

    def set_value(self, value: Any) -> None:
        """Show a value."""
        self._line.setText(str(value))


class OptionalEditor(Editor):
    """A value that may be absent: a check box says whether, the editor beside it says which."""

    def __init__(self, card: ParameterCard, name: str, parent: QWidget | None) -> None:
        super().__init__(card, name, parent)
        self._check = QCheckBox()
        self._adopt(self._check, ".given", "given")
        self._editor = _EDITORS[_kind(card)](card, name, self)
        if card.default is None:
            self._editor.set_value(_stand_in(card))
        self._layout.addWidget(self._check)
        self._layout.addWidget(self._editor, 1)
        self._editor.setEnabled(False)
        self.setFocusProxy(self._check)
        self._check.toggled.connect(self._on_toggled)
        self._editor.value_changed.connect(self.value_changed)

    def value(self) -> Any:
        """Return the value shown."""
        return self._editor.value() if self._check.isChecked() else None

    def set_value(self, value: Any) -> None:
        """Show a value."""
        if value is not None:
            self._editor.set_value(value)
        self._check.setChecked(value is not None)

    @Slot(bool)
    def _on_toggled(self, is_given: bool) -> None:
        self._editor.setEnabled(is_given)
        self.value_changed.emit()


_EDITORS: dict[str, type[Editor]] = {
    "int": IntEditor,
    "float": FloatEditor,
    "bool": BoolEditor,
    "str": TextEditor,
    "choice": ChoiceEditor,
}
_COMPACT_EDITORS: dict[str, type[Editor]] = {
    **_EDITORS,
    "float": SliderEditor,
    "bool": TitledBoolEditor,
}


def editor_for(
    card: ParameterCard, name: str, parent: QWidget | None = None, is_compact: bool = False
) -> Editor:
    """Return the editor that suits a parameter.

    Args:
        card: what the field declares.
        name: object name of the control; helpers beside it add `.slider` and `.given`.
        parent: owner of the editor.
        is_compact: numbers have both limits and are chosen by eye, switches say what they are.
    """
    editors = _COMPACT_EDITORS if is_compact else _EDITORS
    kind: type[Editor] = OptionalEditor if card.optional else editors[_kind(card)]
    return kind(card, name, parent)


def _kind(card: ParameterCard) -> str:
    return "choice" if card.choices else card.kind.__name__


def _stand_in(card: ParameterCard) -> Any:
    """What an absent value becomes when it is switched on."""
    if card.choices:
        return card.choices[0]
    if card.kind is str:
        return ""
    low = card.low if card.low is not None else min(0.0, card.high or 0.0)
    return card.kind(low)
