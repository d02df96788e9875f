"""What every network has in common: the picture at the beginning, the classes at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import BarsMark, CurveMark
from engine.traces.network_stages.board import Cell, Classes, Frame, Heat, Photo
from engine.traces.network_stages.maps import class_shares, reduced, reduced_picture
from engine.traces.network_stages.run import Run, Scene
from engine.traces.wording import count, listing

if TYPE_CHECKING:
    from torch import Tensor

_PICTURE_PX = 280  # longer side where the picture is large on the sheet
_ZOOMS = (10, 40)  # so many times nearer
_HISTOGRAM_BINS = 25


def opening(run: Run) -> Scene:
    """Show the picture as the numbers that it is."""
    height, width = run.pixels.shape[:2]
    row, column = run.pixel
    given = f"{run.given[0]} x {run.given[1]}"
    if run.given == (width, height):
        size = f"Your picture has {given} pixels"
    else:
        size = f"Your picture of {given} pixels is reduced to {width} x {height} first"
    pad = run.padding
    if (pad.height, pad.width) != (height, width):
        size += f", and extended at its borders to {pad.width} x {pad.height} in the network"
    values = ", ".join(f"{value:.2f}" for value in run.images[0, :, row, column].tolist())
    colours = "grey" if run.found.is_grey else "red, green and blue"
    return Scene(
        "The picture",
        f"{size}. At the followed place, column {column} and row {row}, it is {values}: {colours} "
        f"from 0 to 1. The network is {run.found.origin}.",
        lead=(Photo(reduced_picture(run.pixels, _PICTURE_PX), "picture"),),
        span=3,
        frames=(_followed(run),),
        rows=_colours(run),
    )


def _colours(run: Run) -> list[list[Cell]]:
    """Return the channels whole, and nearer and nearer around the place that is followed."""
    names = ["grey"] if run.found.is_grey else ["red", "green", "blue"]
    image = run.images[0]
    rows: list[list[Cell]] = [
        [Heat(one, name) for one, name in zip(reduced(image), names, strict=True)]
    ]
    for times in _ZOOMS:
        near = reduced(part_around(image, run.pixel, times))
        rows.append(
            [Heat(one, f"{name}, {times} x") for one, name in zip(near, names, strict=True)]
        )
    return rows


def part_around(values: Tensor, place: tuple[int, int], times: float) -> Tensor:
    """Return the part of (C, h, w) around a place, by so many times smaller each way."""
    height, width = values.shape[-2:]
    sides = [max(1, round(side / times)) for side in (height, width)]
    top, left = (
        min(max(at - side // 2, 0), whole - side)
        for at, side, whole in zip(place, sides, (height, width), strict=True)
    )
    return values[..., top : top + sides[0], left : left + sides[1]]


def closing(run: Run) -> list[Scene]:
    """Show the scores, the class of each pixel, how sure it is, and what it took."""
    logits = run.recording.logits.float()
    probabilities = logits.softmax(dim=0)
    return [_scores(run, logits, probabilities), _mask(run), _sure(run, probabilities), _all(run)]


def _scores(run: Run, logits: Tensor, probabilities: Tensor) -> Scene:
    row, column = run.pixel
    here = probabilities[:, row, column].double().numpy()
    best = int(here.argmax())
    score = float(logits[best, row, column])
    return Scene(
        f"{len(run.classes)} scores at every pixel",
        f"Each class has a map of scores as large as the picture. At the followed place "
        f"{run.classes[best]} leads with {score:.2f}; made into probabilities that sum to 1, it "
        f"has {100 * here[best]:.1f} %.",
        rf"p_k=\dfrac{{e^{{s_k}}}}{{\sum_j e^{{s_j}}}}={here[best]:.3f}",
        frames=(_followed(run),),
        rows=run.of_classes(logits),
        below=(
            Heat(reduced(probabilities[[best]])[0], f"p of {run.classes[best]}", (0.0, 1.0)),
            Heat(reduced(logits.amax(dim=0, keepdim=True))[0], "highest score"),
        ),
        panels=(
            BarsMark(
                run.classes, 100 * here, "Probability there, %", current=best, labels=run.classes
            ),
        ),
    )


def _mask(run: Run) -> Scene:
    shares = class_shares(run.mask, len(run.classes))
    order = [at for at in np.argsort(-shares, kind="stable").tolist() if shares[at] > 0]
    occurring = tuple(run.classes[at] for at in order)
    names = [f"{run.classes[at]} with {100 * shares[at]:.1f} %" for at in order[:3]]
    return Scene(
        "The class under every pixel",
        "The class of the highest score wins, pixel by pixel. Of the picture's "
        f"{run.mask.size:,} pixels the largest parts go to {listing(names)}; "
        f"{count(len(order), 'class', 'classes')} of {len(run.classes)} occur.",
        r"\hat{y}=\mathrm{argmax}_k\,s_k",
        lead=(
            Photo(reduced_picture(run.pixels, _PICTURE_PX), "picture"),
            Classes(run.mask, run.classes, "classes"),
        ),
        span=3,
        frames=(_followed(run),),
        panels=(
            BarsMark(
                occurring,
                100 * shares[order],
                "Share of the picture, %",
                current=order.index(int(run.mask[run.pixel])),
                labels=occurring,
            ),
        ),
    )


def _sure(run: Run, probabilities: Tensor) -> Scene:
    highest = probabilities.amax(dim=0)
    values = highest.double().numpy()
    counts, edges = np.histogram(values, bins=_HISTOGRAM_BINS, range=(0.0, 1.0))
    is_border = _borders(run.mask)
    text = (
        f"The winner has {100 * values.mean():.1f} % on average, and less than half at "
        f"{100 * float((values < 0.5).mean()):.1f} % of the pixels: there all other classes "
        "together weigh more."
    )
    if is_border.any():
        text += (
            f" Along the borders between classes it has {100 * values[is_border].mean():.1f} %, "
            f"elsewhere {100 * values[~is_border].mean():.1f} %."
        )
    return Scene(
        "How sure it is",
        text,
        r"\max_k\,p_k",
        lead=(
            Heat(
                reduced(highest[None], 2 * _PICTURE_PX // 3)[0],
                "probability of the winner",
                (0.0, 1.0),
            ),
            Classes(run.mask, run.classes, "classes"),
        ),
        span=3,
        frames=(_followed(run),),
        panels=(
            CurveMark(
                (edges[1:] + edges[:-1]) / 2,
                100 * counts / values.size,
                "pixels",
                "probability of the winner",
                "pixels, %",
            ),
        ),
    )


def _borders(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where the pixel to the right or below is of another class."""
    found = np.zeros(mask.shape, bool)
    found[:-1] |= mask[:-1] != mask[1:]
    found[:, :-1] |= mask[:, :-1] != mask[:, 1:]
    return found


def _all(run: Run) -> Scene:
    weights = sum(each.numel() for each in run.network.parameters())
    return Scene(
        f"{weights:,} weights, one pass",
        f"The table has the whole way: maps grow in number and shrink in size where the network "
        f"asks what is there, and the other way round where it asks where. Computed with "
        f"{run.found.origin}.",
        lead=(
            Photo(reduced_picture(run.pixels, _PICTURE_PX), "picture"),
            Classes(run.mask, run.classes, "classes"),
        ),
        span=3,
    )


def _followed(run: Run) -> Frame:
    """Return a small box around the place that is followed."""
    height, width = run.pixels.shape[:2]
    row, column = run.pixel
    half = max(height, width) / 60
    return Frame(
        (
            (column + 0.5 - half) / width,
            (row + 0.5 - half) / height,
            (column + 0.5 + half) / width,
            (row + 0.5 + half) / height,
        ),
        "followed place",
    )
