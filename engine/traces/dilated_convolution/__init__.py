"""Convolutions with holes: the receptive field grows with the rate, the weights do not.

Yu, Koltun, Multi-Scale Context Aggregation by Dilated Convolutions, ICLR 2016,
https://arxiv.org/abs/1511.07122
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark, BuildTrace, Step, TableMark, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.dilated_convolution.context import (
    gridding,
    growth,
    mixed_rates,
    near_the_border,
    pooling_instead,
    weights_spent,
)
from engine.traces.dilated_convolution.reach import (
    DilatedConvolutionConfig,
    Floats,
    Stack,
    dilated,
    effective_size,
    framed,
    reached,
    stack_of,
    stuffed,
    taps,
    ways,
)
from engine.traces.segmentation_pictures import grey_values
from engine.traces.wording import listing

CARD = TraceCard(
    key="dilated-convolution",
    title="Dilated convolution",
    summary="Holes between the weights: how the receptive field grows over layers, by their rates.",
    needs="nothing",
    config_type=DilatedConvolutionConfig,
    area="segment",
)

_SHOWN_RATES = (1, 2, 6)
_PICTURE_RATES = (1, 2, 4)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    stack = stack_of(request.config, request.pixels)
    builders: list[Callable[[Stack], Step]] = [plain_kernel, rates, zeros_between, on_the_picture]
    builders += [partial(layer, number=number) for number in range(len(stack.rates))]
    builders += [measured, growth, weights_spent, gridding, mixed_rates, near_the_border]
    builders += [pooling_instead, summary]
    result = {
        "rates": list(stack.rates),
        "kernel": stack.kernel,
        "receptive_fields": stack.sides,
        "reached": int(stack.measured.sum()),
    }
    size = stack.sheet.size_px
    return Trace(CARD.key, len(builders), lambda at: builders[at](stack), result, sheet_px=size)


def plain_kernel(stack: Stack) -> Step:
    """Show an ordinary kernel."""
    kernel = stack.kernel
    weights = framed(np.ones((kernel, kernel)))
    height, width = stack.picture.pixels.shape[:2]
    return Step(
        f"{kernel**2} weights see {kernel} x {kernel} pixels",
        f"An ordinary {kernel} x {kernel} kernel has {kernel**2} weights and looks at as many "
        f"pixels. Of {stack.picture.words} that is little: {kernel**2} of {height * width} pixels. "
        "To name what is there, a network has to see more.",
        (
            stack.sheet.heat(weights, 0, 0, f"{kernel} x {kernel} kernel"),
            *stack.on_picture(1, [kernel], "where it looks"),
            stack.sheet.image(stack.seen(kernel), 0, 2, "what it sees"),
            BarsMark(
                ("seen", "picture"), np.array([kernel**2, height * width], np.float64), "Pixels"
            ),
        ),
        rf"r=K={kernel}",
    )


def rates(stack: Stack) -> Step:
    """Show kernels of several rates."""
    kernel = stack.kernel
    most = effective_size(kernel, _SHOWN_RATES[-1])
    sizes = [effective_size(kernel, rate) for rate in _SHOWN_RATES]
    marks = [
        stack.sheet.heat(framed(_centred(_plane(taps(kernel, rate)), most)), 0, at, f"rate {rate}")
        for at, rate in enumerate(_SHOWN_RATES)
    ]
    rows = tuple(
        (str(rate), f"{size} x {size}", str(kernel**2), str(size**2 - kernel**2))
        for rate, size in zip(_SHOWN_RATES, sizes, strict=True)
    )
    return Step(
        "Holes in the kernel",
        f"At a rate of d the weights lie d pixels apart. At rate {_SHOWN_RATES[-1]} the same "
        f"{kernel**2} weights span {most} x {most} pixels. The price: what lies in the holes is "
        "not looked at.",
        (*marks, TableMark(("rate", "spans", "weights", "holes"), rows)),
        rf"K+(K-1)(d-1)={kernel}+{kernel - 1}\cdot{_SHOWN_RATES[-1] - 1}={most}",
    )


def zeros_between(stack: Stack) -> Step:
    """Do the same by a kernel with zeros."""
    import cv2

    rate = max(2, stack.rates[-1])
    weights = _edge_weights(stack.kernel)
    grey = grey_values(stack.picture.pixels).astype(np.float64)
    wide = stuffed(weights, rate)
    by_holes = dilated(grey, weights, rate)
    by_zeros = np.asarray(cv2.filter2D(grey, -1, wide, borderType=cv2.BORDER_REPLICATE), np.float64)
    worst = float(np.abs(by_holes - by_zeros).max())
    return Step(
        "The same as zeros in between",
        f"A {len(wide)} x {len(wide)} kernel that is 0 but for {stack.kernel**2} places gives the "
        f"same answer as the {stack.kernel} x {stack.kernel} kernel at rate {rate}: here the two "
        f"differ by {worst:.0e} at most. With holes, {wide.size - stack.kernel**2} products a "
        "pixel are never formed.",
        (
            stack.sheet.heat(wide, 0, 0, "with zeros"),
            stack.sheet.heat(by_zeros, 0, 1, "answer with zeros"),
            stack.sheet.heat(by_holes, 0, 2, "answer with holes"),
            BarsMark(
                ("with zeros", "with holes"),
                np.array([wide.size, stack.kernel**2], np.float64),
                "Products a pixel",
                current=1,
            ),
        ),
    )


def on_the_picture(stack: Stack) -> Step:
    """Filter the picture at several rates."""
    grey = grey_values(stack.picture.pixels).astype(np.float64)
    weights = _edge_weights(stack.kernel)
    answers = [np.abs(dilated(grey, weights, rate)) for rate in _PICTURE_RATES]
    means = np.array([255 * float(answer.mean()) for answer in answers])
    names = tuple(f"rate {rate}" for rate in _PICTURE_RATES)
    return Step(
        "The same weights, further apart",
        f"Each pixel is compared with its neighbours {listing(list(map(str, _PICTURE_RATES)))} "
        f"pixels away. The nearest differ by {means[0]:.1f} of 255 grey levels on average, the "
        f"furthest by {means[-1]:.1f}. Fine edges answer to small rates, large shapes to large "
        "ones.",
        (
            *(
                stack.sheet.heat(answer, 0, at, name)
                for at, (answer, name) in enumerate(zip(answers, names, strict=True))
            ),
            BarsMark(names, means, "Mean answer in grey levels"),
        ),
    )


def layer(stack: Stack, number: int) -> Step:
    """Add one layer."""
    kernel, rate, sheet = stack.kernel, stack.rates[number], stack.sheet
    before, after = stack.sides[number], stack.sides[number + 1]
    counts = ways(kernel, stack.rates[: number + 1])
    holes = after**2 - int((counts > 0).sum()) ** 2
    sides = [*stack.sides[1 : number + 2], *[0] * (len(stack.rates) - number - 1)]
    missing = (
        f"{holes} of these {after**2} pixels are in holes."
        if holes
        else f"All {after**2} pixels are reached."
    )
    return Step(
        f"Layer {number + 1}, rate {rate}: {after} x {after}",
        f"Each weight of layer {number + 1} stands for a field of {before} x {before}; {rate} "
        f"{'pixels' if rate > 1 else 'pixel'} apart they cover {after} x {after}. {missing} The "
        f"middle counts most: {int(counts.max()) ** 2} ways lead from it to the output, one from a "
        "corner.",
        (
            sheet.heat(framed(_centred(_plane(taps(kernel, rate)), stack.side)), 0, 0, "weights"),
            sheet.heat(framed(_centred(_plane(counts), stack.side)), 0, 1, "ways to the output"),
            *stack.on_picture(2, stack.sides[1 : number + 2], "receptive field"),
            BarsMark(
                tuple(f"after layer {at}" for at in range(1, len(stack.sides))),
                np.array(sides, np.float64),
                "Side of the receptive field",
                current=number,
            ),
        ),
        rf"r_{{{number + 1}}}=r_{{{number}}}+(K-1)\,d={before}+{kernel - 1}\cdot{rate}={after}",
    )


def measured(stack: Stack) -> Step:
    """Measure by the gradient."""
    found = int(stack.measured.sum())
    counted = int(reached(stack.kernel, stack.rates).sum())
    rows = stack.measured.any(axis=1)
    span = int(np.flatnonzero(rows)[-1] - np.flatnonzero(rows)[0] + 1)
    return Step(
        f"Measured by the gradient: {span} x {span}",
        f"All weights set to 1, the gradient of the middle output is not 0 at {found} pixels; by "
        f"counting it should be {counted}. They span {span} x {span}, as the formula says. For any "
        "network, the gradient of one output tells what it sees.",
        (
            stack.sheet.heat(framed(reached(stack.kernel, stack.rates)), 0, 0, "by counting"),
            stack.sheet.heat(framed(stack.measured), 0, 1, "gradient not 0"),
            stack.sheet.image(stack.seen(span), 0, 2, "what the output sees"),
            BarsMark(
                ("counted", "by gradient"), np.array([counted, found], float), "Pixels reached"
            ),
        ),
        r"\dfrac{\partial y_{\mathrm{middle}}}{\partial x_{ij}}\neq 0",
    )


def summary(stack: Stack) -> Step:
    """Sum up."""
    kernel = stack.kernel
    rows = tuple(
        (
            str(number + 1),
            str(rate),
            str(effective_size(kernel, rate)),
            str(rate * (kernel - 1) // 2),
            f"{side} x {side}",
        )
        for number, (rate, side) in enumerate(zip(stack.rates, stack.sides[1:], strict=True))
    )
    return Step(
        f"{stack.side} x {stack.side} pixels in {len(stack.rates)} layers",
        f"{len(stack.rates) * kernel**2} weights a channel see {stack.side} x {stack.side} pixels "
        "without making the map smaller: what a segmenter needs, which must see far and still "
        "answer for each pixel. Rates that grow leave no holes.",
        (
            stack.sheet.heat(framed(_plane(ways(kernel, stack.rates))), 0, 0, "ways to the output"),
            *stack.on_picture(1, stack.sides[1:], "receptive fields"),
            stack.sheet.image(stack.seen(stack.side), 0, 2, "what the output sees"),
            TableMark(("layer", "rate", "spans", "padding", "receptive field"), rows),
        ),
        rf"r=1+(K-1)\sum_l\,d_l=1+{kernel - 1}\cdot{sum(stack.rates)}={stack.side}",
    )


def _plane(line: Floats) -> Floats:
    return np.outer(line, line)


def _centred(values: Floats, side: int) -> Floats:
    """Lay a square field into the middle of a larger one of zeros."""
    before = (side - len(values)) // 2
    after = side - len(values) - before
    return np.pad(values, (before, after)) if before + after else values


def _edge_weights(kernel: int) -> Floats:
    """Return weights that compare a pixel with the mean of the others."""
    weights = np.full((kernel, kernel), -1 / (kernel**2 - 1))
    weights[kernel // 2, kernel // 2] = 1
    return weights
