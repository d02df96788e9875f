"""The layer copy by copy: what each input value writes, the sum, and what is cropped.

Axes: N input values, K filter weights, F values before cropping, L after.
"""

from __future__ import annotations

import numpy as np

from engine.api.traces import BarsMark, CellsTile, Step, TileArrow
from engine.traces.marks import bars, cells, curve, points, table
from engine.traces.steps import explain, step
from engine.traces.transposed_convolution_1d.arithmetic import Layer, copies_of
from engine.traces.wording import Floats, count, number, numbers, product, product_sum, sentence

_ONES = 8


class Copies(Layer):
    """Steps from the input to the cropped output."""

    @property
    def indices(self) -> range:
        """Of the input values: each has a step of its own."""
        return range(len(self.signal))

    @step
    def question(self) -> Step:
        return explain(
            "Few values in, more values out",
            f"The input a has {len(self.signal)} values: {numbers(self.signal)}. The filter w has "
            f"{len(self.kernel)} weights: {numbers(self.kernel)}. A transposed convolution makes a "
            "longer signal of them. In a segmenter it is how coarse scores become fine again.",
            self.below_inputs(cells(self.output, "output y")),
            self.numbered("Input a", self.signal),
            self.numbered("Filter w", self.kernel),
            formula=rf"{len(self.signal)}\ \mathrm{{values}}\to "
            rf"{len(self.output)}\ \mathrm{{values}}",
        )

    @step
    def room(self) -> Step:
        config, full = self.config, len(self.full)
        starts = [at * config.stride + 1 for at in range(len(self.signal))]
        rows = [
            (at, value, f"{start} to {start + len(self.kernel) - 1}")
            for at, (value, start) in enumerate(zip(self.signal.tolist(), starts, strict=True), 1)
        ]
        return explain(
            f"Room for {full} values",
            f"Every input value will write {count(len(self.kernel), 'value')}, and every copy "
            f"begins {count(config.stride, 'place')} after the one before. The last copy begins in "
            f"place {(len(self.signal) - 1) * config.stride + 1}, so there are {full} places, all "
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
        places = range(first, first + weights)
        copies = [self.written_copy(at) for at in range(index)]
        copies.append(self.written_copy(index, is_lit=True))
        output = cells(so_far, "output so far", name="output", lit=places)
        arrows = [self._down(index, place) for place in places]
        return explain(
            f"Copy {index + 1} of {len(self.signal)}: the filter times {number(value)}",
            f"The value {number(value)} weights the filter: {numbers(value * self.kernel)}. The "
            f"copy is written from place {first + 1} on. {meeting}",
            self.below_inputs(*copies, output, current=index, arrows=arrows),
            self.numbered("Output so far", so_far, before),
            formula=rf"y_{{{first + 1}}}={number(before[first])}"
            rf"+{product(value, float(self.kernel[0]))}={number(so_far[first])}",
        )

    @step
    def total(self) -> Step:
        place = self.busiest
        rows = [at for at in range(len(self.signal)) if self.weight_at(at, place) >= 0]
        weights = self.kernel[[self.weight_at(at, place) for at in rows]]
        output = cells(self.full, "output", name="output", lit=[place])
        arrows = [self._down(at, place) for at in rows]
        meeting = (
            f"Place {place + 1} is where {len(rows)} copies meet: each adds its own part."
            if len(rows) > 1
            else "No copy meets another."
        )
        return explain(
            "The sum of the copies",
            f"{meeting} All {len(self.full)} values together: {numbers(self.full)}.",
            self.below_inputs(*self.all_copies(place), output, arrows=arrows),
            table(("place", "parts", "sum"), self._parts(), current=place),
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
        names = [f"place {place + 1}" for place in range(len(self.full))]
        return explain(
            "How many copies meet",
            f"With {count(len(self.kernel), 'weight')} and a stride of {self.config.stride}, "
            f"{middle}. Fewer meet at the ends, where one neighbour is missing.",
            self.below_inputs(*self.all_copies(), cells(self.full, "output")),
            bars(names, self.overlaps, "Copies that meet in each place"),
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
            "What an even input becomes",
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
        end = f"{count(last, 'value')} at the end fall away"
        if last < 0:
            end = f"{count(-last, 'zero')} joined on at the end"
        return explain(
            f"Cropped to {count(len(self.output), 'value')}",
            f"The padding of {config.padding} and output padding of {config.output_padding} say "
            f"what goes: {count(config.padding, 'value')} at the start and {end}. What is left, "
            f"{numbers(self.output)}, has {length}{' of the input' if times % 1 == 0 else ''}.",
            [self.summed_and_cropped()],
            [self._output()],
            self.numbered("Output y", self.output),
            formula=rf"L=(N-1)\,s-2p+K+o={full}-{2 * config.padding}+{config.output_padding}"
            rf"={len(self.output)}",
        )

    def summed_and_cropped(self) -> CellsTile:
        """Return the sum with what is cut off marked."""
        gone = [place for place in range(len(self.longer)) if place not in self._kept]
        return cells(self.longer, "summed", removed=gone)

    @property
    def _kept(self) -> range:
        return range(self.config.padding, self.config.padding + len(self.output))

    def _output(self) -> CellsTile:
        """Return what is left, below the places that it comes from."""
        row = np.full(len(self.longer), np.nan)
        row[list(self._kept)] = self.output
        return cells(row, "output", lit=self._kept)

    def _down(self, index: int, place: int) -> TileArrow:
        """From a value of a copy to where it is added."""
        return TileArrow(
            f"copy {index + 1}", "output", start_place=(0, place), end_place=(0, place)
        )

    def _parts(self) -> list[tuple[int, str, str]]:
        """Return what each place is the sum of."""
        parts = [
            [
                number(float(self.copies[at, place]))
                for at in range(len(self.signal))
                if self.weight_at(at, place) >= 0
            ]
            for place in range(len(self.full))
        ]
        return [
            (place + 1, " + ".join(those) or "none", number(self.full[place]))
            for place, those in enumerate(parts)
        ]

    def numbered(self, title: str, values: Floats, before: Floats | None = None) -> BarsMark:
        """Return values by their places."""
        return bars(range(1, len(values) + 1), values, title, before=before)
