"""How a picture is spoilt, what repairs it, and how errors are measured.

Axes: S side of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import parameter, validate
from engine.api.tasks import TaskContext
from engine.traces.small_models import (
    DIGIT_SIDE_PX,
    SOURCE_NOTE,
    Learned,
    Source,
    learned,
    on_digits,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DenoisingConfig:
    """Which picture is spoilt, and how."""

    picture: int = parameter(0, low=0, high=1258, note="number of the digit; not for a picture")
    corruption: Literal["gaussian", "masking", "salt-and-pepper"] = parameter(
        "gaussian", note="masking: pixels set to 0; salt-and-pepper: to 0 or 1"
    )
    amount: float = parameter(
        0.5, low=0.0, high=1.0, note="standard deviation, or the share of pixels"
    )
    passes: int = parameter(4, low=2, high=6, note="times that the answer is fed in again")
    weights: Source = parameter("shipped", note=SOURCE_NOTE)
    seed: int = parameter(0, low=0, high=9999, note="of the noise, and of a small network")

    def __post_init__(self) -> None:
        validate(self)


def spoil(clean: Floats, corruption: str, amount: float, count: int, seed: int) -> Floats:
    """Return a picture (S, S) spoilt in `count` ways, (count, S, S).

    Equal seeds give noise that grows with the amount and is the same otherwise.
    """
    random = np.random.default_rng(seed)
    if corruption == "gaussian":
        return clean + amount * random.standard_normal((count, *clean.shape))
    dice = random.random((count, *clean.shape))
    spoilt = np.where(dice < amount, 0.0, clean)
    if corruption == "salt-and-pepper":
        spoilt = np.where(dice < amount / 2, 1.0, spoilt)
    return spoilt


def signal_to_noise(error: float) -> float:
    """Return the peak signal-to-noise ratio in decibels of a mean squared error, peak 1."""
    return float(-10 * np.log10(max(error, 1e-12)))


def learned_denoiser(config: DenoisingConfig, context: TaskContext) -> Learned:
    """Return the shipped network, or a small one that learns from the noise of the config."""
    from engine.models.representation.denoising_autoencoder import DenoisingAutoencoderConfig

    small = DenoisingAutoencoderConfig(
        image_size=DIGIT_SIDE_PX,
        latent_dimensions=16,
        corruption=config.corruption,
        amount=max(config.amount, 0.1),
        layout="fully-connected",
        hidden_units=128,
    )
    return learned(
        "denoising-autoencoder",
        ("denoising-autoencoder-mnist",),
        config.weights,
        on_digits(small, updates=1200),
        config.seed,
        context,
    )


def correlation(first: Floats, second: Floats) -> float:
    """Return Pearson's coefficient; 0 where one of the two does not vary."""
    if not first.std() or not second.std():
        return 0.0
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])
