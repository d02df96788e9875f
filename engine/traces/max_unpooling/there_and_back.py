"""Pooling window by window, and the way back to the remembered places."""

from __future__ import annotations

import numpy as np

from engine.api.traces import Step
from engine.traces.marks import bars, on, table, tiles
from engine.traces.max_unpooling.pooling import Pooled, spaced
from engine.traces.steps import explain, step
from engine.traces.wording import count


class ThereAndBack(Pooled):
    """Steps from the map to the pooled one, and back."""

    first_windows = range(2)

    @step
    def the_map(self) -> Step:
        side = self.side
        return explain(
            f"A map of {side} x {side} values",
            f"One channel of a feature map, {side} x {side} numbers, the largest "
            f"{self.values.max()} (seed {self.config.seed}). An encoder halves such maps again "
            "and again to see more at once. Where something was gets lost on the way, unless it "
            "is written down.",
            self.left(self.values, "map"),
            bars(
                [f"row {row}" for row in range(side)],
                self.values.max(axis=1),
                "Largest value of each row",
            ),
        )

    @step
    def cut_into_windows(self) -> Step:
        side, small = self.side, self.small
        odd = (
            f" {side} is odd: the windows at the right and lower border hold fewer values."
            if side % 2
            else ""
        )
        return explain(
            f"Windows of 2 x 2: {small} x {small} of them",
            f"Max-pooling cuts the map into windows of 2 x 2 values, {small**2} in all, and keeps "
            f"the largest value of each: {side**2} numbers become {small**2}.{odd}",
            on(self.left(self.values, "map"), self.framed(self.places, "candidate")),
            self.right(self.pooled, "pooled", known=0),
            bars(("map", "pooled"), (side**2, small**2), "Values"),
            formula=rf"s=\lceil\dfrac{{S}}{{2}}\rceil=\lceil\dfrac{{{side}}}{{2}}\rceil={small}",
        )

    @step(each="first_windows")
    def one_window(self, number: int) -> Step:
        place = self.places[number]
        row, column = self.maximum(place)
        inside = self.window(place)
        best, index = int(self.pooled[place]), int(self.indices[place])
        return explain(
            f"Window {number + 1}: the largest is {best}",
            f"Window {number + 1} holds {', '.join(map(str, inside))}. The largest, {best}, goes "
            f"on. It lies in row {row}, column {column}, both counted from 0. Along the rows that "
            f"is place {index}, and this index is remembered.",
            tiles(
                [
                    on(self.left(self.values, "map", [(row, column)]), self.framed([place])),
                    self.right(self.pooled, "pooled", [place], known=number + 1),
                ],
                arrows=self.arrows([place], "current"),
            ),
            bars(
                [f"value {at}" for at in range(1, len(inside) + 1)],
                inside,
                f"Values of window {number + 1}",
                current=inside.index(best),
            ),
            formula=rf"i=r\,S+c={row}\cdot{self.side}+{column}={index}",
        )

    @step
    def all_windows(self) -> Step:
        return explain(
            f"All {self.small**2} windows",
            f"Every window gives its largest value. The pooled map runs from {self.pooled.min()} "
            f"to {self.pooled.max()}, with a mean of {self.pooled.mean():.1f}; the mean of the "
            f"map was {self.values.mean():.1f}.",
            tiles(
                [self.left(self.values, "map", self.maxima), self.right(self.pooled, "pooled")],
                arrows=self.arrows(self.places),
            ),
            self.windows_table(),
            formula=r"y_{ij}=\max_{(r,c)\,\in\,W_{ij}}\,x_{rc}",
        )

    @step
    def remembered(self) -> Step:
        return explain(
            "What is remembered: the indices",
            f"Beside the {self.small**2} values stand as many indices. Inside a window there are "
            f"only four places, so that 2 bits a window are enough: {2 * self.small**2} bits for "
            "this map.",
            self.left(self.values, "map", self.maxima),
            self.right(self.indices, "indices", scale="indices"),
            self.windows_table(),
            formula=r"i_{jk}=\mathrm{argmax}_{(r,c)\,\in\,W_{jk}}\,x_{rc}",
        )

    @step
    def lost(self) -> Step:
        kept, everything = self.small**2, self.side**2
        gone = self.values.sum() - self.pooled.sum()
        left_over = np.where(self.unpooled == 0, self.values.astype(np.float64), np.nan)
        return explain(
            f"{everything - kept} of {everything} values are gone",
            f"{count(kept, 'value')} went on, {everything - kept} did not; together these made up "
            f"{gone} of the {self.values.sum()} that all values sum to. These cannot come back; "
            "the kept ones can return to their places.",
            self.left(left_over, "lost"),
            self.right(self.pooled, "kept"),
            bars(
                ("all", "kept", "lost"),
                (everything, kept, everything - kept),
                "Values",
                roles=("neutral", "kept", "removed"),
            ),
        )

    @step
    def first_value(self) -> Step:
        place = self.places[0]
        row, column = self.maximum(place)
        value, index = int(self.pooled[place]), int(self.indices[place])
        empty = np.zeros((self.side, self.side), np.int64)
        empty[row, column] = value
        return explain(
            f"Back: {value} to place {index}",
            f"The decoder enlarges again. It begins with {self.side} x {self.side} zeros and puts "
            f"the first value, {value}, at its index {index}. Divided by {self.side} that gives "
            f"the row, {row}; what is left over is the column, {column}.",
            tiles(
                [
                    self.left(empty, "unpooled so far", [(row, column)]),
                    self.right(self.pooled, "pooled", [place]),
                ],
                arrows=self.arrows([place], "current", is_back=True),
            ),
            self.windows_table(0),
            formula=rf"(r,c)=(\lfloor i/S\rfloor,\ i\ \mathrm{{mod}}\ S)=({row},{column})",
        )

    @step
    def all_values(self) -> Step:
        zeros = int((self.unpooled == 0).sum())
        return explain(
            "All values at their places",
            f"All {self.small**2} values stand where they were; the other {zeros} places stay 0. "
            "An edge that ran through the window's right column is in its right column again: "
            "borders stay sharp to the pixel.",
            tiles(
                [
                    self.left(self.unpooled, "unpooled", self.maxima),
                    self.right(self.pooled, "pooled"),
                ],
                arrows=self.arrows(self.places, is_back=True),
            ),
            table(
                ("row", "map", "unpooled"),
                [
                    (row, spaced(self.values[row]), spaced(self.unpooled[row]))
                    for row in range(self.side)
                ],
            ),
        )
