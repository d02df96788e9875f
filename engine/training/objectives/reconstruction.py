"""Reconstruction: the picture itself is the target, by squared difference."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from engine.data.datasets.samples import PictureBatch, as_images
from engine.training.objective import (
    OBJECTIVES,
    EvaluationScores,
    Losses,
    Objective,
    ObjectiveCard,
)
from engine.training.reconstructions import SquaredDifferences, above_each_other

_CARD = ObjectiveCard(
    key="reconstruction",
    title="Reconstruction",
    task="pictures",
    metric="mse",
    is_higher_better=False,
    protocol="mean squared difference of values in [0, 1], over all values of all pictures",
)


@OBJECTIVES.register(_CARD)
class Reconstruction(Objective[PictureBatch]):
    """For models whose output has a `reconstruction` as large as the picture."""

    card = _CARD

    def evaluate(self, model: nn.Module, batches: Iterable[PictureBatch]) -> EvaluationScores:
        """Score by squared difference, and the same as signal-to-noise ratio in decibels."""
        differences = SquaredDifferences()
        for batch in batches:
            images = as_images(batch.pixels)
            differences.add(model(images).reconstruction, images)
        numbers = differences.numbers(self.setup.total)
        return EvaluationScores(numbers, differences.images, {"loss": numbers["loss"]})

    def samples(self, model: nn.Module, batch: PictureBatch) -> NDArray[np.uint8]:
        """Draw each picture above its reconstruction."""
        images = as_images(batch.pixels)
        return above_each_other([images, model(images).reconstruction])

    def losses(self, batch: PictureBatch) -> Losses:
        """Mean squared difference of pictures and reconstructions."""
        images = as_images(batch.pixels)
        output = self.network(images).reconstruction
        return {"loss": functional.mse_loss(output.float(), images)}
