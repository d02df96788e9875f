"""DCGAN: a generator of transposed convolutions, coarse to fine, and a discriminator back.

Radford, Metz, Chintala, Unsupervised Representation Learning with Deep Convolutional Generative
Adversarial Networks, ICLR 2016, https://arxiv.org/abs/1511.06434

Axes: B pictures, C channels, S side of the square picture, Z latent axes.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from engine.api.models import ModelCard
from engine.api.parameters import Parameters, parameter
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.layers.adversarial_model import AdversarialModel
from engine.layers.latent_networks import halved_sides

_SLOPE = 0.2
_DEVIATION = 0.02  # of the first weights, in the paper


@dataclass(frozen=True, slots=True)
class DcganConfig(Parameters):
    """Sizes of generator and discriminator."""

    in_channels: int = parameter(1, low=1, high=3, note="1 for grey, 3 for colour; from the data")
    image_size: int = parameter(28, low=8, high=128, unit="px", note="side; from the data")
    latent_dimensions: int = parameter(64, low=1, high=512, unit="axes", note="numbers of noise")
    base_channels: int = parameter(
        32, low=4, high=256, unit="channels", note="at half the side; doubled at each halving"
    )


def paper_config() -> DcganConfig:
    """Return the network of the paper's figure 1: 64 x 64 in colour, 100 axes, 128 to 1024."""
    return DcganConfig(in_channels=3, image_size=64, latent_dimensions=100, base_channels=128)


class DcganGenerator(nn.Module):
    """Inputs (B, Z) to values (B, C, S, S) in [-1, 1], doubling the side from stage to stage."""

    def __init__(self, inputs: int, channels: int, side: int, width: int) -> None:
        super().__init__()
        sides = halved_sides(side)
        widths = [channels, *_doubled(width, len(sides) - 1)]
        first = nn.ConvTranspose2d(inputs, widths[-1], sides[-1], bias=False)
        stages: list[nn.Module] = [_normalised(first, widths[-1])]
        for level in range(len(sides) - 1, 0, -1):
            is_last = level == 1
            # An odd side was rounded down: one row and column more bring it back.
            enlarge = nn.ConvTranspose2d(
                widths[level],
                widths[level - 1],
                kernel_size=4,
                stride=2,
                padding=1,
                output_padding=sides[level - 1] % 2,
                bias=is_last,
            )
            stages.append(
                nn.Sequential(enlarge, nn.Tanh())
                if is_last
                else _normalised(enlarge, widths[level - 1])
            )
        self.stages = nn.ModuleList(stages)
        self.apply(start_small)

    def forward(self, inputs: Tensor) -> Tensor:
        """Make pictures."""
        return self.growth(inputs)[-1]

    def growth(self, inputs: Tensor) -> list[Tensor]:
        """Return what each stage makes, coarsest first; the last is the picture."""
        features = inputs[:, :, None, None]  # (B, Z, 1, 1)
        found = []
        for stage in self.stages:
            features = stage(features)  # (B, 4 width, s, s), …, (B, width, S/2, S/2), (B, C, S, S)
            found.append(features)
        return found


class DcganDiscriminator(nn.Module):
    """Pictures (B, C, S, S) with values in [-1, 1] to logits (B,): above 0 for real."""

    def __init__(self, channels: int, side: int, width: int) -> None:
        super().__init__()
        sides = halved_sides(side)
        widths = [channels, *_doubled(width, len(sides) - 1)]
        parts: list[nn.Module] = []
        for level in range(1, len(sides)):
            is_first = level == 1
            parts.append(
                nn.Conv2d(widths[level - 1], widths[level], 4, stride=2, padding=1, bias=is_first)
            )
            if not is_first:
                parts.append(nn.BatchNorm2d(widths[level]))
            parts.append(nn.LeakyReLU(_SLOPE, inplace=True))
        self.body = nn.Sequential(*parts, nn.Conv2d(widths[-1], 1, sides[-1]), nn.Flatten(0))
        self.apply(start_small)

    def forward(self, pictures: Tensor) -> Tensor:
        """Judge pictures."""
        logits: Tensor = self.body(pictures)
        return logits


@MODELS.register(
    ModelCard(
        key="dcgan",
        title="DCGAN",
        task="generation",
        family="adversarial",
        paper="https://arxiv.org/abs/1511.06434",
        summary="A generator paints coarse to fine, a discriminator looks fine to coarse.",
        config_type=DcganConfig,
        paper_config=paper_config(),
        is_trainable=True,
        objective="adversarial",
        recipe=TrainConfig(
            epochs=40,
            batch_size=64,
            learning_rate=2e-4,
            optimiser="adam",
            schedule="constant",
            weight_decay=0.0,
            precision="float32",
        ),
    )
)
class Dcgan(AdversarialModel):
    """Latents of the unit Gaussian to pictures; the paper's are uniform."""

    generator: DcganGenerator

    def __init__(self, config: DcganConfig) -> None:
        super().__init__()
        self.config = config
        self.latent_dimensions = config.latent_dimensions
        size = (config.in_channels, config.image_size, config.base_channels)
        self.generator = DcganGenerator(config.latent_dimensions, *size)
        self.discriminator = DcganDiscriminator(*size)

    def growth(self, latents: Tensor) -> list[Tensor]:
        """Return what each stage of the generator makes of latents (B, Z), coarsest first.

        The last is the picture, values in [-1, 1]; the others are feature maps, 0 and above.
        """
        return self.generator.growth(latents)


def start_small(module: nn.Module) -> None:
    """Set the first weights as in the paper: a Gaussian of deviation 0.02, around 1 for scales."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, _DEVIATION)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, _DEVIATION)
        nn.init.zeros_(module.bias)


def _doubled(width: int, levels: int) -> list[int]:
    return [width * 2**level for level in range(levels)]


def _normalised(enlarge: nn.Module, channels: int) -> nn.Module:
    return nn.Sequential(enlarge, nn.BatchNorm2d(channels), nn.ReLU(inplace=True))
