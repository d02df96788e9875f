"""A linear autoencoder learns the plane of the principal components, found by gradient descent.

Baldi, Hornik, Neural Networks and Principal Component Analysis: Learning from Examples Without
Local Minima, Neural Networks 2, 1989, https://doi.org/10.1016/0893-6080(89)90014-2

Axes: D values of a picture, K numbers of the code. Pictures have their mean taken away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark, BuildTrace, CurveMark, Step, Tiles, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, curve, gallery, heats, image, images, table, tiles
from engine.traces.small_models import DIGIT_SIDE_PX, digits
from engine.traces.steps import Topic, explain, step
from engine.traces.wording import count, numbered

Matrix = NDArray[np.float64]

_SNAPSHOTS = 9
_COLUMNS = 8
_MOMENTUM, _SPREAD, _TINY = 0.9, 0.999, 1e-8  # of Adam, as its authors set them


@dataclass(frozen=True, slots=True)
class LinearAutoencoderConfig(Parameters):
    """How large the code is, and how the autoencoder learns."""

    components: int = parameter(3, low=1, high=8, unit="axes", note="numbers of the code")
    steps: int = parameter(1500, low=100, high=5000, note="updates by gradient, each on all digits")
    learning_rate: float = parameter(0.02, low=0.001, high=0.1, note="of Adam; falls to 0")
    seed: int = parameter(0, low=0, high=9999, note="of the first weights")


class Moment(NamedTuple):
    """The autoencoder after some updates."""

    update: int
    encoder: Matrix  # (K, D)
    decoder: Matrix  # (D, K)
    loss: float


def learn(
    covariance: Matrix, config: LinearAutoencoderConfig, context: TaskContext
) -> list[Moment]:
    """Minimise the mean squared error by Adam; returns moments from the first update to the last.

    The error of centred pictures depends on their covariance (D, D) alone, so that an update on
    all pictures costs no more than one on a single picture.
    """
    size = len(covariance)
    random = np.random.default_rng(config.seed)
    first = random.normal(0.0, 0.1, (2, config.components, size))
    weights = first.copy()  # the encoder, and the decoder transposed
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    shown = set(np.geomspace(1, config.steps + 1, _SNAPSHOTS).round().astype(int) - 1)
    moments = []
    for update in range(config.steps + 1):
        loss, gradient = _loss_and_gradient(weights, covariance)
        if update in shown:
            context.raise_if_cancelled()
            context.report(update / config.steps, "learning")
            moments.append(Moment(update, weights[0].copy(), weights[1].T.copy(), loss))
        mean = _MOMENTUM * mean + (1 - _MOMENTUM) * gradient
        square = _SPREAD * square + (1 - _SPREAD) * gradient**2
        rate = config.learning_rate * (1 + np.cos(np.pi * update / config.steps)) / 2
        unbiased = np.sqrt(square / (1 - _SPREAD ** (update + 1))) + _TINY
        weights -= rate * mean / (1 - _MOMENTUM ** (update + 1)) / unbiased
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


@TRACES.register(
    TraceCard(
        key="linear-autoencoder-is-pca",
        title="A linear autoencoder is PCA",
        summary="Gradient descent finds the same plane as the principal components, by other axes.",
        config_type=LinearAutoencoderConfig,
        area="latent",
        order=10,
    )
)
class TwoPlanes(Topic):
    """The plane that PCA finds, and moments of the learning of the other one.

    The result has `loss` and `pca_loss`, squared errors a picture, and `angles_degrees` between
    the two planes.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        self.config: LinearAutoencoderConfig = request.config
        self.values: Matrix = digits()[0].reshape(-1, DIGIT_SIDE_PX**2).astype(np.float64)
        self.mean = self.values.mean(axis=0)
        self.centred_values = self.values - self.mean
        self.covariance = self.centred_values.T @ self.centred_values / len(self.values)
        variances, directions = np.linalg.eigh(self.covariance)
        self.variances, self.directions = variances[::-1], directions[:, ::-1]
        self.plane = self.directions[:, : self.config.components]
        self.best = float(self.variances[self.config.components :].sum())
        self.moments = learn(self.covariance, self.config, context)
        self.angles = [principal_angles(one.decoder, self.plane) for one in self.moments]
        self.worst = float(self.angles[-1].max())
        self.numbers = self._that_differ()
        self.result = {
            "components": self.config.components,
            "steps": self.config.steps,
            "loss": self.moments[-1].loss,
            "pca_loss": self.best,
            "angles_degrees": self.angles[-1],
        }

    @step
    def data(self) -> Step:
        some = self._as_pictures(self.values[: 3 * _COLUMNS])
        return explain(
            f"{len(self.values):,} digits, each of 64 grey values",
            f"Every picture has 8 x 8 = 64 grey values from 0 to 1: a point in 64 dimensions. Can "
            f"{self.config.components} numbers tell most of it? The digits are those that come "
            "with scikit-learn; no weights are loaded, everything here is computed now.",
            gallery(images(some)),
        )

    @step
    def centred(self) -> Step:
        total = float(self.variances.sum())
        some = self._as_pictures(self.centred_values[: _COLUMNS - 1])
        names = [f"digit {number} - mean" for number in range(1, len(some) + 1)]
        (mean,) = self._as_pictures(self.mean[None])
        return explain(
            "The mean is taken away",
            "Both methods describe how a picture differs from the mean picture. The mean squared "
            f"length of what is left is {total:.3f}: the total variance, the error of a method "
            "that always answers with the mean.",
            [image(mean, "mean")],
            heats(some, names, scale="difference"),
            formula=rf"\sum_i \lambda_i={total:.3f}",
        )

    @step
    def bottleneck(self) -> Step:
        k, first = self.config.components, self.moments[0]
        columns = heats(self._as_pictures(first.decoder.T), "decoder")
        return explain(
            f"A bottleneck of {k}",
            f"The encoder is a matrix of {k} x 64, the decoder one of 64 x {k}: "
            f"{2 * 64 * k} weights, nothing bent in between. They begin as noise (seed "
            f"{self.config.seed}), each column of the decoder seen here as a picture, and the "
            f"error is {first.loss:.3f}.",
            gallery(columns),
            formula=r"L=\mathbb{E}\,||x-W_d\,W_e\,x||^2",
        )

    @step
    def components(self) -> Step:
        k = self.config.components
        components = heats(self._as_pictures(self.plane.T), "component")
        return explain(
            "PCA: directions of greatest variance",
            "Principal component analysis needs no learning: the eigenvectors of the covariance "
            f"are the directions along which the digits vary most. The first {k} hold "
            f"{100 * self.variances[:k].sum() / self.variances.sum():.1f} % of the variance.",
            gallery(components),
            self._spectrum(),
            formula=r"C\,u_i=\lambda_i\,u_i",
        )

    @step
    def floor(self) -> Step:
        k = self.config.components
        return explain(
            f"No linear code does better than {self.best:.4f}",
            f"What PCA loses is the variance along the {64 - k} directions that it leaves out: "
            f"{self.best:.4f}. By Eckart and Young no other {k} directions lose less, so this is "
            "the lowest point of the autoencoder's loss as well.",
            self._spectrum(),
            formula=rf"L_{{min}}=\sum_{{i>{k}}} \lambda_i={self.best:.4f}",
        )

    @step(each="numbers")
    def moment(self, at: int) -> Step:
        now, angles = self.moments[at], self.angles[at]
        over = 100 * (now.loss / self.best - 1)
        place = self.numbers.index(at)
        before = self.angles[self.numbers[place - 1]] if place else None
        return explain(
            f"After {count(now.update, 'update')}: error {now.loss:.4f}",
            f"The error lies {over:.2f} % above the best possible. The principal angles say how "
            "far the decoder's plane is turned away from that of PCA: 90 degrees is perpendicular, "
            f"0 the same plane. The largest is {angles.max():.2f} degrees.",
            self._both_planes(at),
            bars("Principal angles in degrees", "angle", angles, before=before),
            *self._loss_curves(at),
            formula=rf"L={now.loss:.4f},\ L_{{min}}={self.best:.4f}",
        )

    @step
    def other_axes(self) -> Step:
        mixing = self.plane.T @ self.moments[-1].decoder
        k = self.config.components
        names, columns = (numbered(noun, range(k)) for noun in ("component", "column"))
        shares = table(
            ("", *columns), [(name, *row) for name, row in zip(names, mixing, strict=True)]
        )
        return explain(
            "The same plane, other axes",
            "Each column of the decoder is a mixture of the components; the table says how much "
            "of each. Nothing in the loss prefers one set of axes: any invertible mixture A, "
            "undone by the encoder, gives the same pictures. PCA alone sorts them by variance.",
            self._both_planes(-1),
            shares,
            formula=r"W_d=U_k\,A,\quad W_e\,x=A^{-1}\,U_k^{T}\,x",
        )

    @step
    def reconstructions(self) -> Step:
        last, some = self.moments[-1], self.centred_values[:_COLUMNS]
        by_pca = self.mean + some @ self.plane @ self.plane.T
        by_network = self.mean + some @ last.encoder.T @ last.decoder.T
        apart = float(np.abs(by_pca - by_network).max())
        shown = tiles(
            images(self._as_pictures(self.values[:_COLUMNS]), ["original"]),
            images(self._as_pictures(by_pca), ["PCA"]),
            images(self._as_pictures(by_network), ["autoencoder"]),
        )
        return explain(
            "The same pictures",
            f"Squeezed through {self.config.components} numbers and back, by PCA and by the "
            f"autoencoder: no grey value of these digits differs by more than {apart:.1e}, on a "
            "scale from 0 to 1. Only where pixels never vary is the encoder still the noise that "
            "it began with: nothing there has taught it.",
            shown,
            formula=r"W_d\,W_e\,x\approx U_k\,U_k^{T}\,x",
        )

    @step
    def summary(self) -> Step:
        last = self.moments[-1]
        within = f"to {self.worst:.2f} degrees" if self.worst >= 0.01 else "within 0.01 degrees"
        agrees = "The two planes agree" if self.worst < 1 else "The planes do not agree yet"
        advice = (
            "A linear autoencoder is PCA by another road; only nonlinear layers reach an "
            "error that no plane can."
            if self.worst < 1
            else "Give it more updates or another learning rate."
        )
        return explain(
            f"{agrees} {within}",
            f"After {last.update:,} updates the autoencoder's error is {last.loss:.4f}, that of "
            f"PCA {self.best:.4f}. {advice}",
            *self._loss_curves(len(self.moments) - 1),
        )

    def _that_differ(self) -> list[int]:
        """Return the moments without those that print the same numbers as the one before."""
        printed = [
            (f"{moment.loss:.4f}", f"{angles.max():.2f}")
            for moment, angles in zip(self.moments, self.angles, strict=True)
        ]
        return [at for at, one in enumerate(printed) if not at or one != printed[at - 1]]

    def _as_pictures(self, rows: Matrix) -> Matrix:
        return rows.reshape(-1, DIGIT_SIDE_PX, DIGIT_SIDE_PX)

    def _both_planes(self, at: int) -> Tiles:
        return tiles(
            heats(self._as_pictures(self.moments[at].decoder.T), "decoder"),
            heats(self._as_pictures(self.plane.T), "component"),
        )

    def _spectrum(self) -> BarsMark:
        shown = min(16, len(self.variances))
        k = self.config.components
        roles = ["kept" if number < k else "removed" for number in range(shown)]
        title = "Variance along each component"
        return bars(title, "", self.variances[:shown], roles=roles)

    def _loss_curves(self, at: int) -> tuple[CurveMark, CurveMark]:
        updates = np.log10([max(one.update, 1) for one in self.moments])
        losses = [one.loss for one in self.moments]
        titles = {"x_title": "log10 of the update", "y_title": "error a picture"}
        return (
            curve(updates[: at + 1], losses[: at + 1], "autoencoder", **titles),
            curve(updates[[0, -1]], (self.best, self.best), "PCA", role="truth", **titles),
        )
