"""Level by level: bins of a map, one vector of them, and the same length at another size."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from engine.api.traces import CurveMark, Step, Tile, Tiles
from engine.traces.marks import bars, curve, gallery, image, images, table, tiles
from engine.traces.spatial_pyramid_pooling.bins import CHANNELS, Floats, Pyramid, bin_edges, pooled
from engine.traces.steps import explain, step
from engine.traces.wording import number


class Levels(Pyramid):
    """Steps from two pictures to two vectors of one length."""

    @step
    def any_size(self) -> Step:
        import cv2

        height, width = self.picture.pixels.shape[:2]
        crop_height, crop_width = self.crop.shape[:2]
        bent = cv2.resize(self.crop, (width, height), interpolation=cv2.INTER_LINEAR)
        cut = self.crop[: crop_width * height // width, : crop_height * width // height]
        return explain(
            "Pictures of any size",
            f"Here are {self.picture.words} and its middle, {crop_width} x {crop_height}. "
            "Convolutions take any size, but a fully connected layer wants a fixed count of "
            "numbers. To crop or stretch every picture to one size would cut things off or bend "
            "them.",
            image(self.picture.pixels, f"{width} x {height}"),
            image(self.crop, f"{crop_width} x {crop_height}"),
            image(np.asarray(bent, np.uint8), "stretched"),
            image(np.ascontiguousarray(cut), "cut off"),
            bars(("whole", "middle"), (width * height, crop_width * crop_height), "Pixels"),
        )

    @step
    def four_maps(self) -> Step:
        height, width = self.size
        means = 100 * self.maps.mean(axis=(1, 2))
        return explain(
            f"{len(CHANNELS)} feature maps of {width} x {height}",
            "In a network these would be hundreds of learned maps; here four simple ones stand "
            f"for them: {', '.join(CHANNELS)}. Each has {width} x {height} values from 0 to 1. "
            f"The steps that show a single map show {CHANNELS[self.channel]}.",
            gallery(images(self.maps, CHANNELS)),
            bars(CHANNELS, means, "Mean of each map, in hundredths", current=self.channel),
        )

    @step(each="indices")
    def level(self, index: int) -> Step:
        bins = self.levels[index]
        height, width = self.size
        everything = pooled(self.maps, bins, self.pooling)
        found = everything[self.channel]
        word = "largest" if self.pooling == "max" else "mean"
        values = [number(value) for value in found.ravel()[:4].tolist()]
        more = f" and {bins**2 - 4} more" if bins**2 > 4 else ""
        span = (
            "Its only bin is the whole map"
            if bins == 1
            else f"Each bin spans about {width / bins:.1f} x {height / bins:.1f} values"
        )
        names = [f"bin {at + 1}" for at in range(bins**2)]
        return explain(
            f"Level {index + 1}: {bins} x {bins} bins",
            f"{span}; it keeps the {word} one. Of {CHANNELS[self.channel]} that gives "
            f"{', '.join(values)}{more}. "
            + ("Where it was is forgotten." if bins == 1 else "Roughly where it was is kept."),
            [
                tile
                for channel in (self.channel, self.other)
                for tile in (
                    tiles(
                        [
                            self.with_bins(self.maps[channel], bins, CHANNELS[channel]),
                            image(everything[channel], f"{bins} x {bins}"),
                        ]
                    ),
                )
            ],
            bars(names, found.ravel(), f"What the bins keep, level {index + 1}"),
            formula=rf"{bins}\cdot{bins}={bins**2}\ \mathrm{{bins}}",
        )

    @step
    def edges(self) -> Step:
        bins = self.levels[-1]
        height, width = self.size
        rows, columns = bin_edges(height, bins), bin_edges(width, bins)
        overlap = sum(before[1] > after[0] for before, after in pairwise(columns))
        divides = (
            f"{width} columns do not divide by {bins}: neighbouring bins share a column {overlap} "
            "times, and none is empty."
            if overlap
            else f"{width} columns divide by {bins}, so that the bins fit without sharing any."
        )
        last = bins - 1
        return explain(
            "Where a bin begins and ends",
            f"Bin i of n begins at i a / n rounded down and ends at (i + 1) a / n rounded up. "
            f"{divides} The bins stretch with the map; their number stays.",
            self.both_maps(),
            table(
                ("bin", "columns", "rows"),
                [
                    (at, f"{left} to {right - 1}", f"{top} to {bottom - 1}")
                    for at, ((left, right), (top, bottom)) in enumerate(
                        zip(columns, rows, strict=True)
                    )
                ],
            ),
            formula=rf"[\lfloor\dfrac{{{last}\cdot{width}}}{{{bins}}}\rfloor,\ "
            rf"\lceil\dfrac{{{bins}\cdot{width}}}{{{bins}}}\rceil)"
            rf"=[{columns[last][0]},\ {columns[last][1]})",
        )

    @step
    def one_vector(self) -> Step:
        length = len(self.vector)
        squares = "+".join(f"{side}^2" for side in self.levels)
        rows = [(f"{side} x {side}", side**2, side**2 * len(CHANNELS)) for side in self.levels]
        return explain(
            f"One vector of {length} numbers",
            f"The levels {self.words} make {self.bins} bins a map. All bins of all "
            f"{len(CHANNELS)} maps in one row are {length} numbers. The length knows nothing of "
            "the picture's size.",
            [image(self.binned(self.maps, side), f"{side} x {side}") for side in self.levels],
            table(("level", "bins", "numbers"), rows),
            vector_curve(self.vector, "whole picture"),
            formula=rf"{len(CHANNELS)}\cdot({squares})={len(CHANNELS)}\cdot{self.bins}={length}",
        )

    @step
    def another_size(self) -> Step:
        height, width = self.crop_maps.shape[1:]
        whole_height, whole_width = self.size
        length = len(self.crop_vector)
        bins = self.levels[-1]
        return explain(
            "Another size, the same length",
            f"The middle of the picture gives maps of {width} x {height} in place of "
            f"{whole_width} x {whole_height}. Its bins are narrower, about {width / bins:.1f} "
            f"columns wide where it was {whole_width / bins:.1f}, but there are as many: again "
            f"{length} numbers.",
            self.both_maps(),
            table(
                ("picture", "map", "numbers"),
                (
                    ("whole", f"{whole_width} x {whole_height}", len(self.vector)),
                    ("middle", f"{width} x {height}", length),
                ),
            ),
        )

    @step
    def both_vectors(self) -> Step:
        first, second = self.vector, self.crop_vector
        bins = self.levels[-1]
        distance = float(np.abs(first - second).mean())
        coarse = len(CHANNELS) * self.levels[0] ** 2
        near = float(np.abs(first - second)[:coarse].mean())
        return explain(
            "Now they can be compared",
            f"Number by number the two vectors differ by {distance:.3f} on average, those of the "
            f"first level by {near:.3f}. A classifier of {len(first)} inputs, or a distance "
            "between pictures, takes them both.",
            image(self.picture.pixels, "whole"),
            image(self.binned(self.maps, bins), f"whole, {bins} x {bins}"),
            image(self.crop, "middle"),
            image(self.binned(self.crop_maps, bins), f"middle, {bins} x {bins}"),
            vector_curve(first, "whole picture"),
            vector_curve(second, "middle", is_second=True),
            formula=rf"\dfrac{{1}}{{{len(first)}}}\sum_i\,|v_i-w_i|={distance:.3f}",
        )

    def both_maps(self) -> Tiles:
        """Show a map of the whole picture and of its middle, each with its finest bins."""
        bins = self.levels[-1]
        shown: list[Tile] = []
        for name, maps in (("whole", self.maps), ("middle", self.crop_maps)):
            height, width = maps.shape[1:]
            shown += [
                self.with_bins(maps[self.channel], bins, f"{name}, {width} x {height}"),
                image(self.binned(maps, bins), f"{bins} x {bins}"),
            ]
        return tiles(shown)


def vector_curve(values: Floats, name: str, is_second: bool = False) -> CurveMark:
    """Return the numbers of a vector over their place in it."""
    return curve(
        range(1, len(values) + 1),
        values,
        name,
        x_title="number of the vector",
        y_title="value",
        role="current" if is_second else "kept",
    )
