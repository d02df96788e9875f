"""The two terms of a VAE's loss, each alone and both together: three maps of the same digits.

Kingma, Welling, Auto-Encoding Variational Bayes, ICLR 2014, https://arxiv.org/abs/1312.6114; the
weights of the terms: Higgins et al., beta-VAE, ICLR 2017, https://openreview.net/forum?id=Sy2fzU9gl

Axes: N pictures, S side of the picture, M side of a map in pixels. Codes have two axes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, MaskTile, Step, Tile, TraceCard
from engine.core.registry import TRACES
from engine.core.shipped_weights import shipped_file
from engine.traces.marks import image, images, mask, table
from engine.traces.small_models import (
    DIGIT_SIDE_PX,
    SOURCE_NOTE,
    Learned,
    Source,
    digit_pictures,
    digits,
    learned,
    on_digits,
)
from engine.traces.steps import Topic, explain, step

if TYPE_CHECKING:  # loaded when the topic is built: it needs torch
    from engine.core.latent_codes import LatentCodes

_MAP_PX, _DOT_PX = 220, 2
_NO_CLASS = 255
_SHARE_SHOWN = 0.98  # of the codes; a few far ones would make dots of all others
_GRID, _GRID_REACH = 9, 2.0
_LATENT_AXES = 2
# Colours follow from names: two of "0" to "9" have the same one, of these none.
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TwoTermsConfig(Parameters):
    """Which three networks, and which of their codes are drawn."""

    draws: int = parameter(8, low=2, high=16, note="pictures decoded from draws of the prior")
    weights: Source = parameter("shipped", note=SOURCE_NOTE)
    seed: int = parameter(0, low=0, high=9999, note="of the draws, and of small networks")


class Learner(NamedTuple):
    """One network with the weights that the two terms had in its loss."""

    title: str
    loss: str  # as mathtext
    model_key: str
    weights: str
    reconstruction_weight: float
    beta: float


LEARNERS = (
    Learner(
        "reconstruction only",
        r"L=-\mathbb{E}_q\,\log p(x|z)",
        "beta-vae",
        "beta-vae-mnist-2d-reconstruction-only",
        1.0,
        0.0,
    ),
    Learner(
        "divergence only",
        r"L=\mathrm{KL}(q(z|x)\,||\,p(z))",
        "beta-vae",
        "beta-vae-mnist-2d-divergence-only",
        0.0,
        1.0,
    ),
    Learner(
        "both terms",
        r"L=-\mathbb{E}_q\,\log p(x|z)+\mathrm{KL}(q(z|x)\,||\,p(z))",
        "vae",
        "vae-mnist-2d",
        1.0,
        1.0,
    ),
)


class Space(NamedTuple):
    """What a network has made of the digits.

    Attributes:
        means: of the posteriors, (N, 2), and their `deviations`.
        codes: one draw from each posterior, (N, 2).
        classes: (N,).
        decoded: of draws of the prior that all networks share, (draws, S, S).
        grid: decoded from evenly spaced codes about 0, one sheet, (_GRID S, _GRID S).
    """

    means: Floats
    deviations: Floats
    codes: Floats
    classes: NDArray[np.int64]
    decoded: Floats
    grid: Floats

    @property
    def reach(self) -> float:
        """Half the side of a square about 0 that holds nearly all codes."""
        return float(np.quantile(np.abs(self.codes).max(axis=1), _SHARE_SHOWN))

    @property
    def nats(self) -> float:
        """Divergence of the posteriors from the prior, the mean over the pictures."""
        variance = self.deviations**2
        each = 0.5 * (variance + self.means**2 - 1 - np.log(variance))
        return float(each.sum(axis=1).mean())


@TRACES.register(
    TraceCard(
        key="two-terms",
        title="Two terms, three maps",
        summary="What a VAE's reconstruction and divergence do alone, and why it takes both.",
        config_type=TwoTermsConfig,
        area="latent",
        order=45,
    )
)
class TwoTerms(Topic):
    """Three networks of one architecture whose losses differ in the weights of the two terms.

    The result has for each network, by its title, `deviation` of its codes about 0 (the root of
    their mean square on an axis), `posterior_deviation`, the median of the posteriors', and
    `divergence` in nats.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        self.config: TwoTermsConfig = request.config
        self.networks = [_network(one, self.config, context) for one in LEARNERS]
        self.spaces = []
        for number, (learner, network) in enumerate(zip(LEARNERS, self.networks, strict=True)):
            context.raise_if_cancelled()
            context.report(number / len(LEARNERS), "encoding digits")
            self.spaces.append(_space(_codes(learner, network), network.model, self.config))
        self.titles = [one.title for one in LEARNERS]
        self.result = {
            "weights": "; ".join(one.origin for one in self.networks),
            **{
                title: {
                    "deviation": _deviation(space),
                    "posterior_deviation": float(np.median(space.deviations)),
                    "divergence": space.nats,
                }
                for title, space in zip(self.titles, self.spaces, strict=True)
            },
        }

    @step
    def loss(self) -> Step:
        rows = [
            (one.title, f"{one.reconstruction_weight:g}", f"{one.beta:g}", network.origin)
            for one, network in zip(LEARNERS, self.networks, strict=True)
        ]
        return explain(
            "A loss of two terms",
            "A variational autoencoder pays for pictures that do not come back, and for posteriors "
            "that differ from the prior. Three networks of one architecture, with codes of two "
            "axes, learned from the same digits; only the weights of the two terms differ. The "
            f"third is {self.networks[2].origin}.",
            table(("network", "reconstruction", "divergence", "what it is"), rows),
            formula=r"L=-w\,\mathbb{E}_q\,\log p(x|z)+\beta\,\mathrm{KL}(q(z|x)\,||\,p(z))",
        )

    @step
    def reconstruction_only(self) -> Step:
        space = self.spaces[0]
        return explain(
            "Reconstruction only: far apart",
            "Every dot is a code, drawn from the posterior of one digit; its colour is the class. "
            f"Nothing pulls the codes together, nor keeps posteriors wide: the codes lie "
            f"{_deviation(space):.2f} from 0 on an axis (root mean square), and the median "
            f"deviation of a posterior is {np.median(space.deviations):.2g}. The network has "
            "become a plain autoencoder.",
            [self._map(0, space.reach)],
            self._legend(),
            formula=LEARNERS[0].loss,
        )

    @step
    def gaps(self) -> Step:
        return explain(
            "What lies between its codes",
            f"A grid of {_GRID} x {_GRID} codes within {_GRID_REACH:g} of 0, where the prior has "
            "nearly all of its draws, and what the decoder makes of them. No term asked for "
            "digits there.",
            self._map(0, self.spaces[0].reach),
            image(self.spaces[0].grid, _grid_caption()),
        )

    @step
    def divergence_only(self) -> Step:
        space = self.spaces[1]
        return explain(
            "Divergence only: all alike",
            "The posterior of every digit is the prior itself, whose divergence is "
            f"{space.nats:.2g} nats here: no code says anything of its picture, and the classes "
            "lie on top of each other.",
            self._map(1, space.reach),
            formula=LEARNERS[1].loss,
        )

    @step
    def nothing_to_decode(self) -> Step:
        return explain(
            "A decoder that was never asked",
            "With no weight on the reconstruction, the decoder kept its first, random weights: "
            "its pictures are no digits, whatever the code.",
            self._map(1, self.spaces[1].reach),
            image(self.spaces[1].grid, _grid_caption()),
        )

    @step
    def both(self) -> Step:
        space = self.spaces[2]
        return explain(
            "Both: together, and told apart",
            f"The codes lie {_deviation(space):.2f} from 0 on an axis (root mean square; 1 is the "
            f"prior's), with {space.nats:.2f} nats of divergence. Classes have regions of their "
            "own, and the regions touch.",
            self._map(2, space.reach),
            image(space.grid, _grid_caption()),
            formula=LEARNERS[2].loss,
        )

    @step
    def side_by_side(self) -> Step:
        return explain(
            "The three maps side by side",
            "Each on its own scale, written above it. The first keeps what pictures differ in, the "
            "second the shape of the prior, the third both.",
            [self._map(at, space.reach) for at, space in enumerate(self.spaces)],
            self._legend(),
        )

    @step
    def one_scale(self) -> Step:
        reach = self.spaces[2].reach
        return explain(
            "The same three on one scale",
            f"Only what lies between -{reach:.1f} and {reach:.1f} on both axes: there the prior "
            "has its draws, and there a sampler looks.",
            [self._map(at, reach) for at in range(len(self.spaces))],
            self._legend(),
            formula=r"z\sim p(z)=\mathcal{N}(0,1)",
        )

    @step
    def samples(self) -> Step:
        rows = [images(space.decoded) for space in self.spaces]
        for row, title in zip(rows, self.titles, strict=True):
            row[0] = image(self.spaces[self.titles.index(title)].decoded[0], title)
        return explain(
            "Draws of the prior, decoded",
            f"The same {self.config.draws} draws of the unit Gaussian (seed {self.config.seed}) "
            "through each decoder, one row a network.",
            *rows,
        )

    @step
    def summary(self) -> Step:
        rows = [
            (title, f"{_deviation(space):.2f}", f"{np.median(space.deviations):.2g}", _nats(space))
            for title, space in zip(self.titles, self.spaces, strict=True)
        ]
        rows.append(("the prior, for comparison", "1.00", "", ""))
        return explain(
            "Neither alone makes a generator",
            "The reconstruction makes codes say something, the divergence brings them to where "
            "they will be drawn from. Beta decides how much the second counts; 1 makes the loss "
            "the negative evidence lower bound.",
            table(("network", "codes about 0", "posterior's deviation", "divergence"), rows),
        )

    def _map(self, at: int, reach: float) -> MaskTile:
        space = self.spaces[at]
        dots = drawn_map(space.codes, space.classes, reach)
        return mask(dots, _WORDS, f"{self.titles[at]}, ±{reach:.1f}")

    def _legend(self) -> list[Tile]:
        """The colour of each class, below its name."""
        return [
            mask(np.full((2, 2), digit), _WORDS, str(digit), size=0.08)
            for digit in range(len(_WORDS))
        ]


def drawn_map(
    codes: Floats, classes: NDArray[np.int64], reach: float, side: int = _MAP_PX
) -> NDArray[np.uint8]:
    """Return dots of codes (N, 2) in a square of ±`reach` about 0, as class indices (side, side).

    The first axis goes to the right, the second up; 255 is where there is no dot.
    """
    found = np.full((side, side), _NO_CLASS, np.uint8)
    places = np.floor((codes * (1, -1) / reach + 1) / 2 * side).astype(int)
    for (x, y), index in zip(places.tolist(), classes.tolist(), strict=True):
        if 0 <= x < side and 0 <= y < side:
            found[max(0, y - 1) : y - 1 + _DOT_PX, max(0, x - 1) : x - 1 + _DOT_PX] = index
    return found


def _network(learner: Learner, config: TwoTermsConfig, context: TaskContext) -> Learned:
    from engine.models.representation.beta_vae import BetaVaeConfig
    from engine.models.representation.vae import VaeConfig

    shape: dict[str, Any] = {
        "image_size": DIGIT_SIDE_PX,
        "latent_dimensions": _LATENT_AXES,
        "layout": "fully-connected",
        "hidden_units": 64,
    }
    small: VaeConfig = VaeConfig(**shape)
    if learner.model_key != "vae":
        weight = learner.reconstruction_weight
        small = BetaVaeConfig(**shape, beta=learner.beta, reconstruction_weight=weight)
    names = (learner.weights,)
    training = on_digits(small, updates=800)
    return learned(learner.model_key, names, config.weights, training, config.seed, context)


def _codes(learner: Learner, network: Learned) -> LatentCodes:
    """Return the codes that ship beside the weights; of other weights, those of the digits here."""
    import torch

    from engine.core.latent_codes import LatentCodes, latents_beside, load_codes

    path = shipped_file(learner.weights) if network.side != DIGIT_SIDE_PX else None
    if path is not None and latents_beside(path).is_file():
        return load_codes(latents_beside(path))
    values, labels = digits()
    shown = digit_pictures(np.arange(len(values)), network.side)
    with torch.inference_mode():
        means, log_variances = network.model.posterior(torch.from_numpy(shown)[:, None])
    names = tuple(str(digit) for digit in range(10))
    return LatentCodes(means, log_variances, torch.from_numpy(labels), names, "digits")


def _space(codes: LatentCodes, model: Any, config: TwoTermsConfig) -> Space:
    import torch

    assert codes.log_variances is not None  # all three have posteriors
    means = codes.latents.double().numpy()
    deviations = (0.5 * codes.log_variances.double()).exp().numpy()
    random = np.random.default_rng(config.seed)
    drawn = means + deviations * random.standard_normal(means.shape)
    prior = random.standard_normal((config.draws, _LATENT_AXES))
    line = np.linspace(-_GRID_REACH, _GRID_REACH, _GRID)
    places = np.stack(np.meshgrid(line, -line), axis=-1).reshape(-1, _LATENT_AXES)
    decode: Callable[[Floats], Any] = lambda z: model.decode(torch.from_numpy(z).float())[:, 0]  # noqa: E731
    with torch.inference_mode():
        decoded, grid = decode(prior).double().numpy(), decode(places).double().numpy()
    side = grid.shape[-1]
    sheet = grid.reshape(_GRID, _GRID, side, side).swapaxes(1, 2).reshape(_GRID * side, -1)
    return Space(means, deviations, drawn, codes.class_indices.numpy(), decoded, sheet)


def _deviation(space: Space) -> float:
    return float(np.sqrt(np.square(space.codes).mean()))


def _nats(space: Space) -> str:
    return f"{space.nats:.2f} nats"


def _grid_caption() -> str:
    return f"decoded, ±{_GRID_REACH:g}"
