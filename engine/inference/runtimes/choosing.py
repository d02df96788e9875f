"""Tries the runtimes on one example and takes the fastest of those that answer as eager does."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from engine.api.runtimes import RuntimeChoice, RuntimeReport, RuntimeTrial
from engine.api.tasks import TaskContext
from engine.core.cancellation import cancelled_by
from engine.inference.runtimes.comparison import largest_difference
from engine.inference.runtimes.onnx_runtime import ONNX
from engine.inference.runtimes.remembered import (
    Remembered,
    choice_file,
    digest_of,
    machine,
    recall,
    remember,
)
from engine.inference.runtimes.runtime import (
    DOES_NOT_CONVERT,
    Call,
    Runner,
    Runtime,
    on_tensors,
    signature,
)
from engine.inference.runtimes.torch_runtimes import CHANNELS_LAST, COMPILED, EAGER, HALF

# OpenVINO is not among them: in single precision it was slower than ONNX Runtime on each of the
# four networks that were tried (SSDlite, Faster R-CNN, LR-ASPP, DeepLabv3 on MobileNetV3), by 1.1
# to 1.6 times, and its faster bfloat16 moves answers by 5 to 15 % of their range.
RUNTIMES: tuple[Runtime, ...] = (EAGER, CHANNELS_LAST, HALF, ONNX, COMPILED)
PATIENCE_S = 15.0
"""Longest that a runtime may take to build; the compiler takes longer."""
_ROUNDS, _LEAST_ROUNDS = 7, 3
_BUDGET_S = 3.0  # of all rounds together
_WORTH_IT = 0.95  # of the time of eager; less gained is noise


@dataclass(frozen=True, slots=True)
class Part:
    """A network, or a piece of one, with what it was given on a real picture."""

    network: nn.Module
    inputs: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Trying:
    """How runtimes are tried.

    Attributes:
        runtimes: eager first; the others in any order.
        patience_s: those that take longer to build are left out.
        clock: seconds.
    """

    runtimes: tuple[Runtime, ...] = RUNTIMES
    patience_s: float = PATIENCE_S
    clock: Callable[[], float] = time.perf_counter


def fastest(
    network: nn.Module,
    inputs: tuple[Any, ...],
    device: torch.device,
    context: TaskContext,
    model: str = "",
    trying: Trying | None = None,
) -> Runner:
    """Return the network as it runs fastest here; call it with the threads it will have.

    Args:
        network: in evaluation mode on `device`; stays as it is.
        inputs: what it is called with, of the size that is to come, from a real picture.
        model: its key, for the report.

    Raises:
        TaskCancelled: between two steps.
    """
    return fastest_parts([Part(network, inputs)], device, context, model, trying)[0]


def fastest_parts(
    parts: Sequence[Part],
    device: torch.device,
    context: TaskContext,
    model: str = "",
    trying: Trying | None = None,
) -> list[Runner]:
    """Return the parts of one network, all by the same runtime: the fastest over all of them.

    Raises:
        TaskCancelled: between two steps.
    """
    trying = trying or Trying()
    # Example inputs of an inference mode cannot be traced.
    with torch.inference_mode(False), torch.no_grad(), cancelled_by(context):
        parts = [Part(part.network, on_tensors(torch.clone, part.inputs)) for part in parts]
        trial = _Trial(parts, device, context, model, trying)
        chosen, calls, report = trial.remembered() or trial.measured()
    return [
        Runner(part.network, call, part.inputs, chosen, report)
        for part, call in zip(parts, calls, strict=True)
    ]


Outcome = tuple[Runtime, list[Call], RuntimeReport]


class _Trial:
    """One choice on its way."""

    def __init__(
        self,
        parts: Sequence[Part],
        device: torch.device,
        context: TaskContext,
        model: str,
        trying: Trying,
    ) -> None:
        self._parts = parts
        self._device = device
        self._context = context
        self._model = model
        self._trying = trying
        self._eager = trying.runtimes[0]
        self._file = choice_file(self._identity())
        self._expected = [part.network(*part.inputs) for part in parts]

    def remembered(self) -> Outcome | None:
        """Return the choice of an earlier start, if it still answers as eager does."""
        known = recall(self._file)
        runtime = next(
            (r for r in self._trying.runtimes if known and r.card.key == known.key), None
        )
        if known is None or runtime is None:
            return None
        calls, trial = self._tried(runtime)
        if calls is None:
            return None
        trials = tuple(
            replace(each, difference=trial.difference) if each.card.key == known.key else each
            for each in known.trials
        )
        return self._outcome(runtime, calls, trials, is_remembered=True)

    def measured(self) -> Outcome:
        """Build, check and time every runtime; the fastest sound one is chosen and kept."""
        calls: dict[str, list[Call]] = {}
        trials: list[RuntimeTrial] = []
        for runtime in self._trying.runtimes:
            built, trial = self._tried(runtime)
            trials.append(trial)
            if built is not None:
                calls[runtime.card.key] = built
        times = self._timed(calls)
        trials = [replace(each, milliseconds=times.get(each.card.key)) for each in trials]
        eager = self._eager.card.key
        best = min(times, key=lambda key: times[key])
        if times[best] > _WORTH_IT * times[eager]:
            best = eager
        chosen = next(each for each in self._trying.runtimes if each.card.key == best)
        remember(self._file, Remembered(best, tuple(trials)))
        return self._outcome(chosen, calls[best], tuple(trials), is_remembered=False)

    def _tried(self, runtime: Runtime) -> tuple[list[Call] | None, RuntimeTrial]:
        """Build a runtime and compare its answers; no calls where it is not sound."""
        self._context.raise_if_cancelled()
        self._context.report(None, f"Trying {runtime.card.title}")
        note = self._hindrance(runtime)
        if note:
            return None, RuntimeTrial(runtime.card, None, None, note)
        try:
            calls = [runtime.build(part.network, part.inputs) for part in self._parts]
            answers = [call(*part.inputs) for call, part in zip(calls, self._parts, strict=True)]
            difference = largest_difference(answers, self._expected)
        except DOES_NOT_CONVERT as error:
            return None, RuntimeTrial(runtime.card, None, None, _does_not_convert(error))
        if runtime is not self._eager and not difference <= runtime.tolerance:
            note = f"differs by {difference:.2g} of the largest value; {runtime.tolerance:g} may be"
            return None, RuntimeTrial(runtime.card, None, difference, note)
        return calls, RuntimeTrial(runtime.card, None, difference)

    def _hindrance(self, runtime: Runtime) -> str:
        if runtime.wait_s > self._trying.patience_s:
            return f"takes up to {runtime.wait_s:.0f} s to build; not tried"
        return runtime.hindrance(self._device)

    def _timed(self, calls: Mapping[str, Sequence[Call]]) -> dict[str, float]:
        """Return milliseconds of each, taken in turns so that other work meets all alike."""
        clock = self._trying.clock
        samples: dict[str, list[float]] = {key: [] for key in calls}
        begun_s = clock()
        for turn in range(_ROUNDS):
            if turn >= _LEAST_ROUNDS and clock() - begun_s > _BUDGET_S:
                break
            for key, built in calls.items():
                self._context.raise_if_cancelled()
                start_s = clock()
                for call, part in zip(built, self._parts, strict=True):
                    call(*part.inputs)
                _wait_for(self._device)
                samples[key].append(clock() - start_s)
        return {key: statistics.median(each) * 1000 for key, each in samples.items()}

    def _identity(self) -> dict[str, Any]:
        """Return what the choice depends on."""
        return {
            "model": self._model,
            "weights": digest_of(part.network for part in self._parts),
            "inputs": [str(signature(part.inputs)) for part in self._parts],
            "machine": machine(self._device),
            "runtimes": [each.card.key for each in self._trying.runtimes],
            "patience_s": self._trying.patience_s,
        }

    def _outcome(
        self,
        runtime: Runtime,
        calls: list[Call],
        trials: tuple[RuntimeTrial, ...],
        is_remembered: bool,
    ) -> Outcome:
        choice = RuntimeChoice(runtime.card, _why(runtime, self._eager, trials), is_remembered)
        threads = torch.get_num_threads()
        report = RuntimeReport(self._model, str(self._device), threads, choice, trials)
        return runtime, calls, report


def _does_not_convert(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"does not take this network: {lines[0] if lines else type(error).__name__}"


def _why(chosen: Runtime, eager: Runtime, trials: Sequence[RuntimeTrial]) -> str:
    """Say in a sentence why a runtime was chosen."""
    if chosen is not eager:
        return "The fastest of those that answer as torch does."
    if all(trial.milliseconds is None for trial in trials if trial.card is not eager.card):
        notes = {trial.card.title: trial.note for trial in trials if trial.note}
        return "; ".join(f"{title}: {note}" for title, note in notes.items()) or "The only one."
    return "Nothing that answers as torch does is faster."


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
