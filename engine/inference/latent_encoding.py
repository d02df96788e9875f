"""From pictures to codes: by the encoder, or by a search where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.api.errors import ConfigError
from engine.api.latent import EncodedPictures, EncodePictures
from engine.api.tasks import TaskContext
from engine.core.devices import thread_share
from engine.core.digit_network import digit_network
from engine.inference.latent_inputs import as_images, as_model_sees
from engine.inference.latent_models import Loaded, as_rgb_pixels, open_latents

_STARTS = 8
_RATE = 0.05
_PULL = 1e-3  # towards the prior, a dimension: far codes make no better pictures
_LARGEST_STEPS = 5000


def encode_pictures(request: EncodePictures, context: TaskContext) -> EncodedPictures:
    """Find the codes of pictures.

    Raises:
        ConfigError: no picture, no RGB picture, or a number of steps outside [1, 5000].
        TaskCancelled: between two steps of the search.
    """
    if not request.pictures or not 1 <= request.steps <= _LARGEST_STEPS:
        raise ConfigError(
            f"{len(request.pictures)} pictures, steps = {request.steps}: give one picture or "
            f"more, and 1 to {_LARGEST_STEPS} steps"
        )
    loaded = open_latents(request.source)
    seen = [as_model_sees(one, loaded, request.is_inverted) for one in request.pictures]
    images = as_images(seen, loaded.device)
    classes = request.class_indices
    if classes is None:
        classes = recognised(images, loaded)
    labels = loaded.labels(classes, len(images))
    variances: Tensor | None = None
    if loaded.facts.has_posterior:
        with torch.inference_mode():
            codes, variances = loaded.model.posterior(images, labels)
    elif loaded.facts.has_encoder:
        with torch.inference_mode():
            codes = loaded.model.encode(images, labels)
    else:
        codes = _searched(images, labels, loaded, request, context)
    return _answer(loaded, images, codes, variances, classes)


def recognised(images: Tensor, loaded: Loaded) -> NDArray[np.int64] | None:
    """Return the class that the digit network sees in images, or None where it cannot."""
    facts = loaded.facts
    network = digit_network(facts.channels, facts.size, facts.data_classes, loaded.device)
    if network is None:
        return None
    found = network.judge(images).probabilities.argmax(dim=1)
    return np.asarray(found.cpu().numpy(), np.int64)


def _answer(
    loaded: Loaded,
    images: Tensor,
    codes: Tensor,
    variances: Tensor | None,
    classes: NDArray[np.int64] | None,
) -> EncodedPictures:
    latents = np.asarray(codes.float().cpu().numpy(), np.float32)
    rebuilt = loaded.decoded(latents, classes)
    errors = (rebuilt.float() - images).square().flatten(1).mean(dim=1)
    return EncodedPictures(
        latents=latents,
        log_variances=None if variances is None else variances.float().cpu().numpy(),
        class_indices=classes,
        inputs=as_rgb_pixels(images),
        reconstructions=as_rgb_pixels(rebuilt),
        errors=np.asarray(errors.cpu().numpy(), np.float32),
    )


def _searched(
    images: Tensor, labels: Tensor | None, loaded: Loaded, request: EncodePictures, context: Any
) -> Tensor:
    """Descend from several draws of the prior for each picture; the best of them wins."""
    model = loaded.model
    generator = torch.Generator().manual_seed(request.seed)
    count = len(images)
    codes = model.draw(count * _STARTS, generator).to(images.device).requires_grad_(True)
    targets = images.repeat_interleave(_STARTS, dim=0)
    told = None if labels is None else labels.repeat_interleave(_STARTS)
    optimiser = torch.optim.Adam([codes], lr=_RATE)
    with thread_share():
        for step in range(request.steps):
            context.raise_if_cancelled()
            errors = (model.decode(codes, told) - targets).square().flatten(1).mean(dim=1)
            pull = _PULL * codes.square().mean(dim=1)
            # Of the codes alone: the weights of the model get no gradient and stay as they are.
            (gradient,) = torch.autograd.grad((errors + pull).sum(), codes)
            codes.grad = gradient
            optimiser.step()
            best = float(errors.detach().view(count, _STARTS).amin(dim=1).mean())
            context.report((step + 1) / request.steps, f"Searching the code: error {best:.4f}")
    with torch.inference_mode():
        errors = (model.decode(codes, told) - targets).square().flatten(1).mean(dim=1)
        chosen = errors.view(count, _STARTS).argmin(dim=1)
        found: Tensor = codes.detach().view(count, _STARTS, -1)[torch.arange(count), chosen]
        return found
