"""U-Net at work: down to a coarse grid, and up again with the fine maps handed across.

Ronneberger, Fischer, Brox, U-Net: Convolutional Networks for Biomedical Image Segmentation,
MICCAI 2015, https://arxiv.org/abs/1505.04597

Axes: C channels, h and w of a grid.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark, BuildTrace, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.network_stages import network_trace
from engine.traces.network_stages.reach import PICTURE, Reach
from engine.traces.network_stages.run import NetworkTopic, NetworkTraceConfig, Padding, Run, Scene

if TYPE_CHECKING:
    from torch import Tensor

CARD = TraceCard(
    key="unet",
    title="U-Net, stage by stage",
    summary="Down to see what is there, up again to say where, with the fine maps handed across.",
    needs="picture",
    config_type=NetworkTraceConfig,
    area="segment",
)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    return network_trace(_TOPIC, request, context)


def _small_config(classes: int) -> Any:
    from engine.models.segmentation.unet import UnetConfig

    return UnetConfig(classes=classes, base_channels=8, depth=3)


def _padding(network: Any, height: int, width: int) -> Padding:
    size = network.input_side(height), network.input_side(width)
    return Padding((size[0] - height) // 2, (size[1] - width) // 2, *size)


def _outputs(network: Any) -> list[str]:
    return [f"down.{level}" for level in range(len(network.down))] + [
        f"{part}.{level}" for level in range(len(network.up)) for part in ("enlarge", "up")
    ]


def _inputs(network: Any) -> list[str]:
    return [f"up.{level}" for level in range(len(network.up))]


def _scenes(run: Run) -> list[Scene]:
    reach, scenes = PICTURE, []
    handed: list[Reach] = []
    for level, block in enumerate(run.network.down):
        reach, before = (reach.window(2, 2) if level else reach), reach.field
        reach = reach.through(block)
        handed.append(reach)
        scenes.append(_down(run, level, reach, before))
    for level in reversed(range(len(run.network.up))):
        larger = reach.through(run.network.enlarge[level])
        joined = larger.joined(handed[level], _cut(run, level))
        reach = joined.through(run.network.up[level])
        scenes += [_joined(run, level, joined), _up(run, level, reach)]
    return [*scenes, _without_bridges(run)]


def _down(run: Run, level: int, reach: Reach, before: int) -> Scene:
    is_last = level == len(run.network.down) - 1
    begin = (
        "Two 3 x 3 convolutions, each normalised and rectified, make {count} maps of the colours."
        if level == 0
        else "Of every 2 x 2 values the largest stays, and two convolutions make {count} maps of "
        "what is left."
    )
    end = (
        "This is the bottom: the network knows best what is there, and worst where."
        if is_last
        else "{silent} % of the values are 0: what a map looks for is not there."
    )
    pooled = "" if level == 0 else rf"+{reach.stride / 2:g}"
    return run.stage(
        f"down {level + 1}",
        run.recording.outputs[f"down.{level}"],
        reach,
        "The bottom of the U" if is_last else f"Down, level {level + 1}",
        begin + " A value sees {field} pixels, neighbours lie {stride} px apart. " + end,
        rf"{before}{pooled}+2\cdot(3-1)\cdot{reach.stride:g}={reach.field}",
    )


def _joined(run: Run, level: int, reach: Reach) -> Scene:
    from_below = run.recording.outputs[f"enlarge.{level}"]
    both = run.recording.inputs[f"up.{level}"]
    across = both[: len(both) - len(from_below)]
    block = run.network.up[level]
    weights = next(block.parameters()).detach().abs()  # of the convolution that reads both
    share = 100 * float(weights[:, : len(across)].sum() / weights.sum())
    sizes = [float(one.abs().mean()) for one in (across, from_below)]
    height, width = both.shape[1:]
    return Scene(
        f"Up to level {level + 1}",
        f"A transposed convolution spreads every value from below over 2 x 2. Beside its "
        f"{len(from_below)} maps lie {len(across)} from the way down, which still have their "
        f"borders; a value is {sizes[1]:.2f} and {sizes[0]:.2f} on average, sign aside. Of the "
        f"weights that read both, {share:.0f} % by size read those handed across.",
        rf"({len(across)}+{len(from_below)})\times {height}\times {width}",
        frames=(run.sight(reach),),
        rows=[
            run.best(from_below, "below"),
            run.best(across, "across"),
            run.best(run.recording.outputs[f"up.{level}"], "mixed"),
        ],
        below=run.overview(both),
        panels=(
            BarsMark(
                ("across", "below"),
                np.array([share, 100 - share]),
                "Share of the weights, %",
            ),
        ),
    )


def _up(run: Run, level: int, reach: Reach) -> Scene:
    both = len(run.recording.inputs[f"up.{level}"])
    return run.stage(
        f"up {level + 1}",
        run.recording.outputs[f"up.{level}"],
        reach,
        f"Level {level + 1}, mixed",
        f"Two convolutions mix the {both} maps into {{count}} of {{size}}: what from below, where "
        "from across. A value sees {field} pixels, neighbours lie {stride} px apart; {silent} % of "
        "the values are 0.",
        rf"{both}\to {len(run.recording.outputs[f'up.{level}'])}",
    )


def _without_bridges(run: Run) -> Scene:
    """Answer once more for each level, with zeros in place of what is handed across."""
    levels = range(len(run.network.up))
    masks = [_mask_without(run, level) for level in levels]
    changes = [100 * float((mask != run.mask).mean()) for mask in masks]
    worst = max(levels, key=lambda level: changes[level])
    return replace(
        run.changes(masks, [f"without {level + 1}" for level in levels]),
        title="Without a bridge",
        text="The same weights answer again, with zeros in place of the maps that one level hands "
        f"across. Without level {worst + 1} most pixels change their class, "
        f"{changes[worst]:.1f} %. The network never learned to do without: this shows what it "
        "leans on, not what it could do.",
    )


def _mask_without(run: Run, level: int) -> NDArray[np.uint8]:
    across = len(run.recording.inputs[f"up.{level}"]) // 2

    def empty(maps: Tensor) -> Tensor:
        changed = maps.clone()
        changed[:, :across] = 0
        return changed

    return run.mask_if(f"up.{level}", empty)


def _cut(run: Run, level: int) -> int:
    """Return how much of a border is cut off what is handed across."""
    across = run.recording.outputs[f"down.{level}"].shape[1]
    from_below: int = run.recording.outputs[f"enlarge.{level}"].shape[1]
    return (across - from_below) // 2


_TOPIC = NetworkTopic(
    card=CARD,
    model_key="unet",
    weights=("unet-camvid", "unet-shapes"),
    small_config=_small_config,
    inputs=_inputs,
    outputs=_outputs,
    padding=_padding,
    scenes=_scenes,
)
