"""What a transposed convolution is related to: even enlargement, zeros in between, its partner."""

from __future__ import annotations

import numpy as np

from engine.api.traces import BarsMark, CurveMark, Step, TableMark
from engine.traces.segmentation_numbers import Strip
from engine.traces.transposed_convolution_1d.arithmetic import Layer, bilinear_weights, copies_of
from engine.traces.wording import count, number, numbers, product_sum, sentence

_ONES = 8


def evenness(layer: Layer) -> Step:
    """Enlarge a constant input."""
    stride, weights = layer.config.stride, len(layer.kernel)
    constant = copies_of(np.ones(_ONES), layer.kernel, stride).sum(axis=0)
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
    ones = np.ones(len(layer.signal))
    return Step(
        "What an even input becomes",
        f"{_ONES} ones go in. {sentence(sizes)}. {verdict}",
        (
            *layer.sheet.marks(
                Strip(0, ones, "ones"),
                Strip(layer.last_row, copies_of(ones, layer.kernel, stride).sum(axis=0), "output"),
            ),
            CurveMark(places, constant, "output for an input of ones", "place", "value"),
            CurveMark(places, constant, "places", "place", "value", role="current", style="points"),
        ),
        rf"K\ \mathrm{{mod}}\ s={weights}\ \mathrm{{mod}}\ {stride}={rest}",
    )


def zeros_between(layer: Layer) -> Step:
    """Do the same by zeros and an ordinary convolution."""
    stride, weights = layer.config.stride, len(layer.kernel)
    margin = weights - 1
    stuffed = np.zeros((len(layer.signal) - 1) * stride + 1 + 2 * margin)
    stuffed[margin : len(stuffed) - margin : stride] = layer.signal
    found = np.correlate(stuffed, layer.kernel[::-1], "valid")
    busiest = layer.busiest
    window = range(busiest, busiest + weights)
    return Step(
        "The same by zeros in between",
        f"Put {count(stride - 1, 'zero', 'zeros')} between the input values and {margin} at "
        "each end, and slide the filter over it back to front: an ordinary convolution. "
        f"It yields {numbers(found)}, as before. At stride 1 there are no zeros in between, so "
        "that the layer is an ordinary convolution.",
        (
            *layer.sheet.marks(
                Strip(0, stuffed, "zeros put in", current=window),
                Strip(1, layer.kernel[::-1], "flipped filter", busiest, role="candidate"),
                Strip(layer.last_row, found, "output", current=[busiest]),
            ),
            layer.sheet.arrows(
                [(1, busiest + (weights - 1) / 2)], [(layer.last_row, float(busiest))]
            ),
            TableMark(
                ("place", "what the filter lies on", "output"),
                tuple(
                    (str(at + 1), numbers(stuffed[at : at + weights]), number(value))
                    for at, value in enumerate(found.tolist())
                ),
                current=busiest,
            ),
        ),
        rf"y_{{{busiest + 1}}}="
        rf"{product_sum(stuffed[busiest : busiest + weights], layer.kernel[::-1])}",
    )


def partner(layer: Layer) -> Step:
    """Go back by the strided convolution."""
    stride = layer.config.stride
    back = np.array(
        [
            layer.full[at * stride : at * stride + len(layer.kernel)] @ layer.kernel
            for at in range(len(layer.signal))
        ]
    )
    there, here = float(layer.full @ layer.full), float(layer.signal @ back)
    return Step(
        "Its partner: the strided convolution",
        f"An ordinary convolution with the same weights and stride brings {len(layer.full)} "
        f"values back to {len(layer.signal)}: {numbers(back)}. That is not the input "
        f"{numbers(layer.signal)}: the layer is the transpose of a convolution, not its "
        "inverse. The sign of a transpose: output times output is input times what came back.",
        (
            *layer.sheet.marks(
                Strip(0, layer.signal, "input a"),
                Strip(1, layer.full, "output y"),
                Strip(2, back, "convolved back", current=range(len(back))),
            ),
            BarsMark(
                tuple(str(place + 1) for place in range(len(back))),
                back,
                "Convolved back, the input pale behind",
                before=layer.signal,
            ),
        ),
        rf"y\cdot C^T a=C y\cdot a:\ {number(there)}={number(here)}",
    )


def bilinear(layer: Layer) -> Step:
    """Enlarge by straight lines."""
    stride = layer.config.stride
    weights = bilinear_weights(stride)
    enlarged = copies_of(layer.signal, weights, stride).sum(axis=0)
    own = np.arange(1.0, len(layer.full) + 1)
    theirs = np.arange(1.0, len(enlarged) + 1)
    return Step(
        "Weights that draw straight lines",
        f"With the weights {numbers(weights)} the layer enlarges bilinearly: between two input "
        "values it draws a straight line. FCN starts its layers with such weights and lets "
        "training change them. Towards the ends it sinks, for there is nothing beyond.",
        (
            *layer.sheet.marks(
                Strip(0, layer.signal, "input a"),
                Strip(1, weights, "bilinear filter", role="candidate"),
                Strip(layer.last_row, enlarged, "output", current=range(len(enlarged))),
            ),
            CurveMark(theirs, enlarged, "bilinear weights", "place", "value", role="kept"),
            CurveMark(own, layer.full, "weights given", "place", "value", role="prediction"),
        ),
        r"w_j=1-\dfrac{|j-c|}{s}",
    )
