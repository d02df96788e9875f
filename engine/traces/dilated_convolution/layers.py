"""Layer upon layer: what a kernel with holes looks at, and how the field grows."""

from __future__ import annotations

import numpy as np

from engine.api.traces import Step
from engine.traces.dilated_convolution.reach import (
    Floats,
    Stack,
    dilated,
    effective_size,
    framed,
    reached,
    stuffed,
    taps,
    ways,
)
from engine.traces.marks import bars, heat, heats, image, table
from engine.traces.segmentation_pictures import grey_values
from engine.traces.steps import explain, step
from engine.traces.wording import count, listing

_SHOWN_RATES = (1, 2, 6)
_PICTURE_RATES = (1, 2, 4)


class Layers(Stack):
    """Steps from one kernel to the whole stack, measured by the gradient."""

    @step
    def plain_kernel(self) -> Step:
        kernel = self.kernel
        weights = framed(np.ones((kernel, kernel)))
        height, width = self.picture.pixels.shape[:2]
        return explain(
            f"{kernel**2} weights see {kernel} x {kernel} pixels",
            f"An ordinary {kernel} x {kernel} kernel has {kernel**2} weights and looks at as many "
            f"pixels. Of {self.picture.words} that is little: {kernel**2} of {height * width} "
            "pixels. To name what is there, a network has to see more.",
            heat(weights, f"{kernel} x {kernel} kernel"),
            self.on_picture([kernel], "where it looks"),
            image(self.seen(kernel), "what it sees"),
            bars(("seen", "picture"), (kernel**2, height * width), "Pixels"),
            formula=rf"r=K={kernel}",
        )

    @step
    def holes(self) -> Step:
        kernel = self.kernel
        most = effective_size(kernel, _SHOWN_RATES[-1])
        sizes = [effective_size(kernel, rate) for rate in _SHOWN_RATES]
        kernels = [
            heat(framed(_centred(_plane(taps(kernel, rate)), most)), f"rate {rate}")
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
        weights = _edge_weights(self.kernel)
        grey = grey_values(self.picture.pixels).astype(np.float64)
        wide = stuffed(weights, rate)
        by_holes = dilated(grey, weights, rate)
        by_zeros = np.asarray(
            cv2.filter2D(grey, -1, wide, borderType=cv2.BORDER_REPLICATE), np.float64
        )
        worst = float(np.abs(by_holes - by_zeros).max())
        return explain(
            "The same as zeros in between",
            f"A {len(wide)} x {len(wide)} kernel that is 0 but for {self.kernel**2} places gives "
            f"the same answer as the {self.kernel} x {self.kernel} kernel at rate {rate}: here "
            f"the two differ by {worst:.0e} at most. With holes, {wide.size - self.kernel**2} "
            "products a pixel are never formed.",
            heat(wide, "with zeros"),
            heat(by_zeros, "answer with zeros"),
            heat(by_holes, "answer with holes"),
            bars(
                ("with zeros", "with holes"),
                (wide.size, self.kernel**2),
                "Products a pixel",
                current=1,
            ),
        )

    @step
    def on_the_picture(self) -> Step:
        grey = grey_values(self.picture.pixels).astype(np.float64)
        weights = _edge_weights(self.kernel)
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
            bars(names, means, "Mean answer in grey levels"),
        )

    @step(each="numbers")
    def layer(self, number: int) -> Step:
        kernel, rate = self.kernel, self.rates[number]
        before, after = self.sides[number], self.sides[number + 1]
        counts = ways(kernel, self.rates[: number + 1])
        holes = after**2 - int((counts > 0).sum()) ** 2
        sides = [*self.sides[1 : number + 2], *[0] * (len(self.rates) - number - 1)]
        most = count(int(counts.max()) ** 2, "way")
        missing = (
            f"{holes} of these {after**2} pixels are in holes."
            if holes
            else f"All {after**2} pixels are reached."
        )
        return explain(
            f"Layer {number + 1}, rate {rate}: {after} x {after}",
            f"Each weight of layer {number + 1} stands for a field of {before} x {before}; {rate} "
            f"{'pixels' if rate > 1 else 'pixel'} apart they cover {after} x {after}. {missing} "
            f"{most.capitalize()} lead to the output from the pixel that counts most, "
            f"{int(counts[len(counts) // 2]) ** 2} from the middle, 1 from a corner.",
            heat(framed(_centred(_plane(taps(kernel, rate)), self.side)), "weights"),
            heat(framed(_centred(_plane(counts), self.side)), "ways to the output"),
            self.on_picture(self.sides[1 : number + 2], "receptive field"),
            bars(
                [f"after layer {at}" for at in range(1, len(self.sides))],
                sides,
                "Side of the receptive field",
                current=number,
            ),
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
            heat(framed(reached(self.kernel, self.rates)), "by counting"),
            heat(framed(self.measured), "gradient not 0"),
            image(self.seen(span), "what the output sees"),
            bars(("counted", "by gradient"), (counted, found), "Pixels reached"),
            formula=r"\dfrac{\partial y_{\mathrm{middle}}}{\partial x_{ij}}\neq 0",
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
