"""A convolution of a short signal as a matrix, and its transpose as the transposed convolution.

Dumoulin, Visin, A guide to convolution arithmetic for deep learning, 2016, section 4.1,
https://arxiv.org/abs/1603.07285

Axes: N input values, P of them with padding, K filter weights, M output values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.api.errors import ConfigError
from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, CellsTile, Step, TableMark, Tiles, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, cells, column, table, tiles
from engine.traces.number_lists import parse_numbers
from engine.traces.steps import Topic, explain, step
from engine.traces.transposed_convolution_1d.arithmetic import copies_of
from engine.traces.wording import Floats, count, number, numbered, numbers, product_sum

_ROWS_ONE_BY_ONE = 3
_FEWEST, _MOST = 2, 5


@dataclass(frozen=True, slots=True)
class ConvolutionMatrixConfig(Parameters):
    """The input, the filter, and how it moves."""

    signal: str = parameter("2 3 1 4", note="the input: 2 to 5 numbers")
    kernel: str = parameter("1 2 3", note="weights of the filter: 1 to 5 numbers")
    stride: int = parameter(1, low=1, high=3, unit="places", note="from one output to the next")
    padding: int = parameter(1, low=0, high=2, unit="zeros", note="at either end")


def matrix_of(kernel: Floats, inputs: int, stride: int) -> Floats:
    """Return X (M, P): the filter once a row, `stride` further right each time."""
    rows = (inputs - len(kernel)) // stride + 1
    copies = copies_of(np.ones(rows), kernel, stride)
    return np.pad(copies, ((0, 0), (0, inputs - copies.shape[1])))


@TRACES.register(
    TraceCard(
        key="convolution-as-matrix",
        title="Convolution as a matrix",
        summary="X a is a convolution; the transpose of the same matrix, Xᵀ b, is its way back.",
        config_type=ConvolutionMatrixConfig,
        area="segment",
        order=30,
    )
)
class ConvolutionAsMatrix(Topic):
    """A layer as a matrix, its product, its transpose, and that one's product.

    The result has `matrix` (M, P), `convolved` X a (M,), `vector` b (M,), `transposed` X^T b (P,)
    and `cropped` (N,), the same without the rows of the padding.

    Attributes:
        signal: a, (N,).
        kernel: x, (K,).
        padded: (P,).
        matrix: X, (M, P).
        convolved: X a, (M,).
        vector: b, the first values of a, again and again, (M,).
        back: X^T b, (P,).
        cropped: `back` without the rows of the padding, (N,).
        ends: places of the padding.
        first_rows: of the matrix: they are written one by one.

    Raises:
        ConfigError: a text is no list of numbers, or the filter is longer than the padded input.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        config: ConvolutionMatrixConfig = request.config
        self.config = config
        self.signal = parse_numbers("signal", config.signal, _FEWEST, _MOST)
        self.kernel = parse_numbers("kernel", config.kernel, 1, _MOST)
        self.padded = np.pad(self.signal, config.padding)
        length = len(self.padded)
        if len(self.kernel) > length:
            raise ConfigError(
                f"kernel = {config.kernel!r}: {len(self.kernel)} weights are more than the "
                f"{length} values of the padded input; give fewer"
            )
        self.matrix = matrix_of(self.kernel, length, config.stride)
        self.convolved: Floats = self.matrix @ self.padded
        self.vector = np.resize(self.signal, len(self.matrix))
        self.back: Floats = self.matrix.T @ self.vector
        self.cropped = self.back[config.padding : length - config.padding]
        self.ends = [*range(config.padding), *range(length - config.padding, length)]
        self.first_rows = range(min(_ROWS_ONE_BY_ONE, len(self.matrix)))
        self.result = {
            "matrix": self.matrix,
            "convolved": self.convolved,
            "vector": self.vector,
            "transposed": self.back,
            "cropped": self.cropped,
        }

    @step
    def question(self) -> Step:
        return explain(
            "A convolution is linear",
            f"A filter of {count(len(self.kernel), 'weight')}, {numbers(self.kernel)}, slides "
            f"over {len(self.signal)} values, {numbers(self.signal)}. Every output is a weighted "
            "sum of inputs, so that all of them are one matrix times the input. The next steps "
            "write it down.",
            [cells(self.signal, "input a"), cells(self.kernel, "filter x", role="candidate")],
            [cells(self.convolved, "output X a")],
            bars("Input a", "", self.signal),
            bars("Filter x", "", self.kernel),
            formula=r"x*a=X\,a",
        )

    @step
    def zeros_at_the_ends(self) -> Step:
        padding, length = self.config.padding, len(self.padded)
        words = (
            f"{count(padding, 'zero', 'zeros')} at either end make {length} values of "
            f"{len(self.signal)}."
            if padding
            else f"There is no padding: {length} values stay as they are."
        )
        outputs = len(self.matrix)
        return explain(
            f"{length} values in, {outputs} out",
            f"{words} The filter fits in {count(outputs, 'place')}, "
            f"{count(self.config.stride, 'place')} apart: the matrix has {outputs} rows, one for "
            f"each output, and {length} columns, one for each input.",
            [cells(self.padded, "padded a", removed=self.ends)],
            [_matrix(np.full_like(self.matrix, np.nan), "X")],
            self._sizes(),
            formula=rf"M=\lfloor\dfrac{{N+2p-K}}{{s}}\rfloor+1=\lfloor\dfrac{{{len(self.signal)}"
            rf"+{2 * padding}-{len(self.kernel)}}}{{{self.config.stride}}}\rfloor+1={outputs}",
        )

    @step(each="first_rows")
    def row(self, index: int) -> Step:
        first = index * self.config.stride
        window = range(first, first + len(self.kernel))
        here = self.padded[list(window)]
        is_known = np.arange(len(self.matrix)) <= index
        return explain(
            f"Row {index + 1}: output {index + 1} is {number(self.convolved[index])}",
            f"For output {index + 1} the filter lies on the inputs {first + 1} to "
            f"{first + len(self.kernel)}: {numbers(here)}. Its weights stand in these columns of "
            f"row {index + 1}, and 0 everywhere else.",
            self._product(np.where(is_known[:, None], self.matrix, np.nan), row=index, lit=window),
            bars("Output so far", "", np.where(is_known, self.convolved, 0.0)),
            formula=rf"y_{{{index + 1}}}={product_sum(self.kernel, here)}",
        )

    @step
    def all_rows(self) -> Step:
        zeros = int((self.matrix == 0).sum())
        return explain(
            "X a: the whole convolution",
            f"Row by row, X a gives {numbers(self.convolved)}: the convolution. Of its "
            f"{self.matrix.size} entries {zeros} are 0, and the others are the same "
            f"{count(len(self.kernel), 'weight')} again and again, along diagonals.",
            self._product(self.matrix),
            _entries(self.matrix),
            formula=r"X\,a=x*a",
        )

    @step
    def other_stride(self) -> Step:
        stride = 1 if self.config.stride > 1 else 2
        other = matrix_of(self.kernel, len(self.padded), stride)
        return explain(
            f"The same filter at stride {stride}",
            f"Now each row lies {count(stride, 'place')} further right than the one above; before "
            f"it was {self.config.stride}. That leaves {count(len(other), 'row')} in place of "
            f"{len(self.matrix)}, so that the output is "
            f"{'longer' if stride == 1 else 'coarser'}: {numbers(other @ self.padded)}.",
            self._product(other),
            bars("Output at the other stride", "", other @ self.padded),
        )

    @step
    def transpose(self) -> Step:
        rows, columns = self.matrix.shape
        return explain(
            f"The transpose: {columns} rows, {rows} columns",
            f"Turned over, rows become columns: the transpose takes {count(rows, 'value')} and "
            f"gives {columns}. It goes the way of the sizes back, from the output to the padded "
            "input. The filter now stands in the columns.",
            _matrix(self.matrix.T, "Xᵀ"),
            _entries(self.matrix.T),
            formula=r"(X^T)_{ij}=X_{ji}",
        )

    @step
    def row_of_transpose(self) -> Step:
        row = int(np.argmax((self.matrix != 0).sum(axis=0)))
        taking = np.flatnonzero(self.matrix[:, row])
        those = taking if len(taking) else np.arange(1)
        lit = taking.tolist()
        return explain(
            "The transpose times b, row by row",
            f"The vector b is {numbers(self.vector)}. Row {row + 1} of the transpose holds "
            f"{count(len(taking), 'weight')}, and "
            f"{'they stand' if len(taking) != 1 else 'it stands'} in the columns of the outputs "
            f"that input {row + 1} took part in. All rows together: {numbers(self.back)}.",
            [cells(self.vector, "vector b", lit=lit, is_coloured=False)],
            [
                _matrix(self.matrix.T, "Xᵀ", [(row, at) for at in lit]),
                _answers(self.back, "Xᵀ b", row),
            ],
            bars("Xᵀ b", "", self.back),
            formula=rf"(X^T b)_{{{row + 1}}}="
            + product_sum(self.matrix[those, row], self.vector[those]),
        )

    @step
    def columns_of_transpose(self) -> Step:
        stride, reach = self.config.stride, len(self.kernel)
        copies = np.full(self.matrix.shape, np.nan)
        for row, value in enumerate(self.vector):
            copies[row, row * stride : row * stride + reach] = value * self.kernel
        names = [f"{number(value)} times x" for value in self.vector]
        weighted = enumerate(self.vector.tolist(), 1)
        rows = [(at, value, numbers(value * self.kernel)) for at, value in weighted]
        return explain(
            "The same, column by column",
            f"The same product as a sum of columns: column 1 times {number(self.vector[0])}, and "
            f"so on. Every column is a copy of the filter, {count(stride, 'place')} below the one "
            "before: copies weighted by the values, summed where they overlap. That is the "
            "transposed convolution.",
            [cells(copies, "copies of x", row_names=names)],
            [cells(self.back, "sum Xᵀ b", role="kept")],
            table(("column", "b", "weighted filter"), rows),
            formula=r"X^T b=\sum_j\,b_j\,X_{j\cdot}",
        )

    @step
    def crop(self) -> Step:
        padding, length = self.config.padding, len(self.back)
        rows = "row" if padding == 1 else f"{padding} rows"
        words = (
            f"The first and the last {rows} belong to the zeros of the padding; no one wants their "
            "values, so they are cut off."
            if padding
            else "Without padding there is nothing to cut off."
        )
        idle = (length - len(self.kernel)) % self.config.stride
        last = count(idle, "place").removeprefix("1 ")
        extra = (
            f" An output padding of {idle} keeps the last {last}, which the filter never reached."
            if idle
            else ""
        )
        is_cut = np.isin(np.arange(length), self.ends)
        return explain(
            f"Cropped to {len(self.cropped)} values",
            f"{words} What is left, {numbers(self.cropped)}, is ConvTranspose1d of b with stride "
            f"{self.config.stride} and padding {padding}.{extra}",
            [cells(self.vector, "values b")],
            [cells(self.back, "Xᵀ b", removed=self.ends)],
            [cells(np.where(is_cut, np.nan, self.back), "cropped", role="kept")],
            bars("Cropped", "", self.cropped),
        )

    @step
    def no_inverse(self) -> Step:
        returned = self.matrix.T @ self.convolved
        inner = returned[self.config.padding : len(returned) - self.config.padding]
        furthest = int(np.argmax(np.abs(inner - self.signal)))
        change = (
            "here nothing changed, but with other filters much does."
            if np.allclose(inner, self.signal)
            else f"value {furthest + 1} comes back as {number(inner[furthest])} in place of "
            f"{number(self.signal[furthest])}."
        )
        return explain(
            "There and back is not the same",
            f"The convolution and then the transpose make {numbers(inner)} of "
            f"{numbers(self.signal)}: {change} The transpose restores the length, not the values. "
            "The name deconvolution promises too much.",
            [cells(self.padded, "padded a")],
            [cells(self.convolved, "X a")],
            [cells(returned, "XᵀX a")],
            bars("Come back, the input pale behind", "", inner, before=self.signal),
            formula=r"X^T X\,a\neq a\ \mathrm{in\ general}",
        )

    @step
    def gradient(self) -> Step:
        one = int(np.argmax((self.matrix != 0).sum(axis=0)))
        parts = np.flatnonzero(self.matrix[:, one]).tolist()
        return explain(
            "Every convolution has it already",
            f"If output j moves a loss by b_j a unit, padded input {one + 1} moves it by "
            f"{number(self.back[one])}, through the {count(len(parts), 'output')} that it takes "
            "part in. Backpropagation through a convolution is Xᵀ; run forwards as a layer, the "
            "same product enlarges.",
            _matrix(self.matrix, "X", [(row, one) for row in parts]),
            bars("Gradient of the padded input", "", self.back, current=one),
            formula=r"\dfrac{\partial L}{\partial a}=X^T\dfrac{\partial L}{\partial y}",
        )

    @step
    def summary(self) -> Step:
        return explain(
            "One matrix, two layers",
            f"X makes {len(self.matrix)} values of {len(self.padded)}, Xᵀ makes "
            f"{len(self.padded)} of {len(self.matrix)}, both with the same "
            f"{count(len(self.kernel), 'weight')}. A fully connected layer would have "
            f"{self.matrix.size} of its own. No one stores the matrix: the filter is enough.",
            self._product(self.matrix),
            self._sizes(),
            formula=r"X\,a=x*a,\quad X^T b=x*^T b",
        )

    def _product(self, matrix: Floats, row: int | None = None, lit: Sequence[int] = ()) -> Tiles:
        """Show a over the columns of a matrix, and the products beside its rows."""
        return tiles(
            [cells(self.padded, "padded a", lit=lit, is_coloured=False)],
            [
                _matrix(matrix, "X", [(row, at) for at in lit] if row is not None else []),
                _answers(matrix @ self.padded, "X a", row),
            ],
        )

    def _sizes(self) -> TableMark:
        """List what is large and what is small."""
        rows, columns = self.matrix.shape
        return table(
            ("matrix", "number"),
            [
                ("rows M, outputs", rows),
                ("columns P, padded inputs", columns),
                ("entries", self.matrix.size),
                ("not 0", int((self.matrix != 0).sum())),
                ("weights that are learned", len(self.kernel)),
            ],
        )


def _matrix(values: Floats, caption: str, lit: Sequence[tuple[int, int]] = ()) -> CellsTile:
    """Show a matrix whose zeros have a colour and no number."""
    zeros = [(int(row), int(at)) for row, at in np.argwhere(values == 0)]
    names = numbered("row", range(len(values)))
    return cells(values, caption, lit=list(lit), blank=zeros, row_names=names)


def _answers(values: Floats, caption: str, row: int | None) -> CellsTile:
    lit = [row] if row is not None else []
    return column(values, caption, lit=lit, role="kept", is_coloured=False)


def _entries(matrix: Floats) -> TableMark:
    """List the entries of a matrix."""
    rows = [(row, *values) for row, values in enumerate(matrix.tolist(), 1)]
    return table(("row", *range(1, matrix.shape[1] + 1)), rows)
