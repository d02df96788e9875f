import pytest
import torch
from torch import nn

from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.data.datasets.samples import ClassBatch
from engine.models.classification.classifier_small import ClassifierSmallConfig
from engine.training.distributed import Group
from engine.training.objective import OBJECTIVES, Objective, Setup, make_optimiser
from engine.training.updates import Updater, chosen_precision
from tests.engine.training.facts import DIGIT_FACTS

CPU = torch.device("cpu")


def batch_of(count: int) -> ClassBatch:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (count, 8, 8, 1), generator=generator, dtype=torch.uint8)
    return ClassBatch(pixels, torch.randint(0, 10, (count,), generator=generator))


def stepped(
    config: TrainConfig, parts: int = 1, count: int = 12
) -> tuple[nn.Module, Updater, dict[str, float]]:
    """Build a model without batch statistics or noise, and do one step."""
    torch.manual_seed(0)
    model = MODELS.build(
        "classifier-small",
        ClassifierSmallConfig(base_channels=8, normalisation="group", dropout=0.0),
    )
    objective: Objective[ClassBatch] = OBJECTIVES.factory("classification")(
        model, Setup(DIGIT_FACTS, config)
    )
    updater = Updater(objective.optimisers(), config, "float32", CPU, Group())
    updater.parts, updater.wants_norm = parts, True
    losses = objective.train_step(batch_of(count), updater)
    return model, updater, {name: float(value) for name, value in losses.items()}


@pytest.mark.parametrize("parts", [2, 3, 5])
def test_a_batch_in_parts_has_the_gradient_of_the_whole(parts: int) -> None:
    whole, _, expected = stepped(TrainConfig(optimiser="sgd"))
    split, _, losses = stepped(TrainConfig(optimiser="sgd"), parts)
    assert losses == pytest.approx(expected, rel=1e-6)
    for one, other in zip(whole.parameters(), split.parameters(), strict=True):
        assert one.grad is not None
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-4, atol=1e-6)


def test_a_clipped_gradient_is_as_long_as_allowed_and_points_the_same_way() -> None:
    free, updater, _ = stepped(TrainConfig(optimiser="sgd"))
    clipped, _, _ = stepped(TrainConfig(optimiser="sgd", gradient_clip=0.01))
    long = nn.utils.parameters_to_vector(p.grad for p in free.parameters() if p.grad is not None)
    short = nn.utils.parameters_to_vector(
        p.grad for p in clipped.parameters() if p.grad is not None
    )
    assert updater.gradient_norm == pytest.approx(long.norm().item(), rel=1e-4)
    assert short.norm().item() == pytest.approx(0.01, rel=1e-3)
    torch.testing.assert_close(short / short.norm(), long / long.norm(), rtol=1e-3, atol=1e-5)


def test_the_learning_rate_follows_the_schedule_in_every_optimiser() -> None:
    module = nn.Linear(2, 2)
    config = TrainConfig(schedule="constant", warm_up_steps=4, learning_rate=0.4)
    optimisers = {
        "one": make_optimiser(module, config),
        "two": make_optimiser(module, config, scale=0.5),
    }
    updater = Updater(optimisers, config, "float32", CPU, Group())
    assert updater.set_learning_rate(0, 10) == pytest.approx(0.1)
    assert optimisers["one"].param_groups[0]["lr"] == pytest.approx(0.1)
    assert optimisers["two"].param_groups[1]["lr"] == pytest.approx(0.05)


@pytest.mark.parametrize("kind", ["adamw", "adam", "sgd", "adagrad"])
def test_biases_and_normalisation_are_not_decayed(kind: str) -> None:
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    config = TrainConfig(optimiser=kind, weight_decay=0.1)  # type: ignore[arg-type]
    decays = {
        id(parameter): group["weight_decay"]
        for group in make_optimiser(module, config).param_groups
        for parameter in group["params"]
    }
    for name, parameter in module.named_parameters():
        assert decays[id(parameter)] == (0.1 if name == "0.weight" else 0.0)


def test_precision_is_taken_as_asked_and_automatic_is_one_of_both() -> None:
    assert chosen_precision("float32", CPU) == "float32"
    assert chosen_precision("bfloat16", CPU) == "bfloat16"
    assert chosen_precision("auto", CPU) in {"float32", "bfloat16"}
