"""The evidence lower bound of one picture: what its two parts are, and how far below it lies.

Kingma, Welling, Auto-Encoding Variational Bayes, ICLR 2014, https://arxiv.org/abs/1312.6114; the
estimate of the likelihood: Burda, Grosse, Salakhutdinov, Importance Weighted Autoencoders, ICLR
2016, https://arxiv.org/abs/1509.00519

Axes: M draws of the code, Z latent axes, S side of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Step, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, curve, heat, image, images, table
from engine.traces.small_models import SOURCE_NOTE, Source, learned_vae, subject
from engine.traces.steps import Topic, explain, step
from engine.traces.wording import rounded_to_sum

Floats = NDArray[np.float64]

_SHOWN = 6
_CHUNK = 500  # draws that are decoded at a time
_INKED = 0.5


@dataclass(frozen=True, slots=True)
class ElboConfig(Parameters):
    """Which picture, which network, and how many draws."""

    picture: int = parameter(0, low=0, high=1258, note="number of the digit; not for a picture")
    draws: int = parameter(2048, low=16, high=16384, note="codes drawn from the posterior")
    weights: Source = parameter("shipped", note=SOURCE_NOTE)
    seed: int = parameter(0, low=0, high=9999, note="of the draws, and of a small network")


def log_mean_exp(values: Floats) -> float:
    """Return log of the mean of exp(values), whatever their size."""
    top = float(values.max())
    return top + float(np.log(np.exp(values - top).mean()))


def importance_bounds(log_weights: Floats) -> dict[int, float]:
    """Return, for K = 1, 2, 4, ... draws at a time, the mean over groups of log of the mean weight.

    Groups of K are made of two groups of K / 2, so that the bounds never fall with K; what does
    not fill a group is left out of all.
    """
    levels = int(np.log2(len(log_weights)))
    values = log_weights[: 2**levels]
    bounds = {}
    for level in range(levels + 1):
        bounds[2**level] = float(values.mean())
        if level < levels:
            values = np.logaddexp(values[::2], values[1::2]) - np.log(2)
    return bounds


class Printed(NamedTuple):
    """The numbers of the bound in nats as they are printed, so that they add up."""

    reconstruction: float
    divergence: float
    likelihood: float

    @property
    def elbo(self) -> float:
        """The reconstruction less the divergence."""
        return self.reconstruction - self.divergence

    @property
    def gap(self) -> float:
        """How far the bound lies below the likelihood."""
        return self.likelihood - self.elbo


@TRACES.register(
    TraceCard(
        key="elbo",
        title="Evidence lower bound (ELBO)",
        summary="What a variational autoencoder maximises, in nats, and the likelihood above it.",
        config_type=ElboConfig,
        area="latent",
        order=40,
        takes_picture=True,
    )
)
class EvidenceLowerBound(Topic):
    """The two parts of the bound for one picture, and the likelihood above it.

    The result has, in nats, `reconstruction` (mean of log p(x | z)), `kl` with `kl_per_axis`,
    `elbo`, and `log_likelihood` estimated by importance sampling; and `bits_per_pixel`.

    Attributes:
        ink: the picture in black and white, (S, S).
        mean: of the posterior, (Z,), and its `log_variance`.
        pictures: of the first draws, the probability of white, (_SHOWN, S, S).
        pixel_terms: mean over the draws of log p(pixel | z), (S, S).
        on_picture: log p(x | z) of each draw, (M,).
        on_prior: log p(z), (M,); `on_posterior`, log q(z | x).
        log_weights: log p(x, z) - log q(z | x), (M,).
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        self.config: ElboConfig = request.config
        self.vae = learned_vae(self.config.weights, self.config.seed, context)
        grey, self.what = subject(request.pixels, self.config.picture, self.vae.side)
        self.grey: Floats = grey.astype(np.float64)
        self.ink = (self.grey > _INKED).astype(np.float64)
        self._draw(context)
        variance = np.exp(self.log_variance)
        self.kl_per_axis = 0.5 * (variance + self.mean**2 - 1 - self.log_variance)
        self.kl = float(self.kl_per_axis.sum())
        self.expected = float(self.on_picture.mean())
        self.elbo = self.expected - self.kl
        self.likelihood = log_mean_exp(self.log_weights)
        self.printed = Printed(*(round(x, 2) for x in (self.expected, self.kl, self.likelihood)))
        self.bits = -self.elbo / self.ink.size / float(np.log(2))
        self.result = {
            "weights": self.vae.origin,
            "reconstruction": self.expected,
            "kl": self.kl,
            "kl_per_axis": self.kl_per_axis,
            "elbo": self.elbo,
            "log_likelihood": self.likelihood,
            "bits_per_pixel": self.bits,
            "draws": self.config.draws,
        }

    def _draw(self, context: TaskContext) -> None:
        """Draw codes from the posterior and decode them."""
        import torch
        from torch.nn import functional

        model, draws = self.vae.model, self.config.draws
        image = torch.from_numpy(self.ink).float()[None, None]
        generator = torch.Generator().manual_seed(self.config.seed)
        with torch.inference_mode():
            mean, log_variance = (part[0].double() for part in model.posterior(image))
            noise = torch.randn(draws, len(mean), generator=generator, dtype=torch.float64)
            codes = mean + (0.5 * log_variance).exp() * noise
            terms, shown = [], torch.zeros(0)
            total = torch.zeros_like(image[0, 0], dtype=torch.float64)
            for first in range(0, draws, _CHUNK):
                context.raise_if_cancelled()
                context.report(first / draws, "decoding draws")
                logits = model.decode_logits(codes[first : first + _CHUNK].float())[:, 0].double()
                target = image[:, 0].double().expand_as(logits)
                error = functional.binary_cross_entropy_with_logits(
                    logits, target, reduction="none"
                )
                terms.append(-error.sum(dim=(1, 2)))
                total -= error.sum(dim=0)
                shown = shown if first else logits[:_SHOWN].sigmoid()
        half_log_turn = 0.5 * float(np.log(2 * np.pi))
        on_posterior = 0.5 * noise.square() + 0.5 * log_variance + half_log_turn
        self.mean, self.log_variance = mean.numpy(), log_variance.numpy()
        self.pictures, self.pixel_terms = shown.numpy(), (total / draws).numpy()
        self.on_picture: Floats = torch.cat(terms).numpy()
        self.on_prior: Floats = -(0.5 * codes.square() + half_log_turn).sum(dim=1).numpy()
        self.on_posterior: Floats = -on_posterior.sum(dim=1).numpy()
        self.log_weights = self.on_picture + self.on_prior - self.on_posterior

    @step
    def picture(self) -> Step:
        return explain(
            "How likely is this picture?",
            f"The picture is {self.what}; the model is {self.vae.origin}. A generative model gives "
            "every picture a probability: that of drawing a code from the unit Gaussian and "
            "getting this picture of it, over all codes.",
            image(self.grey, "picture x"),
            formula=r"p(x)=\mathbb{E}_{p(z)}\,p(x|z)",
        )

    @step
    def binary(self) -> Step:
        inked = int(self.ink.sum())
        return explain(
            "Black or white",
            "The decoder answers with a probability of white for each pixel, so every pixel has "
            f"to be one or the other: those above {_INKED} become white, {inked} of "
            f"{self.ink.size}.",
            images([self.grey, self.ink], ["grey", "black or white"]),
            formula=r"p(x|z)=\prod_i y_i^{x_i}\,(1-y_i)^{1-x_i}",
        )

    @step
    def posterior(self) -> Step:
        deviations = np.exp(0.5 * self.log_variance)
        rows = [
            (axis, mean, f"{deviation:.3f}")
            for axis, (mean, deviation) in enumerate(zip(self.mean, deviations, strict=True), 1)
        ]
        return explain(
            "The encoder says where to look",
            "Nearly all codes make another picture and add nothing. The encoder answers with a "
            f"Gaussian over the codes that could have made this one: a mean and a standard "
            f"deviation for each of the {len(self.mean)} axes.",
            image(self.ink, "x"),
            table(("axis", "mean", "deviation"), rows),
            formula=r"q(z|x)=\mathcal{N}(\mu,\sigma^2)",
        )

    @step
    def draw(self) -> Step:
        return explain(
            "Codes drawn, pictures decoded",
            f"{self.config.draws:,} codes are drawn from that Gaussian and decoded; the first "
            f"{len(self.pictures)} are seen here. Brightness is the probability of white.",
            [image(self.ink, "x")],
            images(self.pictures, "draw"),
            formula=r"z=\mu+\sigma\,\epsilon,\quad\epsilon\sim\mathcal{N}(0,1)",
        )

    @step
    def likelihood_of_one(self) -> Step:
        worst = float(self.pixel_terms.min())
        return explain(
            "One pixel at a time",
            "Each pixel costs the logarithm of the probability that the decoder gave to what is "
            "really there: 0 where it is sure and right, far below where it is sure and wrong. The "
            f"map shows the mean over the draws; the most surprising pixel costs {-worst:.2f} "
            f"nats, and the first draw {-self.on_picture[0]:.2f} in all.",
            *images([self.ink, self.pictures[0]], ["x", "draw 1"]),
            heat(self.pixel_terms, "log p of each pixel"),
            formula=r"\log p(x|z)=\sum_i x_i\,\log y_i+(1-x_i)\,\log(1-y_i)",
        )

    @step
    def reconstruction(self) -> Step:
        error = float(self.on_picture.std() / np.sqrt(len(self.on_picture)))
        return explain(
            f"First part: reconstruction {self.printed.reconstruction:.2f} nats",
            f"The mean of log p(x | z) over the {self.config.draws:,} draws is "
            f"{self.printed.reconstruction:.2f}, with a standard error of {error:.2f}. "
            "It rewards codes that bring the picture back.",
            bars("log p(x | z) in nats", "draw", self.on_picture[:_SHOWN]),
            formula=rf"\mathbb{{E}}_q\,\log p(x|z)={self.printed.reconstruction:.2f}",
        )

    @step
    def divergence(self) -> Step:
        top = int(self.kl_per_axis.argmax())
        axes = rounded_to_sum(self.kl_per_axis.tolist())
        return explain(
            f"Second part: divergence {self.printed.divergence:.2f} nats",
            "How much the encoder's Gaussian says beyond the prior, axis by axis. An axis that "
            f"ignores the picture costs 0; axis {top + 1} tells most, {axes[top]:.2f} "
            f"nats. Together they cost {self.printed.divergence:.2f}.",
            bars("Divergence in nats", "axis", axes, current=top),
            formula=r"\mathrm{KL}=\dfrac{1}{2}\sum_j(\sigma_j^2+\mu_j^2-1-\log\sigma_j^2)"
            rf"={self.printed.divergence:.2f}",
        )

    @step
    def bound(self) -> Step:
        return explain(
            f"ELBO = {self.printed.elbo:.2f} nats",
            "The evidence lower bound is the reconstruction less the divergence. Training a "
            "variational autoencoder means raising it, averaged over all pictures: no other term "
            "is in its loss.",
            bars(
                "Nats",
                {
                    "reconstruction": self.printed.reconstruction,
                    "- divergence": -self.printed.divergence,
                    "ELBO": self.printed.elbo,
                },
                current=2,
            ),
            formula=rf"\mathrm{{ELBO}}={self.printed.reconstruction:.2f}-{self.printed.divergence:.2f}"
            rf"={self.printed.elbo:.2f}",
        )

    @step
    def weights(self) -> Step:
        rows = [self._weight_of(number) for number in range(min(10, self.config.draws))]
        columns = ("draw", "log p(x | z)", "log p(z)", "log q(z | x)", "log w")
        return explain(
            "The likelihood itself: importance sampling",
            "Every draw gets a weight: how much more often the model would make this code and this "
            "picture than the encoder draws it. The mean of all weights is p(x), without bias; the "
            "mean of all their logarithms is the ELBO.",
            table(columns, rows),
            formula=r"w=\dfrac{p(x|z)\,p(z)}{q(z|x)},\quad p(x)=\mathbb{E}_q\,w",
        )

    @step
    def estimates(self) -> Step:
        bounds = importance_bounds(self.log_weights)
        x = np.log2(np.array(list(bounds), np.float64))
        y = np.array(list(bounds.values()))
        error = float(self.log_weights.std() / np.sqrt(len(self.log_weights)))
        titles = {"x_title": "log2 of draws taken together", "y_title": "nats"}
        return explain(
            "More draws together, a tighter bound",
            f"The logarithm of the mean of K weights lies below log p(x) too, on average, but "
            f"closer as K grows: from {y[0]:.2f} for single draws to {y[-1]:.2f} for "
            f"{list(bounds)[-1]:,} together. The first estimates the ELBO, which with the exact "
            f"divergence is {self.printed.elbo:.2f}; it is off by sampling error (standard error "
            f"{error:.2f}).",
            curve(x, y, "bound", role="prediction", **titles),
            curve(x, np.full(len(x), self.elbo), "ELBO", **titles),
            formula=r"L_K=\mathbb{E}\,\log\dfrac{1}{K}\sum_k w_k",
        )

    @step
    def gap(self) -> Step:
        gap = f"{self.printed.gap:.2f}"
        return explain(
            f"The gap: {gap} nats",
            f"All {self.config.draws:,} draws estimate log p(x) as "
            f"{self.printed.likelihood:.2f}. The ELBO lies {gap} lower: the divergence "
            "of the encoder's Gaussian from the true distribution of the codes, which need not be "
            "a Gaussian along the axes.",
            bars(
                "Nats", {"ELBO": self.printed.elbo, "log p(x)": self.printed.likelihood}, current=1
            ),
            formula=r"\log p(x)-\mathrm{ELBO}=\mathrm{KL}(q(z|x)\,||\,p(z|x))"
            rf"\approx{gap}",
        )

    @step
    def summary(self) -> Step:
        rows = (
            ("reconstruction", f"{self.printed.reconstruction:.2f} nats"),
            ("divergence", f"{self.printed.divergence:.2f} nats"),
            ("ELBO", f"{self.printed.elbo:.2f} nats"),
            ("log p(x), estimated", f"{self.printed.likelihood:.2f} nats"),
            ("bits per pixel, at most", f"{self.bits:.3f}"),
        )
        return explain(
            f"At most {self.bits:.3f} bits per pixel",
            "Divided by the pixels and by log 2, the bound says how many bits a lossless code "
            "built on this model would need for a pixel of this picture; 1 is what black and white "
            f"pixels cost without any model. Computed with {self.vae.origin}.",
            image(self.ink, "x"),
            table(("number", "value"), rows),
            formula=rf"\dfrac{{{-self.printed.elbo:.2f}}}{{{self.ink.size}\,\log 2}}"
            rf"={self.bits:.3f}",
        )

    def _weight_of(self, number: int) -> tuple[str, ...]:
        """Return a draw and its terms; the last is what the printed ones before it come to."""
        terms = (self.on_picture, self.on_prior, self.on_posterior)
        found = [round(float(term[number]), 2) for term in terms]
        return str(number + 1), *(f"{one:.2f}" for one in (*found, found[0] + found[1] - found[2]))
