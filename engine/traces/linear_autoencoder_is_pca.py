"""A linear autoencoder learns the plane of the principal components, found by gradient descent.

Baldi, Hornik, Neural Networks and Principal Component Analysis: Learning from Examples Without
Local Minima, Neural Networks 2, 1989, https://doi.org/10.1016/0893-6080(89)90014-2

Axes: D values of a picture, K numbers of the code. Pictures have their mean taken away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import parameter, validate
from engine.api.tasks import TaskContext
from engine.api.traces import (
    BarsMark,
    BuildTrace,
    CurveMark,
    Mark,
    Step,
    TableMark,
    Trace,
    TraceCard,
)
from engine.core.registry import TRACES
from engine.traces.sheet import fields, pictures, sheet_px
from engine.traces.small_models import DIGIT_SIDE_PX, digits
from engine.traces.wording import count

Matrix = NDArray[np.float64]

_SNAPSHOTS = 9
_COLUMNS = 8
_MOMENTUM, _SPREAD, _TINY = 0.9, 0.999, 1e-8  # of Adam, as its authors set them


@dataclass(frozen=True, slots=True)
class LinearAutoencoderConfig:
    """How large the code is, and how the autoencoder learns."""

    components: int = parameter(3, low=1, high=8, unit="axes", note="numbers of the code")
    steps: int = parameter(1500, low=100, high=5000, note="gradient steps, each on all digits")
    learning_rate: float = parameter(0.02, low=0.001, high=0.1, note="of Adam; falls to 0")
    seed: int = parameter(0, low=0, high=9999, note="of the first weights")

    def __post_init__(self) -> None:
        validate(self)


CARD = TraceCard(
    key="linear-autoencoder-is-pca",
    title="A linear autoencoder is PCA",
    summary="Gradient descent finds the same plane as the principal components, by other axes.",
    needs="nothing",
    config_type=LinearAutoencoderConfig,
    area="latent",
)


class Moment(NamedTuple):
    """The autoencoder after some steps."""

    step: int
    encoder: Matrix  # (K, D)
    decoder: Matrix  # (D, K)
    loss: float


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    return trace(request.config, context)


def trace(config: LinearAutoencoderConfig, context: TaskContext) -> Trace:
    """Return the steps: the data, both methods, moments of the learning, and the comparison.

    The result has `loss` and `pca_loss`, squared errors a picture, and `angles_degrees` between
    the two planes.
    """
    values = digits()[0].reshape(-1, DIGIT_SIDE_PX**2).astype(np.float64)
    story = _Story(values, config, context)
    builders: list[Callable[[], Step]] = [
        story.data,
        story.centred,
        story.bottleneck,
        story.components,
        story.floor,
        *(lambda at=at: story.moment(at) for at in range(len(story.moments))),
        story.other_axes,
        story.reconstructions,
        story.summary,
    ]
    sheet = sheet_px(_COLUMNS, 3)
    return Trace(CARD.key, len(builders), lambda at: builders[at](), story.result(), sheet_px=sheet)


def learn(
    covariance: Matrix, config: LinearAutoencoderConfig, context: TaskContext
) -> list[Moment]:
    """Minimise the mean squared error by Adam; returns moments from the first step to the last.

    The error of centred pictures depends on their covariance (D, D) alone, so that a step on all
    pictures costs no more than a step on one.
    """
    size = len(covariance)
    random = np.random.default_rng(config.seed)
    first = random.normal(0.0, 0.1, (2, config.components, size))
    weights = first.copy()  # the encoder, and the decoder transposed
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    shown = set(np.geomspace(1, config.steps + 1, _SNAPSHOTS).round().astype(int) - 1)
    moments = []
    for step in range(config.steps + 1):
        loss, gradient = _loss_and_gradient(weights, covariance)
        if step in shown:
            context.raise_if_cancelled()
            context.report(step / config.steps, "learning")
            moments.append(Moment(step, weights[0].copy(), weights[1].T.copy(), loss))
        mean = _MOMENTUM * mean + (1 - _MOMENTUM) * gradient
        square = _SPREAD * square + (1 - _SPREAD) * gradient**2
        rate = config.learning_rate * (1 + np.cos(np.pi * step / config.steps)) / 2
        unbiased = np.sqrt(square / (1 - _SPREAD ** (step + 1))) + _TINY
        weights -= rate * mean / (1 - _MOMENTUM ** (step + 1)) / unbiased
    return moments


def principal_angles(first: Matrix, second: Matrix) -> NDArray[np.float64]:
    """Return the angles in degrees, smallest first, between the spans of columns (D, K).

    Bjorck, Golub 1973: small angles by their sine, because a cosine near 1 has lost the digits.
    """
    a, b = np.linalg.qr(first)[0], np.linalg.qr(second)[0]
    cosines = np.linalg.svd(a.T @ b, compute_uv=False).clip(0, 1)
    sines = np.linalg.svd(b - a @ (a.T @ b), compute_uv=False)[::-1].clip(0, 1)
    angles = np.where(cosines**2 < 0.5, np.arccos(cosines), np.arcsin(sines))
    return np.asarray(np.degrees(angles))


def _loss_and_gradient(weights: Matrix, covariance: Matrix) -> tuple[float, Matrix]:
    encoder, decoder = weights[0], weights[1].T
    missing = np.eye(len(covariance)) - decoder @ encoder
    spread = missing @ covariance
    loss = float(np.sum(spread * missing))
    slope = -2 * spread
    return loss, np.stack([decoder.T @ slope, (slope @ encoder.T).T])


class _Story:
    """Writes the steps."""

    def __init__(
        self, values: Matrix, config: LinearAutoencoderConfig, context: TaskContext
    ) -> None:
        self.config = config
        self.values = values
        self.mean = values.mean(axis=0)
        self.centred_values = values - self.mean
        self.covariance = self.centred_values.T @ self.centred_values / len(values)
        variances, directions = np.linalg.eigh(self.covariance)
        self.variances, self.directions = variances[::-1], directions[:, ::-1]
        self.plane = self.directions[:, : config.components]
        self.best = float(self.variances[config.components :].sum())
        self.moments = learn(self.covariance, config, context)
        self.angles = [principal_angles(one.decoder, self.plane) for one in self.moments]
        self.worst = float(self.angles[-1].max())

    def result(self) -> dict[str, object]:
        """Return the numbers."""
        return {
            "components": self.config.components,
            "steps": self.config.steps,
            "loss": self.moments[-1].loss,
            "pca_loss": self.best,
            "angles_degrees": self.angles[-1].tolist(),
        }

    def data(self) -> Step:
        """Show some pictures."""
        some = self._as_pictures(self.values[: 3 * _COLUMNS])
        rows = range(0, len(some), _COLUMNS)
        marks = [
            mark
            for row, start in enumerate(rows)
            for mark in pictures(some[start : start + _COLUMNS], row=row)
        ]
        return Step(
            f"{len(self.values)} digits of 64 numbers",
            f"Every picture has 8 x 8 = 64 grey values from 0 to 1: a point in 64 dimensions. Can "
            f"{self.config.components} numbers tell most of it? The digits are those that come "
            "with scikit-learn; no weights are loaded, everything here is computed now.",
            tuple(marks),
        )

    def centred(self) -> Step:
        """Take the mean away."""
        total = float(self.variances.sum())
        some = self._as_pictures(self.centred_values[: _COLUMNS - 1])
        marks: tuple[Mark, ...] = (
            *pictures(self._as_pictures(self.mean[None]), ["mean"]),
            *fields(some, [f"digit {n} - mean" for n in range(len(some))], row=1),
        )
        return Step(
            "The mean is taken away",
            "Both methods describe how a picture differs from the mean picture. The mean squared "
            f"length of what is left is {total:.3f}: the total variance, the error of a method "
            "that always answers with the mean.",
            marks,
            rf"\sum_i \lambda_i={total:.3f}",
        )

    def bottleneck(self) -> Step:
        """Say what the autoencoder is."""
        k, first = self.config.components, self.moments[0]
        marks = fields(self._as_pictures(first.decoder.T), self._names("decoder"))
        return Step(
            f"A bottleneck of {k}",
            f"The encoder is a matrix of {k} x 64, the decoder one of 64 x {k}: "
            f"{2 * 64 * k} weights, nothing bent in between. They begin as noise (seed "
            f"{self.config.seed}), each column of the decoder seen here as a picture, and the "
            f"error is {first.loss:.3f}.",
            marks,
            r"L=\mathbb{E}\,||x-W_d\,W_e\,x||^2",
        )

    def components(self) -> Step:
        """Show what PCA answers."""
        k = self.config.components
        names = [f"component {n + 1}" for n in range(k)]
        return Step(
            "PCA: directions of greatest variance",
            "Principal component analysis needs no learning: the eigenvectors of the covariance "
            f"are the directions along which the digits vary most. The first {k} hold "
            f"{100 * self.variances[:k].sum() / self.variances.sum():.1f} % of the variance.",
            (*fields(self._as_pictures(self.plane.T), names), self._spectrum()),
            r"C\,u_i=\lambda_i\,u_i",
        )

    def floor(self) -> Step:
        """Say how good a linear code can be."""
        k = self.config.components
        return Step(
            f"No linear code does better than {self.best:.4f}",
            f"What PCA loses is the variance along the {64 - k} directions that it leaves out: "
            f"{self.best:.4f}. By Eckart and Young no other {k} directions lose less, so this is "
            "the lowest point of the autoencoder's loss as well.",
            (self._spectrum(),),
            rf"L_{{min}}=\sum_{{i>{k}}} \lambda_i={self.best:.4f}",
        )

    def moment(self, at: int) -> Step:
        """Show the autoencoder after some steps."""
        now, angles = self.moments[at], self.angles[at]
        over = 100 * (now.loss / self.best - 1)
        bars = BarsMark(
            tuple(f"angle {n + 1}" for n in range(len(angles))),
            angles,
            "Principal angles in degrees",
            before=self.angles[at - 1] if at else None,
        )
        marks: tuple[Mark, ...] = (
            *fields(self._as_pictures(now.decoder.T), self._names("decoder")),
            *fields(self._as_pictures(self.plane.T), self._names("component"), row=1),
            bars,
            *self._loss_curves(at),
        )
        return Step(
            f"After {count(now.step, 'step')}: error {now.loss:.4f}",
            f"The error lies {over:.2f} % above the best possible. The principal angles say how "
            "far the decoder's plane is turned away from that of PCA: 90 degrees is upright to it, "
            f"0 the same plane. The largest is {angles.max():.2f} degrees.",
            marks,
            rf"L={now.loss:.4f},\ L_{{min}}={self.best:.4f}",
        )

    def other_axes(self) -> Step:
        """Show that the axes differ."""
        mixing = self.plane.T @ self.moments[-1].decoder
        names = self._names("component")
        table = TableMark(
            ("", *self._names("column")),
            tuple(
                (name, *(f"{value:.2f}" for value in row))
                for name, row in zip(names, mixing, strict=True)
            ),
        )
        marks: tuple[Mark, ...] = (
            *fields(self._as_pictures(self.moments[-1].decoder.T), self._names("decoder")),
            *fields(self._as_pictures(self.plane.T), names, row=1),
            table,
        )
        return Step(
            "The same plane, other axes",
            "Each column of the decoder is a mixture of the components; the table says how much "
            "of each. Nothing in the loss prefers one pair of axes: any invertible mixture A, "
            "undone by the encoder, gives the same pictures. PCA alone sorts them by variance.",
            marks,
            r"W_d=U_k\,A,\quad W_e\,x=A^{-1}\,U_k^{T}\,x",
        )

    def reconstructions(self) -> Step:
        """Compare pictures."""
        last, some = self.moments[-1], self.centred_values[:_COLUMNS]
        by_pca = self.mean + some @ self.plane @ self.plane.T
        by_network = self.mean + some @ last.encoder.T @ last.decoder.T
        apart = float(np.abs(by_pca - by_network).max())
        marks = (
            *pictures(self._as_pictures(self.values[:_COLUMNS]), ["original"]),
            *pictures(self._as_pictures(by_pca), ["PCA"], row=1),
            *pictures(self._as_pictures(by_network), ["autoencoder"], row=2),
        )
        return Step(
            "The same pictures",
            f"Squeezed through {self.config.components} numbers and back, by PCA and by the "
            f"autoencoder: no grey value of these digits differs by more than {apart:.4f}, on a "
            "scale from 0 to 1. Only where pixels never vary is the encoder still the noise that "
            "it began with: nothing there has taught it.",
            marks,
            r"W_d\,W_e\,x\approx U_k\,U_k^{T}\,x",
        )

    def summary(self) -> Step:
        """Say what it means."""
        last = self.moments[-1]
        agrees = "The two planes agree" if self.worst < 1 else "The planes do not agree yet"
        advice = (
            "An autoencoder earns its name only by bending: nonlinear layers reach an error that "
            "no plane can."
            if self.worst < 1
            else "Give it more steps or another learning rate."
        )
        return Step(
            f"{agrees} to {self.worst:.2f} degrees",
            f"After {last.step} steps the autoencoder's error is {last.loss:.4f}, that of PCA "
            f"{self.best:.4f}. {advice}",
            self._loss_curves(len(self.moments) - 1),
        )

    def _names(self, noun: str) -> list[str]:
        return [f"{noun} {number + 1}" for number in range(self.config.components)]

    def _as_pictures(self, rows: Matrix) -> Matrix:
        return rows.reshape(-1, DIGIT_SIDE_PX, DIGIT_SIDE_PX)

    def _spectrum(self) -> BarsMark:
        shown = min(16, len(self.variances))
        k = self.config.components
        return BarsMark(
            tuple(str(number + 1) for number in range(shown)),
            self.variances[:shown],
            "Variance along each component",
            tuple("kept" if number < k else "removed" for number in range(shown)),
        )

    def _loss_curves(self, at: int) -> tuple[CurveMark, CurveMark]:
        steps = np.array([max(one.step, 1) for one in self.moments], np.float64)
        losses = np.array([one.loss for one in self.moments])
        titles = ("log10 of the step", "error a picture")
        return (
            CurveMark(np.log10(steps[: at + 1]), losses[: at + 1], "autoencoder", *titles),
            CurveMark(
                np.log10(steps[[0, -1]]), np.full(2, self.best), "PCA", *titles, role="truth"
            ),
        )
