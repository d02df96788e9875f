"""Scores of generated pictures beside real ones: distances of features, and which classes occur."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.core.digit_network import DigitNetwork
from engine.metrics.frechet_distance import FeatureMoments, frechet_distance
from engine.metrics.kernel_distance import kernel_distance

_BATCH = 250
_COUNTED = 3000
_REDUCED_SIDE_PX = 8
_COVERED_ABOVE = 0.01
FORGOTTEN_BELOW = 0.03
"""A class whose share of the generated digits is smaller counts as half forgotten."""


class GeneratedScores:
    """Collects real pictures, then makes as many and compares.

    Attributes:
        images: real pictures; over all processes once `numbers` was asked.
    """

    def __init__(self, model: nn.Module, network: DigitNetwork | None, seed: int) -> None:
        self._model: Any = model
        self._network = network
        self._seed = seed
        self._device = next(model.parameters()).device
        self._real: list[Tensor] = []
        self.images = 0

    def add_real(self, images: Tensor) -> None:
        """Take real images (B, C, S, S) in [0, 1] in."""
        self._real.append(self._features(images))
        self.images += len(images)

    def make(self, count: int) -> Tensor:
        """Return pictures (count, C, S, S) of fixed noise, classes in turn where they are told."""
        return torch.cat([pictures for pictures, _ in self._generated(count)])

    def class_shares(self) -> list[float]:
        """Return the share of each class among 3,000 generated digits; [] for other pictures."""
        counts = self._counted()[0]
        return [] if counts is None else (counts / counts.sum()).tolist()

    def numbers(self, total: Callable[[Tensor], Tensor]) -> tuple[dict[str, float], list[float]]:
        """Return the scores by name, and the share of each class; over all processes."""
        real = torch.cat(self._real)
        parts = [self._features(pictures) for pictures, _ in self._generated(len(real))]
        generated = torch.cat(parts)
        moments = []
        for features in (real, generated):
            one = FeatureMoments(features.shape[1])
            one.add(features)
            moments.append(one.totalled(total))
        distance = frechet_distance(*moments)
        found = dict.fromkeys(("frechet_distance", "covering_distance"), distance)
        shares: list[float] = []
        if self._network is not None:
            ranks = total(torch.ones(1, dtype=torch.float64)).item()
            kernel = torch.tensor([kernel_distance(real, generated)], dtype=torch.float64)
            found["fid_digit_network"] = distance
            found["kid_digit_network"] = total(kernel).item() / ranks
            counts, right = self._counted()
            assert counts is not None
            shares = (counts / counts.sum()).tolist()
            found["classes_covered"] = float(sum(share >= _COVERED_ABOVE for share in shares))
            found["smallest_class_share"] = min(shares)
            if right is not None:
                found["class_consistency"] = right
            found["covering_distance"] *= max(1.0, FORGOTTEN_BELOW / max(1e-3, min(shares)))
        self.images = int(total(torch.tensor([float(len(real))])).item())
        return found, shares

    def _counted(self) -> tuple[Tensor | None, float | None]:
        """Return how often each class was generated, and the share that is as asked, if asked."""
        if self._network is None:
            return None, None
        called, asked = [], []
        for pictures, labels in self._generated(_COUNTED):
            called.append(self._network.judge(pictures).probabilities.argmax(dim=1).cpu())
            if labels is not None:
                asked.append(labels.cpu())
        classes = torch.cat(called)
        counts = torch.bincount(classes, minlength=len(self._network.classes)).double()
        right = (classes == torch.cat(asked)).double().mean().item() if asked else None
        return counts, right

    def _generated(self, count: int) -> list[tuple[Tensor, Tensor | None]]:
        """Make pictures in evaluation mode, of the same noise at each call."""
        generator = torch.Generator().manual_seed(self._seed)
        latents = self._model.draw(count, generator).to(self._device)
        labels = None
        if self._model.label_count:
            labels = torch.arange(count, device=self._device) % self._model.label_count
        parts = []
        for start in range(0, count, _BATCH):
            part = slice(start, start + _BATCH)
            told = None if labels is None else labels[part]
            parts.append((self._model.decode(latents[part], told), told))
        return parts

    def _features(self, images: Tensor) -> Tensor:
        if self._network is not None:
            return self._network.judge(images).features.cpu()
        side = min(_REDUCED_SIDE_PX, images.shape[-1])
        return functional.adaptive_avg_pool2d(images.float(), side).flatten(1).cpu()
