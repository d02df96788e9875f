"""Denoising: the clean picture is the target, a spoilt one the input."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
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
    key="denoising",
    title="Denoising",
    task="pictures",
    metric="mse",
    is_higher_better=False,
    protocol=(
        "mean squared difference between clean picture and answer to the spoilt one, values in "
        "[0, 1]; noise of a fixed seed; spoilt_mse is that of the spoilt pictures themselves"
    ),
)
_NOISE_SEED = 0


@OBJECTIVES.register(_CARD)
class Denoising(Objective[PictureBatch]):
    """For models that have `corrupted`, and `reconstruction` in their output."""

    card = _CARD

    def evaluate(self, model: nn.Module, batches: Iterable[PictureBatch]) -> EvaluationScores:
        """Score answers to pictures that are spoilt the same way at each call."""
        source: Any = model
        generator = torch.Generator().manual_seed(_NOISE_SEED)
        answers, inputs = SquaredDifferences(), SquaredDifferences()
        for batch in batches:
            images = as_images(batch.pixels)
            spoilt = source.corrupted(images, generator)
            answers.add(model(spoilt).reconstruction, images)
            inputs.add(spoilt, images)
        numbers = answers.numbers(self.setup.total)
        numbers["spoilt_mse"] = inputs.numbers(self.setup.total)["mse"]
        return EvaluationScores(numbers, answers.images, {"loss": numbers["loss"]})

    def samples(self, model: nn.Module, batch: PictureBatch) -> NDArray[np.uint8]:
        """Draw each picture above its spoilt version and the answer to that."""
        source: Any = model
        images = as_images(batch.pixels)
        spoilt = source.corrupted(images, torch.Generator().manual_seed(_NOISE_SEED))
        return above_each_other([images, spoilt, model(spoilt).reconstruction])

    def losses(self, batch: PictureBatch) -> Losses:
        """Compare answers to pictures, spoilt anew each time, with the pictures themselves."""
        source: Any = self.model
        images = as_images(batch.pixels)
        output = self.network(source.corrupted(images)).reconstruction
        return {"loss": functional.mse_loss(output.float(), images)}
