"""Convolutions with holes: the receptive field grows with the rate, the weights do not.

Yu, Koltun, Multi-Scale Context Aggregation by Dilated Convolutions, ICLR 2016,
https://arxiv.org/abs/1511.07122
"""

from __future__ import annotations

import numpy as np

from engine.api.traces import Step, TraceCard
from engine.core.registry import TRACES
from engine.traces.dilated_convolution.reach import (
    DilatedConvolutionConfig,
    Stack,
    centred,
    dilated,
    edge_weights,
    effective_size,
    fields,
    framed,
    framed_reach,
    plane,
    reached,
    share_reached,
    stuffed,
    taps,
    taps_at_each_place,
    two_outputs,
    ways,
    ways_plane,
    weights_inside,
)
from engine.traces.marks import bars, curve, heat, heats, image, table
from engine.traces.segmentation_pictures import grey_values
from engine.traces.steps import explain, step
from engine.traces.wording import listing

_SHOWN_RATES = (1, 2, 6)
_PICTURE_RATES = (1, 2, 4)
_EQUAL, _MIXED = (2, 2, 2), (1, 2, 5)
_LAYERS = 5
_MAP_SIDE = 33  # of DeepLab's features: a picture of 513 pixels at stride 16


@TRACES.register(
    TraceCard(
        key="dilated-convolution",
        title="Dilated convolution",
        summary="Holes between the weights: how the receptive field grows over layers, by their "
        "rates.",
        config_type=DilatedConvolutionConfig,
        area="segment",
        order=80,
        takes_picture=True,
    )
)
class DilatedConvolution(Stack):
    """One kernel, the whole stack measured by the gradient, and other ways of seeing far."""

    @step
    def plain_kernel(self) -> Step:
        kernel = self.kernel
        weights = framed(np.ones((kernel, kernel)))
        height, width = self.picture.pixels.shape[:2]
        return explain(
            f"{kernel**2} weights see {kernel} x {kernel} pixels",
            f"An ordinary {kernel} x {kernel} kernel has {kernel**2} weights and looks at as many "
            f"pixels. Of {self.picture.words} that is little: {kernel**2} of {height * width:,} "
            "pixels. To name what is there, a network has to see more.",
            heat(weights, f"{kernel} x {kernel} kernel"),
            self.on_picture([kernel], "where it looks"),
            image(self.seen(kernel), "what it sees"),
            bars("Pixels", {"seen": kernel**2, "picture": height * width}),
            formula=rf"r=K={kernel}",
        )

    @step
    def holes(self) -> Step:
        kernel = self.kernel
        most = effective_size(kernel, _SHOWN_RATES[-1])
        sizes = [effective_size(kernel, rate) for rate in _SHOWN_RATES]
        kernels = [
            heat(framed(centred(plane(taps(kernel, rate)), most)), f"rate {rate}")
            for rate in _SHOWN_RATES
        ]
        rows = [
            (rate, f"{size} x {size}", kernel**2, size**2 - kernel**2)
            for rate, size in zip(_SHOWN_RATES, sizes, strict=True)
        ]
        return explain(
            "Holes in the kernel",
            f"At a rate of d the weights lie d pixels apart. At rate {_SHOWN_RATES[-1]} the same "
            f"{kernel**2} weights span {most} x {most} pixels. The price: what lies in the holes "
            "is not looked at.",
            kernels,
            table(("rate", "spans", "weights", "holes"), rows),
            formula=rf"K+(K-1)(d-1)={kernel}+{kernel - 1}\cdot{_SHOWN_RATES[-1] - 1}={most}",
        )

    @step
    def zeros_between(self) -> Step:
        import cv2

        rate = max(2, self.rates[-1])
        weights = edge_weights(self.kernel)
        grey = grey_values(self.picture.pixels).astype(np.float64)
        wide = stuffed(weights, rate)
        by_holes = dilated(grey, weights, rate)
        by_zeros = cv2.filter2D(grey, -1, wide, borderType=cv2.BORDER_REPLICATE)
        worst = float(np.abs(by_holes - by_zeros).max())
        agree = f"they differ by {worst:.3f}" if worst > 1e-9 else "they differ by rounding alone"
        return explain(
            "The same as zeros in between",
            f"A {len(wide)} x {len(wide)} kernel that is 0 but for {self.kernel**2} places gives "
            f"the same answer as the {self.kernel} x {self.kernel} kernel at rate {rate}: "
            f"{agree}. With holes, {wide.size - self.kernel**2} "
            "products a pixel are never formed.",
            heat(wide, "with zeros"),
            heat(by_zeros, "answer with zeros"),
            heat(by_holes, "answer with holes"),
            bars(
                "Products a pixel",
                {"with zeros": wide.size, "with holes": self.kernel**2},
                current=1,
            ),
        )

    @step
    def on_the_picture(self) -> Step:
        grey = grey_values(self.picture.pixels).astype(np.float64)
        weights = edge_weights(self.kernel)
        answers = [np.abs(dilated(grey, weights, rate)) for rate in _PICTURE_RATES]
        means = [255 * float(answer.mean()) for answer in answers]
        names = [f"rate {rate}" for rate in _PICTURE_RATES]
        return explain(
            "The same weights, further apart",
            f"Each pixel is compared with its neighbours {listing(list(map(str, _PICTURE_RATES)))} "
            f"pixels away. The nearest differ by {means[0]:.1f} of 255 grey levels on average, the "
            f"furthest by {means[-1]:.1f}. Fine edges answer to small rates, large shapes to large "
            "ones.",
            heats(answers, names, scale="answer"),
            bars("Mean answer in grey levels", names, means),
        )

    @step(each="numbers")
    def layer(self, number: int) -> Step:
        kernel, rate = self.kernel, self.rates[number]
        before, after = self.sides[number], self.sides[number + 1]
        counts = ways(kernel, self.rates[: number + 1])
        holes = after**2 - int((counts > 0).sum()) ** 2
        sides = [*self.sides[1 : number + 2], *[0] * (len(self.rates) - number - 1)]
        most, middle, corner = (int(counts[at]) ** 2 for at in (counts.argmax(), after // 2, 0))
        missing = (
            f"{holes} of these {after**2} pixels are in holes."
            if holes
            else f"All {after**2} pixels are reached."
        )
        return explain(
            f"Layer {number + 1}, rate {rate}: {after} x {after}",
            f"Each weight of layer {number + 1} stands for a field of {before} x {before}; {rate} "
            f"{'pixels' if rate > 1 else 'pixel'} apart they cover {after} x {after}. {missing} "
            f"Ways that lead to the output: {middle} from the middle, {corner} from a corner, "
            f"{most} at most.",
            heat(framed(centred(plane(taps(kernel, rate)), self.side)), "weights"),
            heat(framed(centred(plane(counts), self.side)), "ways to the output"),
            self.on_picture(self.sides[1 : number + 2], "receptive field"),
            bars("Side of the receptive field", "after layer", sides, current=number),
            formula=rf"r_{{{number + 1}}}=r_{{{number}}}+(K-1)\,d"
            rf"={before}+{kernel - 1}\cdot{rate}={after}",
        )

    @step
    def by_gradient(self) -> Step:
        found = int(self.measured.sum())
        counted = int(reached(self.kernel, self.rates).sum())
        rows = self.measured.any(axis=1)
        span = int(np.flatnonzero(rows)[-1] - np.flatnonzero(rows)[0] + 1)
        return explain(
            f"Measured by the gradient: {span} x {span}",
            f"All weights set to 1, the gradient of the middle output is not 0 at {found} pixels; "
            f"by counting it should be {counted}. They span {span} x {span}, as the formula says. "
            "For any network, the gradient of one output tells what it sees.",
            heat(framed_reach(self.kernel, self.rates), "by counting"),
            heat(framed(self.measured), "gradient not 0"),
            image(self.seen(span), "what the output sees"),
            bars("Pixels reached", {"counted": counted, "by gradient": found}),
            formula=r"\dfrac{\partial y_{\mathrm{middle}}}{\partial x_{ij}}\neq 0",
        )

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
            heat(ways_plane(self.kernel, self.rates), "dilated layers"),
            image(self.seen(self.side), "what both see"),
            bars(
                "Weights",
                {
                    "one large kernel": large,
                    "ordinary layers": plain * self.kernel**2,
                    "dilated layers": small,
                },
                current=2,
            ),
        )

    @step
    def gridding(self) -> Step:
        share = share_reached(self.kernel, _EQUAL)
        side = fields(self.kernel, _EQUAL)[-1]
        own = share_reached(self.kernel, self.rates)
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
            heat(framed_reach(self.kernel, _EQUAL), "rates 2, 2, 2"),
            heat(two_outputs(self.kernel, _EQUAL), "two neighbouring outputs"),
            heat(framed_reach(self.kernel, self.rates), "your rates"),
            bars(
                "Share of the field that is reached",
                {"rates 2, 2, 2": share, "your rates": own},
                current=0,
            ),
        )

    @step
    def mixed_rates(self) -> Step:
        kernel = self.kernel
        names = [", ".join(map(str, one)) for one in (_EQUAL, _MIXED)]
        sides = [fields(kernel, one)[-1] for one in (_EQUAL, _MIXED)]
        shares = [share_reached(kernel, one) for one in (_EQUAL, _MIXED)]
        rows = [
            (name, f"{side} x {side}", f"{100 * share:.0f} %")
            for name, side, share in zip(names, sides, shares, strict=True)
        ]
        return explain(
            "Rates that fill the holes",
            f"With rates {names[1]} the layers reach {100 * shares[1]:.0f} % of {sides[1]} x "
            f"{sides[1]} pixels: the small rates fill what the large one jumps over. A rule: the "
            "field of the layers before must be at least as wide as the next jump.",
            heat(framed_reach(kernel, _EQUAL), f"rates {names[0]}"),
            heat(framed_reach(kernel, _MIXED), f"rates {names[1]}"),
            heat(ways_plane(kernel, _MIXED), f"ways, rates {names[1]}"),
            table(("rates", "field", "reached"), rows),
            formula=r"d_l\leq r_{l-1}",
        )

    @step
    def near_the_border(self) -> Step:
        rates = np.arange(1, _MAP_SIDE + 4)
        shares = np.array([weights_inside(rate, _MAP_SIDE) for rate in rates.tolist()])
        chosen = (1, 6, 12, 18, _MAP_SIDE)
        rows = [(rate, f"{100 * weights_inside(rate, _MAP_SIDE):.0f} %", rate) for rate in chosen]
        far = (6, 12, 18)
        maps = [taps_at_each_place((_MAP_SIDE, _MAP_SIDE), rate) for rate in far]
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
        return explain(
            "Seeing far by halving instead",
            f"{times} ordinary layers that each halve the map see {strided} x {strided} pixels, "
            f"but {width} x {height} pixels become {small[0]} x {small[1]}: where something is "
            f"gets lost. The dilated layers see {self.side} x {self.side} and keep all {width} x "
            f"{height} places, at the price of computing all of them.",
            image(self.picture.pixels, f"dilated: {width} x {height}"),
            image(coarse, f"halved to {small[0]} x {small[1]}"),
            self.on_picture([self.side], "what one output sees"),
            bars(
                "Places that answer",
                {"halving": small[0] * small[1], "dilated": width * height},
                current=1,
            ),
        )

    @step
    def summary(self) -> Step:
        kernel = self.kernel
        layers = enumerate(zip(self.rates, self.sides[1:], strict=True), 1)
        rows = [
            (at, rate, effective_size(kernel, rate), rate * (kernel - 1) // 2, f"{side} x {side}")
            for at, (rate, side) in layers
        ]
        return explain(
            f"{self.side} x {self.side} pixels in {len(self.rates)} layers",
            f"{len(self.rates) * kernel**2} weights a channel see {self.side} x {self.side} pixels "
            "without making the map smaller: what a segmenter needs, which must see far and still "
            "answer for each pixel.",
            heat(framed(ways_plane(kernel, self.rates)), "ways to the output"),
            self.on_picture(self.sides[1:], "receptive fields"),
            image(self.seen(self.side), "what the output sees"),
            table(("layer", "rate", "spans", "padding", "receptive field"), rows),
            formula=rf"r=1+(K-1)\sum_l\,d_l=1+{kernel - 1}\cdot{sum(self.rates)}={self.side}",
        )
