"""What the bins forget and what they keep, the rules of the papers, and where they are used.

Pooled maps beside features: Zhao et al., Pyramid Scene Parsing Network, CVPR 2017,
https://arxiv.org/abs/1612.01105
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from engine.api.traces import Step
from engine.traces.marks import bars, heat, image, images, table
from engine.traces.spatial_pyramid_pooling.bins import (
    CHANNELS,
    Floats,
    PaperWindow,
    bin_edges,
    pooled,
    pyramid_vector,
)
from engine.traces.spatial_pyramid_pooling.levels import Levels
from engine.traces.steps import explain, step

_PAPER_LEVELS, _PAPER_CHANNELS, _PAPER_SIDE = (1, 2, 3, 6), 256, 13
_UNEVEN_SIDE, _UNEVEN_BINS = 10, 6
_WORDS = 200  # of the bag of features, in spatial pyramid matching
_BRIGHTNESS = 0  # of CHANNELS: the map with most to show once it is averaged
_SHIFT = 8  # the part of the width by which the picture is moved


def shuffled(maps: Floats, levels: tuple[int, ...], seed: int = 0) -> Floats:
    """Return maps whose values change places, but never over an edge of any bin."""
    random = np.random.default_rng(seed)
    result = maps.copy()
    cuts = []
    for size in maps.shape[1:]:
        edges = {edge for bins in levels for pair in bin_edges(size, bins) for edge in pair}
        cuts.append(sorted(edges))
    for top, bottom in pairwise(cuts[0]):
        for left, right in pairwise(cuts[1]):
            part = result[:, top:bottom, left:right].reshape(len(maps), -1)
            mixed = part[:, random.permutation(part.shape[1])]
            result[:, top:bottom, left:right] = mixed.reshape(len(maps), bottom - top, right - left)
    return result


class Context(Levels):
    """Steps that say what is lost, what is kept, and where it is used."""

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
            image(self.binned(self.maps, bins), f"{bins} x {bins}"),
            self.with_bins(mixed[self.channel], bins, "mixed inside the bins"),
            image(self.binned(mixed, bins), f"{bins} x {bins}"),
            bars(
                ("map", "vector"),
                (100 * np.abs(mixed - self.maps).mean(), 100 * change.mean()),
                "Mean change, in hundredths",
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
            bars(names, 100 * np.array(changes), "Mean change of the bins, in hundredths"),
        )

    @step
    def windows_of_the_paper(self) -> Step:
        rows = []
        for size, bins in (
            *((_PAPER_SIDE, n) for n in _PAPER_LEVELS),
            (_UNEVEN_SIDE, _UNEVEN_BINS),
        ):
            found = PaperWindow.of(size, bins)
            missed = size - found.covered
            rows.append((size, bins, found.window, found.stride, missed))
        uneven = PaperWindow.of(_UNEVEN_SIDE, _UNEVEN_BINS)
        strips = [
            [
                heat(
                    np.repeat(covered[None], 6, axis=0), f"{name} on {size} columns", scale="count"
                )
                for name, covered in zip(
                    ("windows", "bins"), _covered(size, _UNEVEN_BINS), strict=True
                )
            ]
            for size in (_PAPER_SIDE, _UNEVEN_SIDE)
        ]
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
        deepest = len(levels) - 1
        weights = [
            1 / 2**deepest if not at else 1 / 2 ** (deepest - at + 1) for at in range(len(levels))
        ]
        bins = sum(side**2 for side in levels)
        return explain(
            "Its namesake: pyramid matching",
            "The idea is older: spatial pyramid matching counts, in 1 x 1, 2 x 2 and 4 x 4 bins, "
            f"how often each of {_WORDS} kinds of local patch occurs, {_WORDS * bins} numbers. "
            f"The levels weigh {weights[0]:g}, {weights[1]:g} and {weights[2]:g}: to agree in a "
            "small bin says more.",
            image(self.maps[_BRIGHTNESS], CHANNELS[_BRIGHTNESS]),
            *(
                image(pooled(self.maps, side, "mean")[_BRIGHTNESS], f"{side} x {side}")
                for side in levels
            ),
            bars([f"{side} x {side}" for side in levels], weights, "Weight of each level"),
            formula=rf"{_WORDS}\cdot(1+4+16)={_WORDS * bins}",
        )

    @step
    def beside_features(self) -> Step:
        import cv2

        height, width = self.size
        shown = self.levels[:3]
        means = pooled(self.maps, shown[-1], "mean")[_BRIGHTNESS]
        layers = [
            np.asarray(
                cv2.resize(
                    pooled(self.maps, side, "mean")[_BRIGHTNESS],
                    (width, height),
                    interpolation=cv2.INTER_LINEAR,
                ),
                np.float64,
            )
            for side in shown
        ]
        names = [f"from {side} x {side}" for side in shown]
        return explain(
            "In a segmenter: beside the features",
            f"A segmenter must not lose the places. So PSPNet pools into bins, here the mean of "
            f"{CHANNELS[_BRIGHTNESS]}, enlarges them to {width} x {height} again and lays them "
            "beside the features: each pixel then also knows its surroundings and the whole. The "
            f"finest bins here run from {means.min():.2f} to {means.max():.2f}.",
            image(self.maps[_BRIGHTNESS], "features"),
            *images(layers, names),
            bars(
                names,
                [100 * float(layer.std()) for layer in layers],
                "Spread over the picture, in hundredths",
            ),
        )

    @step
    def in_the_network(self) -> Step:
        bins = sum(side**2 for side in _PAPER_LEVELS)
        rows = (
            ("here", self.words, self.bins, len(CHANNELS), len(self.vector)),
            (
                "SPP-net",
                ", ".join(map(str, _PAPER_LEVELS)),
                bins,
                _PAPER_CHANNELS,
                bins * _PAPER_CHANNELS,
            ),
        )
        return explain(
            f"{len(self.vector)} numbers, whatever the size",
            f"SPP-net pools {_PAPER_CHANNELS} maps into {bins} bins: {bins * _PAPER_CHANNELS:,} "
            "numbers. It computes the maps of a picture once and pools them for every region that "
            "might hold an object; Fast R-CNN's RoI pooling is its single level.",
            image(self.picture.pixels, "picture"),
            *(image(self.binned(self.maps, side), f"{side} x {side}") for side in self.levels[-3:]),
            table(("pyramid", "levels", "bins", "maps", "numbers"), rows),
            formula=rf"{_PAPER_CHANNELS}\cdot(1+4+9+36)={bins * _PAPER_CHANNELS}",
        )


def _covered(size: int, bins: int) -> Floats:
    """Return how many windows of the paper, and how many bins, lie on each column: (2, size)."""
    covered = np.zeros((2, size))
    window, stride, _ = PaperWindow.of(size, bins)
    for index, (start, end) in enumerate(bin_edges(size, bins)):
        covered[0, index * stride : index * stride + window] += 1
        covered[1, start:end] += 1
    return covered
