"""Dilated convolutions beside other ways of seeing far, and what can go wrong with them.

Holes: Wang et al., Understanding Convolution for Semantic Segmentation, WACV 2018,
https://arxiv.org/abs/1702.08502; borders: Chen et al., https://arxiv.org/abs/1706.05587
"""

from __future__ import annotations

import numpy as np

from engine.api.traces import Step
from engine.traces.dilated_convolution.layers import Layers
from engine.traces.dilated_convolution.reach import (
    Floats,
    effective_size,
    fields,
    framed,
    reached,
    ways,
    weights_inside,
)
from engine.traces.marks import bars, curve, heat, heats, image, table
from engine.traces.steps import explain, step

_EQUAL, _MIXED = (2, 2, 2), (1, 2, 5)
_LAYERS = 5
_MAP_SIDE = 33  # of DeepLab's features: a picture of 513 pixels at stride 16


class Context(Layers):
    """Steps that compare the stack with others, and the summary."""

    @step
    def growth(self) -> Step:
        kernel = self.kernel
        layers = range(_LAYERS + 1)
        doubling = fields(kernel, [2**at for at in range(_LAYERS)])
        plain = fields(kernel, [1] * _LAYERS)
        titles = {"x_title": "layers", "y_title": "side of the receptive field"}
        return explain(
            "Straight lines and doubling",
            f"At rate 1 every layer adds {kernel - 1} pixels: {_LAYERS} layers see {plain[-1]}. "
            f"Where the rate doubles from layer to layer, {_LAYERS} layers see {doubling[-1]}. "
            f"The rates {', '.join(map(str, self.rates))} come to {self.side} in "
            f"{len(self.rates)}.",
            self.on_picture(fields(kernel, [1] * 4)[1:], "4 layers of rate 1"),
            self.on_picture(fields(kernel, [1, 2, 4, 8])[1:], "rates 1, 2, 4, 8"),
            self.on_picture(self.sides[1:], "your rates"),
            curve(layers, plain, "rate 1", **titles),
            curve(layers, doubling, "doubling", **titles, role="kept"),
            curve(range(len(self.sides)), self.sides, "yours", **titles, role="current"),
            formula=r"r_L=1+(K-1)(2^L-1)\ \mathrm{for}\ d_l=2^{l-1}",
        )

    @step
    def weights_spent(self) -> Step:
        small = len(self.rates) * self.kernel**2
        large = self.side**2
        plain = -(-(self.side - 1) // (self.kernel - 1))
        return explain(
            f"{small} weights in place of {large}",
            f"One kernel that sees {self.side} x {self.side} pixels has {large} weights. "
            f"{len(self.rates)} dilated layers have {small}, a channel to a channel. Ordinary "
            f"{self.kernel} x {self.kernel} layers would see as far after {plain}, with "
            f"{plain * self.kernel**2} weights.",
            heat(framed(np.ones((self.side, self.side))), "one large kernel"),
            heat(_ways_plane(self.kernel, self.rates), "dilated layers"),
            image(self.seen(self.side), "what both see"),
            bars(
                ("one large kernel", "ordinary layers", "dilated layers"),
                (large, plain * self.kernel**2, small),
                "Weights",
                current=2,
            ),
        )

    @step
    def gridding(self) -> Step:
        share = _share(self.kernel, _EQUAL)
        side = fields(self.kernel, _EQUAL)[-1]
        own = _share(self.kernel, self.rates)
        verdict = (
            "Yours reach every pixel."
            if own == 1
            else f"Yours reach {100 * own:.0f} % of their {self.side} x {self.side}."
        )
        return explain(
            "Equal rates leave a grid of holes",
            f"Three layers of rate 2 span {side} x {side} pixels, but only {100 * share:.0f} % of "
            "them ever reach the output: every second row and column is skipped by all three "
            "alike. Neighbouring outputs share no pixel, and maps come out as a checkerboard. "
            f"{verdict}",
            heat(_reached(self.kernel, _EQUAL), "rates 2, 2, 2"),
            heat(_two_outputs(self.kernel, _EQUAL), "two neighbouring outputs"),
            heat(_reached(self.kernel, self.rates), "your rates"),
            bars(
                ("rates 2, 2, 2", "your rates"),
                (share, own),
                "Share of the field that is reached",
                current=0,
            ),
        )

    @step
    def mixed_rates(self) -> Step:
        kernel = self.kernel
        names = [", ".join(map(str, one)) for one in (_EQUAL, _MIXED)]
        sides = [fields(kernel, one)[-1] for one in (_EQUAL, _MIXED)]
        shares = [_share(kernel, one) for one in (_EQUAL, _MIXED)]
        return explain(
            "Rates that fill the holes",
            f"With rates {names[1]} the layers reach {100 * shares[1]:.0f} % of {sides[1]} x "
            f"{sides[1]} pixels: the small rates fill what the large one jumps over. A rule: the "
            "field of the layers before must be at least as wide as the next jump.",
            heat(_reached(kernel, _EQUAL), f"rates {names[0]}"),
            heat(_reached(kernel, _MIXED), f"rates {names[1]}"),
            heat(_ways_plane(kernel, _MIXED), f"ways, rates {names[1]}"),
            table(
                ("rates", "field", "reached"),
                [
                    (name, f"{side} x {side}", f"{100 * share:.0f} %")
                    for name, side, share in zip(names, sides, shares, strict=True)
                ],
            ),
            formula=r"d_l\leq r_{l-1}",
        )

    @step
    def near_the_border(self) -> Step:
        rates = np.arange(1, _MAP_SIDE + 4)
        shares = np.array([weights_inside(rate, _MAP_SIDE) for rate in rates.tolist()])
        chosen = (1, 6, 12, 18, _MAP_SIDE)
        rows = [(rate, f"{100 * weights_inside(rate, _MAP_SIDE):.0f} %", rate) for rate in chosen]
        far = (6, 12, 18)
        maps = [_weights_at_each_place(rate) for rate in far]
        return explain(
            "A rate can be too large",
            f"On a map of {_MAP_SIDE} x {_MAP_SIDE} a 3 x 3 kernel at rate 18 has, on average, "
            f"{9 * weights_inside(18, _MAP_SIDE):.1f} of 9 weights on the map; the others lie on "
            f"the padding. From rate {_MAP_SIDE} on only the middle one is left: the layer is 1 x "
            "1.",
            heats(maps, [f"on the map, rate {rate}" for rate in far], limits=(0, 9)),
            table(("rate", "weights on the map", "padding"), rows),
            curve(rates, shares, "3 x 3", x_title="rate", y_title="share of weights on the map"),
            formula=r"p=\dfrac{d\,(K-1)}{2}",
        )

    @step
    def pooling_instead(self) -> Step:
        import cv2

        times = len(self.rates)
        kernel = self.kernel
        strided = 1 + sum((kernel - 1) * 2**at for at in range(times))
        height, width = self.picture.pixels.shape[:2]
        small = [max(1, side // 2**times) for side in (width, height)]
        coarse = cv2.resize(self.picture.pixels, small, interpolation=cv2.INTER_AREA)
        small_picture = np.asarray(coarse, np.uint8)
        return explain(
            "Seeing far by halving instead",
            f"{times} ordinary layers that each halve the map see {strided} x {strided} pixels, "
            f"but {width} x {height} pixels become {small[0]} x {small[1]}: where something is "
            f"gets lost. The dilated layers see {self.side} x {self.side} and keep all {width} x "
            f"{height} places, at the price of computing all of them.",
            image(self.picture.pixels, f"dilated: {width} x {height}"),
            image(small_picture, f"halved to {small[0]} x {small[1]}"),
            self.on_picture([self.side], "what one output sees"),
            bars(
                ("halving", "dilated"),
                (small[0] * small[1], width * height),
                "Places that answer",
                current=1,
            ),
        )

    @step
    def summary(self) -> Step:
        kernel = self.kernel
        rows = [
            (
                number,
                rate,
                effective_size(kernel, rate),
                rate * (kernel - 1) // 2,
                f"{side} x {side}",
            )
            for number, (rate, side) in enumerate(zip(self.rates, self.sides[1:], strict=True), 1)
        ]
        return explain(
            f"{self.side} x {self.side} pixels in {len(self.rates)} layers",
            f"{len(self.rates) * kernel**2} weights a channel see {self.side} x {self.side} pixels "
            "without making the map smaller: what a segmenter needs, which must see far and still "
            "answer for each pixel. Rates that grow leave no holes.",
            heat(framed(_ways_plane(kernel, self.rates)), "ways to the output"),
            self.on_picture(self.sides[1:], "receptive fields"),
            image(self.seen(self.side), "what the output sees"),
            table(("layer", "rate", "spans", "padding", "receptive field"), rows),
            formula=rf"r=1+(K-1)\sum_l\,d_l=1+{kernel - 1}\cdot{sum(self.rates)}={self.side}",
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
