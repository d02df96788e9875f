"""What a transposed convolution is related to: zeros in between, its partner, even enlargement."""

from __future__ import annotations

import numpy as np

from engine.api.traces import Step, TileArrow
from engine.traces.marks import cells, curve, table, tiles
from engine.traces.steps import explain, step
from engine.traces.transposed_convolution_1d.arithmetic import bilinear_weights, copies_of
from engine.traces.transposed_convolution_1d.copies import Copies
from engine.traces.wording import count, number, numbers, product_sum


class Relatives(Copies):
    """Steps that compare the layer with others, and the summary."""

    @step
    def zeros_between(self) -> Step:
        stride, weights = self.config.stride, len(self.kernel)
        margin = weights - 1
        stuffed = np.zeros((len(self.signal) - 1) * stride + 1 + 2 * margin)
        stuffed[margin : len(stuffed) - margin : stride] = self.signal
        found = np.correlate(stuffed, self.kernel[::-1], "valid")
        busiest = self.busiest
        window = range(busiest, busiest + weights)
        flipped = np.full(len(stuffed), np.nan)
        flipped[list(window)] = self.kernel[::-1]
        middle = busiest + (weights - 1) // 2
        arrow = TileArrow("filter", "output", start_place=(0, middle), end_place=(0, busiest))
        return explain(
            "The same by zeros in between",
            f"Put {count(stride - 1, 'zero', 'zeros')} between the input values and {margin} at "
            "each end, and slide the filter over it back to front: an ordinary convolution. "
            f"It yields {numbers(found)}, as before. At stride 1 there are no zeros in between, so "
            "that the layer is an ordinary convolution.",
            tiles(
                [cells(stuffed, "zeros put in", lit=window)],
                [cells(flipped, "flipped filter", name="filter", role="candidate")],
                [cells(found, "output", name="output", lit=[busiest])],
                arrows=[arrow],
            ),
            table(
                ("place", "what the filter lies on", "output"),
                [
                    (at + 1, numbers(stuffed[at : at + weights]), number(value))
                    for at, value in enumerate(found.tolist())
                ],
                current=busiest,
            ),
            formula=rf"y_{{{busiest + 1}}}="
            rf"{product_sum(stuffed[busiest : busiest + weights], self.kernel[::-1])}",
        )

    @step
    def partner(self) -> Step:
        stride = self.config.stride
        back = np.array(
            [
                self.full[at * stride : at * stride + len(self.kernel)] @ self.kernel
                for at in range(len(self.signal))
            ]
        )
        there, here = float(self.full @ self.full), float(self.signal @ back)
        return explain(
            "Its partner: the strided convolution",
            f"An ordinary convolution with the same weights and stride brings {len(self.full)} "
            f"values back to {len(self.signal)}: {numbers(back)}. That is not the input "
            f"{numbers(self.signal)}: the layer is the transpose of a convolution, not its "
            "inverse. What shows a transpose: output times output is input times what came back.",
            [cells(self.signal, "input a")],
            [cells(self.full, "output y")],
            [cells(back, "convolved back", lit=range(len(back)))],
            self.numbered("Convolved back, the input pale behind", back, self.signal),
            formula=rf"y\cdot C^T a=C y\cdot a:\ {number(there)}={number(here)}",
        )

    @step
    def bilinear(self) -> Step:
        stride = self.config.stride
        weights = bilinear_weights(stride)
        titles = {"x_title": "place", "y_title": "value"}
        enlarged = copies_of(self.signal, weights, stride).sum(axis=0)
        own = np.arange(1.0, len(self.full) + 1)
        theirs = np.arange(1.0, len(enlarged) + 1)
        return explain(
            "Weights that draw straight lines",
            f"With the weights {numbers(weights)} the layer enlarges linearly (bilinearly in two "
            "dimensions): between two input values it draws a straight line. FCN starts its "
            "layers with such weights and lets training change them. Towards the ends it sinks, "
            "for there is nothing beyond.",
            [cells(self.signal, "input a"), cells(weights, "bilinear filter", role="candidate")],
            [cells(enlarged, "output", lit=range(len(enlarged)))],
            curve(theirs, enlarged, "bilinear weights", role="kept", **titles),
            curve(own, self.full, "weights given", role="prediction", **titles),
            formula=r"w_j=1-\dfrac{|j-c|}{s}",
        )

    @step
    def summary(self) -> Step:
        config = self.config
        signals = {
            "input": self.signal,
            "filter": self.kernel,
            "summed": self.full,
            "cropped": self.output,
        }
        rows = [(name, len(values), numbers(values)) for name, values in signals.items()]
        return explain(
            f"{len(self.signal)} values became {len(self.output)}",
            "Weight a copy of the filter by each input value, sum where copies overlap, crop. "
            f"In PyTorch it is ConvTranspose1d with stride {config.stride}, padding "
            f"{config.padding} and output padding {config.output_padding}. The weights are "
            "learned, and they are few: the same filter serves every place.",
            self.below_inputs(*self.all_copies(), self.summed_and_cropped()),
            table(("signal", "values", "what they are"), rows),
        )
