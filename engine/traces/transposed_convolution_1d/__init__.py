"""Transposed convolution of a short signal: copies of the filter, weighted by the input, summed.

Dumoulin, Visin, A guide to convolution arithmetic for deep learning, 2016,
https://arxiv.org/abs/1603.07285; in segmentation Long, Shelhamer, Darrell, CVPR 2015,
https://arxiv.org/abs/1411.4038

Axes: N input values, K filter weights, F values before cropping, L after.
"""

from __future__ import annotations

import numpy as np

from engine.api.traces import Step, TileArrow, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, cells, curve, points, table
from engine.traces.steps import explain, step
from engine.traces.transposed_convolution_1d.arithmetic import (
    Layer,
    TransposedConvolutionConfig,
    bilinear_weights,
    copies_of,
)
from engine.traces.wording import count, number, numbers, product, product_sum, sentence

_ONES = 8


@TRACES.register(
    TraceCard(
        key="transposed-convolution-1d",
        title="Transposed convolution in one dimension",
        summary="Copies of the filter, weighted by the input, summed where they overlap, and "
        "cropped.",
        config_type=TransposedConvolutionConfig,
        area="segment",
        order=20,
    )
)
class TransposedConvolution(Layer):
    """A copy for every input value, their sum, what is cropped, and relatives of the layer."""

    @step
    def question(self) -> Step:
        return explain(
            "Few values in, more values out",
            f"The input a has {len(self.signal)} values: {numbers(self.signal)}. The filter w has "
            f"{len(self.kernel)} weights: {numbers(self.kernel)}. A transposed convolution makes a "
            "longer signal of them. In a segmenter it is how coarse scores become fine again.",
            self.below_inputs(cells(self.output, "output y")),
            bars("Input a", "", self.signal),
            bars("Filter w", "", self.kernel),
            formula=rf"{len(self.signal)}\ \mathrm{{values}}\to "
            rf"{len(self.output)}\ \mathrm{{values}}",
        )

    @step
    def room(self) -> Step:
        config, full = self.config, len(self.full)
        places = [self.places_of(at) for at in self.indices]
        rows = [
            (at + 1, self.signal[at], f"{here.start + 1} to {here.stop}")
            for at, here in enumerate(places)
        ]
        return explain(
            f"Room for {full} values",
            f"Every input value will write {count(len(self.kernel), 'value')}, and every copy "
            f"begins {count(config.stride, 'place')} after the one before. The last copy begins in "
            f"place {places[-1].start + 1}, so there are {full} places, all "
            "0 at first.",
            self.below_inputs(cells(np.zeros(full), "output so far")),
            table(("copy", "of the value", "places"), rows),
            formula=rf"(N-1)\,s+K=({len(self.signal)}-1)\cdot{config.stride}+{len(self.kernel)}={full}",
        )

    @step(each="indices")
    def copy(self, index: int) -> Step:
        stride, weights = self.config.stride, len(self.kernel)
        value, first = float(self.signal[index]), index * stride
        shared = max(0, weights - stride) if index else 0
        before = self.copies[:index].sum(axis=0)
        so_far = before + self.copies[index]
        meeting = (
            f"{shared} of these places held a value from before: there the numbers are added."
            if shared
            else "No copy reached there before."
        )
        places = self.places_of(index)
        copies = [self.written_copy(at) for at in range(index)]
        copies.append(self.written_copy(index, is_lit=True))
        output = cells(so_far, "output so far", name="output", lit=places)
        arrows = [self.down(index, place) for place in places]
        return explain(
            f"Copy {index + 1} of {len(self.signal)}: the filter times {number(value)}",
            f"The filter times {number(value)} gives {numbers(value * self.kernel)}. This "
            f"copy is written from place {first + 1} on. {meeting}",
            self.below_inputs(*copies, output, current=index, arrows=arrows),
            bars("Output so far", "", so_far, before=before),
            formula=rf"y_{{{first + 1}}}={number(before[first])}"
            rf"+{product(value, float(self.kernel[0]))}={number(so_far[first])}",
        )

    @step
    def total(self) -> Step:
        place = self.busiest
        rows = self.meeting(place)
        weights = self.kernel[[place - at * self.config.stride for at in rows]]
        output = cells(self.full, "output", name="output", lit=[place])
        arrows = [self.down(at, place) for at in rows]
        meeting = (
            f"Place {place + 1} is where {len(rows)} copies meet: each adds its own part."
            if len(rows) > 1
            else "No copy meets another."
        )
        return explain(
            "The sum of the copies",
            f"{meeting} All {len(self.full)} values together: {numbers(self.full)}.",
            self.below_inputs(*self.all_copies(place), output, arrows=arrows),
            table(("place", "parts", "sum"), self.parts(), current=place),
            formula=rf"y_{{{place + 1}}}={product_sum(self.signal[rows], weights)}",
        )

    @step
    def overlap(self) -> Step:
        least, most = int(self.overlaps.min()), int(self.overlaps.max())
        middle = (
            "every place gets the same number"
            if least == most
            else f"between {least} and {most} copies meet in a place"
        )
        return explain(
            "How many copies meet",
            f"With {count(len(self.kernel), 'weight')} and a stride of {self.config.stride}, "
            f"{middle}. Fewer meet at the ends, where one neighbour is missing.",
            self.below_inputs(*self.all_copies(), cells(self.full, "output")),
            bars("Copies that meet in each place", "place", self.overlaps),
            formula=r"\mathrm{about}\ \dfrac{K}{s}="
            rf"\dfrac{{{len(self.kernel)}}}{{{self.config.stride}}}\ \mathrm{{a\ place}}",
        )

    @step
    def evenness(self) -> Step:
        stride, weights = self.config.stride, len(self.kernel)
        constant = copies_of(np.ones(_ONES), self.kernel, stride).sum(axis=0)
        inner = constant[weights - 1 : len(constant) - weights + 1]
        spread = float(np.ptp(inner))
        rest = weights % stride
        sizes = (
            f"{weights} is a multiple of {stride}, so that all places meet equally many copies"
            if not rest
            else f"{weights} is no multiple of {stride}, so that some places meet more copies"
        )
        verdict = (
            "The middle comes out even."
            if spread < 1e-9
            else f"The middle swings between {number(inner.min())} and {number(inner.max())}: in "
            "two dimensions this is the checkerboard that such layers can leave."
        )
        places = np.arange(1.0, len(constant) + 1)
        ones = np.ones(len(self.signal))
        output = copies_of(ones, self.kernel, stride).sum(axis=0)
        titles = {"x_title": "place", "y_title": "value"}
        return explain(
            "What becomes of equal values",
            f"{_ONES} ones go in. {sentence(sizes)}. {verdict}",
            [cells(ones, "ones")],
            [cells(output, "output")],
            curve(places, constant, "output for an input of ones", **titles),
            points(places, constant, "places", role="current", **titles),
            formula=rf"K\ \mathrm{{mod}}\ s={weights}\ \mathrm{{mod}}\ {stride}={rest}",
        )

    @step
    def crop(self) -> Step:
        config, full = self.config, len(self.full)
        times = len(self.output) / len(self.signal)
        length = (
            f"{times:g} times the length" if times % 1 == 0 else count(len(self.output), "value")
        )
        last = config.padding - config.output_padding
        end = f"{last or 'none'} at the end {'falls' if last == 1 else 'fall'} away"
        if last < 0:
            joined = "is joined" if last == -1 else "are joined"
            end = f"none at the end, where {count(-last, 'zero', 'zeros')} {joined} on"
        return explain(
            f"Cropped to {count(len(self.output), 'value')}",
            f"The padding of {config.padding} and output padding of {config.output_padding} say "
            f"what goes: {count(config.padding, 'value')} at the start and {end}. What is left, "
            f"{numbers(self.output)}, has {length}{' of the input' if times % 1 == 0 else ''}.",
            [self.summed_and_cropped()],
            [self.cropped()],
            bars("Output y", "", self.output),
            formula=rf"L=(N-1)\,s-2p+K+o={full}-{2 * config.padding}+{config.output_padding}"
            rf"={len(self.output)}",
        )

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
        rows = [
            (at + 1, numbers(stuffed[at : at + weights]), number(value))
            for at, value in enumerate(found.tolist())
        ]
        arrow = TileArrow("filter", "output", start_place=(0, middle), end_place=(0, busiest))
        return explain(
            "The same by zeros in between",
            f"Put {count(stride - 1, 'zero', 'zeros')} between the input values and {margin} at "
            "each end, and slide the filter over it back to front: an ordinary convolution. "
            f"It yields {numbers(found)}, as before. At stride 1 there are no zeros in between, so "
            "that the layer is an ordinary convolution.",
            [cells(stuffed, "zeros put in", lit=window)],
            [cells(flipped, "flipped filter", name="filter", role="candidate")],
            [cells(found, "output", name="output", lit=[busiest])],
            table(("place", "what the filter lies on", "output"), rows, current=busiest),
            arrows=[arrow],
            formula=rf"y_{{{busiest + 1}}}="
            rf"{product_sum(stuffed[busiest : busiest + weights], self.kernel[::-1])}",
        )

    @step
    def partner(self) -> Step:
        windows = [self.full[list(self.places_of(at))] for at in self.indices]
        back = np.array(windows) @ self.kernel
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
            bars("Convolved back, the input pale behind", "", back, before=self.signal),
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
        signals = {"input": self.signal, "filter": self.kernel}
        signals |= {"summed": self.full, "cropped": self.output}
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
