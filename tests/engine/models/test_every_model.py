"""One battery for every model that can be trained: a new file needs no test of its own for this."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import engine.models
from engine.api.datasets import DatasetFacts
from engine.api.models import ModelCard
from engine.api.parameters import describe
from engine.api.training import TrainConfig
from engine.core.checkpoint import load_weights, save_weights
from engine.core.registry import MODELS
from engine.data.datasets.opening import OpenOptions, open_dataset
from engine.data.datasets.prepared import Preparation
from engine.data.datasets.samples import as_images
from engine.training.batches import fixed_batch
from engine.training.distributed import Group
from engine.training.objective import OBJECTIVES, Objective, Setup
from engine.training.settings import fit_to_data
from engine.training.updates import Updater

CPU = torch.device("cpu")
COUNT = 8
OVERFIT_STEPS = 160
FEW_STEPS = {"window-classifier": 3}  # each fits the classifier to all that was gathered
# What each task trains on here, and the side of its pictures.
DATA = {
    "classification": ("digits", 8),
    "pictures": ("digits", 8),
    "segmentation": ("shapes", 32),
    "detection": ("shapes", 64),
}

# What holds a model back on purpose is let go where it is to learn by heart.
UNRESTRAINED: dict[str, dict[str, Any]] = {
    "beta-vae": {"beta": 1.0},
    "adversarial-autoencoder": {
        "latent_dimensions": 16,
        "prior": "gaussian",
        "layout": "fully-connected",
    },
    "hog-svm": {"window_width_px": 32, "window_height_px": 32, "regularisation": 10.0},
}

GAMES = ("adversarial", "conditional-adversarial")
"""Objectives of two players: their losses do not fall, so nothing is learned by heart."""

CARDS = [card for card in MODELS if card.is_trainable]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def data_for(task: Any) -> tuple[DatasetFacts, Any]:
    name, side = DATA[task]
    options = OpenOptions(samples=COUNT, preparation=Preparation(image_size=side))
    dataset = open_dataset(name, "train", task, options)
    return dataset.facts, fixed_batch(dataset, range(COUNT), CPU)


class Bench:
    """A model of a card, fitted to its data, with what trains it."""

    def __init__(self, card: ModelCard, **model_settings: Any) -> None:
        self.card = card
        source: Any = OBJECTIVES.factory(card.objective)
        self.facts, self.batch = data_for(source.card.task)
        self.config = fit_to_data(card.config_type(**model_settings), self.facts)
        torch.manual_seed(0)
        self.model: nn.Module = MODELS.build(card.key, self.config)
        train_config = TrainConfig(learning_rate=3e-3, schedule="constant", weight_decay=0.0)
        self.objective: Objective[Any] = source(self.model, Setup(self.facts, train_config))
        optimisers = self.objective.optimisers()
        self.update = Updater(optimisers, train_config, "float32", CPU, Group())

    def output(self) -> Any:
        with torch.no_grad():
            return self.model.eval()(as_images(self.batch.pixels))

    def step(self) -> None:
        self.model.train()
        self.objective.train_step(self.batch, self.update)

    def error(self) -> float:
        """Squared difference for what rebuilds pictures: their losses have a floor above zero."""
        with torch.inference_mode():
            numbers = self.objective.evaluate(self.model.eval(), [self.batch]).numbers
        return numbers.get("mse", numbers["loss"])


def documented_shapes(bench: Bench) -> dict[str, tuple[int, ...]]:
    """What the families' objectives say of the fields of an output."""
    count, height, width, channels = bench.batch.pixels.shape
    classes = len(bench.facts.classes)
    picture = {"reconstruction": (count, channels, height, width)}
    return {
        "classification": {"logits": (count, classes)},
        "segmentation": {"logits": (count, classes, height, width)},
        "reconstruction": picture,
        "denoising": picture,
        "principal-components": picture,
        "variational": picture,
        "conditional-variational": picture,
        "adversarial-autoencoder": picture,
        "adversarial": {"scores": (count,)},
        "conditional-adversarial": {"scores": (count,)},
        "window-classifier": {},  # as many windows as fit
    }[bench.card.objective]


def tensors_of(output: Any) -> list[Tensor]:
    return [part for part in output if isinstance(part, Tensor)]


def each_model(test: Callable[..., None]) -> Callable[..., None]:
    return pytest.mark.parametrize("card", CARDS, ids=lambda card: card.key)(test)


def each_of(cards: list[ModelCard]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("card", cards, ids=lambda card: card.key)


def test_there_are_models_to_train() -> None:
    assert {"classifier-small", "unet", "autoencoder"} <= {card.key for card in CARDS}


@each_model
def test_a_card_says_all_that_training_needs(card: ModelCard) -> None:
    assert card.objective in OBJECTIVES
    assert card.paper.startswith("http")
    assert card.summary.endswith(".")
    assert all(field.note or field.unit or field.choices for field in describe(card.config_type))


@each_model
def test_the_default_config_builds_and_the_output_has_the_documented_shapes(
    card: ModelCard,
) -> None:
    MODELS.build(card.key, card.config_type())
    bench = Bench(card)
    output = bench.output()
    for name, shape in documented_shapes(bench).items():
        assert getattr(output, name).shape == shape


@each_model
def test_a_gradient_reaches_every_parameter(card: ModelCard) -> None:
    bench = Bench(card)
    bench.step()
    for name, parameter in bench.model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().max() > 0, name


@each_model
def test_saved_and_loaded_weights_give_equal_outputs(card: ModelCard, tmp_path: Path) -> None:
    bench = Bench(card)
    bench.step()  # so that running averages are no longer those of a new model
    save_weights(tmp_path / "w.safetensors", bench.model.state_dict(), {})
    other = MODELS.build(card.key, bench.config)
    other.load_state_dict(load_weights(tmp_path / "w.safetensors")[0])
    with torch.no_grad():
        again = other.eval()(as_images(bench.batch.pixels))
    for one, two in zip(tensors_of(bench.output()), tensors_of(again), strict=True):
        assert torch.equal(one, two)


@each_model
def test_evaluation_mode_is_deterministic_and_does_not_mix_pictures(card: ModelCard) -> None:
    bench = Bench(card)
    whole, again = bench.output(), bench.output()
    with torch.no_grad():
        alone = bench.model(as_images(bench.batch.pixels[2:3]))
    for one, two, three in zip(*map(tensors_of, (whole, again, alone)), strict=True):
        assert torch.equal(one, two)
        torch.testing.assert_close(one[2:3], three, rtol=1e-4, atol=1e-5)


@each_model
def test_scores_and_samples_can_be_made_of_a_new_model(card: ModelCard) -> None:
    bench = Bench(card)
    with torch.inference_mode():
        scores = bench.objective.evaluate(bench.model.eval(), [bench.batch])
        picture = bench.objective.samples(bench.model, bench.batch)
    assert bench.objective.card.metric in scores.numbers
    # Losses of two players against each other measure nothing on held-out pictures.
    assert ("loss" in scores.numbers) == (card.family != "adversarial")
    assert scores.images == COUNT
    assert picture.ndim == 3
    assert picture.shape[2] == 3


@pytest.mark.slow
@each_of([card for card in CARDS if card.objective not in GAMES])
def test_one_batch_can_be_learned_by_heart(card: ModelCard) -> None:
    bench = Bench(card, **UNRESTRAINED.get(card.key, {}))
    first = bench.error()
    for _ in range(FEW_STEPS.get(card.objective, OVERFIT_STEPS)):
        bench.step()
    assert bench.error() < 0.25 * first


@pytest.mark.parametrize(("player", "share"), [("discriminator", 0.25), ("generator", 0.95)])
@each_of([card for card in CARDS if card.objective in GAMES])
def test_a_player_of_a_game_gets_better_while_the_other_stands_still(
    card: ModelCard, player: str, share: float
) -> None:
    bench = Bench(card)
    losses = []

    def only_one(name: str, losses_of: Any, batch: Any) -> Any:
        if name != player:
            return {key: value.detach() for key, value in losses_of(batch).items()}
        losses.append(bench.update(name, losses_of, batch))
        return losses[-1]

    bench.model.train()
    for _ in range(OVERFIT_STEPS):
        bench.objective.train_step(bench.batch, only_one)
    assert losses[-1]["loss"] < share * losses[0]["loss"]


@each_model
def test_a_model_file_states_its_source_and_stays_one_file(card: ModelCard) -> None:
    module = MODELS.factory(card.key).__module__
    path = Path(engine.models.__path__[0]).parents[1] / (module.replace(".", "/") + ".py")
    assert "http" in (ast.get_docstring(ast.parse(path.read_text())) or "")
