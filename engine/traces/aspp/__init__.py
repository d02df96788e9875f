"""Atrous spatial pyramid pooling: one grid of features looked at over several distances at once.

Chen, Papandreou, Schroff, Adam, Rethinking Atrous Convolution for Semantic Image Segmentation,
2017, https://arxiv.org/abs/1706.05587; separable in DeepLabv3+, ECCV 2018,
https://arxiv.org/abs/1802.02611
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark, BoxesMark, BuildTrace, Mark, Step, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.aspp.branches import AsppConfig, Branch, Pyramid, pyramid_of
from engine.traces.aspp.joining import (
    beside_each_other,
    beyond_the_border,
    effective_fields,
    joined,
    separable,
    summary,
    what_comes_out,
    without_a_branch,
)
from engine.traces.wording import count, listing

CARD = TraceCard(
    key="aspp",
    title="Atrous spatial pyramid pooling (ASPP)",
    summary="The branches of DeepLab's pyramid on your picture, and how far each one sees.",
    needs="nothing",
    config_type=AsppConfig,
    area="segment",
)

_STRONGEST = 3


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    pyramid = pyramid_of(request.config, request.pixels, context)
    builders: list[Callable[[Pyramid], Step]] = [coarse_grid, features]
    builders += [partial(one_branch, number=at) for at in range(len(pyramid.branches) - 1)]
    builders += [whole_picture, beside_each_other, effective_fields, beyond_the_border, separable]
    builders += [joined, what_comes_out, without_a_branch, summary]
    result = {
        "weights": pyramid.network.origin,
        "grid": list(pyramid.grid),
        "place": list(pyramid.place),
        "rates": [branch.rate for branch in pyramid.rated],
        "taps": [int(branch.taps.sum()) for branch in pyramid.branches],
        "receptive_fields_px": [list(branch.field_px) for branch in pyramid.branches],
        "radii_px": [branch.radius_px for branch in pyramid.branches],
        "changed": [branch.changed for branch in pyramid.branches],
    }
    size = pyramid.sheet.size_px
    return Trace(CARD.key, len(builders), lambda at: builders[at](pyramid), result, sheet_px=size)


def coarse_grid(pyramid: Pyramid) -> Step:
    """Show the picture and its coarse grid."""
    height, width = pyramid.input_px
    rows, columns = pyramid.grid
    return Step(
        f"{width} x {height} pixels, {columns} x {rows} features",
        f"The network, {pyramid.network.origin}, turns {pyramid.words} into a grid of {columns} x "
        f"{rows}, one place for {pyramid.stride} x {pyramid.stride} pixels. The marked one, row "
        f"{pyramid.place[0]}, column {pyramid.place[1]}, is followed. What lies there one can only "
        "tell from what lies around it, near and far.",
        (
            pyramid.sheet.image(pyramid.shown, 0, 0, "picture"),
            _squares(pyramid, [pyramid.place], 0, 0),
            pyramid.sheet.heat(pyramid.features.mean(axis=0), 0, 1, "mean of the features"),
            pyramid.sheet.heat(pyramid.features.std(axis=0), 0, 2, "spread of the features"),
            *_strongest(pyramid, pyramid.features, 1),
            BarsMark(
                ("pixels", "features"),
                np.array([height * width, rows * columns], np.float64),
                "Places",
            ),
        ),
        rf"\dfrac{{{width}}}{{{pyramid.stride}}}\times\dfrac{{{height}}}{{{pyramid.stride}}}",
    )


def features(pyramid: Pyramid) -> Step:
    """Show what goes in."""
    channels = pyramid.features.shape[0]
    names = [branch.name for branch in pyramid.branches]
    order = pyramid.strongest[:6]
    marks = [
        pyramid.sheet.heat(pyramid.features[channel], at // 3, at % 3, f"feature {channel + 1}")
        for at, channel in enumerate(order)
    ]
    spreads = pyramid.features.std(axis=(1, 2))[order]
    return Step(
        f"{channels} features at every place",
        f"The backbone has {channels} maps; the six of greatest spread are drawn. The ASPP looks "
        f"at all of them in {len(names)} ways at once, side by side: {listing(names)}.",
        (
            *marks,
            BarsMark(
                tuple(f"feature {channel + 1}" for channel in order),
                spreads.astype(np.float64),
                "Standard deviation",
            ),
        ),
    )


def one_branch(pyramid: Pyramid, number: int) -> Step:
    """Show one branch."""
    branch = pyramid.branches[number]
    found = int(branch.taps.sum())
    wide = branch.reach
    span = wide * pyramid.stride
    looks = (
        "This branch looks at the place alone and mixes its features."
        if not branch.rate
        else f"Nine taps lie {count(branch.rate, 'feature')} apart and span {wide} x {wide}, which "
        f"is {span} x {span} pixels."
    )
    beyond = (9 if branch.rate else 1) - found
    missing = f", and {beyond} of 9 lie beyond the border" if beyond else ""
    rows, columns = np.nonzero(branch.taps)
    places = list(zip(rows.tolist(), columns.tolist(), strict=True))
    return Step(
        f"Branch {number + 1}: {branch.name}",
        f"{looks} By the gradient {count(found, 'feature')} {'moves' if found == 1 else 'move'} "
        f"its answer{missing}. It answers "
        f"with {branch.maps.shape[0]} maps; the loudest run up to {branch.maps.max():.2f}.",
        (
            pyramid.sheet.image(pyramid.shown, 0, 0, "taps on the picture"),
            _squares(pyramid, places, 0, 0),
            pyramid.taps(branch, 0, 1, "gradient not 0"),
            pyramid.sheet.heat(branch.field, 0, 2, "pixels that move it"),
            *_strongest(pyramid, branch.maps, 1),
            _reaches(pyramid, number),
        ),
        rf"2\,r+1=2\cdot{branch.rate}+1={wide}",
    )


def whole_picture(pyramid: Pyramid) -> Step:
    """Show the branch of the mean."""
    branch = pyramid.branches[-1]
    means = pyramid.features.mean(axis=(1, 2))
    values = branch.maps[:, 0, 0]
    order = np.argsort(-values, kind="stable")[:6].tolist()
    awake = int((values > 0).sum())
    return Step(
        f"Branch {len(pyramid.branches)}: the mean of all",
        f"The mean of each feature over the whole picture, {len(means)} numbers, becomes "
        f"{len(values)} numbers, {awake} of them above 0, and these are the same at every place. "
        "So each place knows what kind of picture it is in: a street, a room.",
        (
            pyramid.sheet.image(pyramid.shown, 0, 0, "picture"),
            pyramid.taps(branch, 0, 1, "gradient not 0: everywhere"),
            pyramid.sheet.heat(branch.field, 0, 2, "pixels that move it"),
            *_strongest(pyramid, pyramid.features, 1),
            BarsMark(
                tuple(f"map {channel + 1}" for channel in order),
                values[order].astype(np.float64),
                "Largest answers, the same everywhere",
            ),
        ),
        r"m_c=\dfrac{1}{h\,w}\sum_{ij}\,f_{cij}",
    )


def _strongest(pyramid: Pyramid, maps: np.ndarray, row: int) -> list[Mark]:
    """Draw the maps of greatest spread in a row of the sheet."""
    order = np.argsort(-maps.std(axis=(1, 2)), kind="stable")[:_STRONGEST].tolist()
    return [
        pyramid.sheet.heat(maps[channel], row, at, f"map {channel + 1}")
        for at, channel in enumerate(order)
    ]


def _squares(pyramid: Pyramid, places: list[tuple[int, int]], row: int, column: int) -> BoxesMark:
    """Draw the pixels of features over the picture in a cell."""
    height, width = pyramid.input_px
    corners = [
        [
            (at[1] * pyramid.stride, at[0] * pyramid.stride),
            ((at[1] + 1) * pyramid.stride, (at[0] + 1) * pyramid.stride),
        ]
        for at in places
    ]
    inside = np.array(corners, np.float64).reshape(-1, 2).clip(0, (width, height))
    scale = pyramid.shown.shape[1] / width
    points = pyramid.sheet.points(inside * scale, pyramid.shown.shape, row, column)
    return BoxesMark(points.reshape(-1, 4), "current")


def _reaches(pyramid: Pyramid, current: int) -> BarsMark:
    branches: list[Branch] = pyramid.branches[:-1]
    return BarsMark(
        tuple(branch.name for branch in branches),
        np.array([branch.reach * pyramid.stride for branch in branches], np.float64),
        "Taps span so many pixels of the picture",
        current=current,
    )
