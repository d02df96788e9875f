import pytest
import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, MultiStepLR, OneCycleLR

from engine.api.training import Schedule, TrainConfig
from engine.training.schedules import learning_rate_factor

STEPS = 50


def rates_of(scheduler: LRScheduler, optimiser: SGD) -> list[float]:
    rates = []
    for _ in range(STEPS):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step()
    return rates


def own_rates(schedule: Schedule, warm_up_steps: int = 0) -> list[float]:
    config = TrainConfig(schedule=schedule, warm_up_steps=warm_up_steps)
    return [learning_rate_factor(step, STEPS, config) for step in range(STEPS)]


def optimiser_at(rate: float = 1.0) -> SGD:
    return SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)


def test_cosine_is_torchs() -> None:
    optimiser = optimiser_at()
    expected = rates_of(CosineAnnealingLR(optimiser, STEPS), optimiser)
    assert own_rates("cosine") == pytest.approx(expected, abs=1e-9)


def test_one_cycle_is_torchs() -> None:
    optimiser = optimiser_at()
    scheduler = OneCycleLR(optimiser, max_lr=1.0, total_steps=STEPS, cycle_momentum=False)
    assert own_rates("one-cycle") == pytest.approx(rates_of(scheduler, optimiser), abs=1e-9)


def test_step_is_torchs() -> None:
    optimiser = optimiser_at()
    scheduler = MultiStepLR(optimiser, [30, 43], gamma=0.1)  # 60 % and 85 % of 50
    assert own_rates("step") == pytest.approx(rates_of(scheduler, optimiser), rel=1e-9)


def test_warm_up_rises_in_equal_steps_to_the_full_rate() -> None:
    assert own_rates("constant", warm_up_steps=4)[:6] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("schedule", ["cosine", "one-cycle", "step", "constant"])
@pytest.mark.parametrize("total", [1, 2, 3])
def test_the_shortest_runs_have_rates_within_bounds(schedule: Schedule, total: int) -> None:
    config = TrainConfig(schedule=schedule)
    for step in range(total + 2):  # a resumed run may be asked for less than it has done
        assert 0 <= learning_rate_factor(step, total, config) <= 1
