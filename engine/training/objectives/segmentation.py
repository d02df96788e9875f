"""Semantic segmentation: cross-entropy per pixel, soft Dice, both or focal, scored by mean IoU."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from engine.data.datasets.samples import MaskBatch, as_images
from engine.losses.class_weights import ClassWeighting, class_weights, count_classes
from engine.losses.dice import dice_loss
from engine.losses.focal import focal_loss
from engine.losses.pixel_cross_entropy import pixel_cross_entropy
from engine.metrics.boundary_f1 import boundary_f1, tolerance_px
from engine.metrics.confusion_matrix import ConfusionMatrix
from engine.training.grids import as_rgb, coloured, enlarged, tile
from engine.training.objective import (
    OBJECTIVES,
    EvaluationScores,
    Losses,
    Objective,
    ObjectiveCard,
)

_CARD = ObjectiveCard(
    key="segmentation",
    title="Semantic segmentation",
    task="segmentation",
    metric="miou",
    is_higher_better=True,
    protocol="the class of the highest score counts at each pixel of the mask; void is left out; "
    "mIoU is the mean over the classes that occur in masks or answers, over all pixels together; "
    "boundary F1 allows 0.75 % of the diagonal, by picture and class, then the mean of each class",
)


_COUNTED_SAMPLES = 500  # for the weights of classes; more would barely move them


@OBJECTIVES.register(_CARD)
class Segmentation(Objective[MaskBatch]):
    """For models whose output has `logits` (B, K, H, W); their config may name a `loss`.

    It may name `class_weights` too: they follow from the first 500 training masks and are left
    out of the loss of `evaluate`, which stays comparable between runs.
    """

    card = _CARD
    _weights: Tensor | None = None
    _is_counted = False

    def evaluate(self, model: nn.Module, batches: Iterable[MaskBatch]) -> EvaluationScores:
        """Score by IoU; answers for a reduced picture are enlarged to its mask first."""
        classes = self.setup.facts.classes
        matrix = ConfusionMatrix(len(classes))
        sums = torch.zeros(2, dtype=torch.float64)  # of the loss, of pictures
        borders = torch.zeros(2, len(classes), dtype=torch.float64)  # of F1, of pictures with one
        for batch in batches:
            logits = _at_size_of(batch.masks, model(as_images(batch.pixels)).logits)
            sums[0] += pixel_cross_entropy(logits, batch.masks).item() * len(batch.masks)
            sums[1] += len(batch.masks)
            answers = logits.argmax(dim=1)
            matrix.add(answers, batch.masks)
            borders += _border_scores(answers, batch.masks, len(classes))
        matrix.counts = self.setup.total(matrix.counts)
        sums, borders = self.setup.total(sums), self.setup.total(borders)
        own = {
            "loss": (sums[0] / sums[1]).item(),
            "miou": matrix.mean_iou,
            "pixel_accuracy": matrix.accuracy,
        }
        numbers = {
            **own,
            "mean_accuracy": matrix.mean_accuracy,
            "boundary_f1": (borders[0] / borders[1]).nanmean().item(),
        }
        iou = matrix.iou.tolist()
        per_class = {n: None if v != v else v for n, v in zip(classes, iou, strict=True)}
        fields = {
            **own,
            "per_class": per_class,
            "classes": classes,
            "confusion": tuple(tuple(row) for row in matrix.counts.tolist()),
        }
        return EvaluationScores(numbers, int(sums[1]), fields, _chance(matrix.counts))

    def samples(self, model: nn.Module, batch: MaskBatch) -> NDArray[np.uint8]:
        """Draw for each picture: it, the true mask, the model's mask, one above the other."""
        answers = model(as_images(batch.pixels)).logits.argmax(dim=1)
        columns = [
            np.concatenate([enlarged(as_rgb(pixels)), enlarged(coloured(truth)), enlarged(mask)])
            for pixels, truth, mask in zip(
                batch.pixels.cpu().numpy(),
                batch.masks.cpu().numpy(),
                (coloured(answer) for answer in answers.cpu().numpy()),
                strict=True,
            )
        ]
        return tile(columns, columns=8)

    def losses(self, batch: MaskBatch) -> Losses:
        """Return the loss that was chosen, over the pixels of the batch."""
        logits = _at_size_of(batch.masks, self.network(as_images(batch.pixels)).logits)
        kind = getattr(getattr(self.model, "config", None), "loss", "cross-entropy")
        parts: Losses = {}
        if kind in ("cross-entropy", "both"):
            parts["cross_entropy"] = pixel_cross_entropy(logits, batch.masks, self._class_weights())
        if kind in ("dice", "both"):
            parts["dice"] = dice_loss(logits, batch.masks)
        if kind == "focal":
            parts["focal"] = focal_loss(logits, batch.masks)
        loss = torch.stack(list(parts.values())).sum()
        return {"loss": loss, **parts} if len(parts) > 1 else {"loss": loss}

    def _class_weights(self) -> Tensor | None:
        """Count the classes at the first batch, the same in every process and after a resume."""
        if not self._is_counted:
            self._is_counted = True
            config = getattr(self.model, "config", None)
            kind: ClassWeighting = getattr(config, "class_weights", "none")
            if kind != "none":
                counts = torch.zeros(2, len(self.setup.facts.classes), dtype=torch.float64)
                for sample in islice(self.setup.samples(), _COUNTED_SAMPLES):
                    mask = torch.from_numpy(np.ascontiguousarray(sample.mask))
                    counts += count_classes(mask[None], counts.shape[1])
                weights = class_weights(kind, counts)
                device = next(self.model.parameters()).device
                self._weights = None if weights is None else weights.to(device)
        return self._weights


def _border_scores(answers: Tensor, truth: Tensor, classes: int) -> Tensor:
    """Return sums over a batch, (2, K): of the boundary F1, and of pictures that have one."""
    tolerance = tolerance_px(*truth.shape[-2:])
    pairs = zip(answers.cpu().numpy(), truth.cpu().numpy(), strict=True)
    found = np.stack([boundary_f1(answer, true, classes, tolerance) for answer, true in pairs])
    is_known = ~np.isnan(found)
    return torch.from_numpy(
        np.stack([np.nansum(found, axis=0), is_known.sum(axis=0).astype(np.float64)])
    )


def _chance(counts: Tensor) -> float:
    """Return the mIoU of answering the commonest class everywhere, of true rows (K, K)."""
    pixels = counts.sum(dim=1)
    return float(pixels.max() / pixels.sum() / (pixels > 0).sum())


def _at_size_of(masks: Tensor, logits: Tensor) -> Tensor:
    if logits.shape[-2:] == masks.shape[-2:]:
        return logits
    return functional.interpolate(
        logits, size=masks.shape[-2:], mode="bilinear", align_corners=False
    )
