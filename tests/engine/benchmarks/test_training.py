from __future__ import annotations

from typing import Any

import pytest

import engine.benchmarks.training as benchmark
from engine.api.training import TrainConfig
from engine.training.loop import Loop


def test_the_goal_is_met_only_by_a_loop_about_as_fast_as_the_bare_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(benchmark, "ROUNDS", 2)
    monkeypatch.setattr(benchmark, "STEPS", 1)
    ticks = iter(range(10_000))
    # Every look at the clock is a second, so the two loops are as fast as each other …
    monkeypatch.setattr(benchmark, "perf_counter", lambda: float(next(ticks)))
    small = TrainConfig(batch_size=256, precision="float32", tensorboard=False)

    def measured() -> Any:
        return benchmark._measured("classifier-small", "digits", small, loss_of, 1)

    loss_of = benchmark._classification_loss
    assert measured().met
    real = Loop.train_epoch

    def slow(self: Loop) -> bool:
        next(ticks)  # … unless one of them takes twice as long
        return real(self)

    monkeypatch.setattr(Loop, "train_epoch", slow)
    result = measured()
    assert not result.met
    assert result.ratio == pytest.approx(0.5)


def test_a_disturbance_that_falls_on_both_loops_does_not_change_their_ratio() -> None:
    load = [1.0, 3.0, 1.0, 5.0, 2.0]
    bare = [2.0 * factor for factor in load]
    loop = [2.5 * factor for factor in load]
    loop[1] *= 9  # one slice that was disturbed alone
    value, reference = benchmark._speeds(10, loop, bare)
    assert value / reference == pytest.approx(0.8)
    assert value == pytest.approx(10 / 5)
