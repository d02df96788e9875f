"""The same pictures through several models: what is lost with few numbers."""

from __future__ import annotations

import numpy as np

from engine.api.errors import ConfigError
from engine.api.latent import EncodePictures, LatentSource, Pixels
from engine.api.latent_pictures import CompareReconstructions, Reconstructions
from engine.api.tasks import TaskContext
from engine.data.datasets.opening import open_dataset
from engine.inference.latent_encoding import encode_pictures
from engine.inference.latent_models import open_latents

_LARGEST_COUNT = 64


def compare_reconstructions(
    request: CompareReconstructions, context: TaskContext
) -> Reconstructions:
    """Encode and decode the same pictures with each model.

    Raises:
        ConfigError: no model, no pictures, or models for pictures of different kinds.
        DatasetError: the data cannot be used.
    """
    if not request.sources or not 1 <= request.count <= _LARGEST_COUNT:
        raise ConfigError(
            f"{len(request.sources)} models, count = {request.count}: choose one model or more, "
            f"and 1 to {_LARGEST_COUNT} pictures"
        )
    facts = [open_latents(source).facts for source in request.sources]
    kinds = {(*each.size, each.channels) for each in facts}
    if len(kinds) > 1:
        raise ConfigError("the models take pictures of different sizes; compare those of one size")
    pictures = request.pictures or _held_out(request)
    rows, names, errors = [], [], []
    inputs: Pixels | None = None
    for index, source in enumerate(request.sources):
        context.report(index / len(request.sources), f"Through {source.model_key}")
        # Pictures of a data set are as the model knows them; only a person's own are turned.
        is_inverted = None if request.pictures else False
        found = encode_pictures(EncodePictures(source, pictures, is_inverted=is_inverted), context)
        inputs = found.inputs if inputs is None else inputs
        rows.append(found.reconstructions)
        names.append(_name(source))
        errors.append(float(found.errors.mean()))
    assert inputs is not None
    return Reconstructions(inputs, tuple(rows), tuple(names), tuple(errors))


def _name(source: LatentSource) -> str:
    facts = open_latents(source).facts
    axes = "axis" if facts.latent_dimensions == 1 else "axes"
    return f"{facts.weights}, {facts.latent_dimensions} {axes}"


def _held_out(request: CompareReconstructions) -> tuple[Pixels, ...]:
    # As they are: each model brings them into its own shape, as it does with a person's pictures.
    dataset = open_dataset(request.data, None, "pictures")
    count = min(request.count, len(dataset))
    indices = np.linspace(0, len(dataset) - 1, count).round().astype(int)
    pictures = [dataset[int(index)].pixels for index in indices]
    return tuple(np.repeat(one, 3, axis=2) if one.shape[2] == 1 else one for one in pictures)
