"""FCN-8s at work: a classifier slid over the picture, and its coarse answer made finer twice.

Long, Shelhamer, Darrell, Fully Convolutional Networks for Semantic Segmentation, CVPR 2015,
https://arxiv.org/abs/1411.4038

Axes: K classes, h and w of a grid.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark, BuildTrace, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.network_stages import network_trace
from engine.traces.network_stages.board import Cell, Classes, Heat
from engine.traces.network_stages.maps import (
    class_mask,
    class_shares,
    reduced,
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

if TYPE_CHECKING:
    from torch import Tensor

CARD = TraceCard(
    key="fcn",
    title="FCN-8s, stage by stage",
    summary="A classifier slid over the picture; its coarse answer gains finer scores twice.",
    needs="picture",
    config_type=NetworkTraceConfig,
    area="segment",
)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    return network_trace(_TOPIC, request, context)


def _small_config(classes: int) -> Any:
    from engine.models.segmentation.fcn import FcnConfig

    return FcnConfig(classes=classes, base_channels=8, hidden_channels=32)


def _padding(network: Any, height: int, width: int) -> Padding:
    return Padding(0, 0, height + -height % 32, width + -width % 32)


def _inputs(network: Any) -> list[str]:
    """What enters a stage has been pooled, and what enters `second` and `score` rectified."""
    stages = [f"stages.{number}" for number in range(1, len(network.stages))]
    return [*stages, "first", "second", "score", *_enlargements(network)]


def _outputs(network: Any) -> list[str]:
    skips = [f"skip_scores.{number}" for number in range(len(network.skips))]
    return ["score", *skips, *_enlargements(network)]


def _enlargements(network: Any) -> list[str]:
    return [*(f"twice.{number}" for number in range(len(network.twice))), "enlarge"]


def _scenes(run: Run) -> list[Scene]:
    network, inputs = run.network, run.recording.inputs
    reach, scenes, reaches = PICTURE, [], []
    after = [*(f"stages.{number}" for number in range(1, len(network.stages))), "first"]
    for number, name in enumerate(after):
        before = reach
        reach = reach.through(network.stages[number]).window(2, 2)
        reaches.append(reach)
        scenes.append(_stage(run, number, inputs[name], before, reach))
    before, reach = reach, reach.through(network.first)
    scenes += [_first(run, before, reach), _second(run, reach), _coarse(run, reach)]
    for number, index in enumerate(network.skips):
        larger = reach.through(network.twice[number])
        reach = larger.joined(reaches[index])
        scenes.append(_skip(run, number, index, reach))
    return [*scenes, _enlarged(run, reach.through(network.enlarge)), _compared(run)]


def _stage(run: Run, number: int, values: Tensor, before: Reach, reach: Reach) -> Scene:
    convolutions = len(run.network.stages[number])
    return run.stage(
        f"stage {number + 1}",
        values,
        reach,
        f"Stage {number + 1} of {len(run.network.stages)}",
        f"{convolutions} convolutions of 3 x 3, each rectified, then the largest of every 2 x 2 "
        "values: {count} maps of {size}. A value sees {field} pixels, neighbours lie {stride} px "
        "apart. {silent} % of the values are 0: what a map looks for is not there.",
        rf"{before.field}+{convolutions}\cdot(3-1)\cdot{before.stride:g}+{before.stride:g}"
        rf"={reach.field}",
    )


def _first(run: Run, before: Reach, reach: Reach) -> Scene:
    kernel = run.network.first.kernel_size[0]
    inside = len(run.recording.inputs["first"])
    return run.stage(
        "first",
        run.recording.inputs["second"],
        reach,
        "Once fully connected",
        f"In a classifier this layer is fully connected. As a convolution of {kernel} x {kernel} "
        f"over {inside} maps it holds the same weights, and answers at each of {{size}} places "
        "with {count} numbers. A place sees {field} pixels; {silent} % of the numbers are 0.",
        rf"{before.field}+({kernel}-1)\cdot{reach.stride:g}={reach.field}",
    )


def _second(run: Run, reach: Reach) -> Scene:
    inside = len(run.recording.inputs["second"])
    return run.stage(
        "second",
        run.recording.inputs["score"],
        reach,
        "The second of them",
        f"A convolution of 1 x 1 mixes the {inside} numbers of a place into {{count}} others; no "
        "place looks at its neighbours. {silent} % are 0, the largest is {most}.",
        rf"{inside}\to {len(run.recording.inputs['score'])}",
    )


def _coarse(run: Run, reach: Reach) -> Scene:
    scores = run.recording.outputs["score"]
    count, height, width = scores.shape
    mask = class_mask(scores)
    shares = class_shares(mask, count)
    best = int(shares.argmax())
    return Scene(
        "The coarse answer",
        f"One more 1 x 1 convolution gives {count} scores at each of {width} x {height} places, "
        f"{reach.stride:g} px apart. {run.classes[best]} leads at {100 * shares[best]:.0f} % of "
        "them. Right in the large, but no border is finer than a place.",
        rf"{count}\times {height}\times {width}",
        Stage("scores", (count, height, width), reach),
        frames=(run.sight(reach),),
        rows=run.of_classes(scores),
        below=(
            Classes(mask, run.classes, "classes"),
            Heat(reduced(scores.amax(dim=0, keepdim=True))[0], "highest score"),
        ),
    )


def _skip(run: Run, number: int, index: int, reach: Reach) -> Scene:
    recording = run.recording
    enlarged = recording.outputs[f"twice.{number}"]
    finer = recording.outputs[f"skip_scores.{number}"]
    both = recording.inputs[_enlargements(run.network)[number + 1]]
    changed = float((class_mask(enlarged) != class_mask(both)).mean())
    sizes = np.array([float(one.abs().mean()) for one in (enlarged, finer)])
    count, height, width = both.shape
    order = np.argsort(-class_shares(class_mask(both), count), kind="stable")[:4].tolist()
    return Scene(
        f"Scores of stage {index + 1} are added",
        f"A transposed convolution brings the scores to {width} x {height}. A 1 x 1 convolution "
        f"scores the maps of stage {index + 1}, which lie as dense, {reach.stride:g} px apart. "
        f"Their sum changes the class at {100 * changed:.1f} % of the places.",
        rf"{sizes[0]:.2f}+{sizes[1]:.2f}\to {float(both.abs().mean()):.2f}",
        Stage(f"+ stage {index + 1}", (count, height, width), reach),
        frames=(run.sight(reach),),
        rows=[
            _named(run, enlarged, order, ""),
            _named(run, finer, order, ", finer"),
            _named(run, both, order, ", sum"),
        ],
        below=(run.classes_of(enlarged, "before"), run.classes_of(both, "after")),
        panels=(BarsMark(("enlarged", f"of stage {index + 1}"), sizes, "Mean size of a score"),),
    )


def _named(run: Run, scores: Tensor, order: list[int], suffix: str) -> list[Cell]:
    small = reduced(scores[order])
    return [Heat(one, run.classes[at] + suffix) for one, at in zip(small, order, strict=True)]


def _enlarged(run: Run, reach: Reach) -> Scene:
    layer = run.network.enlarge
    kernel, factor = layer.kernel_size[0], layer.stride[0]
    before, scores = run.recording.inputs["enlarge"], run.recording.outputs["enlarge"]
    count, height, width = scores.shape
    rows, columns = run.mask.shape
    cut = (
        ""
        if (rows, columns) == (height, width)
        else f" What lies beyond the picture is cut off, {columns} x {rows} stay."
    )
    return Scene(
        f"Enlarged {factor} times",
        f"The last transposed convolution spreads every score over {kernel} x {kernel} pixels, "
        f"{factor} px apart, which began as bilinear enlargement: from {before.shape[2]} x "
        f"{before.shape[1]} to {width} x {height}.{cut}",
        rf"{before.shape[1]}\cdot{factor}={height}",
        Stage("enlarged", (count, height, width), reach),
        frames=(run.sight(reach),),
        rows=run.of_classes(scores),
        below=(run.classes_of(before, "before"), run.classes_of(scores, "after")),
    )


def _compared(run: Run) -> Scene:
    """Enlarge the scores of each grid in one go, as if no finer ones had come."""
    from torch.nn import functional

    network, recording = run.network, run.recording
    grids = [recording.inputs[name] for name in _enlargements(network)]
    padded, (rows, columns) = run.padding, run.mask.shape
    masks, names = [], []
    for scores in grids:
        large = functional.interpolate(
            scores[None], size=(padded.height, padded.width), mode="bilinear", align_corners=False
        )
        masks.append(class_mask(large[0, :, :rows, :columns]))
        names.append(f"stride {padded.height // scores.shape[1]}")
    changes = [100 * float((mask != run.mask).mean()) for mask in masks]
    return replace(
        run.changes(masks, names),
        title="What the finer scores are for",
        text="The scores of each grid, enlarged bilinearly in one go: with those of the coarsest "
        f"alone {changes[0]:.1f} % of the pixels would have another class. "
        f"With those of stride {names[-1].split()[-1]} it is {changes[-1]:.1f} %, which is what "
        "the last enlargement learned beyond the bilinear one.",
    )


_TOPIC = NetworkTopic(
    card=CARD,
    model_key="fcn8s",
    weights=("fcn8s-camvid",),
    small_config=_small_config,
    inputs=_inputs,
    outputs=_outputs,
    padding=_padding,
    scenes=_scenes,
)
