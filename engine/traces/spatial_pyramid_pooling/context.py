"""What the bins forget and what they keep, the rules of the papers, and where they are used.

Pooled maps beside features: Zhao et al., Pyramid Scene Parsing Network, CVPR 2017,
https://arxiv.org/abs/1612.01105
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from engine.api.traces import BarsMark, Step, TableMark
from engine.traces.spatial_pyramid_pooling.bins import (
    CHANNELS,
    Floats,
    PaperWindow,
    Pyramid,
    bin_edges,
    pooled,
    pyramid_vector,
)

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


def order_is_lost(pyramid: Pyramid) -> Step:
    """Shuffle inside the bins."""
    mixed = shuffled(pyramid.maps, pyramid.levels)
    change = np.abs(pyramid_vector(mixed, pyramid.levels, pyramid.pooling) - pyramid.vector)
    places = int((mixed[pyramid.channel] != pyramid.maps[pyramid.channel]).sum())
    bins = pyramid.levels[-1]
    return Step(
        "What happens inside a bin is lost",
        f"Values change places within the bins: {places} of {mixed[0].size} places now hold "
        f"another value. The vector changes by {change.max():.3f}: it cannot tell. For a class of "
        "the whole picture that is welcome, for a class of each pixel it is not.",
        (
            pyramid.field(pyramid.maps[pyramid.channel], 0, CHANNELS[pyramid.channel]),
            pyramid.field(pyramid.binned(pyramid.maps, bins), 1, f"{bins} x {bins}"),
            pyramid.field(mixed[pyramid.channel], 2, "mixed inside the bins"),
            pyramid.boxes(bins, 2),
            pyramid.field(pyramid.binned(mixed, bins), 3, f"{bins} x {bins}"),
            BarsMark(
                ("map", "vector"),
                100 * np.array([np.abs(mixed - pyramid.maps).mean(), change.mean()]),
                "Mean change, in hundredths",
            ),
        ),
    )


def moved(pyramid: Pyramid) -> Step:
    """Move the picture a little."""
    shift = max(1, pyramid.size[1] // _SHIFT)
    other = np.roll(pyramid.maps, shift, axis=2)
    differences = {
        side: np.abs(
            pooled(other, side, pyramid.pooling) - pooled(pyramid.maps, side, pyramid.pooling)
        )
        for side in pyramid.levels
    }
    changes = [float(one.mean()) for one in differences.values()]
    names = tuple(f"{side} x {side}" for side in pyramid.levels)
    return Step(
        "Coarse bins forgive, fine ones do not",
        f"The maps are moved by {shift} of {pyramid.size[1]} columns, round the border. The "
        f"{names[0]} bins change by {changes[0]:.3f} on average, the {names[-1]} bins by "
        f"{changes[-1]:.3f}. Several levels together tell both what is there and roughly where.",
        (
            pyramid.field(pyramid.maps[pyramid.channel], 0, "before"),
            pyramid.field(other[pyramid.channel], 1, f"moved by {shift}"),
            *(
                pyramid.field(
                    differences[side][pyramid.channel], 2 + at, f"change, {side} x {side}"
                )
                for at, side in enumerate(pyramid.levels[-2:])
            ),
            BarsMark(names, 100 * np.array(changes), "Mean change of the bins, in hundredths"),
        ),
    )


def windows_of_the_paper(pyramid: Pyramid) -> Step:
    """Show the rule of the paper and where it fails."""
    rows = []
    for size, bins in (*((_PAPER_SIDE, n) for n in _PAPER_LEVELS), (_UNEVEN_SIDE, _UNEVEN_BINS)):
        found = PaperWindow.of(size, bins)
        missed = size - found.covered
        rows.append((str(size), str(bins), str(found.window), str(found.stride), str(missed)))
    uneven = PaperWindow.of(_UNEVEN_SIDE, _UNEVEN_BINS)
    marks = []
    for at, size in enumerate((_PAPER_SIDE, _UNEVEN_SIDE)):
        covered = _covered(size, _UNEVEN_BINS)
        for row, name in enumerate(("windows", "bins")):
            strip = np.repeat(covered[row : row + 1], 6, axis=0)
            marks.append(pyramid.sheet.heat(strip, 0, 2 * at + row, f"{name} on {size} columns"))
    return Step(
        "The windows of the paper",
        f"SPP-net slides a window of a / n rounded up by a / n rounded down. For {_PAPER_SIDE} "
        f"columns that is the same as the bins here. For {_UNEVEN_SIDE} columns and "
        f"{_UNEVEN_BINS} bins the windows end at column {uneven.covered}: the last "
        f"{_UNEVEN_SIDE - uneven.covered} are never looked at.",
        (
            *marks,
            TableMark(("columns a", "bins n", "window", "stride", "missed"), tuple(rows), (), 4),
        ),
        r"\lceil\dfrac{a}{n}\rceil\ \mathrm{wide},\ \lfloor\dfrac{a}{n}\rfloor\ \mathrm{apart}",
    )


def _covered(size: int, bins: int) -> Floats:
    """Return how many windows of the paper, and how many bins, lie on each column: (2, size)."""
    covered = np.zeros((2, size))
    window, stride, _ = PaperWindow.of(size, bins)
    for index, (start, end) in enumerate(bin_edges(size, bins)):
        covered[0, index * stride : index * stride + window] += 1
        covered[1, start:end] += 1
    return covered


def matching(pyramid: Pyramid) -> Step:
    """Tell it from spatial pyramid matching."""
    levels = (1, 2, 4)
    deepest = len(levels) - 1
    weights = [
        1 / 2**deepest if not at else 1 / 2 ** (deepest - at + 1) for at in range(len(levels))
    ]
    bins = sum(side**2 for side in levels)
    return Step(
        "Its namesake: pyramid matching",
        "The idea is older: spatial pyramid matching counts, in 1 x 1, 2 x 2 and 4 x 4 bins, how "
        f"often each of {_WORDS} kinds of local patch occurs, {_WORDS * bins} numbers. The levels "
        f"weigh {weights[0]:g}, {weights[1]:g} and {weights[2]:g}: to agree in a small bin says "
        "more.",
        (
            pyramid.field(pyramid.maps[_BRIGHTNESS], 0, CHANNELS[_BRIGHTNESS]),
            *(
                pyramid.field(
                    pooled(pyramid.maps, side, "mean")[_BRIGHTNESS], at + 1, f"{side} x {side}"
                )
                for at, side in enumerate(levels)
            ),
            BarsMark(
                tuple(f"{side} x {side}" for side in levels),
                np.array(weights),
                "Weight of each level",
            ),
        ),
        rf"{_WORDS}\cdot(1+4+16)={_WORDS * bins}",
    )


def beside_features(pyramid: Pyramid) -> Step:
    """Lay pooled maps beside the features."""
    import cv2

    height, width = pyramid.size
    shown = pyramid.levels[:3]
    means = pooled(pyramid.maps, shown[-1], "mean")[_BRIGHTNESS]
    layers = [
        np.asarray(
            cv2.resize(
                pooled(pyramid.maps, side, "mean")[_BRIGHTNESS],
                (width, height),
                interpolation=cv2.INTER_LINEAR,
            ),
            np.float64,
        )
        for side in shown
    ]
    return Step(
        "In a segmenter: beside the features",
        f"A segmenter must not lose the places. So PSPNet pools into bins, here the mean of "
        f"{CHANNELS[_BRIGHTNESS]}, enlarges them to {width} x {height} again and lays them "
        "beside the features: each pixel then also knows its surroundings and the whole. The "
        f"finest bins here run from {means.min():.2f} to {means.max():.2f}.",
        (
            pyramid.field(pyramid.maps[_BRIGHTNESS], 0, "features"),
            *(
                pyramid.field(layer, at + 1, f"from {side} x {side}")
                for at, (layer, side) in enumerate(zip(layers, shown, strict=True))
            ),
            BarsMark(
                tuple(f"from {side} x {side}" for side in shown),
                100 * np.array([float(layer.std()) for layer in layers]),
                "Spread over the picture, in hundredths",
            ),
        ),
    )


def in_the_network(pyramid: Pyramid) -> Step:
    """Sum up."""
    bins = sum(side**2 for side in _PAPER_LEVELS)
    rows = (
        ("here", pyramid.words, str(pyramid.bins), str(len(CHANNELS)), str(len(pyramid.vector))),
        (
            "SPP-net",
            ", ".join(map(str, _PAPER_LEVELS)),
            str(bins),
            str(_PAPER_CHANNELS),
            f"{bins * _PAPER_CHANNELS:,}",
        ),
    )
    return Step(
        f"{len(pyramid.vector)} numbers, whatever the size",
        f"SPP-net pools {_PAPER_CHANNELS} maps into {bins} bins: {bins * _PAPER_CHANNELS:,} "
        "numbers. It computes the maps of a picture once and pools them for every region that "
        "might hold an object; Fast R-CNN's RoI pooling is its single level.",
        (
            pyramid.sheet.image(pyramid.picture.pixels, 0, 0, "picture"),
            *(
                pyramid.field(pyramid.binned(pyramid.maps, side), at + 1, f"{side} x {side}")
                for at, side in enumerate(pyramid.levels[-3:])
            ),
            TableMark(("pyramid", "levels", "bins", "maps", "numbers"), rows),
        ),
        rf"{_PAPER_CHANNELS}\cdot(1+4+9+36)={bins * _PAPER_CHANNELS}",
    )
