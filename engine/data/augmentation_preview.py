"""Shows what an augmentation does: samples before, and several times after."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from engine.api.augmentation import PreviewAugmentation
from engine.api.datasets import DataTask
from engine.api.paths import expanded
from engine.api.pictures import Picture
from engine.api.tasks import TaskContext
from engine.data.datasets.augmentation import augmentation
from engine.data.datasets.dataset import Dataset
from engine.data.datasets.opening import OpenOptions, open_dataset
from engine.data.datasets.prepared import Preparation
from engine.data.sample_grid import draw_sample, lay_out

_VARIANTS = 3
_CACHE_BYTES = 2**26


def preview_augmentation(request: PreviewAugmentation, context: TaskContext) -> Picture:
    """Draw a row for each sample: as it is, then changed in three ways.

    Raises:
        DatasetError: the data cannot be used.
    """
    dataset = _opened(
        request.data, request.task, request.format, request.image_size, _changed(request.data)
    )
    change = augmentation(request.config)
    choice = np.random.default_rng(request.seed)
    count = min(request.count, len(dataset))
    cells = []
    for index in sorted(choice.choice(len(dataset), count, replace=False).tolist()):
        context.raise_if_cancelled()
        sample = dataset[index]
        cells.append(draw_sample(sample, dataset.facts.classes))
        for variant in range(_VARIANTS):
            # As training does it: what changes a sample is the seed, the epoch and its index.
            random = np.random.default_rng([request.seed, variant, index])
            changed = sample if change is None else change(sample, random)
            cells.append(draw_sample(changed, dataset.facts.classes))
    return Picture(lay_out(cells, 1 + _VARIANTS), None, "RGB")


@lru_cache(maxsize=2)
def _opened(
    data: str,
    task: DataTask | None,
    format_key: str | None,
    image_size: int | None,
    changed: int | None,
) -> Dataset:
    """Open for looking at; kept, because a slider asks many times a second."""
    preparation = Preparation(image_size=image_size, cache_bytes=_CACHE_BYTES)
    return open_dataset(data, "train", task, OpenOptions(format_key, preparation=preparation))


def _changed(data: str) -> int | None:
    """Return when a folder was last changed; None for data sets that go by their name."""
    path = expanded(data)
    return path.stat().st_mtime_ns if path.exists() else None
