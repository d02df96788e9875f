"""Max-pooling that remembers where its maxima lay, and the way back to these places.

Badrinarayanan, Kendall, Cipolla, SegNet, PAMI 2017, https://arxiv.org/abs/1511.00561; before it
Noh, Hong, Han, ICCV 2015, https://arxiv.org/abs/1505.04366

Axes: S side of the map, s side of the pooled one, both square.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import Step, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, gallery, heats, images, on, table
from engine.traces.max_unpooling.pooling import (
    Integers,
    MaxUnpoolingConfig,
    Pooled,
    pool,
    spaced_rows,
    unpool,
)
from engine.traces.segmentation_pictures import edge_strength, grey_values
from engine.traces.steps import explain, step
from engine.traces.wording import at_place, count, numbered

_HEIGHT_PX, _WIDTH_PX, _CHANNELS = 360, 480, 64  # of SegNet's first stage on CamVid
_MEGABYTE = 1e6


@TRACES.register(
    TraceCard(
        key="max-unpooling",
        title="Max-unpooling",
        summary="The places of the maxima are remembered, and values are put back there.",
        config_type=MaxUnpoolingConfig,
        area="segment",
        order=10,
        takes_picture=True,
    )
)
class MaxUnpooling(Pooled):
    """From the map to the pooled one and back, and what the indices are worth."""

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
                "Largest value of each row",
                numbered("row", range(side)),
                self.values.max(axis=1),
            ),
        )

    @step
    def cut_into_windows(self) -> Step:
        side, small = self.side, self.small
        rest = f" {side} is odd: the windows at the right and lower border hold fewer values."
        return explain(
            f"Windows of 2 x 2: {small} x {small} of them",
            f"Max-pooling cuts the map into windows of 2 x 2 values, {small**2} in all, and keeps "
            f"the largest value of each: {side**2} numbers become {small**2}."
            + (rest if side % 2 else ""),
            on(self.left(self.values, "map"), self.framed(self.places, "candidate")),
            self.right(self.pooled, "pooled", known=0),
            bars("Values", {"map": side**2, "pooled": small**2}),
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
            f"on. It lies in {at_place(row, column)}. Along the rows that is place {index + 1}, "
            "and this index is remembered.",
            on(self.left(self.values, "map", [(row, column)]), self.framed([place])),
            self.right(self.pooled, "pooled", [place], known=number + 1),
            bars(f"Values of window {number + 1}", "value", inside, current=inside.index(best)),
            formula=rf"i=(r-1)\,S+c=({row + 1}-1)\cdot{self.side}+{column + 1}={index + 1}",
            arrows=self.arrows([place], "current"),
        )

    @step
    def all_windows(self) -> Step:
        return explain(
            f"All {self.small**2} windows",
            f"Every window gives its largest value. The pooled map runs from {self.pooled.min()} "
            f"to {self.pooled.max()}, with a mean of {self.pooled.mean():.1f}; the mean of the "
            f"map was {self.values.mean():.1f}.",
            self.left(self.values, "map", self.maxima),
            self.right(self.pooled, "pooled"),
            self.windows_table(),
            formula=r"y_{ij}=\max_{(r,c)\,\in\,W_{ij}}\,x_{rc}",
            arrows=self.arrows(self.places),
        )

    @step
    def remembered(self) -> Step:
        return explain(
            "What is remembered: the indices",
            f"Beside the {self.small**2} values stand as many indices. Inside a window there are "
            f"only four places, so that 2 bits a window are enough: {2 * self.small**2} bits for "
            "this map. PyTorch counts from 0: its indices are less by 1.",
            self.left(self.values, "map", self.maxima),
            self.right(self.indices + 1, "indices", scale="indices"),
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
            f"{count(kept, 'value')} went on; {count(everything - kept, 'value')} did not, which "
            f"made up {gone:,} of the {self.values.sum():,} that all values sum to. What is lost "
            "cannot come back; what was kept can return to its place.",
            self.left(left_over, "lost"),
            self.right(self.pooled, "kept"),
            bars(
                "Values",
                {"all": everything, "kept": kept, "lost": everything - kept},
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
            f"Back: {value} to place {index + 1}",
            f"The decoder enlarges again. It begins with {self.side} x {self.side} zeros and puts "
            f"the first value, {value}, at its index {index + 1}: {index} places lie before it, "
            f"which is {count(row, 'whole row')} of {self.side} and {column} more. So it stands in "
            f"{at_place(row, column)}.",
            self.left(empty, "unpooled so far", [(row, column)]),
            self.right(self.pooled, "pooled", [place]),
            self.windows_table(0),
            formula=rf"i-1={index}={row}\cdot{self.side}+{column}",
            arrows=self.arrows([place], "current", is_back=True),
        )

    @step
    def all_values(self) -> Step:
        zeros = int((self.unpooled == 0).sum())
        return explain(
            "All values at their places",
            f"All {self.small**2} values stand where they were; the other {zeros} places stay 0. "
            "An edge that ran through the window's right column is in its right column again: "
            "borders stay sharp to the pixel.",
            self.left(self.unpooled, "unpooled", self.maxima),
            self.right(self.pooled, "pooled"),
            spaced_rows({"map": self.values, "unpooled": self.unpooled}),
            arrows=self.arrows(self.places, is_back=True),
        )

    @step
    def other_values(self) -> Step:
        own = np.arange(1, self.small**2 + 1).reshape(self.pooled.shape)
        placed = unpool(own, self.indices, (self.side, self.side)).astype(np.int64)
        return explain(
            "Other values, the same places",
            "In SegNet the values that come back are not those that went: between them lie all "
            "the deeper layers. Only the places are taken over. Here the numbers 1 to "
            f"{own.max()} go to the remembered places.",
            self.left(placed, "unpooled", self.maxima),
            self.right(own, "decoder's values"),
            self.windows_table(),
            arrows=self.arrows(self.places, is_back=True),
        )

    @step
    def there_and_back(self) -> Step:
        again, _ = pool(self.unpooled)
        equal = int((again == self.pooled).sum())
        return explain(
            "Pooled again, the same values",
            f"Pooling the unpooled map gives the same {self.small} x {self.small} values: {equal} "
            f"of {self.small**2} agree. It holds wherever values are not negative. Unpooling is "
            "also what backpropagation does with max-pooling: the gradient goes to the maximum "
            "alone.",
            self.left(self.unpooled, "unpooled"),
            self.right(again, "pooled again"),
            spaced_rows({"pooled": self.pooled, "pooled again": again}),
            formula=r"\mathrm{pool}(\mathrm{unpool}(y))=y\ \mathrm{for}\ y\geq 0",
        )

    @step
    def without_indices(self) -> Step:
        side = self.side
        corner = np.zeros((side, side), np.float32)
        corner[::2, ::2] = self.pooled
        repeated = np.kron(self.pooled, np.ones((2, 2), np.float32))[:side, :side]
        maps: dict[str, NDArray[Any]] = {"map": self.values, "by indices": self.unpooled}
        maps |= {"into the corner": corner, "repeated": repeated}
        maxima = np.array([self.maximum(place) for place in self.places], np.float64)
        corners = 2.0 * np.array(self.places)
        middles = (corners + np.minimum(corners + 1, side - 1)) / 2
        off = [float(np.hypot(*(where - maxima).T).mean()) for where in (maxima, corners, middles)]
        wrong = int((corners != maxima).any(axis=1).sum())
        return explain(
            "Without the indices",
            "Values put into the upper left corner of their window are at the wrong place in "
            f"{wrong} of {self.small**2} windows. Values repeated over the window cover the right "
            f"place, but the wrong ones too: their middle lies {off[2]:.2f} pixels off.",
            gallery(heats(maps.values(), list(maps), scale="map")),
            bars(
                "Mean distance from the true place, pixels",
                ("by indices", "into the corner", "repeated"),
                off,
                current=0,
            ),
        )

    @step
    def densified(self) -> Step:
        import cv2

        size = (self.side, self.side)
        sparse = unpool(self.pooled, self.indices, size)
        weights = np.outer([1, 2, 1], [1, 2, 1]).astype(np.float32) / 4
        dense = cv2.filter2D(sparse, -1, weights, borderType=cv2.BORDER_CONSTANT)
        zeros = [int((one == 0).sum()) for one in (sparse, dense)]
        return explain(
            "Convolutions fill the gaps",
            f"An unpooled map is sparse: {zeros[0]} of {sparse.size} values are 0. The decoder's "
            "convolutions, which are learned, make it dense. A fixed 3 x 3 filter with weights "
            f"from 1/4 to 1 shows the effect: {zeros[1]} zeros are left.",
            self.left(np.round(dense), "after a 3 x 3 filter"),
            self.right(weights, "filter", scale="filter"),
            bars("Zeros in the map", ("unpooled", "filtered"), zeros, current=1),
            formula=r"\frac{1}{4}\,(1,2,1)^T(1,2,1)",
        )

    @step
    def on_the_picture(self) -> Step:
        edges = edge_strength(grey_values(self.picture.pixels))
        times = self.config.times
        sizes: list[tuple[int, int]] = []
        indices: list[Integers] = []
        small = edges
        for _ in range(times):
            sizes.append((small.shape[0], small.shape[1]))
            small, places = pool(small)
            indices.append(places)
        back, repeated = small, small
        for size, places in zip(reversed(sizes), reversed(indices), strict=True):
            back = unpool(back, places, size)
            repeated = np.kron(repeated, np.ones((2, 2), np.float32))[: size[0], : size[1]]
        filled = float((back != 0).mean())
        maps = {"edges": edges, "pooled": small, "unpooled": back, "repeated": repeated}
        rows = [
            (name, *one.shape[::-1], f"{100 * (one != 0).mean():.1f} %")
            for name, one in maps.items()
        ]
        return explain(
            f"On a picture, halved {count(times, 'time')}",
            f"The edges of {self.picture.words} become {small.shape[1]} x {small.shape[0]} values. "
            f"Unpooled, {100 * filled:.1f} % of the pixels have a value, each exactly where its "
            "maximum was: outlines are dotted, but in place. Repeated, they are blocks.",
            gallery(images(maps.values(), list(maps))),
            table(("map", "width", "height", "not 0"), rows),
        )

    @step
    def memory(self) -> Step:
        features = _HEIGHT_PX * _WIDTH_PX * _CHANNELS * 4 / _MEGABYTE
        bits = _HEIGHT_PX * _WIDTH_PX / 4 * _CHANNELS * 2 / 8 / _MEGABYTE
        return explain(
            f"{features / bits:.0f} times less to remember",
            f"The first stage of SegNet has {_CHANNELS} channels of {_WIDTH_PX} x {_HEIGHT_PX} "
            f"pixels. To copy them across, as U-Net does, takes {features:.1f} MB; their indices, "
            f"2 bits a window, take {bits:.2f} MB. The copied features would say more than where "
            "the maxima lay, and are used where memory allows.",
            self.left(self.unpooled, "unpooled", self.maxima),
            self.right(self.pooled, "pooled"),
            bars(
                "Megabytes a picture, first stage",
                {"copied features": features, "indices": bits},
                current=1,
            ),
            formula=rf"\dfrac{{32\ \mathrm{{bits}}\cdot4}}{{2\ \mathrm{{bits}}}}"
            rf"={features / bits:.0f}",
        )
