"""From a picture to a few numbers and back: the encoders and decoders of every autoencoder here.

Axes: B pictures, C channels, S side of the square picture, F features, E extra inputs (a class as
one-hot, where a model is conditioned on it).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from engine.api.errors import ConfigError
from engine.api.parameters import parameter, validate
from engine.layers.convolution_block import Normalisation, normalisation_layer

Layout = Literal["convolutional", "fully-connected", "linear", "course"]
"""`course`: the five convolutions 1-32-32-32-32 without padding of the course's notes."""

COURSE_SIDE_PX = 28
_COARSEST_SIDE = 7
_COURSE_LAYERS = ((5, 1), (5, 1), (4, 2), (3, 2))  # kernel, stride; the code comes after them
_COURSE_KERNEL = 4
_COURSE_WIDTH = 32


@dataclass(frozen=True, slots=True)
class PictureCodeConfig:
    """What every autoencoder lets a person choose; each adds its own fields and defaults."""

    in_channels: int = parameter(1, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    image_size: int = parameter(28, low=8, high=128, unit="px", note="side; from the data")
    latent_dimensions: int = parameter(10, low=1, high=512, unit="axes", note="length of the code")
    layout: Layout = parameter("convolutional", note="fully-connected: one hidden layer")
    base_channels: int = parameter(32, low=4, high=128, unit="channels", note="convolutional only")
    hidden_units: int = parameter(400, low=8, high=4096, unit="units", note="fully connected only")
    normalisation: Normalisation = parameter("batch", note="convolutional only")

    def __post_init__(self) -> None:
        validate(self)
        if self.layout == "course" and self.image_size != COURSE_SIDE_PX:
            raise ConfigError(
                f"image_size = {self.image_size}: the course's layout takes {COURSE_SIDE_PX} x "
                f"{COURSE_SIDE_PX} pictures; choose the layout convolutional"
            )


@dataclass(frozen=True, slots=True)
class NetworkShape:
    """What encoder and decoder have in common.

    Attributes:
        channels: of the picture; `side` in pixels.
        width: channels of the finest convolution, doubled twice at most.
        hidden: units of a fully connected layer.
        extra: E.
    """

    layout: Layout
    channels: int
    side: int
    width: int = 32
    hidden: int = 400
    normalisation: Normalisation = "batch"
    extra: int = 0

    @classmethod
    def of(cls, config: PictureCodeConfig, extra: int = 0) -> NetworkShape:
        """Return the shape that a config asks for, with E extra inputs."""
        return cls(
            config.layout,
            config.in_channels,
            config.image_size,
            config.base_channels,
            config.hidden_units,
            config.normalisation,
            extra,
        )

    @property
    def values(self) -> int:
        """Numbers in a picture."""
        return self.channels * self.side**2

    def sides(self) -> list[int]:
        """Return the sides of the grids, see `halved_sides`."""
        return halved_sides(self.side)

    def widths(self) -> list[int]:
        """Return the channels of those grids."""
        return [self.channels, *(self.width * min(2**n, 4) for n in range(len(self.sides()) - 1))]


def halved_sides(side: int) -> list[int]:
    """Return the sides of grids from the picture to the coarsest of 7 at most, each half the last.

    28 gives 28, 14, 7; 64 gives 64, 32, 16, 8, 4; odd sides are rounded down.
    """
    found = [side]
    while found[-1] > _COARSEST_SIDE:
        found.append(found[-1] // 2)
    return found


class PictureEncoder(nn.Module):
    """Images (B, C, S, S) and extra inputs (B, E) to (B, `outputs`)."""

    def __init__(self, shape: NetworkShape, outputs: int) -> None:
        super().__init__()
        features, self.body = _encoder_body(shape)
        self.head: nn.Module
        if shape.layout == "course" and not shape.extra:
            self.head = nn.Sequential(
                nn.Conv2d(_COURSE_WIDTH, outputs, _COURSE_KERNEL), nn.Flatten()
            )
        elif shape.extra:
            # One more layer, so that what a picture tells can depend on the class.
            self.head = nn.Sequential(
                nn.Flatten(),
                nn.Linear(features + shape.extra, shape.hidden),
                nn.ReLU(),
                nn.Linear(shape.hidden, outputs),
            )
        else:
            self.head = nn.Sequential(nn.Flatten(), nn.Linear(features, outputs))

    def forward(self, images: Tensor, extra: Tensor | None = None) -> Tensor:
        """Encode images."""
        features = self.body(images)  # (B, 4 width, s, s) of convolutions, (B, F) of layers
        if extra is not None:
            features = torch.cat([features.flatten(1), extra], dim=1)  # (B, F + E)
        outputs: Tensor = self.head(features)  # (B, outputs)
        return outputs


class PictureDecoder(nn.Module):
    """Latents with extra inputs (B, Z + E) to (B, C, S, S), any real values."""

    def __init__(self, shape: NetworkShape, latent_dimensions: int) -> None:
        super().__init__()
        self.picture = (shape.channels, shape.side, shape.side)
        self.body = _decoder_body(shape, latent_dimensions + shape.extra)

    def forward(self, latents: Tensor, extra: Tensor | None = None) -> Tensor:
        """Decode latents."""
        if extra is not None:
            latents = torch.cat([latents, extra], dim=1)  # (B, Z + E)
        values: Tensor = self.body(latents)  # C S S values a picture
        return values.view(len(latents), *self.picture)


def _encoder_body(shape: NetworkShape) -> tuple[int, nn.Module]:
    """Return the number of features and what finds them."""
    if shape.layout == "linear":
        return shape.values, nn.Identity()
    if shape.layout == "fully-connected":
        layers = nn.Sequential(nn.Flatten(), nn.Linear(shape.values, shape.hidden), nn.ReLU())
        return shape.hidden, layers
    parts: list[nn.Module] = []
    if shape.layout == "course":
        inputs = shape.channels
        for kernel, stride in _COURSE_LAYERS:
            parts += [nn.Conv2d(inputs, _COURSE_WIDTH, kernel, stride), nn.ReLU(inplace=True)]
            inputs = _COURSE_WIDTH
        return _COURSE_WIDTH * _COURSE_KERNEL**2, nn.Sequential(*parts)
    widths = shape.widths()
    for inputs, outputs in pairwise(widths):
        convolution = nn.Conv2d(inputs, outputs, 4, 2, 1, bias=shape.normalisation == "none")
        parts += [convolution, *_normalised(shape, outputs)]
    return widths[-1] * shape.sides()[-1] ** 2, nn.Sequential(*parts)


def _decoder_body(shape: NetworkShape, inputs: int) -> nn.Module:
    if shape.layout == "linear":
        return nn.Linear(inputs, shape.values)
    if shape.layout == "fully-connected":
        return nn.Sequential(
            nn.Linear(inputs, shape.hidden), nn.ReLU(), nn.Linear(shape.hidden, shape.values)
        )
    if shape.layout == "course":
        return _course_decoder(shape, inputs)
    widths, sides = shape.widths(), shape.sides()
    grid = (widths[-1], sides[-1], sides[-1])
    parts: list[nn.Module] = [
        nn.Linear(inputs, widths[-1] * sides[-1] ** 2),
        nn.ReLU(inplace=True),
        nn.Unflatten(1, grid),
    ]
    for level in range(len(sides) - 1, 0, -1):
        is_last = level == 1
        # An odd side was rounded down on the way in: one row and column more bring it back.
        enlarge = nn.ConvTranspose2d(
            widths[level],
            widths[level - 1],
            4,
            2,
            1,
            output_padding=sides[level - 1] % 2,
            bias=is_last or shape.normalisation == "none",
        )
        parts += [enlarge] if is_last else [enlarge, *_normalised(shape, widths[level - 1])]
    return nn.Sequential(*parts)


def _course_decoder(shape: NetworkShape, inputs: int) -> nn.Module:
    """The mirror image of the course's encoder: 1, 4, 9, 20, 24, 28 pixels a side."""
    parts: list[nn.Module] = [
        nn.Unflatten(1, (inputs, 1, 1)),
        nn.ConvTranspose2d(inputs, _COURSE_WIDTH, _COURSE_KERNEL),
    ]
    for index, (kernel, stride) in enumerate(reversed(_COURSE_LAYERS)):
        is_last = index == len(_COURSE_LAYERS) - 1
        outputs = shape.channels if is_last else _COURSE_WIDTH
        parts += [
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(_COURSE_WIDTH, outputs, kernel, stride),
        ]
    return nn.Sequential(*parts)


def _normalised(shape: NetworkShape, channels: int) -> list[nn.Module]:
    if shape.normalisation == "none":
        return [nn.ReLU(inplace=True)]
    return [normalisation_layer(shape.normalisation, channels), nn.ReLU(inplace=True)]
