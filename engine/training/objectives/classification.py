"""Classification: softmax cross-entropy, scored by the share of right answers."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from engine.data.datasets.samples import ClassBatch, as_images
from engine.metrics.confusion_matrix import ConfusionMatrix
from engine.training.grids import INK, PAPER, RIGHT, WRONG, as_rgb, enlarged, framed, tile
from engine.training.objective import (
    OBJECTIVES,
    EvaluationScores,
    Losses,
    Objective,
    ObjectiveCard,
)

_CARD = ObjectiveCard(
    key="classification",
    title="Classification",
    task="classification",
    metric="accuracy",
    is_higher_better=True,
    protocol="the class of the highest score counts",
)


@OBJECTIVES.register(_CARD)
class Classification(Objective[ClassBatch]):
    """For models whose output has `logits` (B, K)."""

    card = _CARD

    def evaluate(self, model: nn.Module, batches: Iterable[ClassBatch]) -> EvaluationScores:
        """Score by accuracy, also of each class."""
        classes = self.setup.facts.classes
        matrix = ConfusionMatrix(len(classes))
        loss = torch.zeros(1, dtype=torch.float64)
        for batch in batches:
            logits = model(as_images(batch.pixels)).logits
            loss += functional.cross_entropy(logits, batch.class_indices, reduction="sum").cpu()
            matrix.add(logits.argmax(dim=1), batch.class_indices)
        matrix.counts = self.setup.total(matrix.counts)
        images = int(matrix.counts.sum())
        numbers = {"loss": self.setup.total(loss).item() / images, "accuracy": matrix.accuracy}
        recall = matrix.recall.tolist()
        per_class = {n: None if r != r else r for n, r in zip(classes, recall, strict=True)}
        fields = {
            **numbers,
            "per_class": per_class,
            "classes": classes,
            "confusion": tuple(tuple(row) for row in matrix.counts.tolist()),
        }
        chance = int(matrix.counts.sum(dim=1).max()) / images
        return EvaluationScores(numbers, images, fields, chance)

    def samples(self, model: nn.Module, batch: ClassBatch) -> NDArray[np.uint8]:
        """Draw each picture with the class that it is called; right and wrong by the frame."""
        probabilities = model(as_images(batch.pixels)).logits.float().softmax(dim=1)
        best = probabilities.max(dim=1)
        names = self.setup.facts.classes
        cells = []
        for index, pixels in enumerate(batch.pixels.cpu().numpy()):
            called, truth = int(best.indices[index]), int(batch.class_indices[index])
            caption = f"{names[called]} {best.values[index].item():.0%}"
            picture = framed(enlarged(as_rgb(pixels)), RIGHT if called == truth else WRONG)
            cells.append(_captioned(picture, caption))
        return tile(cells)

    def losses(self, batch: ClassBatch) -> Losses:
        """Cross-entropy of the true classes."""
        logits = self.network(as_images(batch.pixels)).logits
        return {"loss": functional.cross_entropy(logits.float(), batch.class_indices)}


def _captioned(picture: NDArray[np.uint8], caption: str) -> NDArray[np.uint8]:
    strip = np.full((20, picture.shape[1], 3), PAPER, np.uint8)
    # OpenCV's drawn letters know no more than ASCII.
    text = caption.encode("ascii", "replace").decode()
    cv2.putText(strip, text, (3, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, INK, 1, cv2.LINE_AA)
    return np.concatenate([picture, strip])
