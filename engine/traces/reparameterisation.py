"""The reparameterisation trick: how a gradient passes through a random draw.

Kingma, Welling, Auto-Encoding Variational Bayes, ICLR 2014, https://arxiv.org/abs/1312.6114; the
other estimator: Williams, Simple Statistical Gradient-Following Algorithms for Connectionist
Reinforcement Learning, Machine Learning 8, 1992, https://doi.org/10.1007/BF00992696

Axes: M draws, Z latent axes, S side of the picture.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import ConfigError
from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, CurveMark, Role, Step, TableMark, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, curve, image, images, points, table
from engine.traces.small_models import SOURCE_NOTE, Source, learned_vae, subject
from engine.traces.steps import Topic, explain, step

_POINTS = 121
_INKED = 0.5  # lighter is white
_PLACES, _NOISE_PLACES = 4, 3  # of mean and deviation, and of the noise, as printed
_ROLES: tuple[Role, ...] = ("kept", "removed")  # of the trick and of the score function
Floats = NDArray[np.float64]
SHOWN = 6
NUDGE = 1e-4
BIG_NUDGE = 0.5


@dataclass(frozen=True, slots=True)
class ReparameterisationConfig(Parameters):
    """Which picture and axis, and how many draws."""

    picture: int = parameter(0, low=0, high=1258, note="number of the digit; not for a picture")
    axis: int = parameter(1, low=1, high=512, note="of the code, counted from 1")
    draws: int = parameter(10000, low=100, high=100000, note="for the estimates of gradients")
    weights: Source = parameter("shipped", note=SOURCE_NOTE)
    seed: int = parameter(0, low=0, high=9999, note="of the noise, and of a small network")


def pathwise(mean: float, deviation: float, noise: Floats) -> Floats:
    """Return d z^2 / d mean and d z^2 / d deviation, (M, 2), through z = mean + deviation noise."""
    codes = mean + deviation * noise
    return np.stack([2 * codes, 2 * codes * noise], axis=1)


def score_function(mean: float, deviation: float, noise: Floats) -> Floats:
    """Return z^2 times the derivatives of log q(z) by mean and deviation, (M, 2)."""
    codes = mean + deviation * noise
    slopes = np.stack([noise / deviation, (noise**2 - 1) / deviation], axis=1)
    return np.asarray(codes[:, None] ** 2 * slopes)


@TRACES.register(
    TraceCard(
        key="reparameterisation",
        title="Reparameterisation trick",
        summary="Noise is drawn apart, so that a gradient reaches the mean and the deviation.",
        config_type=ReparameterisationConfig,
        area="latent",
        order=30,
        takes_picture=True,
    )
)
class Reparameterised(Topic):
    """One axis of a posterior, draws from it, and three checks of the gradient.

    The result has `mean` and `deviation` of the axis; `analytic`, the derivatives of E[z^2] by
    both; `reparameterised` and `score_function`, their estimates, with the deviations of a single
    draw in `spread`; and `slopes` of the network's loss by the means, in two ways.

    Attributes:
        means: of the posterior, (Z,), and its `deviations`.
        noise: of the axis, (SHOWN,).
        decoded: pictures of the draws, (SHOWN, S, S).
        moved: with the mean of the axis moved.
        loss: of the first draw.
        by_chain_rule: its derivative by each mean, (Z,); `by_difference`, the difference quotient.

    Raises:
        ConfigError: the code has no such axis.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        config: ReparameterisationConfig = request.config
        self.config, self.vae = config, learned_vae(config.weights, config.seed, context)
        axes, at = self.vae.model.latent_dimensions, config.axis - 1
        if at >= axes:
            raise ConfigError(f"axis = {at + 1}: the code has {axes}; choose one of 1 to {axes}")
        grey, self.what = subject(request.pixels, config.picture, self.vae.side)
        # In black and white, as the likelihood of the evidence lower bound takes it.
        self.grey: Floats = (grey > _INKED).astype(np.float64)
        self._ask_network()
        # As they are printed, so that a reader can work everything out from them.
        self.mean, self.deviation = (
            round(float(one[at]), _PLACES) for one in (self.means, self.deviations)
        )
        self.analytic = np.array([2 * self.mean, 2 * self.deviation])
        many = np.random.default_rng(config.seed).standard_normal(config.draws)
        self.pathwise = pathwise(self.mean, self.deviation, many)
        self.scored = score_function(self.mean, self.deviation, many)
        self.result = {
            "weights": self.vae.origin,
            "mean": self.mean,
            "deviation": self.deviation,
            "analytic": self.analytic,
            "reparameterised": self.pathwise.mean(axis=0),
            "score_function": self.scored.mean(axis=0),
            "spread": {
                "reparameterised": self.pathwise.std(axis=0),
                "score_function": self.scored.std(axis=0),
            },
            "slopes": {"chain_rule": self.by_chain_rule, "difference": self.by_difference},
        }

    def _ask_network(self) -> None:
        """Ask it in double precision, for the difference quotients."""
        import torch
        from torch.nn import functional

        model, axis = copy.deepcopy(self.vae.model).double(), self.config.axis - 1
        image = torch.from_numpy(self.grey)[None, None]
        with torch.no_grad():
            mean, log_variance = (part[0] for part in model.posterior(image))
            deviation = (0.5 * log_variance).exp()
            generator = torch.Generator().manual_seed(self.config.seed)
            noise = torch.randn(SHOWN, len(mean), generator=generator, dtype=torch.float64)
            there = torch.zeros_like(mean)
            there[axis] = BIG_NUDGE
            self.decoded: Floats = model.decode(mean + deviation * noise)[:, 0].numpy()
            self.moved: Floats = model.decode(mean + there + deviation * noise)[:, 0].numpy()

        def loss(means: torch.Tensor) -> torch.Tensor:
            logits = model.decode_logits(means + deviation * noise[0])
            return functional.binary_cross_entropy_with_logits(
                logits, image.expand_as(logits), reduction="none"
            ).sum(dim=(1, 2, 3))

        free = mean.clone()[None].requires_grad_()
        value = loss(free)
        (slope,) = torch.autograd.grad(value.sum(), free)
        with torch.no_grad():
            nudges = NUDGE * torch.eye(len(mean), dtype=torch.float64)
            difference = (loss(mean + nudges) - loss(mean - nudges)) / (2 * NUDGE)
        self.means, self.deviations = mean.numpy(), deviation.numpy()
        self.noise = noise[:, axis].numpy().round(_NOISE_PLACES)
        self.loss = float(value.detach())
        self.by_chain_rule, self.by_difference = slope[0].numpy(), difference.numpy()

    @step
    def picture(self) -> Step:
        return explain(
            "A picture to encode",
            f"The picture is {self.what}, in black and white; the variational autoencoder is "
            f"{self.vae.origin}. Its encoder does not answer with one code but with a cloud "
            "of them.",
            image(self.grey, "picture x"),
        )

    @step
    def posterior(self) -> Step:
        pairs = zip(self.means, self.deviations, strict=True)
        rows = [
            (axis, f"{m:.4f}", f"{deviation:.4f}") for axis, (m, deviation) in enumerate(pairs, 1)
        ]
        axes = table(("axis", "mean", "deviation"), rows, current=self.config.axis - 1)
        return explain(
            "A mean and a deviation for each axis",
            f"On axis {self.config.axis}, followed from here on, the mean is {self.mean:.4f} and "
            f"the standard deviation {self.deviation:.4f}. Both are outputs of the encoder: "
            "learning has to know how the loss changes with them.",
            image(self.grey, "picture x"),
            axes,
            formula=r"q(z|x)=\mathcal{N}(\mu,\sigma^2)",
        )

    @step
    def density(self) -> Step:
        return explain(
            "The cloud along one axis",
            "Codes are likely near the mean and unlikely some deviations away. The narrower the "
            "curve beside the prior, the more this axis says about this picture.",
            *self._densities(),
            formula=rf"\mu={self.mean:.4f},\quad\sigma={self.deviation:.4f}",
        )

    @step
    def dice(self) -> Step:
        return explain(
            "A draw is a throw of dice",
            "The decoder gets a code drawn from the cloud: every draw gives another picture. If a "
            "machine hands out z by chance, there is no answer to how z would have changed with "
            "the mean: the gradient ends here.",
            [image(self.grey, "x")],
            images(self.decoded, "draw"),
            formula=r"z\sim\mathcal{N}(\mu,\sigma^2)\quad\Rightarrow\quad"
            r"\partial z/\partial\mu=\,?",
        )

    @step
    def noise_apart(self) -> Step:
        return explain(
            "The trick: draw the noise apart",
            "Draw a number from the unit Gaussian, which depends on nothing; stretch it by the "
            "deviation and shift it by the mean. The code has the same distribution as before, "
            "but now it is a plain sum and product of what the encoder answers.",
            self._table(),
            *self._densities(),
            formula=rf"z=\mu+\sigma\,\epsilon={self.mean:.4f}+{self.deviation:.4f}\cdot"
            rf"({self.noise[0]:.3f})={self._codes()[0]:.3f}",
        )

    @step
    def same_noise(self) -> Step:
        return explain(
            "The same noise, another mean",
            f"The mean of axis {self.config.axis} is moved by {BIG_NUDGE} and the noise is kept: "
            f"every code moves by exactly {BIG_NUDGE}, and every picture changes a little (upper "
            "row before, lower row after). With fresh noise the change would drown in chance.",
            images(self.decoded, "draw"),
            images(self.moved, ["mean moved"]),
            self._table(BIG_NUDGE),
            formula=rf"z=(\mu+{BIG_NUDGE})+\sigma\,\epsilon",
        )

    @step
    def chain_rule(self) -> Step:
        return explain(
            "The gradient passes",
            "By the chain rule the slope of any function f of the code goes on to the mean as it "
            f"is, and to the deviation times the noise: for draw 1 times {self.noise[0]:.3f}.",
            self._table(),
            formula=r"\dfrac{\partial f}{\partial\mu}=f'(z)\cdot 1,\quad"
            r"\dfrac{\partial f}{\partial\sigma}=f'(z)\cdot\epsilon",
        )

    @step
    def known_answer(self) -> Step:
        by_mean, by_deviation = self.analytic
        return explain(
            "A check with a known answer",
            "For f(z) = z squared the mean over all draws is known without drawing, and so are its "
            f"slopes: {by_mean:.4f} by the mean and {by_deviation:.4f} by the deviation. The "
            "estimate from draws has to meet them.",
            *self._densities(),
            formula=r"\mathbb{E}\,z^2=\mu^2+\sigma^2,\quad"
            rf"2\mu={by_mean:.4f},\quad 2\sigma={by_deviation:.4f}",
        )

    @step
    def estimates(self) -> Step:
        found = self.pathwise.mean(axis=0)
        error = self.pathwise.std(axis=0) / np.sqrt(self.config.draws)
        return explain(
            f"{self.config.draws:,} draws agree",
            f"The mean slope over the draws is {found[0]:.4f} by the mean (standard error "
            f"{error[0]:.4f}) and {found[1]:.4f} by the deviation ({error[1]:.4f}); the exact "
            f"answers are {self.analytic[0]:.4f} and {self.analytic[1]:.4f}.",
            *self._running((self.pathwise,), ("reparameterised",)),
            formula=r"\dfrac{\partial}{\partial\mu}\,\mathbb{E}\,z^2\approx"
            rf"\mathrm{{mean}}(2z)={found[0]:.4f}",
        )

    @step
    def other_estimator(self) -> Step:
        ours, theirs = self.pathwise.std(axis=0), self.scored.std(axis=0)
        spreads = bars(
            "Standard deviation of one draw's slope",
            {
                "by mean: trick": ours[0],
                "by mean: score": theirs[0],
                "by deviation: trick": ours[1],
                "by deviation: score": theirs[1],
            },
            roles=("kept", "removed", "kept", "removed"),
        )
        is_better = theirs[0] > ours[0]
        more = (theirs[0] / ours[0]) ** 2
        wanted = (
            f"needs about {_times(more)} times as many draws for the same certainty"
            if is_better
            else f"needs about {_times(1 / more)} times fewer draws here"
        )
        return explain(
            f"The trick varies {'less' if is_better else 'more'} than the alternative",
            "Without the trick there is the score function: weigh f itself by the slope of log q. "
            f"It is right on average too, {self.scored[:, 0].mean():.4f} by the mean, but the "
            f"slope of a single draw has a standard deviation of {theirs[0]:.3f}, with the trick "
            f"of {ours[0]:.3f}: it {wanted}.",
            spreads,
            *self._running((self.pathwise, self.scored), ("trick", "score function")),
            formula=r"\dfrac{\partial}{\partial\mu}\,\mathbb{E}\,f=\mathbb{E}\,f(z)\,"
            r"\dfrac{z-\mu}{\sigma^2}",
        )

    @step
    def in_the_network(self) -> Step:
        pairs = zip(self.by_chain_rule, self.by_difference, strict=True)
        rows = [(axis, f"{a:.5f}", f"{b:.5f}") for axis, (a, b) in enumerate(pairs, 1)]
        apart = float(np.abs(self.by_chain_rule - self.by_difference).max())
        at = self.config.axis - 1
        return explain(
            "Through the whole decoder",
            f"With the noise of draw 1 the reconstruction costs {self.loss:.2f} nats. "
            "Backpropagation carries its slope to every mean; beside it the difference quotient: "
            f"each mean moved by {NUDGE} up and down with the same noise. They differ by "
            f"{apart:.1e} at most.",
            table(("axis", "backpropagation", "difference"), rows, current=at),
            formula=rf"\partial L/\partial\mu_{{{at + 1}}}={self.by_chain_rule[at]:.5f}",
        )

    @step
    def summary(self) -> Step:
        return explain(
            "Noise is an input, not an operation",
            "Drawn apart, noise is one more input of the network, and everything between encoder "
            "and loss can be differentiated. One draw a picture is enough in training: the batches "
            f"average the rest. Computed with {self.vae.origin}.",
            [image(self.grey, "x")],
            images(self.decoded),
            self._table(),
            formula=r"z=\mu(x)+\sigma(x)\,\epsilon,\quad\epsilon\sim\mathcal{N}(0,1)",
        )

    def _codes(self, shift: float = 0.0) -> Floats:
        return np.asarray(self.mean + shift + self.deviation * self.noise)

    def _table(self, shift: float = 0.0) -> TableMark:
        pairs = zip(self.noise, self._codes(shift), strict=True)
        rows = [(number, f"{noise:.3f}", f"{z:.3f}") for number, (noise, z) in enumerate(pairs, 1)]
        return table(("draw", "noise", "code z"), rows)

    def _densities(self) -> tuple[CurveMark, ...]:
        reach = max(3.0, abs(self.mean) + 3 * self.deviation)
        x = np.linspace(-reach, reach, _POINTS)
        titles = {"x_title": "z", "y_title": "density"}
        codes = self._codes()
        heights = _density(codes, self.mean, self.deviation)
        return (
            curve(x, _density(x, 0.0, 1.0), "prior", **titles),
            curve(x, _density(x, self.mean, self.deviation), "q(z | x)", role="kept", **titles),
            points(codes, heights, "draws", role="current", **titles),
        )

    def _running(self, slopes: tuple[Floats, ...], names: tuple[str, ...]) -> tuple[CurveMark, ...]:
        """Means of the first draws of the slope by the mean, at 2, 4, 8, ... draws."""
        counts = 2 ** np.arange(1, int(np.log2(self.config.draws)) + 1)
        x = np.log2(counts.astype(np.float64))
        titles = {"x_title": "log2 of the draws", "y_title": "slope by the mean"}
        curves = [
            curve(x, np.cumsum(one[:, 0])[counts - 1] / counts, name, role=role, **titles)
            for one, name, role in zip(slopes, names, _ROLES, strict=False)
        ]
        answer = np.full(len(x), self.analytic[0])
        return (*curves, curve(x, answer, "exact", role="truth", **titles))


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:,.0f}"


def _density(x: Floats, mean: float, deviation: float) -> Floats:
    scaled = (x - mean) / deviation
    return np.asarray(np.exp(-0.5 * scaled**2) / (deviation * np.sqrt(2 * np.pi)))
