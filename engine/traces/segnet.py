"""SegNet at work: only the places of the maxima cross from the way down to the way up.

Badrinarayanan, Kendall, Cipolla, SegNet: A Deep Convolutional Encoder-Decoder Architecture for
Image Segmentation, PAMI 2017, https://arxiv.org/abs/1511.00561

Axes: C channels, h and w of a grid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, HeatTile, Step, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, heat, heats
from engine.traces.network_stages import NetworkTopic
from engine.traces.network_stages.maps import strongest
from engine.traces.network_stages.network_steps import (
    Frame,
    NetworkTraceConfig,
    beside,
    shares_of_change,
)
from engine.traces.network_stages.reach import PICTURE, Reach
from engine.traces.steps import explain, step
from engine.traces.wording import count, numbered, upright

if TYPE_CHECKING:
    from torch import Tensor


_PART_PX = (6, 8)  # rows and columns of the coarse grid that are looked at closely
_SHOWN = 4
_FIRST_AND_LAST = (0.0, 3.0)  # place
_PLACES = ("top left", "top right", "bottom left", "bottom right")


class Pooling(NamedTuple):
    """What a pooling does to maps (C, H, W)."""

    values: Tensor  # (C, h, w), the maxima
    indices: Tensor  # (C, h, w), where each lay in its plane of H * W
    width: int  # W

    @property
    def places(self) -> Tensor:
        """Which of its 2 x 2 values each maximum was: 0, 1 above, 2, 3 below."""
        return self.indices // self.width % 2 * 2 + self.indices % self.width % 2


def pooling(maps: Tensor) -> Pooling:
    """Pool recorded maps (C, H, W) as the network does."""
    from engine.layers.max_unpooling import max_pool_with_indices

    values, indices = max_pool_with_indices(maps[None])
    return Pooling(values[0], indices[0], maps.shape[2])


class _Part(NamedTuple):
    """A part of a coarse grid, and the same part of the grid twice as fine."""

    top: int
    left: int
    rows: int
    columns: int

    def coarse(self, maps: Tensor) -> Tensor:
        return maps[:, self.top : self.top + self.rows, self.left : self.left + self.columns]

    def fine(self, maps: Tensor) -> Tensor:
        rows = slice(2 * self.top, 2 * (self.top + self.rows))
        return maps[:, rows, 2 * self.left : 2 * (self.left + self.columns)]


@TRACES.register(
    TraceCard(
        key="segnet",
        title="SegNet, stage by stage",
        summary="Every pooling remembers where its maxima lay; the way up puts them back there.",
        needs="picture",
        config_type=NetworkTraceConfig,
        area="segment",
        order=50,
    )
)
class SegnetSteps(NetworkTopic):
    """Down with places that are remembered, up again to these places, and without them."""

    model_key, weights = "segnet", ("segnet-camvid",)
    small: ClassVar[Mapping[str, Any]] = {"base_channels": 8, "depth": 3}
    entering = ("decoder.*",)
    leaving = ("encoder.*", "decoder.*")

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        super().__init__(request, context)
        reach = PICTURE
        self.down: list[tuple[int, Reach, Reach]] = []  # level, reach before and after
        for level, stage in enumerate(self.network.encoder):
            before, reach = reach, reach.through(stage)
            self.down.append((level, before, reach))
            reach = reach.window(2, 2)
        self.up: list[tuple[int, Reach]] = []
        for level, _, fine in reversed(self.down):
            # A value lies where its maximum did, so what decided that is behind it too.
            sparse = reach.joined(fine.window(2, 2)).spread(2, 2)
            reach = sparse.through(self.network.decoder[self._decoder(level)])
            self.up.append((level, reach))

    @step(each="down")
    def encoder(self, entry: tuple[int, Reach, Reach]) -> Step:
        level, before, reach = entry
        stage, maps = self.network.encoder[level], self.outputs[f"encoder.{level}"]
        small = pooling(maps).values
        return self.stage(
            f"encoder {level + 1}",
            maps,
            reach,
            f"Encoder, stage {level + 1}",
            f"{count(len(stage), 'convolution')} of 3 x 3, each rectified: {{count}} maps of "
            "{size}, and a value sees {field} pixels. {silent} % of the values are 0. Then the "
            f"largest of every 2 x 2 values stays, which leaves {_size(small)}.",
            rf"{before.field}+{len(stage)}\cdot(3-1)\cdot{reach.stride:g}={reach.field}",
        )

    @step(each="down", when=lambda _, entry: entry[0] == 0)
    def remembered(self, _entry: tuple[int, Reach, Reach]) -> Step:
        maps = self.outputs["encoder.0"]
        pooled = pooling(maps)
        part, frame = self._part(pooled.values)
        chosen = list(strongest(part.fine(maps), _SHOWN))
        shares = np.bincount(pooled.places.flatten().numpy(), minlength=4) / pooled.places.numel()
        rows = [
            _named(part.fine(maps[chosen]), chosen, "map"),
            _named(part.coarse(pooled.places[chosen]), chosen, "place", _FIRST_AND_LAST),
            _named(part.coarse(pooled.values[chosen]), chosen, "pooled"),
        ]
        return explain(
            "Where each maximum lay",
            f"A few values of four maps around the followed place: of every 2 x 2 the largest goes "
            f"on, and one of 4 places is remembered. That is 2 bits for each of "
            f"{pooled.indices.numel():,} maxima, where U-Net hands across all {maps.numel():,} "
            "values.",
            beside(self.photo(frame), rows, self.overview(pooled.values)),
            bars("Where it lay, %", _PLACES, 100 * shares),
            formula=r"\log_2 4=2",
        )

    @step(each="up")
    def unpooled(self, entry: tuple[int, Reach]) -> Step:
        level = entry[0]
        name = f"decoder.{self._decoder(level)}"
        sparse, maps = self.inputs[name], self.outputs[name]
        pooled = pooling(self.outputs[f"encoder.{level}"])
        values = self._entering(level)
        part, frame = self._part(values)
        chosen = list(strongest(part.coarse(values), _SHOWN))
        zeros = 100 * float((sparse == 0).float().mean())
        rows = [
            _named(part.coarse(values[chosen]), chosen, "value"),
            _named(part.coarse(pooled.places[chosen]), chosen, "place", _FIRST_AND_LAST),
            _named(part.fine(sparse[chosen]), chosen, "sparse"),
        ]
        below = (
            heat(part.fine(sparse).mean(dim=0).numpy(), "mean, sparse"),
            heat(part.fine(maps).mean(dim=0).numpy(), "mean, filled in"),
        )
        height, width = sparse.shape[1:]
        return explain(
            f"Unpooled to stage {level + 1}",
            f"Each of {values.numel():,} values goes to the place that pooling {level + 1} "
            f"remembered for its map; everything else is 0. Of the values in grids of "
            f"{width} x {height}, {zeros:.0f} % are 0 now, those that were 0 before among them.",
            beside(self.photo(frame), rows, below),
            formula=rf"{upright(_size(values))}\to {upright(_size(sparse))}",
        )

    @step(each="up")
    def decoder(self, entry: tuple[int, Reach]) -> Step:
        level, reach = entry
        number = self._decoder(level)
        stage, maps = self.network.decoder[number], self.outputs[f"decoder.{number}"]
        inside = len(self.inputs[f"decoder.{number}"])
        return self.stage(
            f"decoder {level + 1}",
            maps,
            reach,
            f"Decoder, stage {level + 1}",
            f"{count(len(stage), 'convolution')} of 3 x 3: the holes fill, {inside} maps become "
            "{count} of {size}. A value sees {field} pixels, neighbours lie {stride} px apart. "
            "{silent} % of the values are 0.",
            rf"{inside}\to {len(maps)}",
        )

    @step
    def without_places(self) -> Step:
        levels = range(min(_SHOWN, len(self.network.encoder)))
        masks = [self.mask_if(f"decoder.{self._decoder(at)}", at_the_top_left) for at in levels]
        changes = shares_of_change(self.mask, masks)
        worst = max(levels, key=lambda level: changes[level])
        return self.changes(
            "Without the places",
            "The same weights answer again, but one unpooling forgets: every value goes to the "
            f"top left of its 2 x 2. The most pixels change their class at stage {worst + 1}: "
            f"{changes[worst]:.1f} %. The values are the same; only where they lay is lost.",
            masks,
            [f"stage {level + 1}" for level in levels],
        )

    def _decoder(self, level: int) -> int:
        """Return which stage of the way up belongs to a level of the way down."""
        return len(self.network.encoder) - 1 - level

    def _entering(self, level: int) -> Tensor:
        """Return the values that are unpooled to a level, (C, h, w)."""
        if self._decoder(level) == 0:
            return pooling(self.outputs[f"encoder.{level}"]).values
        return self.outputs[f"decoder.{self._decoder(level) - 1}"]

    def _part(self, coarse: Tensor) -> tuple[_Part, Frame]:
        """Return the part of a grid around the followed place, and where it lies on the picture."""
        sides = coarse.shape[1:]
        lengths = [min(wanted, side) for wanted, side in zip(_PART_PX, sides, strict=True)]
        starts = [
            min(max(at * side // full - length // 2, 0), side - length)
            for at, side, full, length in zip(
                self.pixel, sides, self.pixels.shape[:2], lengths, strict=True
            )
        ]
        (rows, columns), (top, left) = lengths, starts
        box = (
            left / sides[1],
            top / sides[0],
            (left + columns) / sides[1],
            (top + rows) / sides[0],
        )
        return _Part(top, left, rows, columns), Frame(box, "looked at closely")


def at_the_top_left(sparse: Tensor) -> Tensor:
    """Move what unpooling placed within each 2 x 2 of (B, C, H, W) to its top left."""
    from torch.nn import functional

    moved = sparse.new_zeros(sparse.shape)
    moved[..., ::2, ::2] = functional.max_pool2d(sparse, 2, ceil_mode=True)  # none is below 0
    return moved


def _size(maps: Tensor) -> str:
    return f"{maps.shape[2]} x {maps.shape[1]}"


def _named(
    maps: Tensor, channels: Sequence[int], caption: str, limits: tuple[float, float] | None = None
) -> list[HeatTile]:
    names = numbered(caption, channels)
    return heats(maps.float().numpy(), names, limits=limits)
