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

from engine.api.parameters import parameter, validate
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Step, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, curve, heat, image, images, table
from engine.traces.small_models import SOURCE_NOTE, Learned, Source, learned_vae, subject
from engine.traces.steps import explain, step, trace_of

Floats = NDArray[np.float64]

_SHOWN = 6
_CHUNK = 500  # draws that are decoded at a time
_INKED = 0.5


@dataclass(frozen=True, slots=True)
class ElboConfig:
    """Which picture, which network, and how many draws."""

    picture: int = parameter(0, low=0, high=1258, note="number of the digit; not for a picture")
    draws: int = parameter(2048, low=16, high=16384, note="codes drawn from the posterior")
    weights: Source = parameter("shipped", note=SOURCE_NOTE)
    seed: int = parameter(0, low=0, high=9999, note="of the draws, and of a small network")

    def __post_init__(self) -> None:
        validate(self)


CARD = TraceCard(
    key="elbo",
    title="Evidence lower bound (ELBO)",
    summary="What a variational autoencoder maximises, in nats, and the likelihood above it.",
    needs="nothing",
    config_type=ElboConfig,
    area="latent",
    order=40,
    takes_picture=True,
)


class Draws(NamedTuple):
    """Everything that is known of codes drawn from the posterior; logarithms are natural."""

    codes: Floats  # (M, Z)
    pictures: Floats  # (_SHOWN, S, S): probability of white
    pixel_terms: Floats  # (S, S): mean over the draws of log p(pixel | z)
    on_picture: Floats  # (M,): log p(x | z)
    on_prior: Floats  # (M,): log p(z)
    on_posterior: Floats  # (M,): log q(z | x)

    @property
    def log_weights(self) -> Floats:
        """log p(x, z) - log q(z | x), (M,)."""
        return self.on_picture + self.on_prior - self.on_posterior


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    return trace(request.config, context, request.pixels)


def trace(
    config: ElboConfig, context: TaskContext, pixels: NDArray[np.uint8] | None = None
) -> Trace:
    """Return the steps from the picture to the bound and to the likelihood above it.

    The result has, in nats, `reconstruction` (mean of log p(x | z)), `kl` with `kl_per_axis`,
    `elbo`, and `log_likelihood` estimated by importance sampling; and `bits_per_pixel`.

    Args:
        config: the topic's parameters.
        context: told about progress.
        pixels: RGB (H, W, 3) in place of a digit; None for the digit of the config.
    """
    vae = learned_vae(config.weights, config.seed, context)
    grey, what = subject(pixels, config.picture, vae.side)
    bound = _Bound(config, vae, grey.astype(np.float64), what, context)
    return trace_of(CARD, bound, bound.result())


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


def _draw(
    vae: Learned, binary: Floats, config: ElboConfig, context: TaskContext
) -> tuple[Floats, Floats, Draws]:
    """Return the posterior's mean (Z,) and log variance (Z,), and what its draws say."""
    import torch
    from torch.nn import functional

    image = torch.from_numpy(binary).float()[None, None]
    generator = torch.Generator().manual_seed(config.seed)
    with torch.inference_mode():
        mean, log_variance = (part[0].double() for part in vae.model.posterior(image))
        noise = torch.randn(config.draws, len(mean), generator=generator, dtype=torch.float64)
        codes = mean + (0.5 * log_variance).exp() * noise
        terms, shown, total = [], torch.zeros(0), torch.zeros_like(image[0, 0], dtype=torch.float64)
        for first in range(0, config.draws, _CHUNK):
            context.raise_if_cancelled()
            context.report(first / config.draws, "decoding draws")
            logits = vae.model.decode_logits(codes[first : first + _CHUNK].float())[:, 0].double()
            target = image[:, 0].double().expand_as(logits)
            error = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
            terms.append(-error.sum(dim=(1, 2)))
            total -= error.sum(dim=0)
            shown = shown if first else logits[:_SHOWN].sigmoid()
    half_log_turn = 0.5 * float(np.log(2 * np.pi))
    on_prior = -(0.5 * codes.square() + half_log_turn).sum(dim=1)
    on_posterior = -(0.5 * noise.square() + 0.5 * log_variance + half_log_turn).sum(dim=1)
    draws = Draws(
        codes.numpy(),
        shown.numpy(),
        (total / config.draws).numpy(),
        torch.cat(terms).numpy(),
        on_prior.numpy(),
        on_posterior.numpy(),
    )
    return mean.numpy(), log_variance.numpy(), draws


class _Bound:
    """The two parts of the bound for one picture, and the steps that show them."""

    def __init__(
        self, config: ElboConfig, vae: Learned, grey: Floats, what: str, context: TaskContext
    ) -> None:
        self.config, self.vae, self.grey, self.what = config, vae, grey, what
        self.ink = (grey > _INKED).astype(np.float64)
        self.mean, self.log_variance, self.draws = _draw(vae, self.ink, config, context)
        variance = np.exp(self.log_variance)
        self.kl_per_axis = 0.5 * (variance + self.mean**2 - 1 - self.log_variance)
        self.kl = float(self.kl_per_axis.sum())
        self.expected = float(self.draws.on_picture.mean())
        self.elbo = self.expected - self.kl
        self.likelihood = log_mean_exp(self.draws.log_weights)
        self.bits = -self.elbo / self.ink.size / float(np.log(2))

    def result(self) -> dict[str, object]:
        """Return the numbers."""
        return {
            "weights": self.vae.origin,
            "reconstruction": self.expected,
            "kl": self.kl,
            "kl_per_axis": self.kl_per_axis.tolist(),
            "elbo": self.elbo,
            "log_likelihood": self.likelihood,
            "bits_per_pixel": self.bits,
            "draws": self.config.draws,
        }

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
        names = [f"draw {number + 1}" for number in range(_SHOWN)]
        return explain(
            "Codes drawn, pictures decoded",
            f"{self.config.draws} codes are drawn from that Gaussian and decoded; the first "
            f"{len(self.draws.pictures)} are seen here. Brightness is the probability of white.",
            [image(self.ink, "x")],
            images(self.draws.pictures, names),
            formula=r"z=\mu+\sigma\,\epsilon,\quad\epsilon\sim\mathcal{N}(0,1)",
        )

    @step
    def likelihood_of_one(self) -> Step:
        worst = float(self.draws.pixel_terms.min())
        return explain(
            "One pixel at a time",
            "Each pixel costs the logarithm of the probability that the decoder gave to what is "
            "really there: 0 where it is sure and right, far below where it is sure and wrong. The "
            f"map shows the mean over the draws; the most surprising pixel costs {-worst:.2f} "
            f"nats, and the first draw {-self.draws.on_picture[0]:.2f} in all.",
            *images([self.ink, self.draws.pictures[0]], ["x", "draw 1"]),
            heat(self.draws.pixel_terms, "log p of each pixel"),
            formula=r"\log p(x|z)=\sum_i x_i\,\log y_i+(1-x_i)\,\log(1-y_i)",
        )

    @step
    def reconstruction(self) -> Step:
        error = float(self.draws.on_picture.std() / np.sqrt(len(self.draws.on_picture)))
        names = [f"draw {number + 1}" for number in range(min(_SHOWN, self.config.draws))]
        return explain(
            f"First part: reconstruction {self.expected:.2f} nats",
            f"The mean of log p(x | z) over the {self.config.draws:,} draws is "
            f"{self.expected:.2f}, with a standard error of {error:.2f}. It rewards codes that "
            "bring the picture back.",
            bars(names, self.draws.on_picture[: len(names)], "log p(x | z) in nats"),
            formula=rf"\mathbb{{E}}_q\,\log p(x|z)={self.expected:.2f}",
        )

    @step
    def divergence(self) -> Step:
        names = [f"axis {axis + 1}" for axis in range(len(self.mean))]
        top = int(self.kl_per_axis.argmax())
        return explain(
            f"Second part: divergence {self.kl:.2f} nats",
            "How much the encoder's Gaussian says beyond the prior, axis by axis. An axis that "
            f"ignores the picture costs 0; axis {top + 1} tells most, {self.kl_per_axis[top]:.2f} "
            f"nats. Together they cost {self.kl:.2f}.",
            bars(names, self.kl_per_axis, "Divergence in nats", current=top),
            formula=r"\mathrm{KL}=\dfrac{1}{2}\sum_j(\sigma_j^2+\mu_j^2-1-\log\sigma_j^2)"
            rf"={self.kl:.2f}",
        )

    @step
    def bound(self) -> Step:
        return explain(
            f"ELBO = {self.elbo:.2f} nats",
            "The evidence lower bound is the reconstruction less the divergence. Training a "
            "variational autoencoder means raising it, averaged over all pictures: no other term "
            "is in its loss.",
            bars(
                ("reconstruction", "- divergence", "ELBO"),
                (self.expected, -self.kl, self.elbo),
                "Nats",
                current=2,
            ),
            formula=rf"\mathrm{{ELBO}}={self.expected:.2f}-{self.kl:.2f}={self.elbo:.2f}",
        )

    @step
    def weights(self) -> Step:
        first = self.draws
        terms = (first.on_picture, first.on_prior, first.on_posterior, first.log_weights)
        rows = [
            (number + 1, *(f"{term[number]:.2f}" for term in terms))
            for number in range(min(10, self.config.draws))
        ]
        columns = ("draw", "log p(x | z)", "log p(z)", "log q(z | x)", "log w")
        return explain(
            "The likelihood itself: importance sampling",
            "Every draw gets a weight: how much more often the model would make this code and this "
            "picture than the encoder draws it. The mean of the weights is p(x), without bias; the "
            "mean of their logarithms is the ELBO.",
            table(columns, rows),
            formula=r"w=\dfrac{p(x|z)\,p(z)}{q(z|x)},\quad p(x)=\mathbb{E}_q\,w",
        )

    @step
    def estimates(self) -> Step:
        bounds = importance_bounds(self.draws.log_weights)
        x = np.log2(np.array(list(bounds), np.float64))
        y = np.array(list(bounds.values()))
        titles = {"x_title": "log2 of draws taken together", "y_title": "nats"}
        return explain(
            "More draws together, a tighter bound",
            f"The logarithm of the mean of K weights lies below log p(x) too, on average, but "
            f"closer as K grows: from {y[0]:.2f} for single draws to {y[-1]:.2f} for "
            f"{list(bounds)[-1]} together. The curve can only rise.",
            curve(x, y, "bound", role="prediction", **titles),
            curve(x, np.full(len(x), self.elbo), "ELBO", **titles),
            formula=r"L_K=\mathbb{E}\,\log\dfrac{1}{K}\sum_k w_k",
        )

    @step
    def gap(self) -> Step:
        gap = self.likelihood - self.elbo
        return explain(
            f"The gap: {gap:.2f} nats",
            f"All {self.config.draws} draws estimate log p(x) as {self.likelihood:.2f}. The ELBO "
            f"lies {gap:.2f} lower: the divergence of the encoder's Gaussian from the true "
            "distribution of the codes, which need not be a Gaussian along the axes.",
            bars(("ELBO", "log p(x)"), (self.elbo, self.likelihood), "Nats", current=1),
            formula=r"\log p(x)-\mathrm{ELBO}=\mathrm{KL}(q(z|x)\,||\,p(z|x))"
            rf"\approx{gap:.2f}",
        )

    @step
    def summary(self) -> Step:
        rows = (
            ("reconstruction", f"{self.expected:.2f} nats"),
            ("divergence", f"{self.kl:.2f} nats"),
            ("ELBO", f"{self.elbo:.2f} nats"),
            ("log p(x), estimated", f"{self.likelihood:.2f} nats"),
            ("bits per pixel, at most", f"{self.bits:.3f}"),
        )
        return explain(
            f"At most {self.bits:.3f} bits per pixel",
            "Divided by the pixels and by log 2, the bound says how many bits a lossless code "
            "built on this model would need for a pixel of this picture; 1 is what black and white "
            f"pixels cost without any model. Computed with {self.vae.origin}.",
            image(self.ink, "x"),
            table(("number", "value"), rows),
            formula=rf"\dfrac{{{-self.elbo:.2f}}}{{{self.ink.size}\,\log 2}}={self.bits:.3f}",
        )
