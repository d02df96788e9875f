"""Encoding part of a data set with a trained model, for the maps of the Latent page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.core.latent_codes import LatentCodes
from engine.core.latent_model import Encoder, ProbabilisticEncoder
from engine.data.datasets.dataset import Dataset
from engine.data.datasets.samples import ClassBatch, as_images, collate, to_device

LIMIT = 2000
_BATCH = 64


def encode_dataset(
    model: nn.Module, dataset: Dataset, device: torch.device, limit: int = LIMIT
) -> LatentCodes:
    """Return the codes of at most `limit` pictures of a data set, evenly spread over it.

    Args:
        model: has an encoder; is given the classes where it is conditioned on them.
        dataset: whose samples have a class, or are pictures alone.
        device: where the model is.
        limit: pictures at most.
    """
    assert isinstance(model, Encoder)
    indices = np.unique(np.linspace(0, len(dataset) - 1, min(limit, len(dataset))).round())
    parts = [
        _encoded(model, to_device(_batch(dataset, part), device))
        for part in _parts([int(index) for index in indices])
    ]
    latents, variances, classes = zip(*parts, strict=True)
    facts = dataset.facts
    which = "all splits" if facts.split == "all" else f"the {facts.split} split"
    return LatentCodes(
        torch.cat(latents),
        None if variances[0] is None else torch.cat(variances),
        torch.cat(classes),
        facts.classes if facts.task == "classification" else (),
        f"{len(indices)} pictures of {which} of {Path(facts.name).name}",
    )


def _batch(dataset: Dataset, indices: Sequence[int]) -> Any:
    return collate([dataset[index] for index in indices])


def _parts(indices: Sequence[int]) -> list[Sequence[int]]:
    return [indices[start : start + _BATCH] for start in range(0, len(indices), _BATCH)]


@torch.inference_mode()
def _encoded(model: Any, batch: Any) -> tuple[Tensor, Tensor | None, Tensor]:
    images = as_images(batch.pixels)
    has_classes = isinstance(batch, ClassBatch)
    known = batch.class_indices if has_classes else torch.full((len(images),), -1)
    labels = known.to(images.device) if model.label_count and has_classes else None
    if isinstance(model, ProbabilisticEncoder):
        posterior = model.posterior(images, labels)
        return posterior.mean.cpu(), posterior.log_variance.cpu(), known.cpu()
    return model.encode(images, labels).cpu(), None, known.cpu()
