"""Residual network without its classifier, whose last stages may widen their reach, not shrink.

He, Zhang, Ren, Sun, Deep Residual Learning for Image Recognition, CVPR 2016,
https://arxiv.org/abs/1512.03385; atrous stages after Chen et al., https://arxiv.org/abs/1706.05587
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from engine.layers.convolution_block import Normalisation, convolution_block, normalisation_layer


@dataclass(frozen=True, slots=True)
class BackboneLayout:
    """How a backbone is laid out.

    Attributes:
        stem: channels before the first stage, at stride 4.
        widths: channels that leave each stage; the first stage works at stride 4.
        blocks: residual blocks in each stage.
        kind: basic for two 3 x 3 convolutions a block, bottleneck for 1 x 1, 3 x 3, 1 x 1.
    """

    stem: int
    widths: tuple[int, ...]
    blocks: tuple[int, ...]
    kind: Literal["basic", "bottleneck"] = "basic"


RESNET_101 = BackboneLayout(64, (256, 512, 1024, 2048), (3, 4, 23, 3), "bottleneck")


class ResidualBlock(nn.Module):
    """(B, in, H, W) -> (B, out, H / stride, W / stride): what the convolutions find is added."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int,
        rate: int,
        layout: BackboneLayout,
        normalisation: Normalisation,
    ) -> None:
        super().__init__()
        if layout.kind == "basic":
            parts = [
                _convolution(in_channels, out_channels, 3, stride, rate, normalisation),
                nn.ReLU(inplace=True),
                _convolution(out_channels, out_channels, 3, 1, rate, normalisation),
            ]
        else:
            narrow = out_channels // 4
            parts = [
                _convolution(in_channels, narrow, 1, 1, 1, normalisation),
                nn.ReLU(inplace=True),
                _convolution(narrow, narrow, 3, stride, rate, normalisation),
                nn.ReLU(inplace=True),
                _convolution(narrow, out_channels, 1, 1, 1, normalisation),
            ]
        self.residual = nn.Sequential(*parts)
        is_same = stride == 1 and in_channels == out_channels
        self.shortcut: nn.Module = (
            nn.Identity()
            if is_same
            else _convolution(in_channels, out_channels, 1, stride, 1, normalisation)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Add the residual to the shortcut and rectify."""
        answer: Tensor = nn.functional.relu(self.shortcut(features) + self.residual(features))
        return answer


class ResidualBackbone(nn.Module):
    """Images (B, C, H, W) to low-level features at stride 4 and deep ones at `output_stride`."""

    def __init__(
        self,
        in_channels: int,
        layout: BackboneLayout,
        output_stride: int,
        normalisation: Normalisation,
    ) -> None:
        super().__init__()
        self.stem = _stem(in_channels, layout, normalisation)
        stages: list[nn.Module] = []
        channels, stride, rate = layout.stem, 4, 1
        for index, (width, count) in enumerate(zip(layout.widths, layout.blocks, strict=True)):
            step = 2 if index and stride < output_stride else 1
            if index and step == 1:
                rate *= 2  # the stride that is left out is made up for by holes
            stride *= step
            blocks: list[nn.Module] = []
            for number in range(count):
                blocks.append(
                    ResidualBlock(
                        channels, width, step if number == 0 else 1, rate, layout, normalisation
                    )
                )
                channels = width
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the features of the first stage and of the last."""
        low = self.stages[0](self.stem(images))  # (B, first width, H/4, W/4)
        deep = low
        for stage in list(self.stages)[1:]:
            deep = stage(deep)  # at last (B, last width, H/stride, W/stride)
        return low, deep


def _stem(in_channels: int, layout: BackboneLayout, normalisation: Normalisation) -> nn.Sequential:
    if layout.kind == "bottleneck":
        return nn.Sequential(
            _convolution(in_channels, layout.stem, 7, 2, 1, normalisation),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2, padding=1),
        )
    half = layout.stem // 2
    return nn.Sequential(
        convolution_block(in_channels, half, stride=2, normalisation=normalisation),
        convolution_block(half, layout.stem, stride=2, normalisation=normalisation),
    )


def _convolution(
    in_channels: int,
    out_channels: int,
    size: int,
    stride: int,
    rate: int,
    normalisation: Normalisation,
) -> nn.Sequential:
    convolution = nn.Conv2d(
        in_channels,
        out_channels,
        size,
        stride,
        padding=rate * (size - 1) // 2,
        dilation=rate,
        bias=normalisation == "none",
    )
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
    return nn.Sequential(convolution, normalisation_layer(normalisation, out_channels))
