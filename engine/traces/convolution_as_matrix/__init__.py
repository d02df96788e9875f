"""A convolution of a short signal as a matrix, and its transpose as the transposed convolution.

Dumoulin, Visin, A guide to convolution arithmetic for deep learning, 2016, section 4.1,
https://arxiv.org/abs/1603.07285

Axes: N input values, P of them with padding, K filter weights, M output values.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Step, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.convolution_as_matrix.arithmetic import (
    ConvolutionMatrixConfig,
    Layer,
    matrix_of,
)
from engine.traces.convolution_as_matrix.transposed import (
    columns_of_transpose,
    crop,
    gradient,
    no_inverse,
    row_of_transpose,
    transpose,
)
from engine.traces.segmentation_numbers import LABEL_COLUMNS, Strip, number, numbers, product_sum
from engine.traces.wording import count

_ROWS_ONE_BY_ONE = 3

CARD = TraceCard(
    key="convolution-as-matrix",
    title="Convolution as a matrix",
    summary="X a is a convolution; the transpose of the same matrix, X^T b, is its way back.",
    needs="nothing",
    config_type=ConvolutionMatrixConfig,
    area="segment",
)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    return trace(request.config)


def trace(config: ConvolutionMatrixConfig) -> Trace:
    """Return the steps: the matrix row by row, its product, its transpose, and that one's product.

    The result has `matrix` (M, P), `convolved` X a (M,), `vector` b (M,), `transposed` X^T b (P,)
    and `cropped` (N,), the same without the rows of the padding.

    Raises:
        ConfigError: a text is no list of numbers, or the filter is longer than the padded input.
    """
    layer = Layer(config)
    shown = min(_ROWS_ONE_BY_ONE, len(layer.matrix))
    builders: list[Callable[[Layer], Step]] = [question, padded]
    builders += [partial(row, index=at) for at in range(shown)]
    builders += [whole, other_stride, transpose, row_of_transpose, columns_of_transpose]
    builders += [crop, no_inverse, gradient, summary]
    result = {
        "matrix": layer.matrix.tolist(),
        "convolved": layer.convolved.tolist(),
        "vector": layer.vector.tolist(),
        "transposed": layer.back.tolist(),
        "cropped": layer.cropped.tolist(),
    }
    size = layer.sheet.size_px
    return Trace(CARD.key, len(builders), lambda at: builders[at](layer), result, sheet_px=size)


def question(layer: Layer) -> Step:
    """Show the input and the filter."""
    beside = len(layer.signal) + LABEL_COLUMNS
    return Step(
        "A convolution is linear",
        f"A filter of {count(len(layer.kernel), 'weight')}, {numbers(layer.kernel)}, slides over "
        f"{len(layer.signal)} values, {numbers(layer.signal)}. Every output is a weighted sum of "
        "inputs, so that all of them are one matrix times the input. The next steps write it down.",
        (
            *layer.sheet.marks(
                Strip(0, layer.signal, "input a"),
                Strip(0, layer.kernel, "filter x", beside, role="candidate", is_second=True),
                Strip(2, layer.convolved, "output X a"),
            ),
            layer.bars("Input a", layer.signal),
            layer.bars("Filter x", layer.kernel),
        ),
        r"x*a=X\,a",
    )


def padded(layer: Layer) -> Step:
    """Add zeros at the ends."""
    padding, length = layer.config.padding, len(layer.padded)
    words = (
        f"{count(padding, 'zero', 'zeros')} at either end make {length} values of "
        f"{len(layer.signal)}."
        if padding
        else f"There is no padding: {length} values stay as they are."
    )
    outputs = len(layer.matrix)
    return Step(
        f"{length} values in, {outputs} out",
        f"{words} The filter fits in {count(outputs, 'place')}, "
        f"{count(layer.config.stride, 'step')} apart: the matrix has {outputs} rows, one for "
        f"each output, and {length} columns, one for each input.",
        (
            *layer.sheet.marks(
                layer.inputs._replace(removed=layer.ends),
                *(
                    Strip(1 + row, np.zeros(length), f"row {row + 1}", plain=range(length))
                    for row in range(outputs)
                ),
            ),
            layer.sizes(),
        ),
        rf"M=\lfloor\dfrac{{N+2p-K}}{{s}}\rfloor+1=\lfloor\dfrac{{{len(layer.signal)}"
        rf"+{2 * padding}-{len(layer.kernel)}}}{{{layer.config.stride}}}\rfloor+1={outputs}",
    )


def row(layer: Layer, index: int) -> Step:
    """Write one row of the matrix."""
    first = index * layer.config.stride
    window = range(first, first + len(layer.kernel))
    value = number(layer.convolved[index])
    sofar = np.where(np.arange(len(layer.convolved)) <= index, layer.convolved, 0.0)
    return Step(
        f"Row {index + 1}: output {index + 1} is {value}",
        f"For output {index + 1} the filter lies on the inputs {first + 1} to "
        f"{first + len(layer.kernel)}: {numbers(layer.padded[list(window)])}. Its weights "
        f"stand in these columns of row {index + 1}, and 0 everywhere else.",
        (
            *layer.product(layer.matrix[: index + 1], layer.inputs, index, window),
            layer.bars("Output so far", sofar),
        ),
        rf"y_{{{index + 1}}}={product_sum(layer.kernel, layer.padded[list(window)])}",
    )


def whole(layer: Layer) -> Step:
    """Show all rows and the product."""
    zeros = int((layer.matrix == 0).sum())
    entries = layer.matrix.size
    return Step(
        "X a: the whole convolution",
        f"Row by row, X a gives {numbers(layer.convolved)}: the convolution. Of its {entries} "
        f"entries {zeros} are 0, and the others are the same "
        f"{count(len(layer.kernel), 'weight')} again and again, along diagonals.",
        (
            *layer.product(layer.matrix, layer.inputs),
            layer.table(layer.matrix),
        ),
        r"X\,a=x*a",
    )


def other_stride(layer: Layer) -> Step:
    """Show the matrix of another stride."""
    stride = 1 if layer.config.stride > 1 else 2
    other = matrix_of(layer.kernel, len(layer.padded), stride)
    return Step(
        f"The same filter at stride {stride}",
        f"Now each row lies {count(stride, 'place')} further right than the one above; before "
        f"it was {layer.config.stride}. That leaves {count(len(other), 'row')} in place of "
        f"{len(layer.matrix)}, so that the output is {'longer' if stride == 1 else 'coarser'}: "
        f"{numbers(other @ layer.padded)}.",
        (
            *layer.product(other[: layer.sheet.rows - 1], layer.inputs),
            layer.bars("Output at the other stride", other @ layer.padded),
        ),
    )


def summary(layer: Layer) -> Step:
    """Sum up."""
    return Step(
        "One matrix, two layers",
        f"X makes {len(layer.matrix)} values of {len(layer.padded)}, X^T makes "
        f"{len(layer.padded)} of {len(layer.matrix)}, both with the same "
        f"{count(len(layer.kernel), 'weight')}. A fully connected layer would have "
        f"{layer.matrix.size} of its own. No one stores the matrix: the filter is enough.",
        (
            *layer.product(layer.matrix, layer.inputs),
            layer.sizes(),
        ),
        r"X\,a=x*a,\quad X^T b=x*^T b",
    )
