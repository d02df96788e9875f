"""A form for any config dataclass, made from the limits declared beside its fields."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.api.parameters import ParameterCard, describe
from gui.theme import CONTROL_HEIGHT_PX, GRID_PX
from gui.widgets.config_editors import Editor, editor_for
from gui.widgets.named import caption


class ConfigForm(QWidget):
    """Edits one config; every control knows the limits, so that its value is always valid.

    Args:
        is_compact: sliders to choose by eye, notes as tool tips alone, no way back to defaults.
        names: of controls whose name is not that of their field.
    """

    config_changed = Signal(object)  # a valid instance of the config type

    def __init__(
        self,
        prefix: str,
        parent: QWidget | None = None,
        *,
        is_compact: bool = False,
        names: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(parent)
        self._prefix, self._is_compact, self._names = prefix, is_compact, names
        self._config_type: type | None = None
        self._editors: dict[str, Editor] = {}
        self._captions: dict[str, QLabel] = {}
        self._cards: tuple[ParameterCard, ...] = ()
        self._config: Any = None
        self._defaults: Any = None  # what `reset` goes back to, where that is not the type's own
        self._rows = QWidget()
        self._form = QFormLayout(self._rows)
        self._reset = QPushButton("Reset to defaults")
        self._build()
        self._reset.clicked.connect(self.reset)

    def _build(self) -> None:
        self._reset.setObjectName(f"{self._prefix}.reset")
        self._reset.setAccessibleName("Reset to defaults")
        self._reset.setToolTip("Take the values that these options began with")
        self._reset.setProperty("class", "quiet")
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(GRID_PX)
        # A note stands nearer to its own field, above it, than to the next one.
        self._form.setVerticalSpacing(GRID_PX if self._is_compact else GRID_PX // 4)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._rows)
        layout.addWidget(self._reset, 0, Qt.AlignmentFlag.AlignRight)
        self._reset.hide()

    def set_config_type(self, config_type: type | None) -> None:
        """Show the fields of a config dataclass at their defaults; None empties the form."""
        if config_type is self._config_type:
            return
        self._config_type, self._defaults = config_type, None
        self._editors, self._captions = {}, {}
        while self._form.rowCount():
            self._form.removeRow(0)
        self._cards = describe(config_type) if config_type is not None else ()
        for card in self._cards:
            self._add(card)
        self._reset.setVisible(bool(self._editors) and not self._is_compact)
        # Qt lays new rows out at the heights that they have before their style is known.
        QTimer.singleShot(0, self._form, self._form.invalidate)
        self._take(config_type() if config_type is not None else None)

    def _add(self, card: ParameterCard) -> None:
        name = f"{self._prefix}.{self._names.get(card.name, card.name)}"
        editor = editor_for(card, name, self._rows, self._is_compact)
        editor.set_value(card.default)
        editor.value_changed.connect(self._on_edited)
        self._editors[card.name] = editor
        has_title = not (self._is_compact and card.kind is bool)
        label = QLabel(card.title if has_title else "")
        label.setToolTip(card.note)
        label.setMinimumHeight(CONTROL_HEIGHT_PX if has_title else 0)
        label.setBuddy(editor.focusProxy() or editor)
        self._form.addRow(label, editor)
        if card.note and not self._is_compact:
            self._captions[card.name] = caption(card.note)
            self._captions[card.name].setContentsMargins(0, 0, 0, GRID_PX)
            self._form.addRow(self._captions[card.name])

    def config(self) -> Any:
        """Return the config as the controls show it; None while no type is set."""
        return self._config

    def set_config(self, config: Any, defaults: Any = None) -> None:
        """Show a config; its type becomes the form's type. Not announced.

        Args:
            defaults: of the same type, what Reset goes back to; None for those of the type, or
                those given before.
        """
        self.set_config_type(type(config))
        self._defaults = self._defaults if defaults is None else defaults
        for name, editor in self._editors.items():
            with QSignalBlocker(editor):
                editor.set_value(getattr(config, name))
        self._take(self._read())

    @Slot()
    def reset(self) -> None:
        """Go back to the defaults; announced once, and only where something changes."""
        if self._config_type is None:
            return
        before = self._config
        self.set_config(self._at_reset())
        if self._config != before:
            self.config_changed.emit(self._config)

    @Slot()
    def _on_edited(self) -> None:
        config = self._read()
        if config != self._config:
            self._take(config)
            self.config_changed.emit(config)

    def _read(self) -> Any:
        assert self._config_type is not None
        values = {name: editor.value() for name, editor in self._editors.items()}
        return self._config_type(**values)

    def _at_reset(self) -> Any:
        assert self._config_type is not None
        return self._config_type() if self._defaults is None else self._defaults

    def _take(self, config: Any) -> None:
        self._config = config
        self._reset.setEnabled(self._config_type is not None and config != self._at_reset())
        for card in self._cards:
            if card.visible_when is not None:
                name, value = card.visible_when
                has_effect = getattr(config, name, value) == value
                for row in (self._editors[card.name], self._captions.get(card.name)):
                    if row is not None:
                        self._form.setRowVisible(row, has_effect)
