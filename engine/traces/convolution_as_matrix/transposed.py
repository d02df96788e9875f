"""The transpose of the matrix: its two products, what is cropped, and where it comes from."""

from __future__ import annotations

import numpy as np

from engine.api.traces import BarsMark, Step, TableMark
from engine.traces.convolution_as_matrix.arithmetic import Layer
from engine.traces.segmentation_numbers import Strip, number, numbers, product_sum
from engine.traces.wording import count


def transpose(layer: Layer) -> Step:
    """Turn the matrix over."""
    rows, columns = layer.matrix.shape
    return Step(
        f"X^T: {columns} rows, {rows} columns",
        f"Turned over, rows become columns: the transpose takes {count(rows, 'value')} and "
        f"gives {columns}. It goes the way of the sizes back, from the output to the padded "
        "input. The filter now stands in the columns.",
        (
            *layer.product(layer.matrix.T),
            layer.table(layer.matrix.T),
        ),
        r"(X^T)_{ij}=X_{ji}",
    )


def row_of_transpose(layer: Layer) -> Step:
    """Multiply the transpose by a vector, row by row."""
    row = int(np.argmax((layer.matrix != 0).sum(axis=0)))
    taking = np.flatnonzero(layer.matrix[:, row])
    b = Strip(0, layer.vector, "vector b")
    those = taking if len(taking) else np.arange(1)
    return Step(
        "X^T b, row by row",
        f"The vector b is {numbers(layer.vector)}. Row {row + 1} of the transpose holds "
        f"{count(len(taking), 'weight')}, and "
        f"{'they stand' if len(taking) != 1 else 'it stands'} in the columns of the outputs "
        f"that input {row + 1} took part in. All rows together: {numbers(layer.back)}.",
        (
            *layer.product(layer.matrix.T, b, row, taking.tolist()),
            layer.bars("X^T b", layer.back),
        ),
        rf"(X^T b)_{{{row + 1}}}={product_sum(layer.matrix[those, row], layer.vector[those])}",
    )


def columns_of_transpose(layer: Layer) -> Step:
    """Multiply the transpose by a vector, column by column."""
    stride = layer.config.stride
    weighted = layer.matrix * layer.vector[:, None]
    strips = [
        Strip(
            row,
            weighted[row, row * stride : row * stride + len(layer.kernel)],
            f"{number(layer.vector[row])} times x",
            row * stride,
            current=range(len(layer.kernel)),
        )
        for row in range(len(weighted))
    ]
    return Step(
        "X^T b, column by column",
        f"The same product as a sum of columns: column 1 times {number(layer.vector[0])}, and "
        f"so on. Every column is a copy of the filter, {count(stride, 'place')} below the one "
        "before: copies weighted by the values, summed where they overlap. That is the "
        "transposed convolution.",
        (
            *layer.sheet.marks(*strips, Strip(layer.sheet.rows - 1, layer.back, "sum X^T b")),
            TableMark(
                ("column", "b", "weighted filter"),
                tuple(
                    (str(at + 1), number(value), numbers(value * layer.kernel))
                    for at, value in enumerate(layer.vector.tolist())
                ),
            ),
        ),
        r"X^T b=\sum_j\,b_j\,X_{j\cdot}",
    )


def crop(layer: Layer) -> Step:
    """Drop the rows of the padding."""
    padding, length = layer.config.padding, len(layer.back)
    rows = "row" if padding == 1 else f"{padding} rows"
    words = (
        f"The first and the last {rows} belong to the zeros of the padding; no one wants their "
        "values, so they are cut off."
        if padding
        else "Without padding there is nothing to cut off."
    )
    idle = (length - len(layer.kernel)) % layer.config.stride
    extra = (
        f" An output padding of {idle} keeps the {count(idle, 'place')} at the end that the "
        "filter never reached."
        if idle
        else ""
    )
    return Step(
        f"Cropped to {len(layer.cropped)} values",
        f"{words} What is left, {numbers(layer.cropped)}, is ConvTranspose1d of b with stride "
        f"{layer.config.stride} and padding {padding}.{extra}",
        (
            *layer.sheet.marks(
                Strip(0, layer.vector, "values b"),
                Strip(1, layer.back, "X^T b", removed=layer.ends),
                Strip(2, layer.cropped, "cropped", padding, current=range(len(layer.cropped))),
            ),
            layer.bars("Cropped", layer.cropped),
        ),
    )


def no_inverse(layer: Layer) -> Step:
    """Go there and back."""
    returned = layer.matrix.T @ layer.convolved
    inner = returned[layer.config.padding : len(returned) - layer.config.padding]
    furthest = int(np.argmax(np.abs(inner - layer.signal)))
    change = (
        "here nothing changed, but with most filters much does."
        if np.allclose(inner, layer.signal)
        else f"value {furthest + 1} comes back as {number(inner[furthest])} in place of "
        f"{number(layer.signal[furthest])}."
    )
    return Step(
        "There and back is not the same",
        f"The convolution and then the transpose make {numbers(inner)} of "
        f"{numbers(layer.signal)}: {change} The transpose restores the length, not the values. "
        "The name deconvolution promises too much.",
        (
            *layer.sheet.marks(
                layer.inputs,
                Strip(1, layer.convolved, "X a"),
                Strip(2, returned, "X^T X a"),
            ),
            BarsMark(
                tuple(str(at + 1) for at in range(len(inner))),
                inner,
                "Come back, the input pale behind",
                before=layer.signal,
            ),
        ),
        r"X^T X\,a\neq a\ \mathrm{in\ general}",
    )


def gradient(layer: Layer) -> Step:
    """Say where the transpose comes from."""
    column = int(np.argmax((layer.matrix != 0).sum(axis=0)))
    parts = np.flatnonzero(layer.matrix[:, column])
    return Step(
        "Every convolution has it already",
        f"If output j moves a loss by b_j a unit, padded input {column + 1} moves it by "
        f"{number(layer.back[column])}, through the {count(len(parts), 'output')} that it takes "
        "part in. Backpropagation through a convolution is X^T; run forwards as a layer, the "
        "same step enlarges.",
        (
            *layer.product(layer.matrix, columns=[column]),
            layer.bars("Gradient of the padded input", layer.back, column),
        ),
        r"\dfrac{\partial L}{\partial a}=X^T\dfrac{\partial L}{\partial y}",
    )
