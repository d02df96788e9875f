"""What is known of one run: its folder read again and again, added up."""

from __future__ import annotations

import math
import os
import socket
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engine.api.metric_names import metric_name
from engine.api.training import MetricRecord, RunSnapshot, RunStatus
from gui.pages.train.metric_series import RunCurves, Series, SeriesKey
from gui.pages.train.run_state import ACTIVE, ShownState

SILENT_S = 120.0
"""A run on another machine that says nothing for so long is taken for dead."""


class RunHistory:
    """One run folder, as far as it was read.

    Attributes:
        begun: when its settings were written, nanoseconds since 1970.
        is_trained_here: whether a thread of this window trains it.
        detached_process: of the child that trains it without the window; None where there is none.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.status: RunStatus | None = None
        self.settings: Mapping[str, Any] = {}
        self.card: Mapping[str, Any] | None = None
        self.samples: tuple[Path, ...] = ()
        self.note = ""
        self.has_weights = False
        self.lines = 0
        self.begun = 0
        self.is_trained_here = False
        self.is_alive = True
        self.detached_process: int | None = None
        self._numbers: dict[SeriesKey, tuple[list[float], list[float]]] = {}
        self._last_step = 0
        self._cache: dict[SeriesKey, Series] = {}

    def take(self, snapshot: RunSnapshot) -> bool:
        """Add what is new; False where the run was rewound and has to be read from the start."""
        first = snapshot.records[0].step if snapshot.records else self._last_step
        start = snapshot.lines - len(snapshot.records)
        if start == 0:
            self._forget()
        elif start != self.lines or first < self._last_step:
            self._forget()
            return False
        self.status, self.settings = snapshot.status, snapshot.settings
        self.card, self.samples = snapshot.card, snapshot.samples
        self.lines = snapshot.lines
        self.note, self.has_weights = snapshot.note, snapshot.has_weights
        self._add(snapshot.records)
        self._look_alive()
        return True

    def _forget(self) -> None:
        self.lines = self._last_step = 0
        self._numbers, self._cache = {}, {}

    def _add(self, records: Iterable[MetricRecord]) -> None:
        for record in records:
            self._last_step = max(self._last_step, record.step)
            for name, value in record.values.items():
                key = (name, record.split)
                steps, values = self._numbers.setdefault(key, ([], []))
                steps.append(record.step)
                values.append(math.nan if value is None else value)
                self._cache.pop(key, None)

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.folder.name

    @property
    def model(self) -> str:
        """Key of the model; empty before it is known."""
        return str(self.settings.get("model", ""))

    @property
    def data(self) -> str:
        """Name of the data set, or of its folder."""
        data = str(self.settings.get("data", ""))
        return Path(data).name or data

    @property
    def state(self) -> ShownState:
        """How the run stands, seen from here."""
        if self.status is None:
            return self._state_before_status()
        if self.status.state in ACTIVE and not self._goes_on():
            return "interrupted"
        return self.status.state

    def _state_before_status(self) -> ShownState:
        if self.is_trained_here:
            return "starting"
        if self.detached_process is None:
            return "waiting"
        return "starting" if self.is_alive else "interrupted"

    def _goes_on(self) -> bool:
        assert self.status is not None
        is_ours = self.status.process == os.getpid() and self.status.host == socket.gethostname()
        return self.is_trained_here if is_ours else self.is_alive

    def check_alive(self) -> bool:
        """Look again whether its process is there; whether that has changed."""
        before = self.state
        self._look_alive()
        return self.state != before

    def _look_alive(self) -> None:
        if self.status is not None:
            self.is_alive = _is_alive(self.status)
        elif self.detached_process is not None:
            self.is_alive = is_process_there(self.detached_process)

    @property
    def best(self) -> str:
        """The best score, `accuracy 0.9812`; empty while there is none."""
        metric = (self.card or {}).get("metric") or {}
        value = metric.get("value")
        name = metric_name(str(metric.get("name", "")))
        return f"{name} {value:.4g}" if isinstance(value, int | float) else ""

    def curves(self, number: int) -> RunCurves:
        """Return what is drawn of the run, in the colour of a number."""
        metric = str(((self.card or {}).get("metric") or {}).get("name", ""))
        return RunCurves(self.name, number, self.series(), metric)

    def series(self) -> dict[SeriesKey, Series]:
        """Return all numbers over the steps."""
        for key, (steps, values) in self._numbers.items():
            if key not in self._cache:
                self._cache[key] = Series(np.array(steps, float), np.array(values, float))
        return dict(self._cache)

    def flat_settings(self) -> dict[str, str]:
        """Return every setting as text by its name, those of model and training side by side."""
        flat = {"model": self.model, "data": str(self.settings.get("data", ""))}
        for group in ("model_config", "train_config"):
            for name, value in (self.settings.get(group) or {}).items():
                flat.setdefault(name, "none" if value is None else f"{value}")
        return flat


def _is_alive(status: RunStatus) -> bool:
    """Whether the run's process is there; on another machine, whether it spoke lately."""
    if status.host == socket.gethostname():
        return is_process_there(status.process)
    # A paused run writes nothing until it goes on.
    return status.state == "paused" or time.time() - status.updated < SILENT_S


def is_process_there(number: int) -> bool:
    """Whether a process of this machine still works; one that only waits to be buried does not."""
    import psutil  # not before the first paint

    try:
        return bool(psutil.Process(number).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
