"""The settings of the program; every change acts at once."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gui.settings import AUTOSAVE_LIMITS_S, PIXEL_LIMITS, THEMES, Settings
from gui.theme import CONTROL_HEIGHT_PX, GRID_PX

MEGAPIXEL = 1_000_000
WIDTH_PX = 60 * GRID_PX


class SettingsDialog(QDialog):
    """Non-modal; shows what other places change too, such as the theme in the View menu."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings")
        self.setWindowTitle("Settings")
        self._settings = settings
        self._theme = QComboBox()
        self._wheel = QCheckBox("The wheel zooms; without this it scrolls and Ctrl+wheel zooms")
        self._pixels = QSpinBox()
        self._autosave = QSpinBox()
        self._forget = QPushButton("Forget recent files")
        self._close = QPushButton("Close")
        self._build()
        self._connect()
        self._fill()

    def _build(self) -> None:
        for theme, title in THEMES.items():
            self._theme.addItem(title, theme)
        low, high = (limit // MEGAPIXEL for limit in PIXEL_LIMITS)
        self._pixels.setRange(low, high)
        self._pixels.setSuffix(" megapixels")
        self._pixels.setGroupSeparatorShown(True)
        self._autosave.setRange(*AUTOSAVE_LIMITS_S)
        self._autosave.setSuffix(" s after an edit")
        for box in (self._pixels, self._autosave):
            box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._wheel.setMinimumHeight(CONTROL_HEIGHT_PX)
        self._close.setDefault(True)
        for control, name, title in (
            (self._theme, "theme", "Theme"),
            (self._wheel, "wheel_zooms", "The wheel zooms"),
            (self._pixels, "pixel_limit", "Largest picture"),
            (self._autosave, "autosave", "Autosave"),
            (self._forget, "forget_recent", "Forget recent files"),
            (self._close, "close", "Close"),
        ):
            control.setObjectName(f"settings.{name}")
            control.setAccessibleName(title)
        self._arrange()

    def _arrange(self) -> None:
        form = QFormLayout()
        form.setSpacing(GRID_PX)
        form.setVerticalSpacing(GRID_PX)
        form.addRow(_title("&Theme", self._theme), self._theme)
        form.addRow(_title("&Largest picture", self._pixels), self._pixels)
        form.addRow("", _caption("Larger files are refused before they fill the memory."))
        form.addRow(_title("&Autosave", self._autosave), self._autosave)
        form.addRow("", _caption("After a crash, shapes come back as they were then."))
        form.addRow(_title("&Mouse", self._wheel), self._wheel)
        buttons = QHBoxLayout()
        buttons.addWidget(self._forget)
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * [2 * GRID_PX]))
        layout.setSpacing(2 * GRID_PX)
        layout.addLayout(form)
        layout.addLayout(buttons)
        self.setMinimumWidth(WIDTH_PX)

    def _connect(self) -> None:
        self._theme.currentIndexChanged.connect(self._on_theme)
        self._wheel.toggled.connect(self._on_wheel)
        self._pixels.valueChanged.connect(self._on_pixels)
        self._autosave.valueChanged.connect(self._on_autosave)
        self._forget.clicked.connect(self._settings.forget_recent)
        self._close.clicked.connect(self.accept)
        self._settings.changed.connect(self._fill)
        self._settings.recent_changed.connect(self._fill)

    @Slot()
    def _fill(self) -> None:
        controls = (self._theme, self._wheel, self._pixels, self._autosave)
        blockers = [QSignalBlocker(control) for control in controls]
        self._theme.setCurrentIndex(self._theme.findData(self._settings.theme))
        self._wheel.setChecked(self._settings.wheel_zooms)
        self._pixels.setValue(self._settings.pixel_limit // MEGAPIXEL)
        self._autosave.setValue(self._settings.autosave_interval_s)
        del blockers
        self._forget.setEnabled(bool(self._settings.recent))

    @Slot()
    def _on_theme(self) -> None:
        self._settings.theme = self._theme.currentData()

    @Slot(bool)
    def _on_wheel(self, zooms: bool) -> None:
        self._settings.wheel_zooms = zooms

    @Slot(int)
    def _on_pixels(self, megapixels: int) -> None:
        self._settings.pixel_limit = megapixels * MEGAPIXEL

    @Slot(int)
    def _on_autosave(self, seconds: int) -> None:
        self._settings.autosave_interval_s = seconds


def _title(text: str, control: QWidget) -> QLabel:
    """Return a label as tall as its control, so that both stand on one line."""
    label = QLabel(text)
    label.setMinimumHeight(CONTROL_HEIGHT_PX)
    label.setBuddy(control)
    return label


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("class", "caption")
    label.setWordWrap(True)
    return label
