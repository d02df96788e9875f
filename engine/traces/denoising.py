"""Denoising: a picture is spoilt on purpose, squeezed through a code, and comes back cleaner.

Vincent, Larochelle, Bengio, Manzagol, Extracting and Composing Robust Features with Denoising
Autoencoders, ICML 2008, https://www.cs.toronto.edu/~larocheh/publications/icml-2008-denoising-autoencoders.pdf

Axes: N pictures, S side of the picture. Errors are mean squared errors a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Step, Tiles, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, curve, heat, heats, image, images, table, tiles
from engine.traces.small_models import (
    DIGIT_SIDE_PX,
    SOURCE_NOTE,
    Learned,
    Source,
    learned,
    on_digits,
    subject,
)
from engine.traces.steps import Topic, explain, step

_NOISE_NAMES = {
    "gaussian": "Gaussian",
    "masking": "masking",
    "salt-and-pepper": "salt-and-pepper",
}
_SHOWN = 5
_NOISES = 64
_AMOUNTS = np.linspace(0.0, 1.0, 11)
_SHOWN_AMOUNTS = (1, 3, 5, 7, 9)  # of _AMOUNTS
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DenoisingConfig(Parameters):
    """Which picture is spoilt, and how."""

    picture: int = parameter(0, low=0, high=1258, note="number of the digit; not for a picture")
    corruption: Literal["gaussian", "masking", "salt-and-pepper"] = parameter(
        "gaussian", note="masking: pixels set to 0; salt-and-pepper: to 0 or 1"
    )
    amount: float = parameter(
        0.5, low=0.0, high=1.0, note="standard deviation, or the share of pixels"
    )
    passes: int = parameter(4, low=2, high=6, note="times that the answer is fed in again")
    weights: Source = parameter("shipped", note=SOURCE_NOTE)
    seed: int = parameter(0, low=0, high=9999, note="of the noise, and of a small network")


def spoil(clean: Floats, corruption: str, amount: float, count: int, seed: int) -> Floats:
    """Return a picture (S, S) spoilt in `count` ways, (count, S, S).

    Equal seeds give noise that grows with the amount and is the same otherwise.
    """
    random = np.random.default_rng(seed)
    if corruption == "gaussian":
        return clean + amount * random.standard_normal((count, *clean.shape))
    dice = random.random((count, *clean.shape))
    spoilt = np.where(dice < amount, 0.0, clean)
    if corruption == "salt-and-pepper":
        spoilt = np.where(dice < amount / 2, 1.0, spoilt)
    return spoilt


def signal_to_noise(error: float) -> float:
    """Return the peak signal-to-noise ratio in decibels of a mean squared error, peak 1."""
    return float(-10 * np.log10(max(error, 1e-12)))


def learned_denoiser(config: DenoisingConfig, context: TaskContext) -> Learned:
    """Return the shipped network, or a small one that learns from the noise of the config."""
    from engine.models.representation.denoising_autoencoder import DenoisingAutoencoderConfig

    small = DenoisingAutoencoderConfig(
        image_size=DIGIT_SIDE_PX,
        latent_dimensions=16,
        corruption=config.corruption,
        amount=max(config.amount, 0.1),
        layout="fully-connected",
        hidden_units=128,
    )
    return learned(
        "denoising-autoencoder",
        ("denoising-autoencoder-mnist",),
        config.weights,
        on_digits(small, updates=1200),
        config.seed,
        context,
    )


def correlation(first: Floats, second: Floats) -> float:
    """Return Pearson's coefficient; 0 where one of the two does not vary."""
    if not first.std() or not second.std():
        return 0.0
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


@TRACES.register(
    TraceCard(
        key="denoising",
        title="Denoising",
        summary="What a denoising autoencoder takes away, what it cannot know, and where it blurs.",
        config_type=DenoisingConfig,
        area="latent",
        order=20,
        takes_picture=True,
    )
)
class Denoised(Topic):
    """A clean picture, its spoilt versions and the answers, and what limits them.

    The result has `error_before` and `error_after`, of a blur and a median filter `error_blur` and
    `error_median`, and `passes`, the error after each further pass.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        import cv2

        config: DenoisingConfig = request.config
        self.config, kind, seed = config, config.corruption, config.seed
        self.network = learned_denoiser(config, context)
        clean, self.what = subject(request.pixels, config.picture, self.network.side)
        self.clean: Floats = clean.astype(np.float64)
        self.many = spoil(self.clean, kind, config.amount, _NOISES, seed)
        self.spoilt: Floats = self.many[0]
        self.many_cleaned = self._run(self.many)
        self.answers = [self.many_cleaned[0]]
        for _ in range(config.passes - 1):
            self.answers.append(self._run(self.answers[-1][None])[0])
        scale = np.stack([spoil(self.clean, kind, float(one), 1, seed)[0] for one in _AMOUNTS])
        self.scale = scale, self._run(scale)
        self.codes = self._encode(np.stack([self.clean, self.spoilt]))
        blurred = cv2.GaussianBlur(self.spoilt, (3, 3), 0)
        median = cv2.medianBlur(self.spoilt.astype(np.float32), 3).astype(np.float64)
        self.by_filter = {"blur": np.asarray(blurred, np.float64), "median": median}
        self.before, self.after = self._error(self.spoilt), self._error(self.answers[0])
        self.result = {
            "weights": self.network.origin,
            "error_before": self.before,
            "error_after": self.after,
            "error_blur": self._error(self.by_filter["blur"]),
            "error_median": self._error(self.by_filter["median"]),
            "passes": [self._error(one) for one in self.answers],
        }

    @step
    def clean_picture(self) -> Step:
        side = len(self.clean)
        return explain(
            "A clean picture",
            f"The picture is {self.what}: {side} x {side} grey values from 0 to 1. The denoising "
            f"autoencoder is {self.network.origin}.",
            image(self.clean, "clean x"),
        )

    @step
    def corruption(self) -> Step:
        amount, kind = self.config.amount, self.config.corruption
        changed = int(np.count_nonzero(self.spoilt != self.clean))
        words = {
            "gaussian": f"A random number of standard deviation {amount:g} is added to each pixel",
            "masking": f"Each pixel is set to black with a probability of {amount:g}",
            "salt-and-pepper": f"Each pixel turns black or white with a probability of {amount:g}",
        }
        formula = r"\tilde{x}=x+\epsilon,\quad\epsilon\sim\mathcal{N}(0,\,s^2)"
        other = rf"\tilde{{x}}_i\neq x_i\ \mathrm{{with\ probability\ up\ to}}\ {amount:g}"
        return explain(
            f"The damage: {_NOISE_NAMES[kind]} noise",
            f"{words[kind]} (seed {self.config.seed}). That changes {changed} of "
            f"{self.clean.size} values; the map shows by how much.",
            image(self.clean, "clean x"),
            heat(self.spoilt - self.clean, "damage"),
            formula=formula if kind == "gaussian" else other,
        )

    @step
    def spoilt_picture(self) -> Step:
        return explain(
            f"The spoilt picture: error {self.before:.4f}",
            f"This alone is what the network gets to see. Its mean squared error is "
            f"{self.before:.4f} a pixel, a peak signal-to-noise ratio of "
            f"{signal_to_noise(self.before):.1f} dB.",
            images([self.clean, self.spoilt], ["clean x", "spoilt"]),
            formula=rf"\mathrm{{PSNR}}=-10\,\log_{{10}}\,{self.before:.4f}="
            rf"{signal_to_noise(self.before):.1f}\ \mathrm{{dB}}",
        )

    @step
    def code(self) -> Step:
        shown = min(16, self.codes.shape[1])
        distance = float(np.linalg.norm(self.codes[1] - self.codes[0]))
        return explain(
            f"Squeezed into {self.codes.shape[1]} numbers",
            f"The encoder makes a code of it; the bars show the first {shown}, the pale ones those "
            f"of the clean picture. The two codes lie {distance:.2f} apart, the clean one "
            f"{float(np.linalg.norm(self.codes[0])):.2f} from 0.",
            image(self.spoilt, "spoilt"),
            bars("Code", "", self.codes[1, :shown], before=self.codes[0, :shown]),
            formula=r"z=f(\tilde{x})",
        )

    @step
    def answer(self) -> Step:
        verb = "falls" if self.after < self.before else "rises"
        return explain(
            f"Decoded: error {self.after:.4f}",
            f"The decoder makes a picture of the code. The error {verb} from {self.before:.4f} to "
            f"{self.after:.4f}: {self._gain():+.1f} dB.",
            self._before_and_after(),
            bars("Error", {"spoilt": self.before, "answer": self.after}, current=1),
            formula=r"\hat{x}=g(f(\tilde{x}))",
        )

    @step
    def taken_away(self) -> Step:
        added, removed = self.spoilt - self.clean, self.spoilt - self.answers[0]
        likeness = correlation(added, removed)
        parts = (added, removed, self.answers[0] - self.clean)
        return explain(
            "Was it the noise that went?",
            "On the left what was added, in the middle what the network took away, on the right "
            f"what is still wrong. The first two have a correlation of {likeness:.3f}; 1 would be "
            "a perfect repair.",
            heats(parts, ["added", "taken away", "left over"], scale="grey"),
            formula=r"\tilde{x}-\hat{x}\approx\epsilon",
        )

    @step
    def training(self) -> Step:
        learned_from = self.network.model.config
        return explain(
            "Spoilt in, clean wanted",
            "The network learned from pairs of this kind: the spoilt picture goes in, and the loss "
            "compares the answer with the clean one, every time with fresh "
            f"{_NOISE_NAMES[learned_from.corruption]} noise of amount {learned_from.amount:g}. "
            "To copy the input would be wrong, so it has to know what digits look like.",
            images([self.spoilt, self.clean], ["input", "wanted"]),
            formula=r"L=\mathbb{E}\,||x-g(f(\tilde{x}))||^2",
        )

    @step
    def filters(self) -> Step:
        errors = [self.before, *(self._error(one) for one in self.by_filter.values()), self.after]
        names = ("spoilt", "blur 3 x 3", "median 3 x 3", "autoencoder")
        best = int(np.argmin(errors))
        return explain(
            "Beside filters that know nothing",
            "A Gaussian blur and a median filter look at neighbours only; they know no digits. "
            f"Smallest error here: {names[best]}, with {errors[best]:.4f}.",
            images([self.spoilt, *self.by_filter.values(), self.answers[0]], names),
            bars("Error", names, errors, current=best),
        )

    @step
    def other_noise(self) -> Step:
        errors = [self._error(one) for one in self.many_cleaned]
        middle = self.many_cleaned.mean(axis=0)
        return explain(
            "Other noise, another answer",
            f"The same picture spoilt in {_NOISES} ways: the errors of the answers run from "
            f"{min(errors):.4f} to {max(errors):.4f}. The best answer to a spoilt picture is the "
            "mean of all clean ones that it could come from; where several fit, that mean is "
            "blurred.",
            images(self.many[:_SHOWN], ["spoilt"]),
            images(self.many_cleaned[:_SHOWN], ["answer"]),
            [image(middle, "mean answer")],
            formula=r"\hat{x}^{*}=\mathbb{E}[\,x\,|\,\tilde{x}\,]",
        )

    @step
    def amounts(self) -> Step:
        spoilt, answers = self.scale
        before = [self._error(one) for one in spoilt]
        after = [self._error(one) for one in answers]
        titles = {"x_title": "amount of noise", "y_title": "error"}
        shown = list(_SHOWN_AMOUNTS)
        return explain(
            "More and less noise",
            f"Even a clean picture comes back with an error of {after[0]:.4f}: the code has no "
            "room for everything. The more noise, the less there is to go by: at an amount of 1 "
            f"the error of the answer is {after[-1]:.4f}, that of its input {before[-1]:.4f}.",
            images(spoilt[shown], [f"{_AMOUNTS[at]:.1f}" for at in shown]),
            images(answers[shown]),
            curve(_AMOUNTS, before, "spoilt", role="removed", **titles),
            curve(_AMOUNTS, after, "answer", role="kept", **titles),
        )

    @step
    def again(self) -> Step:
        errors = [self._error(one) for one in self.answers]
        return explain(
            "Again and again",
            "The answer is fed in once more, and again. It drifts to what the network finds a "
            f"typical digit, which need not be this one: the error goes from {errors[0]:.4f} to "
            f"{errors[-1]:.4f}.",
            images(self.answers, "pass"),
            bars("Error", "pass", errors),
        )

    @step
    def summary(self) -> Step:
        rows = (
            ("spoilt", f"{self.before:.4f}", f"{signal_to_noise(self.before):.1f} dB"),
            ("answer", f"{self.after:.4f}", f"{signal_to_noise(self.after):.1f} dB"),
        )
        return explain(
            f"{self._gain():+.1f} dB",
            "A denoising autoencoder pulls pictures back to where clean ones lie. What the noise "
            "has wiped out it fills in from experience: plausible, not necessarily true. Computed "
            f"with {self.network.origin}.",
            self._before_and_after(),
            table(("picture", "error", "PSNR"), rows),
        )

    def _gain(self) -> float:
        """Decibels gained, as the difference of the two that are printed."""
        before, after = (round(signal_to_noise(one), 1) for one in (self.before, self.after))
        return after - before

    def _before_and_after(self) -> Tiles:
        shown = [self.clean, self.spoilt, self.answers[0]]
        return tiles(images(shown, ["x", "spoilt", "answer"]))

    def _error(self, picture: Floats) -> float:
        return float(np.square(picture - self.clean).mean())

    def _run(self, images: Floats) -> Floats:
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(images).float().unsqueeze(1)
            found: Floats = self.network.model(batch).reconstruction[:, 0].double().numpy()
        return found

    def _encode(self, images: Floats) -> Floats:
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(images).float().unsqueeze(1)
            found: Floats = self.network.model.encode(batch).double().numpy()
        return found
