"""How often each true class was called each class, and the scores that follow from it."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.api.datasets import IGNORED


class ConfusionMatrix:
    """Counts over many batches. Rows are true classes, columns predicted ones.

    Attributes:
        counts: (K, K) int64, on the CPU.
    """

    def __init__(self, classes: int) -> None:
        self.counts = torch.zeros(classes, classes, dtype=torch.int64)

    def add(self, predicted: Tensor, truth: Tensor) -> None:
        """Count class indices of any equal shape; where the truth is 255 nothing is counted."""
        classes = len(self.counts)
        counted = truth != IGNORED
        pairs = truth[counted].long() * classes + predicted[counted].long()
        self.counts += torch.bincount(pairs, minlength=classes**2).view(classes, classes).cpu()

    @property
    def accuracy(self) -> float:
        """Share of everything counted that was called by its name; NaN where nothing was."""
        return _fraction(self.counts.diagonal().sum(), self.counts.sum()).item()

    @property
    def recall(self) -> Tensor:
        """Share of each true class that was recognised, (K,); NaN where the class is absent."""
        return _fraction(self.counts.diagonal(), self.counts.sum(dim=1))

    @property
    def mean_accuracy(self) -> float:
        """Mean recall over the classes that are there."""
        return self.recall.nanmean().item()

    @property
    def iou(self) -> Tensor:
        """Intersection over union of each class, (K,); NaN where it neither is nor was called."""
        hits = self.counts.diagonal()
        return _fraction(hits, self.counts.sum(dim=0) + self.counts.sum(dim=1) - hits)

    @property
    def mean_iou(self) -> float:
        """Mean over the classes that have an IoU."""
        return self.iou.nanmean().item()


def _fraction(part: Tensor, whole: Tensor) -> Tensor:
    return part.double() / whole.double()
