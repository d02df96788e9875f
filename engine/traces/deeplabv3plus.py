"""DeepLabv3+ at work: several distances at once on a coarse grid, then fine maps for the borders.

Chen, Zhu, Papandreou, Schroff, Adam, Encoder-Decoder with Atrous Separable Convolution for
Semantic Image Segmentation, ECCV 2018, https://arxiv.org/abs/1802.02611

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
from engine.traces.network_stages.board import Cell, Frame, Heat, Photo
from engine.traces.network_stages.maps import (
    class_mask,
    class_shares,
    reduced,
    reduced_picture,
)
from engine.traces.network_stages.reach import PICTURE, Reach
from engine.traces.network_stages.run import (
    NetworkTopic,
    NetworkTraceConfig,
    Padding,
    Run,
    Scene,
    Stage,
)
from engine.traces.wording import listing

if TYPE_CHECKING:
    from torch import Tensor

CARD = TraceCard(
    key="deeplabv3plus",
    title="DeepLabv3+, stage by stage",
    summary="Looks at several distances side by side, then sharpens borders with fine maps.",
    needs="picture",
    config_type=NetworkTraceConfig,
    area="segment",
)

_PICTURES = 3  # side by side on the sheet
_PICTURE_PX = 192
_ROWS = 3


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    return network_trace(_TOPIC, request, context)


def _small_config(classes: int) -> Any:
    from engine.models.segmentation.deeplabv3plus import Deeplabv3plusConfig

    return Deeplabv3plusConfig(
        classes=classes,
        base_channels=8,
        aspp_channels=16,
        low_level_channels=8,
        rates="small",
    )


def _outputs(network: Any) -> list[str]:
    stages = [f"backbone.stages.{number}" for number in range(len(network.backbone.stages))]
    branches = [f"aspp.branches.{number}" for number in range(len(network.aspp.branches))]
    decoder = [f"decoder.{number}" for number in range(len(network.decoder))]
    rest = ["backbone.stem", "aspp.image_pooling", "aspp.project", "low_level", "head"]
    return [*stages, *branches, *decoder, *rest]


def _scenes(run: Run) -> list[Scene]:
    network = run.network
    reach = PICTURE.through(network.backbone.stem)
    scenes = [_stem(run, reach)]
    low = reach
    for number, stage in enumerate(network.backbone.stages):
        before, reach = reach, reach.through(stage)
        scenes.append(_stage(run, number, before, reach))
        low = reach if number == 0 else low
    branches = [reach.through(branch) for branch in network.aspp.branches]
    widest = max(branches, key=lambda branch: branch.field)
    scenes += [_taps(run, reach, branches), _branches(run), _mixed(run, widest)]
    joined = widest.bilinear(round(reach.stride / low.stride)).joined(low)
    scenes.append(_joined(run, joined))
    for number, block in enumerate(network.decoder):
        joined = joined.through(block)
        scenes.append(_decoder(run, number, joined))
    return [*scenes, _scores(run, joined), _without(run)]


def _stem(run: Run, reach: Reach) -> Scene:
    return run.stage(
        "stem",
        run.recording.outputs["backbone.stem"],
        reach,
        "The stem",
        "Two steps of stride 2 reduce the picture four times each way: {count} maps of {size}. A "
        "value sees {field} pixels, neighbours lie {stride} px apart. {silent} % of the values "
        "are 0.",
        r"2\cdot 2=4",
    )


def _stage(run: Run, number: int, before: Reach, reach: Reach) -> Scene:
    stage = run.network.backbone.stages[number]
    is_halved = reach.stride > before.stride
    size = "The first of them halves the grid. " if is_halved else ""
    rate = max(layer.dilation[0] for layer in stage.modules() if hasattr(layer, "dilation"))
    holes = f"Their convolutions have holes, rate {rate}. " if rate > 1 else ""
    kept = " They are kept for the end, as the fine ones." if number == 0 else ""
    blocks = f"{len(stage)} residual blocks" if len(stage) > 1 else "A residual block"
    return run.stage(
        f"stage {number + 1}",
        run.recording.outputs[f"backbone.stages.{number}"],
        reach,
        f"Trunk, stage {number + 1}",
        f"{blocks}: what the convolutions find is added to what came in. {size}{holes}"
        "{count} maps of {size}, a value sees {field} pixels, neighbours lie {stride} px apart."
        f"{kept}",
        r"y=\mathrm{max}(0,\,x+F(x))",
    )


def _taps(run: Run, deep: Reach, branches: list[Reach]) -> Scene:
    """Draw where the branches with holes read, on the picture."""
    rates = _rates(run)
    shown = list(range(len(rates)))[-_PICTURES:]
    photo = reduced_picture(run.pixels, _PICTURE_PX)
    frames = []
    for lead, at in enumerate(shown):
        frames += _grid_of_taps(run, deep.stride, rates[at], lead)
    fields = [branches[at + 1].field for at in shown]
    return Scene(
        "Holes in the kernels",
        f"A convolution of 3 x 3 on this grid reads 9 values, {deep.stride:g} px apart. With rates "
        f"of {listing([str(rate) for rate in rates])} it leaves the values between out, and still "
        f"has 9 weights a map. Through what each value sees itself, that makes "
        f"{listing([str(field) for field in fields])} pixels.",
        rf"{deep.field}+(3-1)\cdot {rates[-1]}\cdot {deep.stride:g}={branches[-1].field}",
        lead=tuple(Photo(photo, f"rate {rates[at]}") for at in shown),
        frames=tuple(frames),
        below=[
            cell
            for at in shown
            for cell in run.best(run.recording.outputs[f"aspp.branches.{at + 1}"], "map", 2)
        ],
        panels=(
            BarsMark(
                tuple(f"rate {rate}" for rate in rates),
                np.array([2 * rate * deep.stride for rate in rates]),
                "Width of the taps, px",
            ),
        ),
    )


def _grid_of_taps(run: Run, stride: float, rate: int, lead: int) -> list[Frame]:
    height, width = run.pixels.shape[:2]
    top, left = (at // stride * stride for at in run.pixel)
    steps = [-rate * stride, 0.0, rate * stride]
    return [
        Frame(
            (
                (left + across) / width,
                (top + down) / height,
                (left + across + stride) / width,
                (top + down + stride) / height,
            ),
            role="current",
            lead=lead,
        )
        for down in steps
        for across in steps
    ]


def _branches(run: Run) -> Scene:
    """Lay the branches side by side, each a column with its maps of greatest spread."""
    names, maps = _branch_names(run), _branch_maps(run)
    mixed = run.recording.outputs["aspp.project"]
    columns = [run.best(one, name, _ROWS) for name, one in zip(names[:4], maps[:4], strict=True)]
    columns.append(_columns_of_constants(maps[-1], mixed))
    columns.append(run.best(mixed, "mixed", _ROWS))
    weights = next(run.network.aspp.project.parameters()).detach().abs()[:, :, 0, 0]
    parts = np.array([float(one.sum()) for one in weights.split(len(mixed), dim=1)])
    shares = 100 * parts / parts.sum()
    best = int(shares.argmax())
    return Scene(
        "The pyramid, side by side",
        f"{len(names)} branches of {len(mixed)} maps look at the same {maps[0].shape[2]} x "
        f"{maps[0].shape[1]} places: at each alone, with holes, and at the mean of the whole "
        f"picture, one number a map. The 1 x 1 convolution that mixes them leans on {names[best]} "
        f"most, with {shares[best]:.0f} % of its weights by size.",
        rf"{len(names)}\cdot {len(mixed)}\to {len(mixed)}",
        lead=(),
        rows=[[column[row] for column in columns] for row in range(_ROWS)],
        panels=(BarsMark(tuple(names), shares, "Share of the weights, %", current=best),),
    )


def _columns_of_constants(whole: Tensor, like: Tensor) -> list[Cell]:
    """Return the three largest numbers for the whole picture, each the same at every place."""
    values = whole[:, 0, 0]
    order = values.argsort(descending=True)[:_ROWS].tolist()
    limits = (0.0, max(float(values.max()), 1e-6))
    return [
        Heat(
            np.full(like.shape[1:], float(values[at]), np.float32),
            f"all {at + 1}: {float(values[at]):.2f}",
            limits,
        )
        for at in order
    ]


def _mixed(run: Run, reach: Reach) -> Scene:
    return run.stage(
        "pyramid",
        run.recording.outputs["aspp.project"],
        reach,
        "What the pyramid says",
        "Mixed into {count} maps of {size}. The widest branch sees {field} pixels, the one "
        "for the whole picture sees all; neighbours still lie {stride} px apart. {silent} % of "
        "the values are 0.",
    )


def _joined(run: Run, reach: Reach) -> Scene:
    both, fine = run.recording.inputs["decoder.0"], run.recording.outputs["low_level"]
    context = both[: len(both) - len(fine)]
    stage = len(run.recording.outputs["backbone.stages.0"])
    return Scene(
        f"Joined: {len(context)} + {len(fine)} maps",
        f"The pyramid's maps are enlarged bilinearly to {both.shape[2]} x {both.shape[1]}. Beside "
        f"them lie the fine maps of stage 1, {reach.stride:g} px apart; a 1 x 1 convolution cut "
        f"those from {stage} to {len(fine)} so that they do not outweigh the {len(context)}.",
        rf"({len(context)}+{len(fine)})\times {both.shape[1]}\times {both.shape[2]}",
        frames=(run.sight(reach),),
        rows=[
            run.best(context, "pyramid"),
            run.best(fine, "fine"),
            run.best(run.recording.outputs["decoder.0"], "mixed"),
        ],
        below=run.overview(both),
        panels=(
            BarsMark(
                ("pyramid", "fine"),
                np.array([float(one.abs().mean()) for one in (context, fine)]),
                "Mean size of a value",
            ),
        ),
    )


def _decoder(run: Run, number: int, reach: Reach) -> Scene:
    return run.stage(
        f"decoder {number + 1}",
        run.recording.outputs[f"decoder.{number}"],
        reach,
        f"Decoder, convolution {number + 1}",
        "A separable convolution, 3 x 3 in each map and then 1 x 1 across them, makes {count} maps "
        "of {size}. A value sees {field} pixels, neighbours lie {stride} px apart. {silent} % of "
        "the values are 0.",
    )


def _scores(run: Run, reach: Reach) -> Scene:
    scores = run.recording.outputs["head"]
    count, height, width = scores.shape
    shares = class_shares(class_mask(scores), count)
    best = int(shares.argmax())
    rows, columns = run.mask.shape
    return Scene(
        "Scores, a quarter as fine",
        f"A 1 x 1 convolution gives {count} scores at each of {width} x {height} places; "
        f"{run.classes[best]} leads at {100 * shares[best]:.0f} % of them. Bilinear enlargement "
        f"brings the scores to {columns} x {rows} pixels: nothing is learned any more.",
        rf"{count}\times {height}\times {width}\to {count}\times {rows}\times {columns}",
        Stage("scores", (count, height, width), reach),
        frames=(run.sight(reach),),
        rows=run.of_classes(scores),
        below=(
            run.classes_of(scores, "classes"),
            Heat(reduced(scores.amax(dim=0, keepdim=True))[0], "highest score"),
        ),
    )


def _without(run: Run) -> Scene:
    """Answer once more without the fine maps, and without single branches of the pyramid."""
    names, wide = _branch_names(run), len(run.recording.outputs["aspp.project"])
    left_out = [0, len(names) - 2, len(names) - 1]
    fine = len(run.recording.outputs["low_level"])
    masks = [_mask_without(run, "decoder.0", slice(-fine, None))]
    masks += [
        _mask_without(run, "aspp.project", slice(at * wide, (at + 1) * wide)) for at in left_out
    ]
    captions = ["no fine", *(f"no {names[at]}" for at in left_out)]
    changes = [100 * float((mask != run.mask).mean()) for mask in masks]
    worst = 1 + int(np.argmax(changes[1:]))
    return replace(
        run.changes(masks, captions),
        title="Without a part",
        text="The same weights answer again, with zeros in place of a part. Without the fine maps "
        f"{changes[0]:.1f} % of the pixels change their class; of these branches "
        f"{names[left_out[worst - 1]]} is missed most, with {changes[worst]:.1f} %. The network "
        "never learned to do without: this shows what it leans on.",
    )


def _mask_without(run: Run, module: str, channels: slice) -> NDArray[np.uint8]:
    def empty(maps: Tensor) -> Tensor:
        changed = maps.clone()
        changed[:, channels] = 0
        return changed

    return run.mask_if(module, empty)


def _rates(run: Run) -> list[int]:
    from engine.models.segmentation.deeplabv3plus import aspp_rates

    return list(aspp_rates(run.network.config))


def _branch_names(run: Run) -> list[str]:
    return ["1 x 1", *(f"rate {rate}" for rate in _rates(run)), "whole"]


def _branch_maps(run: Run) -> list[Tensor]:
    outputs = run.recording.outputs
    numbers = range(len(run.network.aspp.branches))
    return [*(outputs[f"aspp.branches.{at}"] for at in numbers), outputs["aspp.image_pooling"]]


_TOPIC = NetworkTopic(
    card=CARD,
    model_key="deeplabv3plus",
    weights=("deeplabv3plus-camvid",),
    small_config=_small_config,
    inputs=lambda network: ["decoder.0"],
    outputs=_outputs,
    padding=lambda network, height, width: Padding(0, 0, height, width),
    scenes=_scenes,
)
