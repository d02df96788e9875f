"""Runtimes: what runs the network of a detector or a segmenter, and how it was chosen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuntimeCard:
    """A way to run a network.

    Attributes:
        key: stable identifier, lower case with hyphens; `eager` is torch as it is.
        title: what a list shows.
        note: one sentence that says what it does.
    """

    key: str
    title: str
    note: str


@dataclass(frozen=True, slots=True)
class RuntimeTrial:
    """What was found out about one runtime.

    Attributes:
        milliseconds: median of a few runs; None where it was not timed.
        difference: largest one from what eager answers, as a part of the largest value that eager
            answers; infinite for answers of another shape, None where it never answered.
        note: why it was not to be chosen; empty where it was.
    """

    card: RuntimeCard
    milliseconds: float | None
    difference: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class RuntimeChoice:
    """The runtime that runs the network from now on.

    Attributes:
        note: one sentence on why.
        is_remembered: whether it was measured at an earlier start. Its answers are compared with
            those of eager each time.
    """

    card: RuntimeCard
    note: str
    is_remembered: bool = False


@dataclass(frozen=True, slots=True)
class RuntimeReport:
    """How a runtime was chosen.

    Attributes:
        model: what was run; a key, or empty.
        device: key of the device.
        threads: processor threads that all had.
        trials: one for each runtime there is, eager first.
    """

    model: str
    device: str
    threads: int
    choice: RuntimeChoice
    trials: tuple[RuntimeTrial, ...]

    @property
    def speed_up(self) -> float | None:
        """How many times as fast as eager; None where one of the two was not timed."""
        times = {trial.card.key: trial.milliseconds for trial in self.trials}
        eager, chosen = times.get("eager"), times.get(self.choice.card.key)
        return eager / chosen if eager and chosen else None
