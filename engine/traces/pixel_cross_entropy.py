"""Pixel-wise cross-entropy: how wrong a segmenter is, pixel by pixel, and on average.

Axes: K classes, H height, W width.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, CellsTile, Step, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, cells, mask, table
from engine.traces.steps import Topic, explain, step
from engine.traces.wording import as_printed, at_place, count, number

_CLASSES = ("road", "car", "person")
_IGNORED = 255


@dataclass(frozen=True, slots=True)
class PixelCrossEntropyConfig(Parameters):
    """A small picture of classes, and scores that are right or wrong."""

    side: int = parameter(4, low=3, high=6, unit="px", note="of the small picture")
    sharpness: float = parameter(1.5, low=0.0, high=6.0, note="how much scores favour the truth")
    seed: int = parameter(0, low=0, high=9999, note="of the scores")


@TRACES.register(
    TraceCard(
        key="pixel-cross-entropy",
        title="Pixel-wise cross-entropy",
        summary="Scores, probabilities and the loss of every pixel; their mean is what is learned "
        "from.",
        config_type=PixelCrossEntropyConfig,
        area="segment",
        order=4,
    )
)
class PixelCrossEntropy(Topic):
    """From the scores of all pixels to one number, and its gradient.

    The result has `truth` (H, W) with 255 where no class is known, `scores` and `probabilities`
    (K, H, W), `losses` (H, W) in nats, their `mean` over the known pixels, the mean `weighted` so
    that every class counts alike, and the `gradient` of the mean (K, H, W).

    Attributes:
        pixel: row and column of the one that is followed, where the loss is greatest.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        self.config: PixelCrossEntropyConfig = request.config
        side = self.config.side
        random = np.random.default_rng(self.config.seed)
        self.truth = np.zeros((side, side), np.uint8)
        self.truth[side // 2 :, : side // 2] = 1
        self.truth[0, side - 1] = 2
        self.truth[side - 1, side - 1] = _IGNORED
        self.known = self.truth != _IGNORED
        self.own = np.where(self.known, self.truth, 0)
        one_hot = np.eye(len(_CLASSES))[self.own].transpose(2, 0, 1)
        noise = random.normal(0, 1, one_hot.shape)
        self.scores = np.round(noise + self.config.sharpness * one_hot, 1) + 0.0
        exponentials = np.exp(self.scores)
        self.probabilities = exponentials / exponentials.sum(axis=0)
        rows, columns = np.indices(self.truth.shape)
        self.losses = np.where(
            self.known, -np.log(self.probabilities[self.own, rows, columns]), np.nan
        )
        self.mean = float(np.nanmean(self.losses))
        self.of_class = [float(self.losses[self.truth == at].mean()) for at in range(3)]
        self.gradient = (self.probabilities - one_hot) * self.known / self.known.sum()
        row, at = divmod(int(np.nanargmax(self.losses)), side)
        self.pixel = (row, at)
        self.result = {
            "truth": self.truth,
            "scores": self.scores,
            "probabilities": self.probabilities,
            "losses": np.nan_to_num(self.losses),
            "mean": self.mean,
            "weighted": float(np.mean(self.of_class)),
            "gradient": self.gradient,
        }

    @step
    def true_classes(self) -> Step:
        parts = [int((self.truth == at).sum()) for at in range(len(_CLASSES))]
        return explain(
            "What is true of every pixel",
            f"A picture of {self.config.side} x {self.config.side} pixels, each with its true "
            f"class: {parts[0]} are {_CLASSES[0]}, {parts[1]} {_CLASSES[1]}, {parts[2]} "
            f"{_CLASSES[2]}. Of {count(int((~self.known).sum()), 'pixel')} no one knows the class.",
            mask(self.truth, _CLASSES, "true classes"),
            bars("Pixels", dict(zip(_CLASSES, parts, strict=True)), labels=_CLASSES),
        )

    @step
    def scored(self) -> Step:
        row, at = self.pixel
        here = self.scores[:, row, at]
        return explain(
            f"{len(_CLASSES)} scores for every pixel",
            f"The network gives each pixel a score for every class, any number. The pixel in "
            f"{at_place(row, at)} is followed: its scores are {', '.join(map(number, here))}.",
            self._maps(self.scores, "scores"),
            bars("Scores there", _CLASSES, here, labels=_CLASSES),
        )

    @step
    def into_probabilities(self) -> Step:
        row, at = self.pixel
        here = self.probabilities[:, row, at]
        shown = [f"{value:.3f}" for value in here]
        return explain(
            "Softmax, pixel by pixel",
            "Each score becomes a power of e, divided by the sum of them all. At the followed "
            f"pixel that gives {', '.join(shown)}: nothing below 0, and 1 together. No pixel looks "
            "at another one.",
            self._maps(self.probabilities, "probabilities"),
            bars("Probabilities there", _CLASSES, here, labels=_CLASSES),
            formula=r"p_k=\dfrac{e^{s_k}}{\sum_j\,e^{s_j}}",
        )

    @step
    def loss_of_a_pixel(self) -> Step:
        row, at = self.pixel
        own = int(self.own[row, at])
        (share,), loss = as_printed(
            [float(self.probabilities[own, row, at])], lambda p: float(-np.log(p[0])), 3
        )
        return explain(
            f"The loss there is {loss}",
            f"Only the probability of the true class counts: {_CLASSES[own]} has {share}. The "
            f"loss is minus its logarithm, {loss}. It is 0 where the network is sure of the "
            "truth, and grows without end where it denies it.",
            self._maps(self.probabilities, "probabilities"),
            mask(self.truth, _CLASSES, "true classes"),
            bars(
                "Probabilities there",
                _CLASSES,
                self.probabilities[:, row, at],
                current=own,
                labels=_CLASSES,
            ),
            formula=rf"-\mathrm{{ln}}\,{share}={loss}",
        )

    @step
    def all_losses(self) -> Step:
        best, worst = float(np.nanmin(self.losses)), float(np.nanmax(self.losses))
        return explain(
            "A loss for every pixel",
            f"The same at each pixel: the smallest loss is {best:.3f}, the largest {worst:.3f}. A "
            f"network that gives all {len(_CLASSES)} classes alike would have "
            f"{np.log(len(_CLASSES)):.3f} everywhere. Where no class is known there is no loss.",
            mask(self.truth, _CLASSES, "true classes"),
            self._loss(),
            bars(
                "Loss",
                {"smallest": best, "all alike": np.log(len(_CLASSES)), "largest": worst},
            ),
        )

    @step
    def averaged(self) -> Step:
        known = int(self.known.sum())
        (total,), mean = as_printed([self.mean * known], lambda v: v[0] / known, 3)
        return explain(
            f"Averaged over the pixels: {mean}",
            f"The losses of {known} pixels sum to {total}; divided by {known} that is {mean}. The "
            f"{count(self.truth.size - known, 'pixel')} without a class neither adds to the sum "
            "nor counts. This one number is what training makes smaller.",
            self._loss(),
            mask(self.truth, _CLASSES, "true classes"),
            bars("Pixels", {"counted": known, "left out": self.truth.size - known}),
            formula=rf"L=\dfrac{{1}}{{N}}\sum_i\,-\mathrm{{ln}}\,p_i=\dfrac{{{total}}}{{{known}}}"
            rf"={mean}",
        )

    @step
    def frequent_classes(self) -> Step:
        parts = [int((self.truth == at).sum()) for at in range(len(_CLASSES))]
        texts, weighted = as_printed(self.of_class, lambda v: sum(v) / len(v), 3)
        rows = zip(_CLASSES, parts, (f"{one:.3f}" for one in self.of_class), strict=True)
        return explain(
            "Frequent classes have most of the say",
            f"{_CLASSES[0].capitalize()} has {parts[0]} of {sum(parts)} pixels, {_CLASSES[2]} "
            f"{parts[2]}: the mean over pixels is {self.mean:.3f}. Were each class weighted so "
            f"that all count alike, it would be {weighted}.",
            mask(self.truth, _CLASSES, "true classes"),
            self._loss(),
            table(("class", "pixels", "mean loss"), rows),
            formula=rf"\dfrac{{{'+'.join(texts)}}}{{{len(texts)}}}={weighted}",
        )

    @step
    def its_gradient(self) -> Step:
        row, at = self.pixel
        own, known = int(self.own[row, at]), int(self.known.sum())
        (share,), pull = as_printed(
            [float(self.probabilities[own, row, at])], lambda p: (p[0] - 1) / known, 4
        )
        return explain(
            "What the gradient says",
            f"The score of {_CLASSES[own]} at the followed pixel has the gradient {pull}: it has "
            "to rise. The other scores there have to fall, each by its probability over N. All "
            "pixels pull at once, each with its own error.",
            self._maps(self.gradient, "gradient", decimals=False),
            bars("Gradient there", _CLASSES, self.gradient[:, row, at], labels=_CLASSES),
            formula=r"\dfrac{\partial L}{\partial s_k}=\dfrac{p_k-y_k}{N}:\ "
            rf"\dfrac{{{share}-1}}{{{known}}}={pull}",
        )

    def _maps(self, values: np.ndarray, name: str, decimals: bool = True) -> list[CellsTile]:
        lit = [self.pixel]
        return [
            cells(np.round(one, 2 if decimals else 4), f"{label}: {name}", lit=lit)
            for label, one in zip(_CLASSES, values, strict=True)
        ]

    def _loss(self) -> CellsTile:
        return cells(np.round(self.losses, 2), "losses", lit=[self.pixel], scale="loss")
