"""U-Net at work: down to a coarse grid, and up again with the fine maps handed across.

Ronneberger, Fischer, Brox, U-Net: Convolutional Networks for Biomedical Image Segmentation,
MICCAI 2015, https://arxiv.org/abs/1505.04597

Axes: C channels, h and w of a grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Step, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars
from engine.traces.network_stages import NetworkTopic
from engine.traces.network_stages.network_steps import NetworkTraceConfig, Padding, shares_of_change
from engine.traces.network_stages.reach import PICTURE, Reach
from engine.traces.steps import explain, step
from engine.traces.wording import maps_of, upright


@TRACES.register(
    TraceCard(
        key="unet",
        title="U-Net, stage by stage",
        summary="Down to see what is there, up again to say where, with the fine maps handed "
        "across.",
        needs="picture",
        config_type=NetworkTraceConfig,
        area="segment",
        order=60,
    )
)
class UnetSteps(NetworkTopic):
    """Down, up again with what is handed across, and without it."""

    model_key, weights = "unet", ("unet-camvid", "unet-shapes")
    small: ClassVar[Mapping[str, Any]] = {"base_channels": 8, "depth": 3}
    entering = ("up.*",)
    leaving = ("down.*", "enlarge.*", "up.*")

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        super().__init__(request, context)
        reach = PICTURE
        self.down: list[tuple[int, Reach, int]] = []  # level, reach, field before
        for level, block in enumerate(self.network.down):
            reach, before = (reach.window(2, 2) if level else reach), reach.field
            reach = reach.through(block)
            self.down.append((level, reach, before))
        self.up: list[tuple[int, Reach, Reach]] = []  # level, reach when joined and when mixed
        for level in reversed(range(len(self.network.up))):
            larger = reach.through(self.network.enlarge[level])
            joined = larger.joined(self.down[level][1], self._cut(level))
            reach = joined.through(self.network.up[level])
            self.up.append((level, joined, reach))

    @staticmethod
    def padding_of(network: Any, height: int, width: int) -> Padding:
        """Return how the network extends a picture."""
        size = network.input_side(height), network.input_side(width)
        return Padding((size[0] - height) // 2, (size[1] - width) // 2, *size)

    @step(each="down")
    def going_down(self, entry: tuple[int, Reach, int]) -> Step:
        level, reach, before = entry
        is_last = level == len(self.down) - 1
        begin = (
            "Two 3 x 3 convolutions, each normalised and rectified, make {count} maps of the "
            "colours."
            if level == 0
            else "Of every 2 x 2 values the largest stays, and two convolutions make {count} maps "
            "of what is left."
        )
        end = (
            "This is the bottom: the network knows best what is there, and worst where."
            if is_last
            else "{silent} % of the values are 0: what a map looks for is not there."
        )
        pooled = "" if level == 0 else rf"+{reach.stride / 2:g}"
        return self.stage(
            f"down {level + 1}",
            self.outputs[f"down.{level}"],
            reach,
            "The bottom of the U" if is_last else f"Down, level {level + 1}",
            begin + " A value sees {field} pixels, neighbours lie {stride} px apart. " + end,
            rf"{before}{pooled}+2\cdot(3-1)\cdot{reach.stride:g}={reach.field}",
        )

    @step(each="up")
    def joined(self, entry: tuple[int, Reach, Reach]) -> Step:
        level, reach, _ = entry
        from_below = self.outputs[f"enlarge.{level}"]
        both = self.inputs[f"up.{level}"]
        across = both[: len(both) - len(from_below)]
        block = self.network.up[level]
        weights = next(block.parameters()).detach().abs()  # of the convolution that reads both
        share = 100 * float(weights[:, : len(across)].sum() / weights.sum())
        sizes = [float(one.abs().mean()) for one in (across, from_below)]
        rows = [
            self.best(from_below, "below"),
            self.best(across, "across"),
            self.best(self.outputs[f"up.{level}"], "mixed"),
        ]
        return explain(
            f"Up to level {level + 1}",
            "A transposed convolution spreads every value from below over 2 x 2. Beside its "
            f"{len(from_below)} maps lie {len(across)} from the way down, which still have their "
            f"borders. A value from below lies {sizes[1]:.2f} from 0 on average, one from across "
            f"{sizes[0]:.2f}. "
            f"Of the weights that read both, {share:.0f} % by size read those handed across.",
            self.shown(reach, rows, self.overview(both)),
            bars("Share of the weights, %", {"across": share, "below": 100 - share}),
            formula=rf"{len(across)}+{len(from_below)}=" + upright(maps_of(both.shape)),
        )

    @step(each="up")
    def mixed(self, entry: tuple[int, Reach, Reach]) -> Step:
        level, _, reach = entry
        both = len(self.inputs[f"up.{level}"])
        maps = self.outputs[f"up.{level}"]
        return self.stage(
            f"up {level + 1}",
            maps,
            reach,
            f"Level {level + 1}, mixed",
            f"Two convolutions mix the {both} maps into {{count}} of {{size}}: what from below, "
            "where from across. A value sees {field} pixels, neighbours lie {stride} px apart; "
            "{silent} % of the values are 0.",
            rf"{both}\to {len(maps)}",
        )

    @step
    def without_bridges(self) -> Step:
        levels = range(len(self.network.up))
        masks = [self._mask_without(level) for level in levels]
        changes = shares_of_change(self.mask, masks)
        worst = max(levels, key=lambda level: changes[level])
        return self.changes(
            "Without a bridge",
            "The same weights answer again, with zeros in place of the maps that one level hands "
            f"across. The most pixels change their class without level {worst + 1}: "
            f"{changes[worst]:.1f} %. The network never learned to do without: this shows what it "
            "leans on, not what it could do.",
            masks,
            [f"without {level + 1}" for level in levels],
        )

    def _mask_without(self, level: int) -> NDArray[np.uint8]:
        across = len(self.inputs[f"up.{level}"]) // 2
        return self.mask_without(f"up.{level}", slice(across))

    def _cut(self, level: int) -> int:
        """Return how much of a border is cut off what is handed across."""
        across = self.outputs[f"down.{level}"].shape[1]
        from_below: int = self.outputs[f"enlarge.{level}"].shape[1]
        return (across - from_below) // 2
