"""A detector as small as one can be: one model, one objective. Registered by the test alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from engine.api.detection import NetworkOptions
from engine.api.models import ModelCard
from engine.api.parameters import Parameters, parameter
from engine.core.detector import RawBoxes
from engine.core.registry import MODELS
from engine.data.datasets.samples import BoxBatch, as_images
from engine.training.objective import (
    OBJECTIVES,
    EvaluationScores,
    Losses,
    Objective,
    ObjectiveCard,
)

STRIDE_PX = 8


@dataclass(frozen=True, slots=True)
class CellDetectorConfig(Parameters):
    """Architecture of the detector."""

    in_channels: int = parameter(3, low=1, high=4, note="from the data")
    classes: int = parameter(4, low=1, high=100, note="from the data")


class CellDetectorOutput(NamedTuple):
    """What each cell says."""

    logits: Tensor  # (B, K, H/8, W/8), of a class whose object has its centre there
    sides: Tensor  # (B, 4, H/8, W/8), left, top, right and bottom from the cell's middle, in cells


class CellDetector(nn.Module):
    """Images (B, C, H, W) in [0, 1], sides of whole cells, to one box a cell and class."""

    def __init__(self, config: CellDetectorConfig) -> None:
        super().__init__()
        self.config = config
        self.features = nn.Sequential(
            nn.Conv2d(config.in_channels, 16, 4, stride=4),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.Conv2d(16, 32, 4, stride=2, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
        )
        self.head = nn.Conv2d(32, config.classes + 4, 1)

    def forward(self, images: Tensor) -> CellDetectorOutput:
        """Look at each cell."""
        logits, sides = self.head(self.features(images)).split([self.config.classes, 4], dim=1)
        return CellDetectorOutput(logits, functional.softplus(sides))

    def loss(self, output: CellDetectorOutput, batch: BoxBatch) -> Losses:
        """Compare with the boxes whose centres lie in the cells."""
        classes, boxes = torch.zeros_like(output.logits), 0.0 * output.sides.sum()
        for index, (corners, kinds) in enumerate(
            zip(batch.boxes_xyxy, batch.class_indices, strict=True)
        ):
            centres = (corners[:, :2] + corners[:, 2:]) / 2
            column, row = (centres / STRIDE_PX).long().unbind(1)
            classes[index, kinds, row, column] = 1.0
            middle = torch.stack([column, row] * 2, dim=1) + 0.5
            wanted = (corners / STRIDE_PX - middle) * torch.tensor([-1, -1, 1, 1])
            boxes = boxes + (output.sides[index, :, row, column].T - wanted).abs().mean()
        parts = {
            "objects": functional.binary_cross_entropy_with_logits(output.logits, classes),
            "boxes": boxes / len(batch.pixels),
        }
        return {"loss": parts["objects"] + parts["boxes"], **parts}

    def propose(self, output: CellDetectorOutput, options: NetworkOptions) -> list[RawBoxes]:
        """Read one box a cell and class."""
        return [self._boxes(*one, options) for one in zip(*output, strict=True)]

    def _boxes(self, logits: Tensor, sides: Tensor, options: NetworkOptions) -> RawBoxes:
        scores = logits.sigmoid()
        kinds, rows, columns = (scores >= options.score_floor).nonzero(as_tuple=True)
        middle = torch.stack([columns, rows] * 2, dim=1) + 0.5
        away = sides[:, rows, columns].T * torch.tensor([-1, -1, 1, 1])
        best = scores[kinds, rows, columns].sort(descending=True, stable=True)
        order = best.indices[: options.raw_boxes]
        return RawBoxes(
            STRIDE_PX * (middle + away)[order], best.values[: options.raw_boxes], kinds[order]
        )


class CellDetection(Objective[BoxBatch]):
    """For the model above."""

    card = ObjectiveCard(
        key="cell-detection",
        title="Detection by cells",
        task="detection",
        metric="loss",
        is_higher_better=False,
        protocol="a test",
    )

    def evaluate(self, model: nn.Module, batches: Iterable[BoxBatch]) -> EvaluationScores:
        """Score by the loss."""
        losses = [self._losses_of(model, batch)["loss"].item() for batch in batches]
        return EvaluationScores({"loss": sum(losses) / len(losses)}, len(losses), {})

    def samples(self, model: nn.Module, batch: BoxBatch) -> NDArray[np.uint8]:
        """Draw the first picture."""
        return batch.pixels[0].cpu().numpy()

    def losses(self, batch: BoxBatch) -> Losses:
        """Return what the model's own loss says."""
        return self._losses_of(self.network, batch)

    def _losses_of(self, network: nn.Module, batch: BoxBatch) -> Losses:
        losses: Losses = self.model.loss(network(as_images(batch.pixels)), batch)
        return losses


CARD = ModelCard(
    key="cell-detector",
    title="A box a cell",
    task="detection",
    family="test",
    paper="https://example.org",
    summary="A test.",
    config_type=CellDetectorConfig,
    options_type=NetworkOptions,
    is_trainable=True,
    objective=CellDetection.card.key,
)


def register() -> None:
    """Enter both into the tables."""
    MODELS.register(CARD)(CellDetector)
    OBJECTIVES.register(CellDetection.card)(CellDetection)
