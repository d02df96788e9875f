"""Generator and discriminator of strided convolutions, after DCGAN.

Radford, Metz, Chintala, Unsupervised Representation Learning with Deep Convolutional Generative
Adversarial Networks, ICLR 2016, https://arxiv.org/abs/1511.06434

Axes: B pictures, C channels, S side of the square picture, Z inputs.
"""

from __future__ import annotations

from torch import Tensor, nn

from engine.layers.latent_networks import halved_sides

_SLOPE = 0.2
_DEVIATION = 0.02  # of the first weights, in the paper


class ConvolutionalGenerator(nn.Module):
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
        features = inputs[:, :, None, None]
        found = []
        for stage in self.stages:
            features = stage(features)
            found.append(features)
        return found


class ConvolutionalDiscriminator(nn.Module):
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
