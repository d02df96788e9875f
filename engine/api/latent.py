"""Latent spaces: what a model's codes are, and the requests that open, decode and encode them.

The plane and the axes of the codes are in `latent_space`, what is made of them in
`latent_pictures`. Axes: N pictures or codes, Z latent axes, H and W of the model's pictures.
Pictures are RGB uint8. Every request names its model by a `LatentSource`; the engine keeps the
last few loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class LatentSource:
    """Which model, with which weights.

    Attributes:
        weights: a name from the model's card, a file or folder of a run, or None for the first.
    """

    model_key: str
    weights: str | Path | None = None
    device: str = "auto"


@dataclass(frozen=True, slots=True, eq=False)
class LatentFacts:
    """What is known of a model's latent space.

    Attributes:
        size: height and width of the pictures that it makes.
        channels: 1 grey, 3 colour; answers are RGB in any case.
        classes: names of the classes that the model is conditioned on, or empty.
        prior: what latents are drawn from, see engine/core/latent_model.py.
        has_encoder: whether pictures can be encoded directly; else they are searched for.
        has_posterior: whether the encoder answers with a mean and a variance an axis.
        has_stored_codes: whether codes of the training data lie beside the weights.
        data: what the weights were trained on, in words.
        data_key: the data set's name or folder name as the run had it, for `EncodeData`.
        metric: what the weights reach and on what, in words.
        numbers: everything measured, by name.
        data_classes: of the data; the model need not be told them.
        beta: weight of the divergence in the loss that it learned by; None for models without.
    """

    source: LatentSource
    weights: str
    latent_dimensions: int
    size: tuple[int, int]
    channels: int
    classes: tuple[str, ...]
    prior: str
    has_encoder: bool
    has_posterior: bool
    has_stored_codes: bool
    data: str
    data_key: str
    metric: str
    numbers: Mapping[str, float | None] = field(default_factory=dict)
    data_classes: tuple[str, ...] = ()
    beta: float | None = None


@dataclass(frozen=True, slots=True)
class OpenLatents:
    """Load a model; answers `LatentFacts`."""

    source: LatentSource

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Loading {self.source.model_key}"


@dataclass(frozen=True, slots=True, eq=False)
class DecodeLatents:
    """Make pictures of codes; answers `DecodedPictures`.

    Attributes:
        latents: (N, Z).
        class_indices: (N,) for models conditioned on a class, else None.
        columns: None for the pictures one by one; else they are laid out in one sheet, so many a
            row without gaps, and `pixels` is (1, rows * H, columns * W, 3).
    """

    source: LatentSource
    latents: Floats
    class_indices: NDArray[np.int64] | None = None
    columns: int | None = None

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Decoding with {self.source.model_key}"


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPictures:
    """Pictures that were made of codes.

    Attributes:
        pixels: RGB uint8 (N, H, W, 3), or one sheet.
        milliseconds: the decoder alone.
    """

    latents: Floats
    pixels: Pixels
    milliseconds: float


@dataclass(frozen=True, slots=True, eq=False)
class EncodePictures:
    """Find the codes of pictures; answers `EncodedPictures`.

    Generators without an encoder search for the code by gradient descent, and report progress.

    Attributes:
        pictures: RGB uint8 (h, w, 3), any sizes; each is reduced to the model's size and channels.
        class_indices: (N,) for models conditioned on a class; None lets the digit network say,
            where it can.
        is_inverted: True takes dark on light as light on dark, as MNIST has it; None decides by
            the border of each picture.
        steps: of the search.
    """

    source: LatentSource
    pictures: tuple[Pixels, ...]
    class_indices: NDArray[np.int64] | None = None
    is_inverted: bool | None = None
    steps: int = 300
    seed: int = 0

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Encoding with {self.source.model_key}"


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPictures:
    """Codes of pictures, and what the model makes of them.

    Attributes:
        latents: (N, Z), posterior means where there is a posterior.
        log_variances: (N, Z), or None.
        inputs: the pictures as the model saw them, RGB uint8 (N, H, W, 3).
        reconstructions: RGB uint8 (N, H, W, 3).
        errors: (N,) mean squared difference of values in [0, 1].
    """

    latents: Floats
    log_variances: Floats | None
    class_indices: NDArray[np.int64] | None
    inputs: Pixels
    reconstructions: Pixels
    errors: Floats


def combine(a: Floats, b: Floats, c: Floats) -> Floats:
    """Return a - b + c, codes (Z,)."""
    return np.asarray(a - b + c, np.float32)


def attribute_direction(with_it: Floats, without: Floats) -> Floats:
    """Return the mean of codes (N, Z) minus the mean of codes (M, Z): (Z,)."""
    return np.asarray(with_it.mean(axis=0) - without.mean(axis=0), np.float32)
