"""The learning rate over a run, as a factor of the configured one: a pure function of the step."""

from __future__ import annotations

import math

from engine.api.training import TrainConfig

_STEP_AT = (0.6, 0.85)
_STEP_FACTOR = 0.1
_ONE_CYCLE_RISE = 0.3
_ONE_CYCLE_START = 1 / 25
_ONE_CYCLE_END = _ONE_CYCLE_START / 1e4


def learning_rate_factor(step: int, total_steps: int, config: TrainConfig) -> float:
    """Return the factor for the step with this index, counted from 0; in [0, 1].

    `cosine` falls to zero along half a wave; `one-cycle` rises from 1/25 for 30 % of the run and
    then falls to nothing (Smith & Topin 2018, https://arxiv.org/abs/1708.07120); `step` falls to a
    tenth at 60 % and again at 85 %. A warm-up multiplies the first steps by a ramp.
    """
    progress = min(1.0, step / max(1, total_steps))
    warm_up = min(1.0, (step + 1) / config.warm_up_steps) if config.warm_up_steps else 1.0
    if config.schedule == "cosine":
        return warm_up * _half_wave(1.0, 0.0, progress)
    if config.schedule == "one-cycle":
        return warm_up * _one_cycle(step, total_steps)
    if config.schedule == "step":
        return warm_up * _STEP_FACTOR ** sum(progress >= at for at in _STEP_AT)
    return warm_up


def _one_cycle(step: int, total_steps: int) -> float:
    peak = max(1e-9, _ONE_CYCLE_RISE * total_steps - 1)
    if step <= peak:
        return _half_wave(_ONE_CYCLE_START, 1.0, step / peak)
    return _half_wave(1.0, _ONE_CYCLE_END, min(1.0, (step - peak) / (total_steps - 1 - peak)))


def _half_wave(start: float, end: float, fraction: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * fraction)) / 2
