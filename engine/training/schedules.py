"""The learning rate over a run, as a factor of the configured one: a function of the update."""

from __future__ import annotations

import math

from engine.api.training import TrainConfig

_STEP_AT = (0.6, 0.85)
_STEP_FACTOR = 0.1
_ONE_CYCLE_RISE = 0.3
_ONE_CYCLE_START = 1 / 25
_ONE_CYCLE_END = _ONE_CYCLE_START / 1e4


def learning_rate_factor(update: int, total_updates: int, config: TrainConfig) -> float:
    """Return the factor for the update with this index, counted from 0; in [0, 1].

    `cosine` falls to zero along half a wave; `one-cycle` rises from 1/25 for 30 % of the run and
    then falls to nothing (Smith & Topin 2018, https://arxiv.org/abs/1708.07120); `step` falls to a
    tenth at 60 % and again at 85 %. A warm-up multiplies the first updates by a ramp.
    """
    progress = min(1.0, update / max(1, total_updates))
    warm_up = min(1.0, (update + 1) / config.warm_up_steps) if config.warm_up_steps else 1.0
    if config.schedule == "cosine":
        return warm_up * _half_wave(1.0, 0.0, progress)
    if config.schedule == "one-cycle":
        return warm_up * _one_cycle(update, total_updates)
    if config.schedule == "step":
        return warm_up * _STEP_FACTOR ** sum(progress >= at for at in _STEP_AT)
    return warm_up


def _one_cycle(update: int, total_updates: int) -> float:
    peak = max(1e-9, _ONE_CYCLE_RISE * total_updates - 1)
    if update <= peak:
        return _half_wave(_ONE_CYCLE_START, 1.0, update / peak)
    return _half_wave(1.0, _ONE_CYCLE_END, min(1.0, (update - peak) / (total_updates - 1 - peak)))


def _half_wave(start: float, end: float, fraction: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * fraction)) / 2
