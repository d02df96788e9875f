"""DCGAN's generator at work: noise becomes coarse maps, and these a picture, stage by stage.

Radford, Metz, Chintala, Unsupervised Representation Learning with Deep Convolutional Generative
Adversarial Networks, ICLR 2016, https://arxiv.org/abs/1511.06434

Axes: Z numbers of noise, C channels, s side of the maps of a stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import ConfigError
from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Step, Tiles, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, gallery, heat, heats, histogram, image, images, table
from engine.traces.small_models import SOURCE_NOTE, Learned, Source, learned, on_digits
from engine.traces.steps import Topic, explain, step
from engine.traces.wording import as_printed, count, numbered

Floats = NDArray[np.float64]

_SHOWN_NUMBERS, _SHOWN_MAPS, _BARS = 6, 18, 16
_MOVES = np.array([-3.0, -1.5, 0.0, 1.5, 3.0])


@dataclass(frozen=True, slots=True)
class DcganTraceConfig(Parameters):
    """Which noise becomes a picture."""

    seed: int = parameter(0, low=0, high=9999, note="of the noise, and of a small network")
    scale: float = parameter(1.0, low=0.0, high=3.0, note="length of the noise; 1 as in training")
    axis: int = parameter(1, low=1, high=512, note="number of the noise that is moved at the end")
    weights: Source = parameter("shipped", note=SOURCE_NOTE)


class Stage(NamedTuple):
    """One transposed convolution with what follows it."""

    maps: Floats  # (C, s, s)
    inputs: tuple[int, int]  # channels, side
    kernel: int
    stride: int
    padding: int
    output_padding: int
    weights: int

    @property
    def strongest(self) -> NDArray[np.int64]:
        """Channels by the spread of their map, widest first."""
        return np.argsort(-self.maps.std(axis=(1, 2)), kind="stable")


def _learned(config: DcganTraceConfig, context: TaskContext) -> Learned:
    """Without shipped weights a small generator and its discriminator learn from digits."""
    from engine.models.generation.dcgan import DcganConfig

    small = DcganConfig(image_size=16, latent_dimensions=16, base_channels=8)
    training = on_digits(small, updates=400, learning_rate=1e-3)
    return learned("dcgan", ("dcgan-mnist",), config.weights, training, config.seed, context)


@TRACES.register(
    TraceCard(
        key="dcgan",
        title="DCGAN: a picture grows",
        summary="From noise to a picture through transposed convolutions, with every map on the "
        "way.",
        config_type=DcganTraceConfig,
        area="latent",
        order=60,
    )
)
class GrowingPicture(Topic):
    """The generator's stages for one noise, the picture, and what the discriminator says of it.

    The result has `shapes` of the stages (C, s, s), `picture` in [0, 1] and `score`, the
    probability of being real that the discriminator gives.

    Raises:
        ConfigError: the noise has no such number.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        import torch

        self.config: DcganTraceConfig = request.config
        self.network = _learned(self.config, context)
        model, axis = self.network.model, self.config.axis
        axes = model.latent_dimensions
        if axis > axes:
            raise ConfigError(f"axis = {axis}: the noise has {axes}; choose one of 1 to {axes}")
        generator = torch.Generator().manual_seed(self.config.seed)
        noise = self.config.scale * model.draw(1, generator)
        moved = noise.repeat(len(_MOVES), 1)
        moved[:, axis - 1] = torch.from_numpy(_MOVES).float()
        with torch.inference_mode():
            growth = model.growth(noise)
            picture = model.decode(noise)
            logit = model.judge(model.discriminator, picture)
            others = model.decode(moved)
        self.noise_values: Floats = noise[0].double().numpy()
        self.grown: Floats = picture[0].mean(dim=0).double().numpy()
        self.moved: Floats = others.mean(dim=1).double().numpy()
        self.logit = float(logit[0])
        self.score = float(1 / (1 + np.exp(-self.logit)))
        self.stages = _stages(model, [one[0].double().numpy() for one in growth])
        self.numbers = range(len(self.stages))
        self.result = {
            "weights": self.network.origin,
            "shapes": [one.maps.shape for one in self.stages],
            "picture": self.grown,
            "score": self.score,
        }

    @step
    def noise(self) -> Step:
        values = self.noise_values
        shown = min(_BARS, len(values))
        return explain(
            f"{len(values)} numbers of noise",
            f"Everything begins with {len(values)} random numbers (seed {self.config.seed}, "
            f"length {np.linalg.norm(values):.2f}); the first {shown} are seen here. The generator "
            f"is {self.network.origin}.",
            bars("Noise z", "", values[:shown]),
            formula=r"z\sim\mathcal{N}(0,1)",
        )

    @step
    def one_pixel(self) -> Step:
        shown = self.noise_values[:_SHOWN_NUMBERS, None, None]
        return explain(
            "Maps of a single pixel",
            f"The numbers are taken as {len(self.noise_values)} maps of 1 x 1 pixel, of which "
            f"{len(shown)} are drawn. Transposed convolutions now enlarge the maps and reduce "
            f"their number, in {len(self.stages)} stages.",
            gallery(heats(shown, "map", scale="z")),
        )

    @step(each="numbers")
    def size(self, number: int) -> Step:
        stage = self.stages[number]
        channels, side = stage.inputs
        made, new_side = stage.maps.shape[:2]
        after = (
            "tanh brings every value between -1 and 1"
            if self._is_last(number)
            else "batch normalisation and a rectifier follow, which leaves no value below 0"
        )
        return explain(
            f"Stage {number + 1}: from {side} x {side} to {new_side} x {new_side}",
            f"Every pixel of the {channels} maps is spread over {stage.kernel} x {stage.kernel} "
            f"pixels, {stage.stride} apart, and what overlaps is added: "
            f"{count(made, 'map')}, {stage.weights:,} weights. Then {after}.",
            self._shown_maps(number),
            formula=rf"({side}-1)\cdot{stage.stride}-2\cdot{stage.padding}+{stage.kernel}"
            rf"+{stage.output_padding}={new_side}",
        )

    @step(each="numbers", when=lambda self, number: not self._is_last(number))
    def maps(self, number: int) -> Step:
        stage = self.stages[number]
        zeros = float((stage.maps <= 0).mean())
        spreads = stage.maps.std(axis=(1, 2))[stage.strongest[:_BARS]]
        names = numbered("map", stage.strongest[:_BARS])
        return explain(
            f"What stage {number + 1} has drawn",
            f"The maps of greatest spread first: each has put its own strokes into place. Values "
            f"run from {stage.maps.min():.2f} to {stage.maps.max():.2f}; {100 * zeros:.0f} % are "
            "not above 0.",
            self._shown_maps(number),
            bars("Standard deviation of each map", names, spreads),
        )

    @step
    def picture(self) -> Step:
        last = self.stages[-1].maps.mean(axis=0)
        return explain(
            "From -1 ... 1 to grey",
            "The last stage answers with values from -1, black, to 1, white; the same scale holds "
            f"for the real pictures that the discriminator saw. {int((last > 0).sum())} of "
            f"{last.size} pixels are lighter than medium grey.",
            heat(last, "tanh", limits=(-1.0, 1.0)),
            image(self.grown, "picture"),
            histogram(last, "pixels", "value", "pixels", limits=(-1.0, 1.0)),
            formula=r"\hat{x}=\dfrac{\tanh(a)+1}{2}",
        )

    @step
    def growth(self) -> Step:
        means = [stage.maps.mean(axis=0) for stage in self.stages[:-1]]
        sides = [stage.maps.shape[1] for stage in self.stages]
        names = [f"{side} x {side}" for side in sides[:-1]]
        return explain(
            "Coarse first, fine last",
            "The mean over the maps of each stage, side by side: first where something will be, "
            "then strokes, then their edges. Every stage sees a neighbourhood only; the "
            "arrangement of the whole is settled at the coarsest.",
            gallery([*heats(means, names), image(self.grown, f"{sides[-1]} x {sides[-1]}")]),
            formula=r"1" + "".join(rf"\to {side}" for side in sides),
        )

    @step
    def one_number(self) -> Step:
        changed = self.moved - self.grown
        moves = [f"{move:+.1f}" for move in _MOVES]
        return explain(
            f"Number {self.config.axis} of the noise, moved",
            f"All other numbers stay. The picture changes smoothly: from one end to the other "
            f"{float(np.abs(self.moved[-1] - self.moved[0]).mean()):.3f} of grey a pixel on "
            "average. No number has a meaning of its own that the training asked for.",
            images(self.moved, moves),
            heats(changed, ["change"], scale="change"),
            bars("Mean change of grey", moves, np.abs(changed).mean(axis=(1, 2))),
            formula=rf"z_{{{self.config.axis}}}=-3\ldots 3",
        )

    @step
    def discriminator(self) -> Step:
        score = self.score
        verdict = "real" if score > 1 / 2 else "fake"
        (logit,), _ = as_printed([self.logit], lambda v: float(1 / (1 + np.exp(-v[0]))), 3)
        return explain(
            f"The discriminator says {verdict}: {score:.3f}",
            "It goes the opposite way, by strided convolutions from fine to coarse, "
            f"and answers with one number, {logit}. As a probability of being real that "
            f"is {score:.3f}. Only training needs it; afterwards it can be thrown away.",
            image(self.grown, "picture"),
            bars("Score", {"D(G(z))": score}, limit=1 / 2, limit_name="undecided"),
            formula=rf"D=\dfrac{{1}}{{1+e^{{-({logit})}}}}={score:.3f}",
        )

    @step
    def summary(self) -> Step:
        rows = [
            (
                number,
                f"{stage.inputs[0]} x {stage.inputs[1]} x {stage.inputs[1]}",
                " x ".join(map(str, stage.maps.shape)),
                stage.weights,
            )
            for number, stage in enumerate(self.stages, 1)
        ]
        total = sum(stage.weights for stage in self.stages)
        return explain(
            f"{total:,} weights, one pass",
            "No pooling, no fully connected layer but the first, batch normalisation in between: "
            f"these choices made GANs of convolutions train. Computed with {self.network.origin}.",
            image(self.grown, "picture"),
            table(("stage", "from", "to", "weights"), rows),
        )

    def _is_last(self, number: int) -> bool:
        return number == len(self.stages) - 1

    def _shown_maps(self, number: int) -> Tiles:
        stage = self.stages[number]
        chosen = stage.strongest[:_SHOWN_MAPS]
        return gallery(heats(stage.maps[chosen], numbered("map", chosen)))


def _stages(model: Any, maps: list[Floats]) -> list[Stage]:
    """Read sizes from the layers themselves."""
    found = []
    inputs = (model.latent_dimensions, 1)
    for layers, made in zip(model.generator.stages, maps, strict=True):
        first = layers[0]
        found.append(
            Stage(
                made,
                inputs,
                first.kernel_size[0],
                first.stride[0],
                first.padding[0],
                first.output_padding[0],
                sum(each.numel() for each in layers.parameters()),
            )
        )
        inputs = (made.shape[0], made.shape[1])
    return found
