"""What max-unpooling is good for: other values, sharp places, dense maps, little memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import BarsMark, HeatMark, ImageMark, Mark, Step, TableMark
from engine.traces.max_unpooling.pooling import Integers, Pooled, pool, unpool
from engine.traces.segmentation_pictures import as_grey_pixels, edge_strength, grey_values
from engine.traces.wording import count

_HEIGHT_PX, _WIDTH_PX, _CHANNELS = 360, 480, 64  # of SegNet's first stage on CamVid
_MEGABYTE = 1e6


def other_values(story: Pooled) -> Step:
    """Put values of the decoder's own at the same places."""
    own = np.arange(1, story.small**2 + 1).reshape(story.pooled.shape)
    placed = unpool(own, story.indices, (story.side, story.side)).astype(np.int64)
    maxima = [story.maximum(place) for place in story.places]
    return Step(
        "Other values, the same places",
        "In SegNet the values that come back are not those that went: between them lie all the "
        f"deeper layers. Only the places are taken over. Here the numbers 1 to {own.max()} go to "
        "the remembered places.",
        (
            *story.board.left_map(placed, "unpooled", maxima),
            *story.board.right_map(own, "decoder's values"),
            story.board.arrows(maxima, story.places, is_back=True),
            story.table(),
        ),
    )


def there_and_back(story: Pooled) -> Step:
    """Pool again what was unpooled."""
    again, _ = pool(story.unpooled)
    equal = int((again == story.pooled).sum())
    return Step(
        "Pooled again, the same values",
        f"Pooling the unpooled map gives the same {story.small} x {story.small} values: {equal} of "
        f"{story.small**2} agree. It holds wherever values are not negative. Unpooling is also "
        "what backpropagation does with max-pooling: the gradient goes to the maximum alone.",
        (
            *story.board.left_map(story.unpooled, "unpooled"),
            *story.board.right_map(again.astype(np.int64), "pooled again"),
            TableMark(
                ("row", "pooled", "pooled again"),
                tuple(
                    (str(row), _spaced(story.pooled[row]), _spaced(again[row]))
                    for row in range(story.small)
                ),
            ),
        ),
        r"\mathrm{pool}(\mathrm{unpool}(y))=y\ \mathrm{for}\ y\geq 0",
    )


def without_indices(story: Pooled) -> Step:
    """Compare with enlargements that do not know the places."""
    side = story.side
    corner = np.zeros((side, side), np.float32)
    corner[::2, ::2] = story.pooled
    repeated = np.kron(story.pooled, np.ones((2, 2), np.float32))[:side, :side]
    maps: dict[str, NDArray[Any]] = {"map": story.values, "by indices": story.unpooled}
    maps |= {"into the corner": corner, "repeated": repeated}
    maxima = np.array([story.maximum(place) for place in story.places], np.float64)
    corners = 2.0 * np.array(story.places)
    middles = (corners + np.minimum(corners + 1, side - 1)) / 2
    off = [float(np.hypot(*(where - maxima).T).mean()) for where in (maxima, corners, middles)]
    wrong = int((corners != maxima).any(axis=1).sum())
    return Step(
        "Without the indices",
        f"Values put into the upper left corner of their window are at the wrong place in {wrong} "
        f"of {story.small**2} windows. Values repeated over the window cover the right place, but "
        f"the wrong ones too: their middle lies {off[2]:.2f} pixels off.",
        (
            *_thumbnails(story, maps),
            BarsMark(
                ("by indices", "into the corner", "repeated"),
                np.array(off),
                "Mean distance from the true place, pixels",
                current=0,
            ),
        ),
    )


def densified(story: Pooled) -> Step:
    """Fill the gaps by a convolution."""
    import cv2

    size = (story.side, story.side)
    sparse = unpool(story.pooled, story.indices, size)
    weights = np.outer([1, 2, 1], [1, 2, 1]).astype(np.float32) / 4
    dense = cv2.filter2D(sparse, -1, weights, borderType=cv2.BORDER_CONSTANT)
    zeros = [int((one == 0).sum()) for one in (sparse, dense)]
    return Step(
        "Convolutions fill the gaps",
        f"An unpooled map is sparse: {zeros[0]} of {sparse.size} values are 0. The decoder's "
        f"convolutions, which are learned, make it dense. A fixed 3 x 3 filter with weights from "
        f"1/4 to 1 shows the effect: {zeros[1]} zeros are left.",
        (
            *story.board.left_map(np.round(dense).astype(np.int64), "after a 3 x 3 filter"),
            *story.board.right_map(weights, "filter"),
            BarsMark(
                ("unpooled", "filtered"), np.array(zeros, np.float64), "Zeros in the map", current=1
            ),
        ),
        r"\frac{1}{4}\,(1,2,1)^T(1,2,1)",
    )


def on_the_picture(story: Pooled) -> Step:
    """Do it on a picture, several times."""
    edges = edge_strength(grey_values(story.picture.pixels))
    times = story.config.times
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
    return Step(
        f"On a picture, halved {count(times, 'time')}",
        f"The edges of {story.picture.words} become {small.shape[1]} x {small.shape[0]} values. "
        f"Unpooled, {100 * filled:.1f} % of the pixels have a value, each exactly where its "
        "maximum was: outlines are dotted, but in place. Repeated, they are blocks.",
        (
            *_thumbnails(story, maps, is_picture=True),
            TableMark(
                ("map", "width", "height", "not 0"),
                tuple(
                    (name, str(one.shape[1]), str(one.shape[0]), f"{100 * (one != 0).mean():.1f} %")
                    for name, one in maps.items()
                ),
            ),
        ),
    )


def memory(story: Pooled) -> Step:
    """Say what it costs."""
    features = _HEIGHT_PX * _WIDTH_PX * _CHANNELS * 4 / _MEGABYTE
    bits = _HEIGHT_PX * _WIDTH_PX / 4 * _CHANNELS * 2 / 8 / _MEGABYTE
    maxima = [story.maximum(place) for place in story.places]
    return Step(
        f"{features / bits:.0f} times less to remember",
        f"The first stage of SegNet has {_CHANNELS} channels of {_WIDTH_PX} x {_HEIGHT_PX} pixels. "
        f"To copy them across, as U-Net does, takes {features:.1f} MB; their indices, 2 bits a "
        f"window, take {bits:.2f} MB. The copied features would say more than where the maxima "
        "lay, and are used where memory allows.",
        (
            *story.board.left_map(story.unpooled, "unpooled", maxima),
            *story.board.right_map(story.pooled, "pooled"),
            BarsMark(
                ("copied features", "indices"),
                np.array([features, bits]),
                "Megabytes a picture, first stage",
                current=1,
            ),
        ),
        rf"\dfrac{{32\ \mathrm{{bits}}\cdot4}}{{2\ \mathrm{{bits}}}}={features / bits:.0f}",
    )


def _thumbnails(
    story: Pooled, maps: Mapping[str, NDArray[Any]], is_picture: bool = False
) -> tuple[Mark, ...]:
    """Lay maps side by side on one scale, in the proportions of each."""
    marks: list[Mark] = []
    for at, (name, values) in enumerate(maps.items()):
        x1, y1, x2, y2 = story.board.thumbnail(at, len(maps))
        height, width = values.shape
        scale = min((x2 - x1) / width, (y2 - y1) / height)
        extent = (x1, y1, x1 + width * scale, y1 + height * scale)
        if is_picture:
            marks.append(ImageMark(as_grey_pixels(values), extent, name))
        else:
            marks.append(HeatMark(np.asarray(values, np.float32), extent, name))
    return tuple(marks)


def _spaced(values: NDArray[np.generic]) -> str:
    return "  ".join(f"{value:g}" for value in np.asarray(values, np.float64).tolist())
