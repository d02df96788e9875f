"""Max-pooling that remembers where its maxima lay, and the way back to these places.

Badrinarayanan, Kendall, Cipolla, SegNet, PAMI 2017, https://arxiv.org/abs/1511.00561; before it
Noh, Hong, Han, ICCV 2015, https://arxiv.org/abs/1505.04366

Axes: S side of the map, s side of the pooled one, both square.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark, BuildTrace, Step, TableMark, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.max_unpooling.pooling import MaxUnpoolingConfig, Pooled, pooled_map
from engine.traces.max_unpooling.uses import (
    densified,
    memory,
    on_the_picture,
    other_values,
    there_and_back,
    without_indices,
)
from engine.traces.wording import count

CARD = TraceCard(
    key="max-unpooling",
    title="Max-unpooling",
    summary="The places of the maxima are remembered, and values are put back there.",
    needs="nothing",
    config_type=MaxUnpoolingConfig,
    area="segment",
)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    story = pooled_map(request.config, request.pixels)
    builders: list[Callable[[Pooled], Step]] = [the_map, windows]
    builders += [partial(one_window, number=number) for number in range(2)]
    builders += [all_windows, indices, lost, first_value, all_values, other_values]
    builders += [there_and_back, without_indices, densified, on_the_picture, memory]
    result = {
        "map": story.values.tolist(),
        "pooled": story.pooled.tolist(),
        "indices": story.indices.tolist(),
        "unpooled": story.unpooled.tolist(),
    }
    size = story.board.size_px
    return Trace(CARD.key, len(builders), lambda at: builders[at](story), result, sheet_px=size)


def the_map(story: Pooled) -> Step:
    """Show the map."""
    side = story.side
    return Step(
        f"A map of {side} x {side} values",
        f"One channel of a feature map, {side} x {side} numbers, the largest {story.values.max()} "
        f"(seed {story.config.seed}). An encoder halves such maps again and again to see more at "
        "once. Where something was gets lost on the way, unless it is written down.",
        (
            *story.board.left_map(story.values, "map"),
            BarsMark(
                tuple(f"row {row}" for row in range(side)),
                story.values.max(axis=1).astype(np.float64),
                "Largest value of each row",
            ),
        ),
    )


def windows(story: Pooled) -> Step:
    """Cut the map into windows."""
    side, small = story.side, story.small
    odd = (
        f" {side} is odd: the windows at the right and lower border hold fewer values."
        if side % 2
        else ""
    )
    return Step(
        f"Windows of 2 x 2: {small} x {small} of them",
        f"Max-pooling cuts the map into windows of 2 x 2 values, {small**2} in all, and keeps "
        f"the largest value of each: {side**2} numbers become {small**2}.{odd}",
        (
            *story.board.left_map(story.values, "map"),
            story.board.windows(story.places, "candidate"),
            *story.board.right_map(story.pooled, "pooled", known=0),
            BarsMark(("map", "pooled"), np.array([side**2, small**2], np.float64), "Values"),
        ),
        rf"s=\lceil\dfrac{{S}}{{2}}\rceil=\lceil\dfrac{{{side}}}{{2}}\rceil={small}",
    )


def one_window(story: Pooled, number: int) -> Step:
    """Take the largest value of one window."""
    place = story.places[number]
    row, column = story.maximum(place)
    inside = story.window(place)
    best, index = int(story.pooled[place]), int(story.indices[place])
    return Step(
        f"Window {number + 1}: the largest is {best}",
        f"Window {number + 1} holds {', '.join(map(str, inside))}. The largest, {best}, goes on. "
        f"It lies in row {row}, column {column}, both counted from 0. Along the rows that is place "
        f"{index}, and this index is remembered.",
        (
            *story.board.left_map(story.values, "map", [(row, column)]),
            story.board.windows([place]),
            *story.board.right_map(story.pooled, "pooled", [place], known=number + 1),
            story.board.arrow((row, column), place),
            story.bars(np.array(inside, np.float64), f"Values of window {number + 1}", best),
        ),
        rf"i=r\,S+c={row}\cdot{story.side}+{column}={index}",
    )


def all_windows(story: Pooled) -> Step:
    """Take the largest value of every window."""
    maxima = [story.maximum(place) for place in story.places]
    return Step(
        f"All {story.small**2} windows",
        f"Every window gives its largest value. The pooled map runs from {story.pooled.min()} to "
        f"{story.pooled.max()}, with a mean of {story.pooled.mean():.1f}; the mean of the map was "
        f"{story.values.mean():.1f}.",
        (
            *story.board.left_map(story.values, "map", maxima),
            *story.board.right_map(story.pooled, "pooled"),
            story.board.arrows(maxima, story.places),
            story.table(),
        ),
        r"y_{ij}=\max_{(r,c)\,\in\,W_{ij}}\,x_{rc}",
    )


def indices(story: Pooled) -> Step:
    """Show the indices alone."""
    maxima = [story.maximum(place) for place in story.places]
    return Step(
        "What is remembered: the indices",
        f"Beside the {story.small**2} values stand as many indices. Inside a window there are only "
        f"four places, so that 2 bits a window are enough: {2 * story.small**2} bits for this map.",
        (
            *story.board.left_map(story.values, "map", maxima),
            *story.board.right_map(story.indices, "indices"),
            story.table(),
        ),
        r"i_{jk}=\mathrm{argmax}_{(r,c)\,\in\,W_{jk}}\,x_{rc}",
    )


def lost(story: Pooled) -> Step:
    """Say what pooling throws away."""
    kept, everything = story.small**2, story.side**2
    gone = story.values.sum() - story.pooled.sum()
    values = np.array([everything, kept, everything - kept], np.float64)
    left_over = np.where(story.unpooled == 0, story.values.astype(np.float64), np.nan)
    return Step(
        f"{everything - kept} of {everything} values are gone",
        f"{count(kept, 'value')} went on, {everything - kept} did not; together these made up "
        f"{gone} of the {story.values.sum()} that all values sum to. Nothing can bring them back. "
        "The places of the others can be brought back.",
        (
            *story.board.left_map(left_over, "lost"),
            *story.board.right_map(story.pooled, "kept"),
            BarsMark(("all", "kept", "lost"), values, "Values", ("neutral", "kept", "removed")),
        ),
    )


def first_value(story: Pooled) -> Step:
    """Put the first value back."""
    place = story.places[0]
    row, column = story.maximum(place)
    value, index = int(story.pooled[place]), int(story.indices[place])
    empty = np.zeros((story.side, story.side), np.int64)
    empty[row, column] = value
    return Step(
        f"Back: {value} to place {index}",
        f"The decoder enlarges again. It begins with {story.side} x {story.side} zeros and puts "
        f"the first value, {value}, at its index {index}. Divided by {story.side} that gives the "
        f"row, {row}; what is left over is the column, {column}.",
        (
            *story.board.left_map(empty, "unpooled so far", [(row, column)]),
            *story.board.right_map(story.pooled, "pooled", [place]),
            story.board.arrow((row, column), place, is_back=True),
            story.table(0),
        ),
        rf"(r,c)=(\lfloor i/S\rfloor,\ i\ \mathrm{{mod}}\ S)=({row},{column})",
    )


def all_values(story: Pooled) -> Step:
    """Put all values back."""
    maxima = [story.maximum(place) for place in story.places]
    zeros = int((story.unpooled == 0).sum())
    return Step(
        "All values at their places",
        f"All {story.small**2} values stand where they were; the other {zeros} places stay 0. "
        f"An edge that ran through the window's right column is in its right column again: borders "
        "stay sharp to the pixel.",
        (
            *story.board.left_map(story.unpooled, "unpooled", maxima),
            *story.board.right_map(story.pooled, "pooled"),
            story.board.arrows(maxima, story.places, is_back=True),
            TableMark(
                ("row", "map", "unpooled"),
                tuple(
                    (str(row), _spaced(story.values[row]), _spaced(story.unpooled[row]))
                    for row in range(story.side)
                ),
            ),
        ),
    )


def _spaced(values: np.ndarray) -> str:
    return "  ".join(str(value) for value in values.tolist())
