"""Dilated convolutions beside other ways of seeing far, and what can go wrong with them.

Holes: Wang et al., Understanding Convolution for Semantic Segmentation, WACV 2018,
https://arxiv.org/abs/1702.08502; borders: Chen et al., https://arxiv.org/abs/1706.05587
"""

from __future__ import annotations

import numpy as np

from engine.api.traces import BarsMark, CurveMark, Step, TableMark
from engine.traces.dilated_convolution.reach import (
    Floats,
    Stack,
    fields,
    framed,
    reached,
    ways,
    weights_inside,
)

_EQUAL, _MIXED = (2, 2, 2), (1, 2, 5)
_LAYERS = 5
_MAP_SIDE = 33  # of DeepLab's features: a picture of 513 pixels at stride 16


def growth(stack: Stack) -> Step:
    """Compare how receptive fields grow."""
    kernel = stack.kernel
    layers = np.arange(_LAYERS + 1.0)
    doubling = np.array(fields(kernel, [2**at for at in range(_LAYERS)]), float)
    plain = np.array(fields(kernel, [1] * _LAYERS), float)
    own = np.array(stack.sides, float)
    titles = ("layers", "side of the receptive field")
    return Step(
        "Straight lines and doubling",
        f"At rate 1 every layer adds {kernel - 1} pixels: {_LAYERS} layers see {plain[-1]:.0f}. "
        f"Where the rate doubles from layer to layer, {_LAYERS} layers see {doubling[-1]:.0f}. "
        f"The rates {', '.join(map(str, stack.rates))} come to {stack.side} in "
        f"{len(stack.rates)}.",
        (
            *stack.on_picture(0, fields(kernel, [1] * 4)[1:], "4 layers of rate 1"),
            *stack.on_picture(1, fields(kernel, [1, 2, 4, 8])[1:], "rates 1, 2, 4, 8"),
            *stack.on_picture(2, stack.sides[1:], "your rates"),
            CurveMark(layers, plain, "rate 1", *titles),
            CurveMark(layers, doubling, "doubling", *titles, role="kept"),
            CurveMark(np.arange(float(len(own))), own, "yours", *titles, role="current"),
        ),
        r"r_L=1+(K-1)(2^L-1)\ \mathrm{for}\ d_l=2^{l-1}",
    )


def weights_spent(stack: Stack) -> Step:
    """Compare the number of weights."""
    small = len(stack.rates) * stack.kernel**2
    large = stack.side**2
    plain = -(-(stack.side - 1) // (stack.kernel - 1))
    return Step(
        f"{small} weights in place of {large}",
        f"One kernel that sees {stack.side} x {stack.side} pixels has {large} weights. "
        f"{len(stack.rates)} dilated layers have {small}, a channel to a channel. Ordinary "
        f"{stack.kernel} x {stack.kernel} layers would see as far after {plain}, with "
        f"{plain * stack.kernel**2} weights.",
        (
            stack.sheet.heat(framed(np.ones((stack.side, stack.side))), 0, 0, "one large kernel"),
            stack.sheet.heat(_ways_plane(stack.kernel, stack.rates), 0, 1, "dilated layers"),
            stack.sheet.image(stack.seen(stack.side), 0, 2, "what both see"),
            BarsMark(
                ("one large kernel", "ordinary layers", "dilated layers"),
                np.array([large, plain * stack.kernel**2, small], float),
                "Weights",
                current=2,
            ),
        ),
    )


def gridding(stack: Stack) -> Step:
    """Show that equal rates leave holes."""
    share = _share(stack.kernel, _EQUAL)
    side = fields(stack.kernel, _EQUAL)[-1]
    own = _share(stack.kernel, stack.rates)
    verdict = (
        "Yours reach every pixel."
        if own == 1
        else f"Yours reach {100 * own:.0f} % of their {stack.side} x {stack.side}."
    )
    return Step(
        "Equal rates leave a grid of holes",
        f"Three layers of rate 2 span {side} x {side} pixels, but only {100 * share:.0f} % of them "
        "ever reach the output: every second row and column is skipped by all three alike. "
        f"Neighbouring outputs share no pixel, and maps come out like a chequered cloth. {verdict}",
        (
            stack.sheet.heat(_reached(stack.kernel, _EQUAL), 0, 0, "rates 2, 2, 2"),
            stack.sheet.heat(_two_outputs(stack.kernel, _EQUAL), 0, 1, "two neighbouring outputs"),
            stack.sheet.heat(_reached(stack.kernel, stack.rates), 0, 2, "your rates"),
            BarsMark(
                ("rates 2, 2, 2", "your rates"),
                np.array([share, own]),
                "Share of the field that is reached",
                current=0,
            ),
        ),
    )


def mixed_rates(stack: Stack) -> Step:
    """Show rates without holes."""
    kernel = stack.kernel
    names = [", ".join(map(str, one)) for one in (_EQUAL, _MIXED)]
    sides = [fields(kernel, one)[-1] for one in (_EQUAL, _MIXED)]
    shares = [_share(kernel, one) for one in (_EQUAL, _MIXED)]
    return Step(
        "Rates that fill the holes",
        f"With rates {names[1]} the layers reach {100 * shares[1]:.0f} % of {sides[1]} x "
        f"{sides[1]} pixels: the small rates fill what the large one jumps over. A rule: the "
        "field of the layers before must be at least as wide as the next jump.",
        (
            *(
                stack.sheet.heat(_reached(kernel, one), 0, at, f"rates {name}")
                for at, (one, name) in enumerate(zip((_EQUAL, _MIXED), names, strict=True))
            ),
            stack.sheet.heat(_ways_plane(kernel, _MIXED), 0, 2, f"ways, rates {names[1]}"),
            TableMark(
                ("rates", "field", "reached"),
                tuple(
                    (name, f"{side} x {side}", f"{100 * share:.0f} %")
                    for name, side, share in zip(names, sides, shares, strict=True)
                ),
            ),
        ),
        r"d_l\leq r_{l-1}",
    )


def near_the_border(stack: Stack) -> Step:
    """Count the weights that lie beside the map."""
    rates = np.arange(1, _MAP_SIDE + 4)
    shares = np.array([weights_inside(rate, _MAP_SIDE) for rate in rates.tolist()])
    chosen = (1, 6, 12, 18, _MAP_SIDE)
    rows = tuple(
        (str(rate), f"{100 * weights_inside(rate, _MAP_SIDE):.0f} %", str(rate)) for rate in chosen
    )
    return Step(
        "A rate can be too large",
        f"On a map of {_MAP_SIDE} x {_MAP_SIDE} a 3 x 3 kernel at rate 18 has, on average, "
        f"{9 * weights_inside(18, _MAP_SIDE):.1f} of 9 weights on the map; the others lie on the "
        f"padding. From rate {_MAP_SIDE} on only the middle one is left: the layer is 1 x 1.",
        (
            *(
                stack.sheet.heat(_weights_at_each_place(rate), 0, at, f"on the map, rate {rate}")
                for at, rate in enumerate((6, 12, 18))
            ),
            TableMark(("rate", "weights on the map", "padding"), rows),
            CurveMark(rates.astype(float), shares, "3 x 3", "rate", "share of weights on the map"),
        ),
        r"p=\dfrac{d\,(K-1)}{2}",
    )


def pooling_instead(stack: Stack) -> Step:
    """Compare with making the map smaller."""
    import cv2

    times = len(stack.rates)
    kernel = stack.kernel
    strided = 1 + sum((kernel - 1) * 2**at for at in range(times))
    height, width = stack.picture.pixels.shape[:2]
    small = [max(1, side // 2**times) for side in (width, height)]
    coarse = cv2.resize(stack.picture.pixels, small, interpolation=cv2.INTER_AREA)
    small_picture = np.asarray(coarse, np.uint8)
    return Step(
        "Seeing far by halving instead",
        f"{times} ordinary layers that each halve the map see {strided} x {strided} pixels, but "
        f"{width} x {height} pixels become {small[0]} x {small[1]}: where something is gets lost. "
        f"The dilated layers see {stack.side} x {stack.side} and keep all {width} x {height} "
        "places, at the price of computing all of them.",
        (
            stack.sheet.image(stack.picture.pixels, 0, 0, f"dilated: {width} x {height}"),
            stack.sheet.image(small_picture, 0, 1, f"halved to {small[0]} x {small[1]}"),
            *stack.on_picture(2, [stack.side], "what one output sees"),
            BarsMark(
                ("halving", "dilated"),
                np.array([small[0] * small[1], width * height], float),
                "Places that answer",
                current=1,
            ),
        ),
    )


def _ways_plane(kernel: int, rates: tuple[int, ...]) -> Floats:
    """Return in how many ways each pixel of the field reaches the output, (R, R)."""
    line = ways(kernel, rates)
    return np.outer(line, line)


def _reached(kernel: int, rates: tuple[int, ...]) -> Floats:
    return framed(reached(kernel, rates))


def _two_outputs(kernel: int, rates: tuple[int, ...]) -> Floats:
    """Return 1 where an output looks, 2 where its right neighbour looks, 3 where both do."""
    own = np.pad(reached(kernel, rates), ((0, 0), (0, 1)))
    return np.asarray(np.pad(own + 2.0 * np.roll(own, 1, axis=1), 1))


def _share(kernel: int, rates: tuple[int, ...]) -> float:
    return float((ways(kernel, rates) > 0).mean() ** 2)


def _weights_at_each_place(rate: int) -> Floats:
    places = np.arange(_MAP_SIDE)[:, None] + rate * np.arange(-1, 2)
    inside = ((places >= 0) & (places < _MAP_SIDE)).sum(axis=1)
    return np.outer(inside, inside).astype(np.float64)
