"""Transposed convolution of a short signal: copies of the filter, weighted by the input, summed.

Dumoulin, Visin, A guide to convolution arithmetic for deep learning, 2016,
https://arxiv.org/abs/1603.07285; in segmentation Long, Shelhamer, Darrell, CVPR 2015,
https://arxiv.org/abs/1411.4038

Axes: N input values, K filter weights, F values before cropping, L after.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark, BuildTrace, Step, TableMark, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.segmentation_numbers import Strip
from engine.traces.transposed_convolution_1d.arithmetic import Layer, TransposedConvolutionConfig
from engine.traces.transposed_convolution_1d.relatives import (
    bilinear,
    evenness,
    partner,
    zeros_between,
)
from engine.traces.wording import Floats, count, number, numbers, product, product_sum

CARD = TraceCard(
    key="transposed-convolution-1d",
    title="Transposed convolution in one dimension",
    summary="Copies of the filter, weighted by the input, summed where they overlap, and cropped.",
    needs="nothing",
    config_type=TransposedConvolutionConfig,
    area="segment",
)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    return trace(request.config)


def trace(config: TransposedConvolutionConfig) -> Trace:
    """Return the steps: a copy for every input value, their sum, what is cropped, and relatives.

    The result has `copies` (N, F), their sum `full` (F,), how many copies meet in each place,
    `overlaps` (F,), and the cropped `output` (L,).

    Raises:
        ConfigError: a text is no list of numbers, or nothing is left after cropping.
    """
    layer = Layer(config)
    story = _Story(layer)
    builders: list[Callable[[], Step]] = [story.question, story.room]
    builders += [partial(story.copy, at) for at in range(len(layer.signal))]
    builders += [story.total, story.overlap, partial(evenness, layer), story.crop]
    builders += [partial(relative, layer) for relative in (zeros_between, partner, bilinear)]
    builders.append(story.summary)
    size = layer.sheet.size_px
    return Trace(CARD.key, len(builders), lambda at: builders[at](), story.result(), sheet_px=size)


class _Story:
    """Writes the steps."""

    def __init__(self, layer: Layer) -> None:
        self.layer, self.config = layer, layer.config
        self.signal, self.kernel = layer.signal, layer.kernel
        self.full, self.output = layer.full, layer.output

    def result(self) -> dict[str, object]:
        """Return the numbers."""
        return {
            "copies": self.layer.copies.tolist(),
            "full": self.full.tolist(),
            "overlaps": self.layer.overlaps.astype(int).tolist(),
            "output": self.output.tolist(),
        }

    def question(self) -> Step:
        """Show the input and the filter."""
        return Step(
            "Few values in, more values out",
            f"The input a has {len(self.signal)} values: {numbers(self.signal)}. The filter w has "
            f"{len(self.kernel)} weights: {numbers(self.kernel)}. A transposed convolution makes a "
            "longer signal of them. In a segmenter it is how coarse scores become fine again.",
            (
                *self.layer.draw(Strip(self.layer.last_row, self.output, "output y")),
                self._bars("Input a", self.signal),
                self._bars("Filter w", self.kernel),
            ),
            rf"{len(self.signal)}\ \mathrm{{values}}\to {len(self.output)}\ \mathrm{{values}}",
        )

    def room(self) -> Step:
        """Make room for the output."""
        config, full = self.config, len(self.full)
        rows = tuple(
            (
                str(at + 1),
                number(value),
                f"{at * config.stride + 1} to {at * config.stride + len(self.kernel)}",
            )
            for at, value in enumerate(self.signal.tolist())
        )
        return Step(
            f"Room for {full} values",
            f"Every input value will write {count(len(self.kernel), 'value')}, and every copy "
            f"begins {count(config.stride, 'place')} after the one before. The last copy begins in "
            f"place {(len(self.signal) - 1) * config.stride + 1}, so there are {full} places, all "
            "0 at first.",
            (
                *self.layer.draw(Strip(self.layer.last_row, np.zeros(full), "output so far")),
                TableMark(("copy", "of the value", "places"), rows),
            ),
            rf"(N-1)\,s+K=({len(self.signal)}-1)\cdot{config.stride}+{len(self.kernel)}={full}",
        )

    def copy(self, index: int) -> Step:
        """Add the copy of one input value."""
        layer, stride, weights = self.layer, self.config.stride, len(self.kernel)
        value, first = float(self.signal[index]), index * stride
        shared = max(0, weights - stride) if index else 0
        before = layer.copies[:index].sum(axis=0)
        so_far = before + layer.copies[index]
        meeting = (
            f"{shared} of these places held a value from before: there the numbers are added."
            if shared
            else "No copy reached there before."
        )
        places = range(first, first + weights)
        strips = [layer.copy(at) for at in range(index)]
        strips.append(layer.copy(index, is_current=True))
        strips.append(Strip(layer.last_row, so_far, "output so far", current=places))
        starts = [(1 + index, float(place)) for place in places]
        ends = [(layer.last_row, float(place)) for place in places]
        return Step(
            f"Copy {index + 1} of {len(self.signal)}: the filter times {number(value)}",
            f"The value {number(value)} weights the filter: {numbers(value * self.kernel)}. The "
            f"copy is written from place {first + 1} on. {meeting}",
            (
                *layer.draw(*strips, current=index),
                layer.sheet.arrows(starts, ends),
                self._bars("Output so far", so_far, before),
            ),
            rf"y_{{{first + 1}}}={number(before[first])}+{product(value, float(self.kernel[0]))}"
            rf"={number(so_far[first])}",
        )

    def total(self) -> Step:
        """Sum all copies."""
        layer, place = self.layer, self.layer.busiest
        rows = [at for at in range(len(self.signal)) if layer.weight_at(at, place) >= 0]
        weights = self.kernel[[layer.weight_at(at, place) for at in rows]]
        starts = [(1 + at, float(place)) for at in rows]
        ends = [(layer.last_row, float(place))] * len(rows)
        output = Strip(layer.last_row, self.full, "output", current=[place])
        meeting = (
            f"Place {place + 1} is where {len(rows)} copies meet: each adds its own part."
            if len(rows) > 1
            else "No copy meets another."
        )
        return Step(
            "The sum of the copies",
            f"{meeting} All {len(self.full)} values together: {numbers(self.full)}.",
            (
                *layer.draw(*layer.copy_strips(place), output),
                layer.sheet.arrows(starts, ends),
                TableMark(("place", "parts", "sum"), self._parts(), current=place),
            ),
            rf"y_{{{place + 1}}}={product_sum(self.signal[rows], weights)}",
        )

    def overlap(self) -> Step:
        """Count how many copies meet."""
        least, most = int(self.layer.overlaps.min()), int(self.layer.overlaps.max())
        middle = (
            "every place gets the same number"
            if least == most
            else f"between {least} and {most} copies meet in a place"
        )
        names = tuple(f"place {place + 1}" for place in range(len(self.full)))
        return Step(
            "How many copies meet",
            f"With {count(len(self.kernel), 'weight')} and a stride of {self.config.stride}, "
            f"{middle}. Fewer meet at the ends, where one neighbour is missing.",
            (
                *self.layer.draw(
                    *self.layer.copy_strips(), Strip(self.layer.last_row, self.full, "output")
                ),
                BarsMark(names, self.layer.overlaps, "Copies that meet in each place"),
            ),
            r"\mathrm{about}\ \dfrac{K}{s}="
            rf"\dfrac{{{len(self.kernel)}}}{{{self.config.stride}}}\ \mathrm{{a\ place}}",
        )

    def crop(self) -> Step:
        """Cut off the ends."""
        config, full = self.config, len(self.full)
        times = len(self.output) / len(self.signal)
        length = (
            f"{times:g} times the length" if times % 1 == 0 else count(len(self.output), "value")
        )
        last = config.padding - config.output_padding
        end = f"{count(last, 'value')} at the end fall away"
        if last < 0:
            end = f"{count(-last, 'zero')} joined on at the end"
        return Step(
            f"Cropped to {count(len(self.output), 'value')}",
            f"The padding of {config.padding} and output padding of {config.output_padding} say "
            f"what goes: {count(config.padding, 'value')} at the start and {end}. What is left, "
            f"{numbers(self.output)}, has {length}{' of the input' if times % 1 == 0 else ''}.",
            (
                *self.layer.sheet.marks(
                    self._cropped(1),
                    Strip(
                        3, self.output, "output", config.padding, current=range(len(self.output))
                    ),
                ),
                self._bars("Output y", self.output),
            ),
            rf"L=(N-1)\,s-2p+K+o={full}-{2 * config.padding}+{config.output_padding}"
            rf"={len(self.output)}",
        )

    def summary(self) -> Step:
        """Sum up."""
        config = self.config
        rows = (
            ("input", str(len(self.signal)), numbers(self.signal)),
            ("filter", str(len(self.kernel)), numbers(self.kernel)),
            ("summed", str(len(self.full)), numbers(self.full)),
            ("cropped", str(len(self.output)), numbers(self.output)),
        )
        return Step(
            f"{len(self.signal)} values became {len(self.output)}",
            "Weight a copy of the filter by each input value, sum where copies overlap, crop. "
            f"In PyTorch it is ConvTranspose1d with stride {config.stride}, padding "
            f"{config.padding} and output padding {config.output_padding}. The weights are "
            "learned, and they are few: the same filter serves every place.",
            (
                *self.layer.draw(*self.layer.copy_strips(), self._cropped(self.layer.last_row)),
                TableMark(("signal", "values", "what they are"), rows),
            ),
        )

    def _cropped(self, row: int) -> Strip:
        """Return the sum with what is cut off marked."""
        first = self.config.padding
        kept = range(first, first + len(self.output))
        gone = [place for place in range(len(self.layer.longer)) if place not in kept]
        return Strip(row, self.layer.longer, "summed", removed=gone)

    def _parts(self) -> tuple[tuple[str, str, str], ...]:
        """Return what each place is the sum of."""
        parts = [
            [
                number(float(self.layer.copies[at, place]))
                for at in range(len(self.signal))
                if self.layer.weight_at(at, place) >= 0
            ]
            for place in range(len(self.full))
        ]
        return tuple(
            (str(place + 1), " + ".join(those) or "none", number(self.full[place]))
            for place, those in enumerate(parts)
        )

    def _bars(self, title: str, values: Floats, before: Floats | None = None) -> BarsMark:
        names = tuple(str(place + 1) for place in range(len(values)))
        return BarsMark(names, values, title, before=before)
