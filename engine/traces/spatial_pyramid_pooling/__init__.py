"""Spatial pyramid pooling: feature maps of any size become one vector of fixed length.

He, Zhang, Ren, Sun, Spatial Pyramid Pooling in Deep Convolutional Networks for Visual Recognition,
ECCV 2014, https://arxiv.org/abs/1406.4729; bins of several sizes before it: Lazebnik, Schmid,
Ponce, Beyond Bags of Features: Spatial Pyramid Matching, CVPR 2006
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from engine.api.traces import CurveMark, Step, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, curve, gallery, heat, heats, image, images, table, tiles
from engine.traces.spatial_pyramid_pooling.bins import (
    CHANNELS,
    Floats,
    PaperWindow,
    Pyramid,
    SpatialPyramidConfig,
    bin_edges,
    covered,
    pooled,
    pyramid_vector,
    shuffled,
)
from engine.traces.steps import explain, step
from engine.traces.wording import count, number, upright

_PAPER_LEVELS, _PAPER_CHANNELS, _PAPER_SIDE = (1, 2, 3, 6), 256, 13
_UNEVEN_SIDE, _UNEVEN_BINS = 10, 6
_WORDS = 200  # of the bag of features, in spatial pyramid matching
_BRIGHTNESS = 0  # of CHANNELS: the map with most to show once it is averaged
_SHIFT = 8  # the part of the width by which the picture is moved


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


@TRACES.register(
    TraceCard(
        key="spatial-pyramid-pooling",
        title="Spatial pyramid pooling",
        summary="1 x 1, 2 x 2, 4 x 4 bins: one vector of fixed length, whatever the picture's "
        "size.",
        config_type=SpatialPyramidConfig,
        area="segment",
        order=85,
        takes_picture=True,
    )
)
class SpatialPyramidPooling(Pyramid):
    """Level by level to one vector, what it keeps and forgets, and where it is used."""

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
            bars("Pixels", {"whole": width * height, "middle": crop_width * crop_height}),
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
            bars("Mean of each map, in hundredths", CHANNELS, means, current=self.channel),
        )

    @step(each="indices")
    def level(self, index: int) -> Step:
        bins = self.levels[index]
        height, width = self.size
        everything = pooled(self.maps, bins, self.pooling)
        found = everything[self.channel]
        word, size = "largest" if self.pooling == "max" else "mean", f"{bins} x {bins}"
        values = [number(value) for value in found.ravel()[:4].tolist()]
        more = f" and {bins**2 - 4} more" if bins**2 > 4 else ""
        span = (
            "Its only bin is the whole map"
            if bins == 1
            else f"Each bin spans about {width / bins:.1f} x {height / bins:.1f} values"
        )
        many = upright(count(bins**2, "bin"))
        return explain(
            f"Level {index + 1}: {size} bins",
            f"{span}; it keeps the {word} value. Of {CHANNELS[self.channel]} that gives "
            f"{', '.join(values)}{more}. "
            + ("Where it was is forgotten." if bins == 1 else "Roughly where it was is kept."),
            [
                tiles([self.with_bins(self.maps[at], bins, CHANNELS[at]), image(kept, size)])
                for at, kept in ((self.channel, found), (self.other, everything[self.other]))
            ],
            bars(f"What the bins keep, level {index + 1}", "bin", found.ravel()),
            formula=rf"{bins}\cdot{bins}={many}",
        )

    @step
    def edges(self) -> Step:
        bins = self.levels[-1]
        height, width = self.size
        rows, columns = bin_edges(height, bins), bin_edges(width, bins)
        overlap = sum(before[1] > after[0] for before, after in pairwise(columns))
        divides = (
            f"{width} columns do not divide by {bins}: neighbouring bins share a column in "
            f"{count(overlap, 'place')}, and none is empty."
            if overlap
            else f"{width} columns divide by {bins}, so that the bins fit without sharing any."
        )
        last, pairs = bins - 1, zip(columns, rows, strict=True)
        spans = [
            (at, f"{left + 1} to {right}", f"{top + 1} to {bottom}")
            for at, ((left, right), (top, bottom)) in enumerate(pairs, 1)
        ]
        return explain(
            "Where a bin begins and ends",
            "Of a columns, the first (i - 1) a / n, rounded down, lie before bin i of n; it ends "
            "with column i a / n, rounded up. "
            f"{divides} The bins stretch with the map; their number stays.",
            self.both_maps(),
            table(("bin", "columns", "rows"), spans),
            formula=rf"\lfloor\dfrac{{{last}\cdot{width}}}{{{bins}}}\rfloor={columns[last][0]},\ "
            rf"\lceil\dfrac{{{bins}\cdot{width}}}{{{bins}}}\rceil={columns[last][1]}",
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
            [self.binned(self.maps, side) for side in self.levels],
            table(("level", "bins", "numbers"), rows),
            vector_curve(self.vector, "whole picture"),
            formula=rf"{len(CHANNELS)}\cdot({squares})={len(CHANNELS)}\cdot{self.bins}={length}",
        )

    @step
    def another_size(self) -> Step:
        height, width = self.crop_maps.shape[1:]
        whole_height, whole_width = self.size
        length, bins = len(self.crop_vector), self.levels[-1]
        rows = (
            ("whole", f"{whole_width} x {whole_height}", len(self.vector)),
            ("middle", f"{width} x {height}", length),
        )
        return explain(
            "Another size, the same length",
            f"The middle of the picture gives maps of {width} x {height} in place of "
            f"{whole_width} x {whole_height}. Its bins are narrower, about {width / bins:.1f} "
            f"columns wide where it was {whole_width / bins:.1f}, but there are as many: again "
            f"{length} numbers.",
            self.both_maps(),
            table(("picture", "map", "numbers"), rows),
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
            self.binned(self.maps, bins, f"whole, {bins} x {bins}"),
            image(self.crop, "middle"),
            self.binned(self.crop_maps, bins, f"middle, {bins} x {bins}"),
            vector_curve(first, "whole picture"),
            vector_curve(second, "middle", is_second=True),
            formula=rf"\dfrac{{1}}{{{len(first)}}}\sum_i\,|v_i-w_i|={distance:.3f}",
        )

    @step
    def order_is_lost(self) -> Step:
        mixed = shuffled(self.maps, self.levels)
        change = np.abs(pyramid_vector(mixed, self.levels, self.pooling) - self.vector)
        places = int((mixed[self.channel] != self.maps[self.channel]).sum())
        bins = self.levels[-1]
        return explain(
            "What happens inside a bin is lost",
            f"Values change places within the bins: {places} of {mixed[0].size} places now hold "
            f"another value. The vector changes by {change.max():.3f}: it cannot tell. For a "
            "class of the whole picture that is welcome, for a class of each pixel it is not.",
            image(self.maps[self.channel], CHANNELS[self.channel]),
            self.binned(self.maps, bins),
            self.with_bins(mixed[self.channel], bins, "mixed inside the bins"),
            self.binned(mixed, bins),
            heat(mixed[self.channel] != self.maps[self.channel], "other value"),
            bars(
                "Mean change, in hundredths",
                {"map": 100 * np.abs(mixed - self.maps).mean(), "vector": 100 * change.mean()},
            ),
        )

    @step
    def moved(self) -> Step:
        shift = max(1, self.size[1] // _SHIFT)
        other = np.roll(self.maps, shift, axis=2)
        differences = {
            side: np.abs(pooled(other, side, self.pooling) - pooled(self.maps, side, self.pooling))
            for side in self.levels
        }
        changes = [float(one.mean()) for one in differences.values()]
        names = [f"{side} x {side}" for side in self.levels]
        return explain(
            "Coarse bins forgive, fine ones do not",
            f"The maps are moved by {shift} of {self.size[1]} columns, wrapping around at the "
            f"border. The {names[0]} bins change by {changes[0]:.3f} on average, the {names[-1]} "
            f"bins by {changes[-1]:.3f}. Several levels together tell both what is there and "
            "roughly where.",
            image(self.maps[self.channel], "before"),
            image(other[self.channel], f"moved by {shift}"),
            *(
                image(differences[side][self.channel], f"change, {side} x {side}")
                for side in self.levels[-2:]
            ),
            bars("Mean change of the bins, in hundredths", names, 100 * np.array(changes)),
        )

    @step
    def windows_of_the_paper(self) -> Step:
        cases = [*((_PAPER_SIDE, bins) for bins in _PAPER_LEVELS), (_UNEVEN_SIDE, _UNEVEN_BINS)]
        windows = [(size, bins, PaperWindow.of(size, bins)) for size, bins in cases]
        rows = [(size, bins, *one[:2], size - one.covered) for size, bins, one in windows]
        uneven = windows[-1][-1]
        strips = []
        for size in (_PAPER_SIDE, _UNEVEN_SIDE):
            counts = np.repeat(covered(size, _UNEVEN_BINS)[:, None], 6, axis=1)
            names = [f"{name} on {size} columns" for name in ("windows", "bins")]
            strips.append(heats(counts, names, scale="count"))
        return explain(
            "The windows of the paper",
            f"SPP-net slides a window of a / n rounded up by a / n rounded down. For {_PAPER_SIDE} "
            f"columns that is the same as the bins here. For {_UNEVEN_SIDE} columns and "
            f"{_UNEVEN_BINS} bins the windows end at column {uneven.covered}: the last "
            f"{_UNEVEN_SIDE - uneven.covered} are never looked at.",
            *strips,
            table(("columns a", "bins n", "window", "stride", "missed"), rows, current=4),
            formula=r"\lceil\dfrac{a}{n}\rceil\ \mathrm{wide},\ "
            r"\lfloor\dfrac{a}{n}\rfloor\ \mathrm{apart}",
        )

    @step
    def matching(self) -> Step:
        levels = (1, 2, 4)
        weights = [1 / 4, 1 / 4, 1 / 2]  # of level l of L 1 / 2^(L - l + 1), of level 0 1 / 2^L
        bins = sum(side**2 for side in levels)
        return explain(
            "Its namesake: pyramid matching",
            "The idea is older: spatial pyramid matching counts, in 1 x 1, 2 x 2 and 4 x 4 bins, "
            f"how often each of {_WORDS} kinds of local patch occurs, {_WORDS * bins:,} numbers. "
            f"The levels weigh {weights[0]:g}, {weights[1]:g} and {weights[2]:g}: to agree in a "
            "small bin says more.",
            image(self.maps[_BRIGHTNESS], CHANNELS[_BRIGHTNESS]),
            *(
                image(pooled(self.maps, side, "mean")[_BRIGHTNESS], f"{side} x {side}")
                for side in levels
            ),
            bars("Weight of each level", [f"{side} x {side}" for side in levels], weights),
            formula=rf"{_WORDS}\cdot(1+4+16)={_WORDS * bins}",
        )

    @step
    def beside_features(self) -> Step:
        import cv2

        height, width = self.size
        shown = self.levels[:3]
        means = [pooled(self.maps, side, "mean")[_BRIGHTNESS] for side in shown]
        layers = [cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) for one in means]
        names = [f"from {side} x {side}" for side in shown]
        return explain(
            "In a segmenter: beside the features",
            f"A segmenter must not lose the places. So PSPNet pools into bins, here the mean of "
            f"{CHANNELS[_BRIGHTNESS]}, enlarges them to {width} x {height} again and lays them "
            "beside the features: each pixel then also knows its surroundings and the whole. Over "
            f"the picture those of the finest bins spread by {100 * layers[-1].std():.1f} "
            "hundredths.",
            image(self.maps[_BRIGHTNESS], "features"),
            *images(layers, names),
            bars(
                "Spread over the picture, in hundredths",
                names,
                [100 * layer.std() for layer in layers],
            ),
        )

    @step
    def in_the_network(self) -> Step:
        bins = sum(side**2 for side in _PAPER_LEVELS)
        numbers = bins * _PAPER_CHANNELS
        rows = (
            ("here", self.words, self.bins, len(CHANNELS), len(self.vector)),
            ("SPP-net", ", ".join(map(str, _PAPER_LEVELS)), bins, _PAPER_CHANNELS, numbers),
        )
        return explain(
            f"{len(self.vector)} numbers, whatever the size",
            f"SPP-net pools {_PAPER_CHANNELS} maps into {bins} bins: {numbers:,} "
            "numbers. It computes the maps of a picture once and pools them for every region that "
            "might hold an object; Fast R-CNN's RoI pooling is its single level.",
            image(self.picture.pixels, "picture"),
            *(self.binned(self.maps, side) for side in self.levels[-3:]),
            table(("pyramid", "levels", "bins", "maps", "numbers"), rows),
            formula=rf"{_PAPER_CHANNELS}\cdot(1+4+9+36)={numbers}",
        )
