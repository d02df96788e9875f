"""Spatial pyramid pooling: feature maps of any size become one vector of fixed length.

He, Zhang, Ren, Sun, Spatial Pyramid Pooling in Deep Convolutional Networks for Visual Recognition,
ECCV 2014, https://arxiv.org/abs/1406.4729; bins of several sizes before it: Lazebnik, Schmid,
Ponce, Beyond Bags of Features: Spatial Pyramid Matching, CVPR 2006
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.traces import (
    BarsMark,
    BuildTrace,
    CurveMark,
    Mark,
    Step,
    TableMark,
    Trace,
    TraceCard,
)
from engine.core.registry import TRACES
from engine.traces.spatial_pyramid_pooling.bins import (
    CHANNELS,
    Pyramid,
    SpatialPyramidConfig,
    bin_edges,
    pooled,
    pyramid_of,
)
from engine.traces.spatial_pyramid_pooling.context import (
    beside_features,
    in_the_network,
    matching,
    moved,
    order_is_lost,
    windows_of_the_paper,
)
from engine.traces.wording import number

CARD = TraceCard(
    key="spatial-pyramid-pooling",
    title="Spatial pyramid pooling",
    summary="1 x 1, 2 x 2, 4 x 4 bins: one vector of fixed length, whatever the picture's size.",
    needs="nothing",
    config_type=SpatialPyramidConfig,
    area="segment",
)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    pyramid = pyramid_of(request.config, request.pixels)
    builders: list[Callable[[Pyramid], Step]] = [any_size, features]
    builders += [partial(level, number_=at) for at in range(len(pyramid.levels))]
    builders += [edges, one_vector, another_size, both_vectors, order_is_lost, moved]
    builders += [windows_of_the_paper, matching, beside_features, in_the_network]
    result = {
        "levels": list(pyramid.levels),
        "map_size": list(pyramid.size),
        "crop_map_size": list(pyramid.crop_maps.shape[1:]),
        "vector": pyramid.vector.tolist(),
        "crop_vector": pyramid.crop_vector.tolist(),
    }
    size = pyramid.sheet.size_px
    return Trace(CARD.key, len(builders), lambda at: builders[at](pyramid), result, sheet_px=size)


def any_size(pyramid: Pyramid) -> Step:
    """Show two pictures of different sizes."""
    import cv2

    height, width = pyramid.picture.pixels.shape[:2]
    crop_height, crop_width = pyramid.crop.shape[:2]
    bent = cv2.resize(pyramid.crop, (width, height), interpolation=cv2.INTER_LINEAR)
    cut = pyramid.crop[: crop_width * height // width, : crop_height * width // height]
    return Step(
        "Pictures of any size",
        f"Here are {pyramid.picture.words} and its middle, {crop_width} x {crop_height}. "
        "Convolutions take any size, but a fully connected layer wants a fixed count of numbers. "
        "To crop or stretch every picture to one size would cut things off or bend them.",
        (
            pyramid.sheet.image(pyramid.picture.pixels, 0, 0, f"{width} x {height}"),
            pyramid.sheet.image(pyramid.crop, 0, 1, f"{crop_width} x {crop_height}"),
            pyramid.sheet.image(np.asarray(bent, np.uint8), 0, 2, "stretched"),
            pyramid.sheet.image(np.ascontiguousarray(cut), 0, 3, "cut off"),
            BarsMark(
                ("whole", "middle"),
                np.array([width * height, crop_width * crop_height], np.float64),
                "Pixels",
            ),
        ),
    )


def features(pyramid: Pyramid) -> Step:
    """Show the feature maps."""
    height, width = pyramid.size
    means = 100 * pyramid.maps.mean(axis=(1, 2))
    return Step(
        f"{len(CHANNELS)} feature maps of {width} x {height}",
        f"In a network these would be hundreds of learned maps; here four simple ones stand for "
        f"them: {', '.join(CHANNELS)}. Each has {width} x {height} values from 0 to 1. The steps "
        f"that show a single map show {CHANNELS[pyramid.channel]}.",
        (
            *(
                pyramid.field(one, at, name)
                for at, (one, name) in enumerate(zip(pyramid.maps, CHANNELS, strict=True))
            ),
            BarsMark(CHANNELS, means, "Mean of each map, in hundredths", current=pyramid.channel),
        ),
    )


def level(pyramid: Pyramid, number_: int) -> Step:
    """Pool into the bins of one level."""
    bins = pyramid.levels[number_]
    height, width = pyramid.size
    everything = pooled(pyramid.maps, bins, pyramid.pooling)
    found = everything[pyramid.channel]
    word = "largest" if pyramid.pooling == "max" else "mean"
    values = [number(value) for value in found.ravel()[:4].tolist()]
    more = f" and {bins**2 - 4} more" if bins**2 > 4 else ""
    span = (
        "Its only bin is the whole map"
        if bins == 1
        else f"Each bin spans about {width / bins:.1f} x {height / bins:.1f} values"
    )
    names = tuple(f"bin {at + 1}" for at in range(bins**2))
    return Step(
        f"Level {number_ + 1}: {bins} x {bins} bins",
        f"{span}; it keeps the {word} one. Of {CHANNELS[pyramid.channel]} that gives "
        f"{', '.join(values)}{more}. "
        + ("Where it was is forgotten." if bins == 1 else "Roughly where it was is kept."),
        (
            pyramid.field(pyramid.maps[pyramid.channel], 0, CHANNELS[pyramid.channel]),
            pyramid.boxes(bins, 0),
            pyramid.field(everything[pyramid.channel], 1, f"{bins} x {bins}"),
            pyramid.field(pyramid.maps[pyramid.other], 2, CHANNELS[pyramid.other]),
            pyramid.boxes(bins, 2),
            pyramid.field(everything[pyramid.other], 3, f"{bins} x {bins}"),
            BarsMark(names, found.ravel(), f"What the bins keep, level {number_ + 1}"),
        ),
        rf"{bins}\cdot{bins}={bins**2}\ \mathrm{{bins}}",
    )


def edges(pyramid: Pyramid) -> Step:
    """Say where bins begin and end."""
    bins = pyramid.levels[-1]
    height, width = pyramid.size
    rows, columns = bin_edges(height, bins), bin_edges(width, bins)
    overlap = sum(before[1] > after[0] for before, after in pairwise(columns))
    divides = (
        f"{width} columns do not divide by {bins}: neighbouring bins share a column {overlap} "
        "times, and none is empty."
        if overlap
        else f"{width} columns divide by {bins}, so that the bins fit without sharing any."
    )
    last = bins - 1
    return Step(
        "Where a bin begins and ends",
        f"Bin i of n begins at i a / n rounded down and ends at (i + 1) a / n rounded up. "
        f"{divides} The bins stretch with the map; their number stays.",
        (
            *_both(pyramid),
            TableMark(
                ("bin", "columns", "rows"),
                tuple(
                    (str(at), f"{left} to {right - 1}", f"{top} to {bottom - 1}")
                    for at, ((left, right), (top, bottom)) in enumerate(
                        zip(columns, rows, strict=True)
                    )
                ),
            ),
        ),
        rf"[\lfloor\dfrac{{{last}\cdot{width}}}{{{bins}}}\rfloor,\ "
        rf"\lceil\dfrac{{{bins}\cdot{width}}}{{{bins}}}\rceil)"
        rf"=[{columns[last][0]},\ {columns[last][1]})",
    )


def one_vector(pyramid: Pyramid) -> Step:
    """Join all levels."""
    length = len(pyramid.vector)
    squares = "+".join(f"{side}^2" for side in pyramid.levels)
    rows = tuple(
        (f"{side} x {side}", str(side**2), str(side**2 * len(CHANNELS))) for side in pyramid.levels
    )
    return Step(
        f"One vector of {length} numbers",
        f"The levels {pyramid.words} make {pyramid.bins} bins a map. All bins of all "
        f"{len(CHANNELS)} maps in one row are {length} numbers. The length knows nothing of the "
        "picture's size.",
        (
            *(
                pyramid.field(pyramid.binned(pyramid.maps, side), at, f"{side} x {side}")
                for at, side in enumerate(pyramid.levels)
            ),
            TableMark(("level", "bins", "numbers"), rows),
            _curve(pyramid.vector, "whole picture"),
        ),
        rf"{len(CHANNELS)}\cdot({squares})={len(CHANNELS)}\cdot{pyramid.bins}={length}",
    )


def another_size(pyramid: Pyramid) -> Step:
    """Do the same with another size."""
    height, width = pyramid.crop_maps.shape[1:]
    whole_height, whole_width = pyramid.size
    length = len(pyramid.crop_vector)
    bins = pyramid.levels[-1]
    return Step(
        "Another size, the same length",
        f"The middle of the picture gives maps of {width} x {height} in place of {whole_width} x "
        f"{whole_height}. Its bins are narrower, about {width / bins:.1f} columns wide where it "
        f"was {whole_width / bins:.1f}, but there are as many: again {length} numbers.",
        (
            *_both(pyramid),
            TableMark(
                ("picture", "map", "numbers"),
                (
                    ("whole", f"{whole_width} x {whole_height}", str(len(pyramid.vector))),
                    ("middle", f"{width} x {height}", str(length)),
                ),
            ),
        ),
    )


def both_vectors(pyramid: Pyramid) -> Step:
    """Compare both vectors."""
    first, second = pyramid.vector, pyramid.crop_vector
    bins = pyramid.levels[-1]
    distance = float(np.abs(first - second).mean())
    coarse = len(CHANNELS) * pyramid.levels[0] ** 2
    near = float(np.abs(first - second)[:coarse].mean())
    return Step(
        "Now they can be compared",
        f"Number by number the two vectors differ by {distance:.3f} on average, those of the first "
        f"level by {near:.3f}. A classifier of {len(first)} inputs, or a distance between "
        "pictures, takes them both.",
        (
            pyramid.sheet.image(pyramid.picture.pixels, 0, 0, "whole"),
            pyramid.field(pyramid.binned(pyramid.maps, bins), 1, f"whole, {bins} x {bins}"),
            pyramid.sheet.image(pyramid.crop, 0, 2, "middle"),
            pyramid.field(pyramid.binned(pyramid.crop_maps, bins), 3, f"middle, {bins} x {bins}"),
            _curve(first, "whole picture"),
            _curve(second, "middle", is_second=True),
        ),
        rf"\dfrac{{1}}{{{len(first)}}}\sum_i\,|v_i-w_i|={distance:.3f}",
    )


def _both(pyramid: Pyramid) -> tuple[Mark, ...]:
    """Draw a map of the whole picture and of its middle, each with its finest bins."""
    marks: list[Mark] = []
    bins = pyramid.levels[-1]
    for column, (name, maps) in enumerate((("whole", pyramid.maps), ("middle", pyramid.crop_maps))):
        height, width = maps.shape[1:]
        marks += [
            pyramid.field(maps[pyramid.channel], 2 * column, f"{name}, {width} x {height}"),
            pyramid.boxes(bins, 2 * column, maps),
            pyramid.field(pyramid.binned(maps, bins), 2 * column + 1, f"{bins} x {bins}"),
        ]
    return tuple(marks)


def _curve(values: np.ndarray, name: str, is_second: bool = False) -> CurveMark:
    return CurveMark(
        np.arange(1.0, len(values) + 1),
        values,
        name,
        "number of the vector",
        "value",
        role="current" if is_second else "kept",
    )
