"""The branches of the pyramid side by side, joined, and what each of them is worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import BarsMark, CurveMark, ImageMark, Mark, MaskMark, Step, TableMark
from engine.traces.aspp.branches import Branch, Pyramid
from engine.traces.dilated_convolution.reach import weights_inside
from engine.traces.segmentation_pictures import Pixels, as_grey_pixels
from engine.traces.wording import listing


def beside_each_other(pyramid: Pyramid) -> Step:
    """Show the loudest map of each branch."""
    marks: list[Mark] = [
        pyramid.sheet.heat(
            branch.maps[branch.strongest[0]], (at + 1) // 3, (at + 1) % 3, branch.name
        )
        for at, branch in enumerate(pyramid.branches[:4])
    ]
    # The last branch says the same everywhere, which no colour scale could show.
    whole = as_grey_pixels(np.ones(pyramid.grid))
    marks.append(pyramid.sheet.image(whole, 1, 2, f"{pyramid.branches[-1].name}: one value"))
    active = np.array([100 * float((branch.maps > 0).mean()) for branch in pyramid.branches])
    return Step(
        "All branches side by side",
        "Of each branch the map of greatest spread. Small rates keep to single things, large ones "
        f"smear over them and show where there is much of something. Between {active.min():.0f} % "
        f"and {active.max():.0f} % of their values are above 0.",
        (
            pyramid.sheet.image(pyramid.shown, 0, 0, "picture"),
            *marks,
            BarsMark(_names(pyramid), active, "Values above 0, per cent"),
        ),
    )


def effective_fields(pyramid: Pyramid) -> Step:
    """Measure the receptive fields in the picture."""
    marks = [
        pyramid.sheet.heat(branch.field, (at + 1) // 3, (at + 1) % 3, branch.name)
        for at, branch in enumerate(pyramid.branches[:5])
    ]
    rows = tuple(
        (
            branch.name,
            f"{branch.field_px[0]} x {branch.field_px[1]}",
            f"{branch.radius_px:.0f}",
        )
        for branch in pyramid.branches
    )
    first, last = pyramid.branches[0], pyramid.rated[-1]
    return Step(
        "How far they see in the picture",
        "The gradient of each branch's answer, back to the pixels. Even the 1 x 1 branch sees "
        f"{first.field_px[0]} x {first.field_px[1]} pixels, for the backbone has looked around "
        f"already. What counts lies {first.radius_px:.0f} pixels away on average; for {last.name} "
        f"it is {last.radius_px:.0f}.",
        (
            pyramid.sheet.image(pyramid.shown, 0, 0, "picture"),
            *marks,
            TableMark(("branch", "pixels that count", "mean distance"), rows),
        ),
        r"|\dfrac{\partial y_{ij}}{\partial x}|",
    )


def beyond_the_border(pyramid: Pyramid) -> Step:
    """Count the taps that lie on the grid."""
    rows, columns = pyramid.grid
    rates = np.arange(1, max(rows, columns) + 2)
    across, down = (
        np.array([np.sqrt(weights_inside(rate, side)) for rate in rates.tolist()])
        for side in (columns, rows)
    )
    shares = across * down
    own = [branch.rate for branch in pyramid.rated]
    found = [float(shares[min(rate, len(shares)) - 1]) for rate in own]
    titles = ("rate", "share of taps on the grid")
    marks = [pyramid.taps(branch, 0, at) for at, branch in enumerate(pyramid.rated[:3])]
    return Step(
        "Taps beyond the border",
        f"On a grid of {columns} x {rows}, averaged over all its places, "
        f"{listing([f'{100 * share:.0f} %' for share in found])} of the taps of the rates "
        f"{listing([str(rate) for rate in own])} lie on it; the others read zeros. A rate as large "
        "as the grid has its middle tap left. That is why the mean of all is a branch of its own.",
        (
            *marks,
            *(
                pyramid.sheet.heat(_taps_at_each_place(pyramid, branch), 1, at, "taps on the grid")
                for at, branch in enumerate(pyramid.rated[:3])
            ),
            CurveMark(rates.astype(np.float64), shares, "this grid", *titles),
            CurveMark(
                np.array(own, np.float64),
                np.array(found),
                "the pyramid's",
                *titles,
                role="current",
                style="points",
            ),
        ),
    )


def separable(pyramid: Pyramid) -> Step:
    """Count the weights."""
    channels, wide = pyramid.features.shape[0], pyramid.branches[0].maps.shape[0]
    split, full = 9 * channels + channels * wide, 9 * channels * wide
    first_rated = len(pyramid.branches) - 1 - len(pyramid.rated)
    module = pyramid.network.network.aspp.branches[first_rated]
    kernels = module[0].weight.detach().numpy()
    weights = np.array([branch.weights for branch in pyramid.branches], np.float64)
    marks = [pyramid.taps(branch, 0, at) for at, branch in enumerate(pyramid.branches[:3])]
    return Step(
        "Nine taps a channel, then 1 x 1",
        f"A full 3 x 3 convolution from {channels} to {wide} maps has {full:,} weights. Here every "
        f"map is first filtered by nine taps of its own, then all are mixed at each place: "
        f"{split:,} weights, {full / split:.1f} times fewer. The rate changes nothing about that.",
        (
            *marks,
            *(
                pyramid.sheet.heat(kernels[channel, 0], 1, at, f"taps of feature {channel + 1}")
                for at, channel in enumerate(pyramid.strongest[:3])
            ),
            BarsMark(
                (*_names(pyramid), "full 3 x 3"),
                np.append(weights, full),
                "Weights, with those of the normalisation",
                current=len(weights),
            ),
        ),
        rf"9\cdot{channels}+{channels}\cdot{wide}={split}",
    )


def joined(pyramid: Pyramid) -> Step:
    """Join the branches."""
    wide = pyramid.branches[0].maps.shape[0]
    together = sum(branch.maps.shape[0] for branch in pyramid.branches)
    loudness = np.array([branch.loudness for branch in pyramid.branches])
    favourite = int(np.argmax(loudness))
    order = np.argsort(-pyramid.joined.std(axis=(1, 2)), kind="stable")[:6].tolist()
    return Step(
        f"{together} maps become {wide}",
        f"The maps of all branches are laid on top of each other, {together} of them, and a 1 x 1 "
        f"convolution mixes them into {pyramid.joined.shape[0]}. It reads "
        f"{pyramid.branches[favourite].words} with the largest weights, "
        f"{loudness[favourite]:.2f} long on average.",
        (
            *(
                pyramid.sheet.heat(pyramid.joined[channel], at // 3, at % 3, f"map {channel + 1}")
                for at, channel in enumerate(order)
            ),
            BarsMark(
                _names(pyramid),
                loudness,
                "Mean length of the weights that read it",
                current=favourite,
            ),
        ),
        rf"{len(pyramid.branches)}\cdot{wide}={together}\to {pyramid.joined.shape[0]}",
    )


def what_comes_out(pyramid: Pyramid) -> Step:
    """Show the classes that the network finds in the end."""
    classes = pyramid.network.classes
    found = np.bincount(pyramid.classes.ravel(), minlength=len(classes))
    order = [index for index in np.argsort(-found, kind="stable").tolist() if found[index]]
    shares = 100 * found[order] / found.sum()
    here = classes[int(pyramid.classes[pyramid.place])]
    loudest = np.argsort(-pyramid.joined.std(axis=(1, 2)), kind="stable")[:3].tolist()
    picture, mask = _classes(pyramid, pyramid.classes, 0, 1, "classes")
    return Step(
        "What it is good for",
        f"After the decoder every place has a class: {classes[order[0]]} at {shares[0]:.0f} % of "
        f"the grid, the most. The place that was followed is taken for {here}. Fine borders come "
        "from features of stride 4; what things are comes from the pyramid.",
        (
            pyramid.sheet.image(pyramid.shown, 0, 0, "picture"),
            picture,
            mask,
            pyramid.sheet.heat(pyramid.joined.std(axis=0), 0, 2, "spread of what comes out"),
            *(
                pyramid.sheet.heat(pyramid.joined[channel], 1, at, f"map {channel + 1}")
                for at, channel in enumerate(loudest)
            ),
            BarsMark(
                tuple(classes[index] for index in order), shares, "Share of the grid, per cent"
            ),
        ),
    )


def without_a_branch(pyramid: Pyramid) -> Step:
    """Switch branches off, one at a time."""
    changed = np.array([100 * branch.changed for branch in pyramid.branches])
    order = np.argsort(-changed, kind="stable").tolist()
    most, least = pyramid.branches[order[0]], pyramid.branches[order[-1]]
    without = [
        mark
        for at, index in enumerate(order[:3])
        for mark in _classes(
            pyramid,
            pyramid.branches[index].classes_without,
            1,
            at,
            f"without {pyramid.branches[index].name}",
        )
    ]
    return Step(
        "Without one of them",
        f"Each branch in turn is made to answer 0. Without {most.words} {changed.max():.1f} % of "
        f"the pixels get another class, the most; without {least.words} {changed.min():.1f} %. On "
        "another picture the order may be another.",
        (
            pyramid.sheet.image(pyramid.shown, 0, 0, "picture"),
            *_classes(pyramid, pyramid.classes, 0, 1, "with all branches"),
            pyramid.sheet.heat(most.field, 0, 2, f"what {most.name} sees"),
            *without,
            BarsMark(
                _names(pyramid), changed, "Pixels that change class, per cent", current=order[0]
            ),
        ),
    )


def summary(pyramid: Pyramid) -> Step:
    """Sum up."""
    rows = tuple(
        (
            branch.name,
            str(int(branch.taps.sum())),
            f"{branch.field_px[0]} x {branch.field_px[1]}",
            f"{branch.weights:,}",
            f"{100 * branch.changed:.1f} %",
        )
        for branch in pyramid.branches
    )
    marks = [
        pyramid.sheet.heat(branch.field, (at + 1) // 3, (at + 1) % 3, branch.name)
        for at, branch in enumerate(pyramid.branches[:5])
    ]
    return Step(
        f"{len(pyramid.branches)} distances at one glance",
        "One grid of features, looked at from near to far by layers side by side, and the picture "
        f"as a whole: every place knows its surroundings at {len(pyramid.branches)} scales, and "
        f"the grid stays {pyramid.grid[1]} x {pyramid.grid[0]}. Computed with "
        f"{pyramid.network.origin}.",
        (
            pyramid.sheet.image(pyramid.shown, 0, 0, "picture"),
            *marks,
            TableMark(("branch", "taps", "pixels", "weights", "changes without"), rows),
        ),
    )


def _classes(
    pyramid: Pyramid, classes: Pixels, row: int, column: int, caption: str
) -> tuple[ImageMark, MaskMark]:
    """Draw classes over the picture."""
    extent = pyramid.sheet.fitted(pyramid.shown.shape, row, column)
    return (
        pyramid.sheet.image(pyramid.shown, row, column, caption),
        MaskMark(classes, pyramid.network.classes, extent),
    )


def _taps_at_each_place(pyramid: Pyramid, branch: Branch) -> NDArray[np.float64]:
    """Return how many of the nine taps lie on the grid, for each place of it."""
    counts = []
    for side in pyramid.grid:
        places = np.arange(side)[:, None] + branch.rate * np.arange(-1, 2)
        counts.append(((places >= 0) & (places < side)).sum(axis=1))
    return np.asarray(np.outer(*counts), np.float64)


def _names(pyramid: Pyramid) -> tuple[str, ...]:
    return tuple(branch.name for branch in pyramid.branches)
