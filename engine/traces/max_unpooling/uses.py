"""What max-unpooling is good for: other values, sharp places, dense maps, little memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import Step
from engine.traces.marks import bars, gallery, heats, images, table, tiles
from engine.traces.max_unpooling.pooling import Integers, pool, spaced, unpool
from engine.traces.max_unpooling.there_and_back import ThereAndBack
from engine.traces.segmentation_pictures import edge_strength, grey_values
from engine.traces.steps import explain, step
from engine.traces.wording import count

_HEIGHT_PX, _WIDTH_PX, _CHANNELS = 360, 480, 64  # of SegNet's first stage on CamVid
_MEGABYTE = 1e6


class Uses(ThereAndBack):
    """Steps that say what the indices are worth."""

    @step
    def other_values(self) -> Step:
        own = np.arange(1, self.small**2 + 1).reshape(self.pooled.shape)
        placed = unpool(own, self.indices, (self.side, self.side)).astype(np.int64)
        return explain(
            "Other values, the same places",
            "In SegNet the values that come back are not those that went: between them lie all "
            "the deeper layers. Only the places are taken over. Here the numbers 1 to "
            f"{own.max()} go to the remembered places.",
            tiles(
                [self.left(placed, "unpooled", self.maxima), self.right(own, "decoder's values")],
                arrows=self.arrows(self.places, is_back=True),
            ),
            self.windows_table(),
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
            table(
                ("row", "pooled", "pooled again"),
                [(row, spaced(self.pooled[row]), spaced(again[row])) for row in range(self.small)],
            ),
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
                ("by indices", "into the corner", "repeated"),
                off,
                "Mean distance from the true place, pixels",
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
            bars(("unpooled", "filtered"), zeros, "Zeros in the map", current=1),
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
        return explain(
            f"On a picture, halved {count(times, 'time')}",
            f"The edges of {self.picture.words} become {small.shape[1]} x {small.shape[0]} values. "
            f"Unpooled, {100 * filled:.1f} % of the pixels have a value, each exactly where its "
            "maximum was: outlines are dotted, but in place. Repeated, they are blocks.",
            gallery(images(maps.values(), list(maps))),
            table(
                ("map", "width", "height", "not 0"),
                [
                    (name, one.shape[1], one.shape[0], f"{100 * (one != 0).mean():.1f} %")
                    for name, one in maps.items()
                ],
            ),
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
                ("copied features", "indices"),
                (features, bits),
                "Megabytes a picture, first stage",
                current=1,
            ),
            formula=rf"\dfrac{{32\ \mathrm{{bits}}\cdot4}}{{2\ \mathrm{{bits}}}}"
            rf"={features / bits:.0f}",
        )
