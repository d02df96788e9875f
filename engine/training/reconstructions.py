"""What the objectives of autoencoders share: squared differences, and pictures above each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.training.grids import PAPER, as_rgb, enlarged, tile

_SAMPLE_COLUMNS = 8


class SquaredDifferences:
    """Sums squared differences over batches.

    Attributes:
        images: pictures seen; over all processes once `numbers` was asked.
    """

    def __init__(self) -> None:
        self.images = 0
        self._sums = torch.zeros(3, dtype=torch.float64)  # squared differences, values, pictures

    def add(self, answers: Tensor, images: Tensor) -> None:
        """Take answers and targets (B, C, H, W) in."""
        total = (answers.float() - images).square().sum(dtype=torch.float64)
        self._sums += torch.tensor([total, images.numel(), len(images)], dtype=torch.float64)

    def numbers(self, total: Callable[[Tensor], Tensor]) -> dict[str, float]:
        """Return `loss` and `mse`, the mean a value, and `psnr_db`, over all processes."""
        sums = total(self._sums)
        self.images = int(sums[2])
        error = (sums[0] / sums[1]).item()
        decibels = 10 * math.log10(1 / error) if error > 0 else math.inf
        return {"loss": error, "mse": error, "psnr_db": decibels}


def as_pictures(images: Tensor) -> list[NDArray[np.uint8]]:
    """Return images (B, C, H, W), about [0, 1], as RGB pictures large enough to be looked at."""
    values = (images.float().clamp(0, 1) * 255).round().byte()
    return [enlarged(as_rgb(one)) for one in values.permute(0, 2, 3, 1).cpu().numpy()]


def above_each_other(rows: Sequence[Tensor], further: Tensor | None = None) -> NDArray[np.uint8]:
    """Draw columns of pictures: each of the rows (B, C, H, W) gives one of each column.

    Args:
        rows: equally many pictures each, such as originals and their reconstructions.
        further: pictures (N, C, H, W) that stand alone below, such as samples.
    """
    columns = [np.concatenate(column) for column in zip(*map(as_pictures, rows), strict=True)]
    sheet = tile(columns, columns=_SAMPLE_COLUMNS)
    if further is None:
        return sheet
    below = tile(as_pictures(further), columns=_SAMPLE_COLUMNS)
    width = max(sheet.shape[1], below.shape[1])
    padded = [
        np.pad(part, ((0, 0), (0, width - part.shape[1]), (0, 0)), constant_values=PAPER[0])
        for part in (sheet, below)
    ]
    return np.concatenate(padded)
