"""Pictures of drawn codes, and the training picture that lies nearest to each."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.api.errors import ConfigError, DatasetError
from engine.api.latent import Floats
from engine.api.latent_pictures import (
    FindNearest,
    NearestPictures,
    SampledPictures,
    SampleLatents,
)
from engine.api.tasks import TaskContext
from engine.inference.latent_clouds import open_for
from engine.inference.latent_encoding import recognised
from engine.inference.latent_models import Loaded, as_rgb_pixels, open_latents

_BATCH = 250
_LARGEST_COUNT = 10_000
_COMPARED = 512


def sample_latents(request: SampleLatents, context: TaskContext) -> SampledPictures:
    """Draw codes and decode them.

    Raises:
        ConfigError: a count or truncation out of range, a class that the model is not told, or
            no codes to fit a distribution to.
    """
    if not 1 <= request.count <= _LARGEST_COUNT or not 0 < request.truncation <= 2:
        raise ConfigError(
            f"count = {request.count}, truncation = {request.truncation:g}: choose 1 to "
            f"{_LARGEST_COUNT} pictures, and a truncation above 0 and up to 2"
        )
    loaded = open_latents(request.source)
    classes = _asked(request, loaded)
    latents = draw_latents(request, loaded)
    parts, called = [], []
    for start in range(0, request.count, _BATCH):
        context.raise_if_cancelled()
        part = slice(start, start + _BATCH)
        images = loaded.decoded(latents[part], None if classes is None else classes[part])
        called.append(recognised(images, loaded))
        parts.append(as_rgb_pixels(images))
    known = [one for one in called if one is not None]
    return SampledPictures(
        latents, np.concatenate(parts), classes, np.concatenate(known) if known else None
    )


def draw_latents(request: SampleLatents, loaded: Loaded) -> Floats:
    """Return codes (N, Z), pulled towards their centre by the truncation."""
    if request.sampling == "prior":
        if loaded.facts.prior == "none":
            raise ConfigError(
                f"{loaded.facts.source.model_key} has no prior to draw from; choose a Gaussian or "
                "a mixture fitted to encoded pictures"
            )
        generator = torch.Generator().manual_seed(request.seed)
        latents = loaded.model.draw(request.count, generator).numpy()
        return np.asarray(request.truncation * latents, np.float32)
    if request.cloud is None or len(request.cloud) < 2:
        raise ConfigError("there are no encoded pictures to fit to; encode a data set first")
    loaded.check_codes(request.cloud)
    cloud = np.asarray(request.cloud, np.float64)
    centre = cloud.mean(axis=0)
    if request.sampling == "gaussian":
        latents = _from_gaussian(cloud, request.count, request.seed)
    else:
        latents = _from_mixture(cloud, request)
    return np.asarray(centre + request.truncation * (latents - centre), np.float32)


def _from_gaussian(cloud: NDArray[np.float64], count: int, seed: int) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    covariance = np.atleast_2d(np.cov(cloud.T))
    return random.multivariate_normal(cloud.mean(axis=0), covariance, count, check_valid="ignore")


def _from_mixture(cloud: NDArray[np.float64], request: SampleLatents) -> NDArray[np.float64]:
    if not 1 <= request.components <= 100:
        raise ConfigError(f"components = {request.components}: choose 1 to 100")
    from sklearn.mixture import GaussianMixture

    components = min(request.components, len(cloud))
    mixture = GaussianMixture(components, random_state=request.seed, reg_covar=1e-5).fit(cloud)
    latents, _ = mixture.sample(request.count)
    # The library answers component by component.
    order = np.random.default_rng(request.seed).permutation(len(latents))
    return np.asarray(latents[order], np.float64)


def _asked(request: SampleLatents, loaded: Loaded) -> NDArray[np.int64] | None:
    known = loaded.model.label_count
    if request.class_index is not None and not 0 <= request.class_index < max(1, known):
        raise ConfigError(f"class {request.class_index}: choose 0 to {known - 1}")
    if request.class_index is not None and not known:
        raise ConfigError(
            f"{loaded.facts.source.model_key} is conditioned on no class; leave it out"
        )
    if not known:
        return None
    if request.class_index is not None:
        return np.full(request.count, request.class_index, np.int64)
    return np.asarray(np.arange(request.count) % known, np.int64)


def find_nearest(request: FindNearest, context: TaskContext) -> NearestPictures:
    """Find the nearest picture of the training split for each picture.

    Raises:
        DatasetError: the data cannot be used, or has pictures of another kind.
    """
    loaded = open_latents(request.source)
    dataset = open_for(loaded, request.data, "train")
    asked = _as_rows(request.pixels)
    nearest = np.full(len(asked), -1)
    errors = np.full(len(asked), np.inf, np.float32)
    for start in range(0, len(dataset), _COMPARED):
        context.raise_if_cancelled()
        context.report(start / len(dataset), f"{start} of {len(dataset)} pictures")
        indices = range(start, min(start + _COMPARED, len(dataset)))
        rows = _as_rows(np.stack([_rgb(dataset[index].pixels) for index in indices]))
        if rows.shape[1] != asked.shape[1]:
            raise DatasetError(f"{request.data}: its pictures have another size than the model's")
        # |a - b|^2 = |a|^2 + |b|^2 - 2 a b: one product in place of a difference a pair.
        squares = (asked**2).sum(axis=1)[:, None] + (rows**2).sum(axis=1) - 2 * asked @ rows.T
        found = squares.min(axis=1) / asked.shape[1]
        is_nearer = found < errors
        nearest[is_nearer] = start + squares.argmin(axis=1)[is_nearer]
        errors[is_nearer] = found[is_nearer]
    pixels = np.stack([_rgb(dataset[int(index)].pixels) for index in nearest])
    return NearestPictures(pixels, nearest.astype(np.int64), np.maximum(errors, 0))


def _rgb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)), np.uint8)


def _as_rows(pixels: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(pixels / np.float32(255), np.float32).reshape(len(pixels), -1)
