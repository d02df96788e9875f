"""What the topics on learned models are made from: digits, and weights or a small trained network.

Weights that ship with the project are used where they are here. Else a small network learns for a
few seconds by the objective of its model, see engine/training/in_memory.py, and the trace says so.
torch and OpenCV are imported when a trace is built, not with this file: the command line's help
lists the topics.

Axes: N pictures, S side of the square picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import ConfigError
from engine.api.tasks import TaskContext
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.core.shipped_weights import shipped_file

if TYPE_CHECKING:
    from engine.data.datasets.dataset import Dataset

Source = Literal["shipped", "small"]
SOURCE_NOTE = "shipped: trained on MNIST; small: learns here from 8 x 8 digits"
DIGIT_SIDE_PX = 8
_MARGIN = 1 / 7  # of the side: MNIST has 20 pixels of digit in 28


@dataclass(frozen=True, slots=True)
class Learned:
    """A model in evaluation mode on the CPU.

    Attributes:
        model: with the surface of LatentModel, see engine/core/latent_model.py, or a segmenter.
        origin: which weights these are, as the end of a sentence.
        side: S of its pictures, where they have one size.
        classes: names of its classes; empty where it has none, or nothing is known of them.
    """

    model: Any
    origin: str
    side: int = 0
    classes: tuple[str, ...] = ()

    @property
    def is_grey(self) -> bool:
        """Whether its pictures have one channel."""
        return int(self.model.config.in_channels) == 1


@dataclass(frozen=True, slots=True)
class SmallTraining:
    """How a small network learns where no weights ship.

    Attributes:
        config: of the model; it suits the data.
        data: opens what it learns from.
        noun: what that is, many of them.
        updates: how many batches it learns from.
    """

    config: Any
    data: Callable[[], Dataset]
    noun: str
    updates: int
    batch_size: int = 64
    learning_rate: float = 3e-3


@cache
def digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the training digits (N, 8, 8) in [0, 1] of scikit-learn and their classes (N,)."""
    from engine.data.datasets.dataset import DatasetRequest
    from engine.data.datasets.digits import Digits

    opened = Digits().open(DatasetRequest("digits", "classification", split="train"))
    samples: list[Any] = [opened[index] for index in range(len(opened))]
    grey = np.stack([sample.pixels[..., 0] for sample in samples])
    values = np.asarray(grey / 255, np.float32)
    return values, np.array([sample.class_index for sample in samples], np.int64)


def digit_pictures(indices: NDArray[np.integer[Any]], side: int) -> NDArray[np.float32]:
    """Return digits (N, S, S) in [0, 1], enlarged into a black frame like that of MNIST.

    Raises:
        ConfigError: there is no digit of one of the numbers.
    """
    values, _ = digits()
    if len(indices) and int(indices.max()) >= len(values):
        raise ConfigError(
            f"picture = {int(indices.max())}: there are {len(values)} digits, counted from 0"
        )
    return np.stack([_enlarged(one, side) for one in values[indices]])


def own_picture(pixels: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """Return the middle square of an RGB picture as grey (S, S) in [0, 1]."""
    import cv2

    height, width = pixels.shape[:2]
    length = min(height, width)
    top, left = (height - length) // 2, (width - length) // 2
    square = pixels[top : top + length, left : left + length]
    grey = cv2.cvtColor(np.ascontiguousarray(square), cv2.COLOR_RGB2GRAY)
    method = cv2.INTER_AREA if length > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, (side, side), interpolation=method) / 255, np.float32)


def subject(
    pixels: NDArray[np.uint8] | None, index: int, side: int
) -> tuple[NDArray[np.float32], str]:
    """Return the picture (S, S) that a trace is about, and what it is, as words.

    Args:
        pixels: a person's own RGB picture; None for the digit of a number.
        index: number of the digit.
        side: S.
    """
    if pixels is not None:
        return own_picture(pixels, side), f"your picture as {side} x {side} grey values"
    picture = digit_pictures(np.array([index]), side)[0]
    enlarged = "" if side == DIGIT_SIDE_PX else f" enlarged to {side} x {side}"
    label = int(digits()[1][index])
    return picture, f"digit {index} of scikit-learn's 8 x 8 digits, a {label}{enlarged}"


def learned(
    key: str,
    names: tuple[str, ...],
    wanted: Source,
    small: SmallTraining,
    seed: int,
    context: TaskContext,
) -> Learned:
    """Return a model with the first of the shipped weights that is here, else a small trained one.

    Args:
        key: of the model.
        names: of weights, best first.
        wanted: "small" passes over shipped weights.
        small: how the network learns where none are here.
        seed: of the small network's first weights, batches and noise.
        context: told about progress; cancels between batches.
    """
    import torch

    from engine.core.trained_models import load_trained

    if wanted == "shipped":
        for name in names:
            path = shipped_file(name)
            if path is not None:
                found = load_trained(MODELS.card(key), path, torch.device("cpu"))
                side = _side(found.model.config)
                return Learned(found.model, f"the shipped weights {name}", side, found.classes)
    model = trained_here(key, small, seed, context)
    origin = (
        f"a small network that learned for this trace: {small.updates} updates of "
        f"{small.batch_size} {small.noun}, seed {seed}"
    )
    if wanted == "shipped":
        origin += f" (the weights {names[0]} are not in this installation)"
    return Learned(model, origin, _side(small.config), small.data().facts.classes)


def trained_here(key: str, small: SmallTraining, seed: int, context: TaskContext) -> Any:
    """Train a fresh model by its own objective; returns it in evaluation mode."""
    from engine.training.in_memory import train_in_memory

    config = TrainConfig(
        batch_size=small.batch_size, learning_rate=small.learning_rate, seed=seed, weight_decay=0.0
    )
    return train_in_memory(key, small.config, small.data(), config, small.updates, context)


def _side(config: Any) -> int:
    return int(getattr(config, "image_size", 0))


def fresh(key: str, config: Any, seed: int) -> Any:
    """Return an untrained model whose first weights depend on the seed alone."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MODELS.build(key, config)


def _enlarged(picture: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    if side == DIGIT_SIDE_PX:
        return picture
    import cv2

    inner = side - 2 * round(side * _MARGIN)
    grown = cv2.resize(picture, (inner, inner), interpolation=cv2.INTER_CUBIC)
    margin = (side - inner) // 2
    rest = side - inner - margin
    return np.clip(np.pad(grown, ((margin, rest), (margin, rest))), 0.0, 1.0).astype(np.float32)


def digits_of(side: int) -> Dataset:
    """Return the training digits as grey pictures (S, S) to learn from."""
    from engine.data.datasets.samples import PictureSample
    from engine.training.in_memory import Samples

    grey = np.round(255 * digit_pictures(np.arange(len(digits()[0])), side)).astype(np.uint8)
    return Samples("digits", "pictures", [PictureSample(one[..., None]) for one in grey])


def on_digits(config: Any, updates: int, learning_rate: float = 3e-3) -> SmallTraining:
    """Return a training on the digits, brought to the size of the config's pictures."""
    data = partial(digits_of, config.image_size)
    return SmallTraining(config, data, "digits", updates, learning_rate=learning_rate)


def learned_vae(wanted: Source, seed: int, context: TaskContext) -> Learned:
    """Return a variational autoencoder of ten axes, or a small one of four."""
    from engine.models.representation.vae import VaeConfig

    config = VaeConfig(
        image_size=DIGIT_SIDE_PX, latent_dimensions=4, layout="fully-connected", hidden_units=64
    )
    small = on_digits(config, updates=1200)
    return learned("vae", ("vae-mnist-10d", "vae-mnist-2d"), wanted, small, seed, context)
