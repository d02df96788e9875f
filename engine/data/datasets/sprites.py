"""Sprites by name: one object from five known factors, for disentanglement."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.api.datasets import DatasetCard, DatasetFacts, DataTask
from engine.data.datasets.dataset import (
    DATASETS,
    Dataset,
    DatasetRequest,
    DatasetSource,
    choose_split,
)
from engine.data.datasets.samples import ClassSample, FactorSample, Sample
from engine.data.sprites import (
    SPRITE_COUNT,
    SPRITE_SHAPES,
    SPRITE_SIDE_PX,
    draw_sprite,
    factor_indices,
)

_CARD = DatasetCard(
    key="sprites",
    title="Sprites",
    summary="One object whose shape, scale, rotation and place vary independently.",
    tasks=("pictures", "classification"),
    credit="drawn by this project; factors after dSprites (Matthey et al. 2017)",
    is_endless=True,
)
_HELD_OUT = 1000
_SPLIT_SEED = 0


@DATASETS.register(_CARD)
class Sprites(DatasetSource):
    """1,000 combinations to validate, 1,000 to test, of the others as many as wished to train.

    The split `all` has every combination, in the order of its number.
    """

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        split = choose_split(request.split, ("train", "validation", "test", "all"), request.name)
        numbers = np.arange(SPRITE_COUNT)
        if split != "all":
            order = np.random.default_rng(_SPLIT_SEED).permutation(SPRITE_COUNT)
            parts = {
                "validation": order[:_HELD_OUT],
                "test": order[_HELD_OUT : 2 * _HELD_OUT],
                "train": order[2 * _HELD_OUT :][: request.samples],
            }
            numbers = parts[split]
        return SpritePictures(numbers, request.name, request.task, split)


class SpritePictures(Dataset):
    """Sprites of the combinations of these numbers; the class is the shape."""

    def __init__(self, numbers: NDArray[np.int64], name: str, task: DataTask, split: str) -> None:
        self._numbers = numbers
        self.facts = DatasetFacts(
            name=name,
            key=_CARD.key,
            task=task,
            split=split,
            classes=SPRITE_SHAPES if task == "classification" else (),
            channels=1,
            size=(SPRITE_SIDE_PX, SPRITE_SIDE_PX),
            count=len(numbers),
            credit=_CARD.credit,
        )

    def __getitem__(self, index: int) -> Sample:
        indices = factor_indices(self._numbers[index])
        pixels = draw_sprite(indices)[:, :, None]
        if self.facts.task == "classification":
            return ClassSample(pixels, int(indices[0]))
        return FactorSample(pixels, indices)
