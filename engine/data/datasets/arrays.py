"""A data set of small pictures that lie in memory, with a class each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.api.datasets import DatasetCard, DatasetFacts
from engine.data.datasets.dataset import Dataset, DatasetRequest
from engine.data.datasets.samples import ClassSample


class ArrayDataset(Dataset):
    """Pictures (N, H, W, C) uint8 and their class indices (N,)."""

    def __init__(
        self, pixels: NDArray[np.uint8], class_indices: NDArray[np.int64], facts: DatasetFacts
    ) -> None:
        self._pixels = pixels
        self._class_indices = class_indices
        self.facts = facts

    def __getitem__(self, index: int) -> ClassSample:
        return ClassSample(self._pixels[index], int(self._class_indices[index]))


def class_facts(
    request: DatasetRequest,
    pixels: NDArray[np.uint8],
    classes: tuple[str, ...],
    split: str,
    card: DatasetCard,
) -> DatasetFacts:
    """Return the facts of pictures (N, H, W, C) in memory."""
    count, height, width, channels = pixels.shape
    return DatasetFacts(
        name=request.name,
        key=card.key,
        task="classification",
        split=split,
        classes=classes,
        channels=channels,
        size=(height, width),
        count=count,
        credit=card.credit,
    )
