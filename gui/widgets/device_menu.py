"""Chooses where models run."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from engine.api.devices import DeviceCard

AUTOMATIC = "auto"


class DeviceMenu(QMenu):
    """Automatic, then every device of the machine, the best one first; one is checked."""

    device_chosen = Signal(str)  # key of a device, or `auto`

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("&Device", parent)
        self.setObjectName("menu.device")
        self._group = QActionGroup(self)
        self._devices: tuple[DeviceCard, ...] = ()
        self._current = AUTOMATIC
        self._group.triggered.connect(self._on_triggered)
        self._fill()

    @property
    def devices(self) -> tuple[DeviceCard, ...]:
        """Those of the machine; empty until the engine has started."""
        return self._devices

    def set_devices(self, devices: Sequence[DeviceCard]) -> None:
        """List the machine's devices, the best one first."""
        self._devices = tuple(devices)
        self._fill()

    def refresh(self, devices: Sequence[DeviceCard]) -> None:
        """Take new memory numbers of the same devices, without making the menu anew."""
        self._devices = tuple(devices)

    def set_current(self, key: str) -> None:
        """Check a device; nothing is announced. One that is absent counts as automatic."""
        self._current = key
        self._check()

    @property
    def device_in_use(self) -> DeviceCard | None:
        """What the choice comes down to; None until the engine has started."""
        for device in self._devices:
            if device.key == self._current:
                return device
        return self._devices[0] if self._devices else None

    def _fill(self) -> None:
        for action in self._group.actions():
            self._group.removeAction(action)
            action.deleteLater()
        self.clear()
        best = f" ({self._devices[0].title})" if self._devices else ""
        self._add(AUTOMATIC, f"&Automatic{best}")
        self.addSeparator()
        for device in self._devices:
            memory = f", {device.total_bytes / 2**30:.0f} GB" if device.total_bytes else ""
            self._add(device.key, f"{device.title}{memory}")
        if not self._devices:
            waiting = self.addAction("Known when the engine has started")
            waiting.setEnabled(False)
        self._check()

    def _add(self, key: str, title: str) -> None:
        action = self.addAction(title)
        action.setObjectName(f"device.{key}")
        action.setCheckable(True)
        action.setData(key)
        self._group.addAction(action)

    def _check(self) -> None:
        known = {action.data(): action for action in self._group.actions()}
        chosen = known.get(self._current, known[AUTOMATIC])
        chosen.setChecked(True)

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self._current = str(action.data())
        self.device_chosen.emit(self._current)
