"""Reconstruction: the picture itself is the target, by squared difference."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from engine.data.datasets.samples import PictureBatch, as_images
from engine.training.grids import as_rgb, enlarged, tile
from engine.training.objective import (
    OBJECTIVES,
    EvaluationScores,
    Losses,
    Objective,
    ObjectiveCard,
    Update,
)

_CARD = ObjectiveCard(
    key="reconstruction",
    title="Reconstruction",
    task="pictures",
    metric="loss",
    is_higher_better=False,
    protocol="mean squared difference of values in [0, 1], over all values of all pictures",
)


@OBJECTIVES.register(_CARD)
class Reconstruction(Objective[PictureBatch]):
    """For models whose output has a `reconstruction` as large as the picture."""

    card = _CARD

    def train_step(self, batch: PictureBatch, update: Update[PictureBatch]) -> Losses:
        """Learn from a batch."""
        return update("model", self._losses, batch)

    def evaluate(self, model: nn.Module, batches: Iterable[PictureBatch]) -> EvaluationScores:
        """Score by squared difference, and the same as signal-to-noise ratio in decibels."""
        sums = torch.zeros(3, dtype=torch.float64)  # squared differences, values, pictures
        for batch in batches:
            images = as_images(batch.pixels)
            difference = model(images).reconstruction - images
            sums += torch.tensor([difference.square().sum(), images.numel(), len(images)])
        sums = self.setup.total(sums)
        error = (sums[0] / sums[1]).item()
        decibels = 10 * math.log10(1 / error) if error > 0 else math.inf
        return EvaluationScores({"loss": error, "psnr_db": decibels}, int(sums[2]), {"loss": error})

    def samples(self, model: nn.Module, batch: PictureBatch) -> NDArray[np.uint8]:
        """Draw each picture above its reconstruction."""
        output = model(as_images(batch.pixels)).reconstruction.float().clamp(0, 1)
        answers = (output * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        pictures = batch.pixels.cpu().numpy()
        columns = [
            np.concatenate([enlarged(as_rgb(picture)), enlarged(as_rgb(answer))])
            for picture, answer in zip(pictures, answers, strict=True)
        ]
        return tile(columns, columns=8)

    def _losses(self, batch: PictureBatch) -> Losses:
        images = as_images(batch.pixels)
        output = self.network(images).reconstruction
        return {"loss": functional.mse_loss(output.float(), images)}
