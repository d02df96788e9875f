"""Tells how a run goes: to its folder, and to whoever waits for the task."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.tasks import TaskContext
from engine.api.training import MetricRecord, RunState, RunStatus, TrainProgress
from engine.training.position import Position
from engine.training.run import Run
from engine.training.run_folder import this_host

_REPORT_INTERVAL_S = 0.05


class Reporter:
    """Writes metrics, samples and the status, and reports them at most 20 times a second."""

    def __init__(
        self, run: Run, position: Position, total_updates: int, context: TaskContext
    ) -> None:
        self._run = run
        self._position = position
        self._total_updates = total_updates
        self._context = context
        self._state: RunState = "starting"
        self._records: list[MetricRecord] = []
        self._last_report_s = 0.0
        self._running_since_s: float | None = None
        self._session_start: tuple[float, int] | None = None
        self._mark = (time.monotonic(), 0)
        self._rate = 0.0
        self._warnings: dict[str, str] = {}
        self._notes: list[str] = list(run.notes)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know: what has happened, then what is not as it should be."""
        return (*self._notes, *self._warnings.values())

    def seconds(self) -> float:
        """Return the seconds spent training, over all sessions, pauses left out."""
        self._settle()
        return self._position.seconds

    def set_state(self, state: RunState, message: str = "") -> None:
        """Tell everyone that the run is in another state."""
        self._settle()
        self._running_since_s = time.monotonic() if state == "running" else None
        if message:
            self._notes.append(message)
        # The time of a pause belongs neither to the speed nor to the forecast.
        self._mark = (time.monotonic(), self._position.step)
        self._session_start = (self._position.seconds, self._position.step)
        self._state = state
        self._run.folder.write_status(self._status(), is_change=True)
        self._report()

    def note(self, message: str) -> None:
        """Remember something that a person should know."""
        self._notes.append(message)
        self._run.folder.write_status(self._status(), is_change=True)
        self._report()

    def warn(self, about: str, message: str) -> None:
        """Say what is wrong for as long as it is; an empty message takes it back."""
        if message == self._warnings.get(about, ""):
            return
        self._warnings.pop(about, None)
        if message:
            self._warnings[about] = message
        self._run.folder.write_status(self._status(), is_change=True)

    def say(self, what: str) -> None:
        """Tell what is done between two batches of training, which may take long."""
        self._report(words=what)

    def log_training(self, extra: dict[str, float]) -> None:
        """Log the mean losses since the last line, and what else was measured."""
        position = self._position
        names = list(position.sums)
        means = self._run.group.mean([position.sums[n] / position.counts[n] for n in names])
        position.sums, position.counts = {}, {}
        now_s, batches = time.monotonic(), position.step - self._mark[1]
        self._rate = batches * self._run.batches.plan.whole_batch / max(1e-9, now_s - self._mark[0])
        self._mark = (now_s, position.step)
        values: dict[str, float | None] = dict(zip(names, means, strict=True))
        self._log("train", {**values, **extra, "samples_per_second": round(self._rate, 2)})
        self.tick()

    def log_validation(self, numbers: dict[str, float]) -> None:
        """Log scores."""
        self._log("validation", dict(numbers))
        self._mark = (time.monotonic(), self._position.step)
        self._report()

    def show_sample(self, picture: NDArray[np.uint8]) -> None:
        """Write a picture of the fixed batch."""
        path = self._run.folder.write_sample(self._position.step, picture)
        self._mark = (time.monotonic(), self._position.step)
        self._report(sample=path)

    def tick(self) -> None:
        """Report when the last report is old enough."""
        if time.monotonic() - self._last_report_s >= _REPORT_INTERVAL_S:
            self._run.folder.write_status(self._status(), is_change=False)
            self._report()

    def _settle(self) -> None:
        if self._running_since_s is not None:
            now_s = time.monotonic()
            self._position.seconds += now_s - self._running_since_s
            self._running_since_s = now_s

    def log_each(self, updates: Sequence[tuple[int, Mapping[str, float]]]) -> None:
        """Log updates one by one, as before the end of a run whose loss explodes."""
        for update, losses in updates:
            self._log("train", dict(losses), update)
        self._position.sums, self._position.counts = {}, {}
        self._report()

    def _log(self, split: str, values: dict[str, float | None], update: int | None = None) -> None:
        step = self._position.step if update is None else update
        record = MetricRecord(step, self._position.epoch + 1, split, values)
        self._run.folder.write_record(record)
        self._records.append(record)

    def _report(self, words: str = "", **new: Any) -> None:
        records, self._records = tuple(self._records), []
        self._last_report_s = time.monotonic()
        if not self._run.group.is_first:
            return
        status = self._status()
        fraction = self._position.step / max(1, self._total_updates)
        stage = self._stage(status, words or status.state)
        self._context.report(fraction, stage, TrainProgress(status, records, **new))

    def _stage(self, status: RunStatus, doing: str) -> str:
        parts = [f"{doing}: epoch {status.epoch}/{status.epochs}"]
        parts.append(f"batch {status.step:,}/{status.total_steps:,}")
        if self._position.watched:
            parts.append(f"loss {self._position.typical_loss:.4g}")
        if self._position.best is not None:
            parts.append(f"best {self._run.objective.card.metric} {self._position.best:.4g}")
        if status.samples_per_second:
            parts.append(f"{status.samples_per_second:,.0f} pictures/s")
        if status.seconds_left:
            parts.append(f"{duration(status.seconds_left)} left")
        return ", ".join(parts)

    def _status(self) -> RunStatus:
        process, host = this_host()
        epochs = self._run.config.epochs
        return RunStatus(
            state=self._state,
            step=self._position.step,
            total_steps=self._total_updates,
            epoch=min(self._position.epoch + 1, epochs),
            epochs=epochs,
            samples_per_second=round(self._rate, 2),
            seconds_left=self._seconds_left(),
            message="; ".join(self.notes),
            device=str(self._run.device),
            precision=self._run.precision,
            process=process,
            host=host,
            updated=time.time(),
        )

    def _seconds_left(self) -> float | None:
        if self._session_start is None or self._state != "running":
            return None
        seconds, updates = self._session_start
        done = self._position.step - updates
        if not done:
            return None
        each = (self.seconds() - seconds) / done
        return each * (self._total_updates - self._position.step)


def duration(seconds: float) -> str:
    """Return a time as people read it: `1:02:03` or `2:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
