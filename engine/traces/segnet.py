"""SegNet at work: only the places of the maxima cross from the way down to the way up.

Badrinarayanan, Kendall, Cipolla, SegNet: A Deep Convolutional Encoder-Decoder Architecture for
Image Segmentation, PAMI 2017, https://arxiv.org/abs/1511.00561

Axes: C channels, h and w of a grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark, BuildTrace, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.network_stages import network_trace
from engine.traces.network_stages.board import Cell, Frame, Heat
from engine.traces.network_stages.maps import strongest
from engine.traces.network_stages.reach import PICTURE, Reach
from engine.traces.network_stages.run import NetworkTopic, NetworkTraceConfig, Padding, Run, Scene
from engine.traces.wording import count

if TYPE_CHECKING:
    from torch import Tensor

CARD = TraceCard(
    key="segnet",
    title="SegNet, stage by stage",
    summary="Every pooling remembers where its maxima lay; the way up puts them back there.",
    needs="picture",
    config_type=NetworkTraceConfig,
    area="segment",
)

_PART_PX = (6, 8)  # rows and columns of the coarse grid that are looked at closely
_SHOWN = 4
_FIRST_AND_LAST = (0.0, 3.0)  # place
_PLACES = ("top left", "top right", "bottom left", "bottom right")


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    return network_trace(_TOPIC, request, context)


def _small_config(classes: int) -> Any:
    from engine.models.segmentation.segnet import SegnetConfig

    return SegnetConfig(classes=classes, base_channels=8, depth=3)


def _inputs(network: Any) -> list[str]:
    return [f"decoder.{number}" for number in range(len(network.decoder))]


def _outputs(network: Any) -> list[str]:
    numbers = range(len(network.encoder))
    return [f"{part}.{number}" for part in ("encoder", "decoder") for number in numbers]


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


def _scenes(run: Run) -> list[Scene]:
    reach, scenes = PICTURE, []
    levels = range(len(run.network.encoder))
    pooled: list[Reach] = []
    for level in levels:
        before, reach = reach, reach.through(run.network.encoder[level])
        scenes.append(_encoder(run, level, before, reach))
        reach = reach.window(2, 2)
        pooled.append(reach)
        if level == 0:
            scenes.append(_remembered(run))
    for level in reversed(levels):
        # A value lies where its maximum did, so what decided that is behind it too.
        sparse = reach.joined(pooled[level]).spread(2, 2)
        reach = sparse.through(run.network.decoder[len(levels) - 1 - level])
        scenes += [_unpooled(run, level), _decoder(run, level, reach)]
    return [*scenes, _without_places(run)]


def _encoder(run: Run, level: int, before: Reach, reach: Reach) -> Scene:
    stage, maps = run.network.encoder[level], run.recording.outputs[f"encoder.{level}"]
    small = pooling(maps).values
    return run.stage(
        f"encoder {level + 1}",
        maps,
        reach,
        f"Encoder, stage {level + 1}",
        f"{len(stage)} convolutions of 3 x 3, each rectified: {{count}} maps of {{size}}, and a "
        "value sees {field} pixels. {silent} % of the values are 0. Then the largest of every "
        f"2 x 2 values stays, which leaves {small.shape[2]} x {small.shape[1]}.",
        rf"{before.field}+{len(stage)}\cdot(3-1)\cdot{reach.stride:g}={reach.field}",
    )


def _remembered(run: Run) -> Scene:
    """Look closely at the first pooling."""
    maps = run.recording.outputs["encoder.0"]
    pooled = pooling(maps)
    part, frame = _part(run, pooled.values)
    chosen = list(strongest(part.fine(maps), _SHOWN))
    shares = np.bincount(pooled.places.flatten().numpy(), minlength=4) / pooled.places.numel()
    return Scene(
        "Where each maximum lay",
        f"A few values of four maps around the followed place: of every 2 x 2 the largest goes "
        f"on, and one of 4 places is remembered. That is 2 bits for each of "
        f"{pooled.indices.numel():,} maxima, where U-Net hands across all {maps.numel():,} values.",
        r"\log_2 4=2",
        frames=(frame,),
        rows=[
            _cells(part.fine(maps[chosen]), chosen, "map"),
            _cells(part.coarse(pooled.places[chosen]), chosen, "place", _FIRST_AND_LAST),
            _cells(part.coarse(pooled.values[chosen]), chosen, "pooled"),
        ],
        below=run.overview(pooled.values),
        panels=(BarsMark(_PLACES, 100 * shares, "Where it lay, %"),),
    )


def _unpooled(run: Run, level: int) -> Scene:
    number = len(run.network.encoder) - 1 - level
    sparse = run.recording.inputs[f"decoder.{number}"]
    maps = run.recording.outputs[f"decoder.{number}"]
    pooled = pooling(run.recording.outputs[f"encoder.{level}"])
    values = _entering(run, level)
    part, frame = _part(run, values)
    chosen = list(strongest(part.coarse(values), _SHOWN))
    zeros = 100 * float((sparse == 0).float().mean())
    return Scene(
        f"Unpooled to stage {level + 1}",
        f"Each of {values.numel():,} values goes to the place that pooling {level + 1} remembered "
        f"for its map; everything else is 0. In grids of {sparse.shape[2]} x {sparse.shape[1]} "
        f"{zeros:.0f} % are 0 now, those that were 0 before among them.",
        rf"{values.shape[2]}\times {values.shape[1]}\to {sparse.shape[2]}\times {sparse.shape[1]}",
        frames=(frame,),
        rows=[
            _cells(part.coarse(values[chosen]), chosen, "value"),
            _cells(part.coarse(pooled.places[chosen]), chosen, "place", _FIRST_AND_LAST),
            _cells(part.fine(sparse[chosen]), chosen, "sparse"),
        ],
        below=(
            Heat(part.fine(sparse).mean(dim=0).numpy(), "mean, sparse"),
            Heat(part.fine(maps).mean(dim=0).numpy(), "mean, filled in"),
        ),
    )


def _decoder(run: Run, level: int, reach: Reach) -> Scene:
    number = len(run.network.encoder) - 1 - level
    stage, maps = run.network.decoder[number], run.recording.outputs[f"decoder.{number}"]
    inside = len(run.recording.inputs[f"decoder.{number}"])
    return run.stage(
        f"decoder {level + 1}",
        maps,
        reach,
        f"Decoder, stage {level + 1}",
        f"{count(len(stage), 'convolution')} of 3 x 3: the holes fill, {inside} maps become "
        "{count} of {size}. A value sees {field} pixels, neighbours lie {stride} px apart. "
        "{silent} % of the values are 0.",
        rf"{inside}\to {len(maps)}",
    )


def _without_places(run: Run) -> Scene:
    """Answer once more for each of the finest levels, every maximum put at the top left."""
    levels = range(min(_SHOWN, len(run.network.encoder)))
    last = len(run.network.decoder) - 1
    masks = [run.mask_if(f"decoder.{last - level}", at_the_top_left) for level in levels]
    changes = [100 * float((mask != run.mask).mean()) for mask in masks]
    worst = max(levels, key=lambda level: changes[level])
    return replace(
        run.changes(masks, [f"stage {level + 1}" for level in levels]),
        title="Without the places",
        text="The same weights answer again, but one unpooling forgets: every value goes to the "
        f"top left of its 2 x 2. At stage {worst + 1} most pixels change their class, "
        f"{changes[worst]:.1f} %. The values are the same; only where they lay is lost.",
    )


def at_the_top_left(sparse: Tensor) -> Tensor:
    """Move what unpooling placed within each 2 x 2 of (B, C, H, W) to its top left."""
    from torch.nn import functional

    moved = sparse.new_zeros(sparse.shape)
    moved[..., ::2, ::2] = functional.max_pool2d(sparse, 2, ceil_mode=True)  # none is below 0
    return moved


def _entering(run: Run, level: int) -> Tensor:
    """Return the values that are unpooled to a level, (C, h, w)."""
    last = len(run.network.encoder) - 1
    if level == last:
        return pooling(run.recording.outputs[f"encoder.{level}"]).values
    return run.recording.outputs[f"decoder.{last - 1 - level}"]


def _part(run: Run, coarse: Tensor) -> tuple[_Part, Frame]:
    """Return the part of a grid around the followed place, and where it lies on the picture."""
    sides = coarse.shape[1:]
    lengths = [min(wanted, side) for wanted, side in zip(_PART_PX, sides, strict=True)]
    starts = [
        min(max(at * side // whole - length // 2, 0), side - length)
        for at, side, whole, length in zip(
            run.pixel, sides, run.pixels.shape[:2], lengths, strict=True
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


def _cells(
    maps: Tensor,
    channels: Sequence[int],
    caption: str,
    limits: tuple[float, float] | None = None,
) -> list[Cell]:
    values: NDArray[np.float32] = maps.float().numpy()
    return [
        Heat(one, f"{caption} {channel + 1}", limits)
        for one, channel in zip(values, channels, strict=True)
    ]


_TOPIC = NetworkTopic(
    card=CARD,
    model_key="segnet",
    weights=("segnet-camvid",),
    small_config=_small_config,
    inputs=_inputs,
    outputs=_outputs,
    padding=lambda network, height, width: Padding(0, 0, height, width),
    scenes=_scenes,
)
