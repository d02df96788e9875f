"""Starts the engine after the first paint and keeps the task bar and device menu up to date."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QObject, QTimer, Slot

from engine.api.devices import DeviceCard, ListDevices
from engine.api.tasks import Progress
from gui.bridge.engine_task import EngineTask
from gui.bridge.page_request import PageRequest
from gui.widgets.device_menu import DeviceMenu
from gui.widgets.task_bar import TaskBar
from gui.window.plot_loading import PlotLoading
from gui.workbench import Workbench

MEMORY_INTERVAL_MS = 2000


class EngineWatch(QObject):
    """Between the engine client and the widgets that show its state."""

    def __init__(
        self, workbench: Workbench, task_bar: TaskBar, devices: DeviceMenu, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._workbench, self._task_bar, self._devices = workbench, task_bar, devices
        self._counter = itertools.count()
        self._numbers: dict[EngineTask, int] = {}
        self._asking = PageRequest(workbench.client, self, "browse", quiet=True)
        self._asking.answered.connect(self._on_devices)
        self._plots = PlotLoading(self)
        self._is_stopped = False
        self._memory = QTimer(self)
        self._memory.setInterval(MEMORY_INTERVAL_MS)
        self._memory.timeout.connect(self._on_memory)
        workbench.client.task_started.connect(self._on_task_started)
        workbench.settings.changed.connect(self._on_setting)
        task_bar.cancel_wanted.connect(self._on_cancel_wanted)
        devices.set_current(workbench.settings.device)
        devices.device_chosen.connect(self._on_device_chosen)
        task_bar.show_device("")  # known when the engine has started

    def start(self) -> None:
        """Load the engine as the first task; nothing else may be imported before."""
        self._workbench.refresh_models().ended.connect(self._on_engine_started)
        self._memory.start()

    def stop(self) -> None:
        """Stop watching; call when the window closes."""
        self._is_stopped = True
        self._memory.stop()
        self._plots.stop()
        self._task_bar.stop()

    @property
    def device_title(self) -> str:
        """Device in use in words; empty until it is known."""
        device = self._devices.device_in_use
        return device.title if device else ""

    @Slot()
    def _on_engine_started(self) -> None:
        if not self._is_stopped:
            self._ask_devices()
            self._plots.start()

    def _ask_devices(self) -> None:
        if not self._asking.is_busy:
            self._asking.start(ListDevices())

    @Slot(object, object)
    def _on_devices(self, _: ListDevices, devices: tuple[DeviceCard, ...]) -> None:
        if [d.key for d in devices] == [d.key for d in self._devices.devices]:
            self._devices.refresh(devices)
        else:
            self._devices.set_devices(devices)
        self._show_device()

    @Slot()
    def _on_memory(self) -> None:
        device = self._devices.device_in_use
        if device is not None and device.key != "cpu":
            self._ask_devices()
        self._show_device()

    def _show_device(self) -> None:
        device = self._devices.device_in_use
        if device is None:
            return
        used = _resident_bytes() if device.key == "cpu" else device.used_bytes
        self._task_bar.show_device(f"{device.title}  ·  {_size(used)}")

    @Slot(str)
    def _on_device_chosen(self, key: str) -> None:
        self._workbench.settings.device = key

    @Slot(str)
    def _on_setting(self, name: str) -> None:
        if name == "device":
            self._devices.set_current(self._workbench.settings.device)
            self._show_device()

    @Slot(EngineTask)
    def _on_task_started(self, task: EngineTask) -> None:
        from engine.api.models import ListModels  # not before the first paint

        number = self._numbers[task] = next(self._counter)
        # Without the engine's start nothing works, and importing cannot be interrupted anyway.
        can_cancel = not isinstance(task.request, ListModels)
        self._task_bar.start(number, task.caption, can_cancel)
        # Bound methods: a partial would hold this object, and through it the client, until the
        # task is being deleted; the client would then delete the task a second time.
        task.progressed.connect(self._on_progress)
        task.ended.connect(self._on_ended)

    @Slot(object, Progress)
    def _on_progress(self, task: EngineTask, progress: Progress) -> None:
        # Reports of stopped tasks arrive after the window, and its widgets may be gone.
        if not self._is_stopped and task in self._numbers:
            self._task_bar.report(self._numbers[task], progress.fraction, progress.stage)

    @Slot(object)
    def _on_ended(self, task: EngineTask) -> None:
        number = self._numbers.pop(task, None)
        if number is not None and not self._is_stopped:
            self._task_bar.finish(number)

    @Slot(int)
    def _on_cancel_wanted(self, number: int) -> None:
        for task, its_number in self._numbers.items():
            if its_number == number:
                task.cancel()


def _resident_bytes() -> int:
    import psutil  # not before the first paint

    return int(psutil.Process().memory_info().rss)


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"
