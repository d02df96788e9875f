import math

import pytest
import torch

from engine.api.errors import TrainingError
from engine.training.loss_watch import LossWatch
from engine.training.position import Position


def watched(values: list[float], interval: int = 1) -> Position:
    position = Position()
    watch = LossWatch(position, interval)
    for step, value in enumerate(values, start=1):
        watch.add(step, {"loss": torch.tensor(value)})
    watch.check()
    return position


def test_losses_add_up_until_they_are_logged() -> None:
    position = watched([1.0, 2.0, 6.0], interval=2)
    assert position.sums == {"loss": 9.0}
    assert position.counts == {"loss": 3}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("interval", [1, 4, 100])
def test_the_step_is_named_however_seldom_the_losses_are_read(value: float, interval: int) -> None:
    with pytest.raises(TrainingError, match=r"update 7: loss is (nan|-?inf)"):
        watched([1.0] * 6 + [value] + [1.0] * 20, interval)


def test_a_loss_a_thousand_times_the_usual_has_exploded() -> None:
    with pytest.raises(TrainingError, match=r"update 31: loss jumped to 5e\+03 from about 2"):
        watched([2.0] * 30 + [5000.0])


def test_a_hard_batch_or_a_rough_start_is_no_explosion() -> None:
    watched([1e9, 1e3] + [1.0] * 30)
    watched([1e-6] * 50 + [0.9])
    watched([2.0] * 30 + [200.0])


def test_losses_may_be_negative_and_come_by_turns() -> None:
    position = Position()
    watch = LossWatch(position, 1)
    watch.add(1, {"loss": torch.tensor(-3.0), "critic": torch.tensor(1.0)})
    watch.add(2, {"loss": torch.tensor(-5.0)})
    assert position.sums == {"loss": -8.0, "critic": 1.0}
    assert position.counts == {"loss": 2, "critic": 1}
