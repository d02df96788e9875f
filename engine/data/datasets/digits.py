"""scikit-learn's handwritten digits: 1,797 pictures of 8 x 8, part of the UCI test set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.api.datasets import DatasetCard
from engine.data.datasets.arrays import ArrayDataset, class_facts
from engine.data.datasets.dataset import (
    DATASETS,
    Dataset,
    DatasetRequest,
    DatasetSource,
    choose_split,
)

_CARD = DatasetCard(
    key="digits",
    title="Digits (8 x 8)",
    summary="1,797 small handwritten digits that come with scikit-learn.",
    tasks=("classification",),
    credit="Alpaydin & Kaynak 1998, UCI machine learning repository, CC BY 4.0",
)
_HELD_OUT = 0.15
_SPLIT_SEED = 0


@DATASETS.register(_CARD)
class Digits(DatasetSource):
    """Fixed split: 70 % train, 15 % validation, 15 % test of every digit."""

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        from sklearn.datasets import load_digits

        split = choose_split(request.split, ("train", "validation", "test", "all"), request.name)
        bunch = load_digits()
        labels = np.asarray(bunch.target, np.int64)
        # The file has 17 levels of grey, 0 to 16.
        pixels = np.round(bunch.images * (255 / 16)).astype(np.uint8)[..., None]
        if split != "all":
            chosen = _split_names(labels) == split
            pixels, labels = pixels[chosen], labels[chosen]
        classes = tuple(str(digit) for digit in range(10))
        return ArrayDataset(pixels, labels, class_facts(request, pixels, classes, split, _CARD))


def _split_names(labels: NDArray[np.int64]) -> NDArray[np.str_]:
    """Return the name of the split of each picture, stratified by label."""
    names = np.full(len(labels), "train", dtype="<U10")
    random = np.random.default_rng(_SPLIT_SEED)
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        part = round(len(members) * _HELD_OUT)
        names[members[:part]] = "validation"
        names[members[part : 2 * part]] = "test"
    return names
