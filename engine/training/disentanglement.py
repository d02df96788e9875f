"""How well the axes of an encoder follow the factors that sprites are drawn from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.data.sprites import FACTOR_SIZES, draw_sprite
from engine.metrics.factor_vae_score import factor_vae_score, quietest_axis
from engine.metrics.mutual_information_gap import mutual_information_gap

Encode = Callable[[Tensor], Tensor]

_PICTURES = 10_000
_GROUPS, _VOTING = 800, 500
_GROUP_SIZE = 32
_BATCH = 256


def sprite_scores(encode: Encode, seed: int = 0) -> dict[str, float]:
    """Return `mig` and `factor_vae_score` of an encoder, on sprites drawn for it.

    10,000 pictures for the first, 800 groups of 32 for the second, of which 500 vote: fewer than
    in the papers, so that a validation takes seconds.

    Args:
        encode: maps images (B, 1, 64, 64) in [0, 1] to latents (B, Z).
        seed: equal seeds give equal pictures.
    """
    generator = np.random.default_rng(seed)
    indices = _drawn(generator, _PICTURES)
    latents = _encoded(encode, indices)
    held = generator.integers(len(FACTOR_SIZES), size=_GROUPS)
    groups = _drawn(generator, _GROUPS * _GROUP_SIZE).reshape(_GROUPS, _GROUP_SIZE, -1)
    # Within a group all pictures have the first one's value of the held factor.
    rows = np.arange(_GROUPS)
    groups[rows, :, held] = groups[rows, 0, held][:, None]
    found = _encoded(encode, groups.reshape(_GROUPS * _GROUP_SIZE, -1))
    axes = quietest_axis(found.reshape(_GROUPS, _GROUP_SIZE, -1), latents.std(axis=0))
    return {
        "mig": mutual_information_gap(latents, indices),
        "factor_vae_score": factor_vae_score(axes, held, _VOTING, latents.shape[1]),
    }


def _drawn(generator: np.random.Generator, count: int) -> NDArray[np.int64]:
    return generator.integers(FACTOR_SIZES, size=(count, len(FACTOR_SIZES)))


def _encoded(encode: Encode, indices: NDArray[np.int64]) -> NDArray[np.float64]:
    parts = []
    for start in range(0, len(indices), _BATCH):
        pictures = np.stack([draw_sprite(one) for one in indices[start : start + _BATCH]])
        images = torch.from_numpy(pictures).unsqueeze(1).float() / 255
        parts.append(encode(images).double().cpu().numpy())
    return np.concatenate(parts)
