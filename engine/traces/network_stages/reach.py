"""Receptive fields: which pixels of the picture a value inside a network depends on.

Luo, Li, Urtasun, Zemel, Understanding the Effective Receptive Field in Deep Convolutional Neural
Networks, NIPS 2016, https://arxiv.org/abs/1701.04128

All lengths are along one side of the picture, in pixels; the other side behaves alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import floor
from typing import Any

Span = Callable[[int, int], tuple[int, int]]

_PERIOD = 64  # after so many values every stride here has come round


@dataclass(frozen=True, slots=True)
class Reach:
    """What the values of a grid depend on.

    Attributes:
        span: of the first and last value of a run the first and last pixel behind them; pixels
            beyond the border count too.
        stride: pixels from one value to the next.
    """

    span: Span
    stride: float

    @property
    def field(self) -> int:
        """Side of the receptive field, where it is widest."""
        ends = (self.span(at, at) for at in range(_PERIOD))
        return max(last - first + 1 for first, last in ends)

    def at(self, pixel: int) -> tuple[int, int]:
        """Return the first and last pixel behind the value that lies over a pixel."""
        value = int(pixel // self.stride)
        return self.span(value, value)

    def through(self, module: Any) -> Reach:
        """Return the reach after all convolutions of a module, one after the other.

        Convolutions on a shortcut are passed over: the way around them is the wider one.
        """
        from torch import nn

        reach = self
        for name, layer in module.named_modules():
            if "shortcut" in name:
                continue
            if isinstance(layer, nn.Conv2d):
                kernel, stride = layer.kernel_size[0], layer.stride[0]
                reach = reach.window(kernel, stride, int(layer.padding[0]), layer.dilation[0])
            elif isinstance(layer, nn.ConvTranspose2d):
                kernel, stride = layer.kernel_size[0], layer.stride[0]
                reach = reach.spread(kernel, stride, int(layer.padding[0]))
            elif isinstance(layer, nn.MaxPool2d):
                sizes = (layer.kernel_size, layer.stride, layer.padding)
                reach = reach.window(*(size for size in sizes if isinstance(size, int)))
        return reach

    def window(self, kernel: int, stride: int = 1, padding: int = 0, rate: int = 1) -> Reach:
        """Return the reach after a convolution or pooling."""

        def span(first: int, last: int) -> tuple[int, int]:
            start = first * stride - padding
            return self.span(start, last * stride - padding + (kernel - 1) * rate)

        return Reach(span, self.stride * stride)

    def spread(self, kernel: int, stride: int, padding: int = 0) -> Reach:
        """Return the reach after a transposed convolution, or unpooling by 2, 2."""

        def span(first: int, last: int) -> tuple[int, int]:
            start = -(-(first + padding - kernel + 1) // stride)
            return self.span(start, (last + padding) // stride)

        return Reach(span, self.stride / stride)

    def bilinear(self, factor: int) -> Reach:
        """Return the reach after bilinear enlargement: two neighbours are mixed."""

        def span(first: int, last: int) -> tuple[int, int]:
            start, end = ((at + 0.5) / factor - 0.5 for at in (first, last))
            return self.span(floor(start), floor(end) + 1)

        return Reach(span, self.stride / factor)

    def joined(self, other: Reach, offset: int = 0) -> Reach:
        """Return the reach of two grids laid together, the other one shifted by `offset`."""

        def span(first: int, last: int) -> tuple[int, int]:
            mine, others = self.span(first, last), other.span(first + offset, last + offset)
            return min(mine[0], others[0]), max(mine[1], others[1])

        return Reach(span, self.stride)


PICTURE = Reach(lambda first, last: (first, last), 1.0)
"""The picture itself: every value is a pixel."""
