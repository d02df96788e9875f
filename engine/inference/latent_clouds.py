"""Clouds of codes: of the stored pictures, of a data set, or of the prior; and maps of them."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.api.errors import ConfigError, DatasetError
from engine.api.latent import Floats
from engine.api.latent_space import STORED, EncodeData, LatentCloud, LatentMap, ProjectLatents
from engine.api.tasks import TaskContext
from engine.core.latent_codes import LatentCodes, latents_beside, load_codes
from engine.core.ready_attributes import ready_attributes
from engine.data.datasets.dataset import Dataset
from engine.data.datasets.opening import OpenOptions, open_dataset
from engine.data.datasets.prepared import Preparation
from engine.data.encoded_dataset import encode_dataset
from engine.inference.latent_models import Loaded, open_latents
from engine.inference.t_sne import t_sne

_ACTIVE_VARIANCE = 0.01


def encode_data(request: EncodeData, context: TaskContext) -> LatentCloud:
    """Encode a data set, or read the codes that came with the weights.

    Raises:
        ConfigError: fewer than two pictures asked for.
        DatasetError: the data cannot be used, or no codes are stored beside the weights.
    """
    if request.limit < 2:
        raise ConfigError(f"limit = {request.limit}: a cloud needs 2 pictures or more")
    loaded = open_latents(request.source)
    context.raise_if_cancelled()
    if not loaded.facts.has_encoder:
        return _cloud(loaded, _drawn(loaded, request), None)
    if request.data == STORED:
        cloud = _cloud(loaded, _stored(loaded, request.limit), None)
        known = ready_attributes(loaded.facts.data_key, len(cloud.latents))
        return replace(cloud, attributes=known)
    dataset = open_for(loaded, request.data, request.split)
    codes = encode_dataset(loaded.model, dataset, loaded.device, request.limit)
    indices = np.unique(np.linspace(0, len(dataset) - 1, len(codes.latents)).round()).astype(int)
    pictures = [dataset[int(index)].pixels for index in indices]
    thumbnails = np.stack([np.broadcast_to(one, (*one.shape[:2], 3)) for one in pictures])
    return _cloud(loaded, codes, thumbnails)


def open_for(loaded: Loaded, data: str, split: str | None) -> Dataset:
    """Open a data set with pictures as the model takes them; with classes where there are any."""
    preparation = Preparation(
        image_size=loaded.facts.size[0], is_square=True, in_channels=loaded.facts.channels
    )
    options = OpenOptions(preparation=preparation)
    try:
        return open_dataset(data, split, "classification", options)
    except DatasetError:
        return open_dataset(data, split, "pictures", options)


def project_latents(request: ProjectLatents, context: TaskContext) -> LatentMap:
    """Lay codes out on a plane.

    Raises:
        ConfigError: an axis that the codes do not have, or too few codes for t-SNE.
        TaskCancelled: cancelled; t-SNE takes seconds.
    """
    latents = np.asarray(request.latents, np.float32)
    centre = latents.mean(axis=0)
    context.raise_if_cancelled()
    if request.method == "t-sne":
        positions = t_sne(latents, request.seed, context)
        return LatentMap("t-sne", positions, latents, centre, None)
    length = latents.shape[1]
    basis = np.eye(length, dtype=np.float32)
    if request.method == "pca":
        basis = principal_directions(latents)[0]
    directions = _plane(basis, request.axes, length)
    if request.method == "axes":
        centre = np.zeros_like(centre)  # so that places are the values of the axes themselves
    positions = np.asarray((latents - centre) @ directions.T, np.float32)
    return LatentMap(request.method, positions, latents, centre, directions)


def principal_directions(latents: Floats) -> tuple[Floats, Floats]:
    """Return orthonormal directions (K, Z), most varied first, and the deviation along each."""
    centred = np.asarray(latents, np.float64) - latents.mean(axis=0, dtype=np.float64)
    _, lengths, rows = np.linalg.svd(centred, full_matrices=False)
    # The sign of a direction is free: its largest number is made positive, so that runs agree.
    signs = np.sign(rows[np.arange(len(rows)), np.abs(rows).argmax(axis=1)])
    deviations = lengths / np.sqrt(max(1, len(latents)))
    return (rows * signs[:, None]).astype(np.float32), deviations.astype(np.float32)


def _plane(basis: Floats, axes: tuple[int, int], length: int) -> Floats:
    """Return two directions (2, Z); of a single axis the second is zero."""
    if length == 1 or len(basis) == 1:
        return np.concatenate([basis[:1], np.zeros((1, length), np.float32)])
    if not all(0 <= axis < len(basis) for axis in axes) or axes[0] == axes[1]:
        raise ConfigError(
            f"axes {axes[0] + 1} and {axes[1] + 1}: choose two different ones from 1 to "
            f"{len(basis)}"
        )
    return np.asarray(basis[list(axes)], np.float32)


def _stored(loaded: Loaded, limit: int) -> LatentCodes:
    path = latents_beside(loaded.weights)
    if not os.path.isfile(path):
        raise DatasetError(
            f"{loaded.facts.weights}: no codes are stored beside these weights; choose a data set "
            "to encode"
        )
    codes = load_codes(path)
    if codes.latents.shape[1] != loaded.facts.latent_dimensions:
        raise DatasetError(
            f"{path.name}: holds codes of {codes.latents.shape[1]} axes, but the model has "
            f"{loaded.facts.latent_dimensions}; train it again or choose a data set to encode"
        )
    kept = torch.linspace(0, len(codes.latents) - 1, min(limit, len(codes.latents))).round().long()
    variances = codes.log_variances
    return codes._replace(
        latents=codes.latents[kept],
        class_indices=codes.class_indices[kept],
        log_variances=None if variances is None else variances[kept],
    )


def _drawn(loaded: Loaded, request: EncodeData) -> LatentCodes:
    """Return draws of the prior, for models that only know the way from codes to pictures."""
    generator = torch.Generator().manual_seed(request.seed)
    latents = loaded.model.draw(request.limit, generator)
    labels = torch.full((len(latents),), -1)
    if loaded.model.label_count:
        labels = torch.arange(len(latents)) % loaded.model.label_count
    about = f"{len(latents)} draws from the prior; this model has no encoder"
    return LatentCodes(latents, None, labels, loaded.facts.classes, about)


def _cloud(loaded: Loaded, codes: LatentCodes, thumbnails: NDArray[Any] | None) -> LatentCloud:
    latents = np.asarray(codes.latents.float().numpy(), np.float32)
    components, deviations = principal_directions(latents)
    divergences, is_active = None, None
    if codes.log_variances is not None:
        log_variances = codes.log_variances.float().numpy()
        nats = 0.5 * (np.exp(log_variances) + latents**2 - 1 - log_variances)
        divergences = np.asarray(nats.mean(axis=0), np.float32)
        is_active = latents.var(axis=0) > _ACTIVE_VARIANCE
    return LatentCloud(
        source=loaded.facts.source,
        latents=latents,
        class_indices=np.asarray(codes.class_indices.numpy(), np.int64),
        classes=codes.classes,
        thumbnails=thumbnails,
        centre=latents.mean(axis=0),
        spread=latents.std(axis=0),
        components=components,
        deviations=deviations,
        kl=divergences,
        is_active=is_active,
        about=codes.about,
        log_variances=None if codes.log_variances is None else codes.log_variances.numpy(),
    )
