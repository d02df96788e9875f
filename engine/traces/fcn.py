"""FCN-8s at work: a classifier slid over the picture, and its coarse answer made finer twice.

Long, Shelhamer, Darrell, Fully Convolutional Networks for Semantic Segmentation, CVPR 2015,
https://arxiv.org/abs/1411.4038

Axes: K classes, h and w of a grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Step, Tile, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, heat, heats, mask
from engine.traces.network_stages import NetworkTopic
from engine.traces.network_stages.maps import class_mask, class_shares, reduced
from engine.traces.network_stages.network_steps import (
    NetworkTraceConfig,
    Padding,
    Stage,
    StageStep,
    shares_of_change,
)
from engine.traces.network_stages.reach import PICTURE, Reach
from engine.traces.steps import step
from engine.traces.wording import adding_up, maps_of, upright

if TYPE_CHECKING:
    from torch import Tensor


class _Pooled(NamedTuple):
    """A stage of the classifier: what leaves it, and how far that sees before and after it."""

    number: int
    maps: Tensor
    before: Reach
    reach: Reach


class _Skip(NamedTuple):
    """Finer scores that are added: their number, the stage that they score, what the sum sees."""

    number: int
    stage: int
    reach: Reach


@TRACES.register(
    TraceCard(
        key="fcn",
        title="FCN-8s, stage by stage",
        summary="A classifier slid over the picture; its coarse answer gains finer scores twice.",
        needs="picture",
        config_type=NetworkTraceConfig,
        area="segment",
        order=40,
    )
)
class FcnSteps(NetworkTopic):
    """The classifier's stages, its coarse answer, and what makes it finer."""

    model_key, weights = "fcn8s", ("fcn8s-camvid",)
    small: ClassVar[Mapping[str, Any]] = {"base_channels": 8, "hidden_channels": 32}
    entering = ("stages.*", "first", "second", "score", "twice.*", "enlarge")
    leaving = ("score", "skip_scores.*", "twice.*", "enlarge")

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        super().__init__(request, context)
        network, reach = self.network, PICTURE
        after = [*(f"stages.{number}" for number in range(1, len(network.stages))), "first"]
        self.pooled: list[_Pooled] = []
        for number, name in enumerate(after):
            before, reach = reach, reach.through(network.stages[number]).window(2, 2)
            self.pooled.append(_Pooled(number, self.inputs[name], before, reach))
        self.reach = reach.through(network.first)
        self.skips: list[_Skip] = []
        reach = self.reach
        for number, stage in enumerate(network.skips):
            reach = reach.through(network.twice[number]).joined(self.pooled[stage].reach)
            self.skips.append(_Skip(number, stage, reach))
        self.last_reach = reach.through(network.enlarge)

    @staticmethod
    def padding_of(network: Any, height: int, width: int) -> Padding:
        """Return how the network extends a picture."""
        return Padding(0, 0, height + -height % 32, width + -width % 32)

    @step(each="pooled")
    def stage_of_classifier(self, entry: _Pooled) -> Step:
        number, maps, before, reach = entry
        convolutions = len(self.network.stages[number])
        return self.stage(
            f"stage {number + 1}",
            maps,
            reach,
            f"Stage {number + 1} of {len(self.network.stages)}",
            f"{convolutions} convolutions of 3 x 3, each rectified, then the largest of every 2 x "
            "2 values: {count} maps of {size}. A value sees {field} pixels, neighbours lie "
            "{stride} px apart. {silent} % of the values are 0: what a map looks for is not there.",
            rf"{before.field}+{convolutions}\cdot(3-1)\cdot{before.stride:g}+{before.stride:g}"
            rf"={reach.field}",
        )

    @step
    def first(self) -> Step:
        kernel = self.network.first.kernel_size[0]
        inside, before = len(self.inputs["first"]), self.pooled[-1].reach
        return self.stage(
            "first",
            self.inputs["second"],
            self.reach,
            "Once fully connected",
            f"In a classifier this layer is fully connected. As a convolution of {kernel} x "
            f"{kernel} over {inside} maps it holds the same weights, and answers at each of "
            "{size} places with {count} numbers. A place sees {field} pixels; {silent} % of the "
            "numbers are 0.",
            rf"{before.field}+({kernel}-1)\cdot{self.reach.stride:g}={self.reach.field}",
        )

    @step
    def second(self) -> Step:
        inside, made = (self.inputs[name] for name in ("second", "score"))
        return self.stage(
            "second",
            made,
            self.reach,
            "The second of them",
            f"A convolution of 1 x 1 mixes the {len(inside)} numbers of a place into {{count}} "
            "others; no place looks at its neighbours. {silent} % are 0, the largest is {most}.",
            rf"{len(inside)}\to {len(made)}",
        )

    @step
    def coarse(self) -> Step:
        scores = self.outputs["score"]
        count, height, width = scores.shape
        found = class_mask(scores)
        shares = class_shares(found, count)
        best = int(shares.argmax())
        below = (
            mask(found, self.classes, "classes"),
            heat(reduced(scores.amax(dim=0, keepdim=True))[0], "highest score"),
        )
        words = (
            "The coarse answer",
            f"One more 1 x 1 convolution gives {count} scores at each of {width} x {height} "
            f"places, {self.reach.stride:g} px apart. At {100 * shares[best]:.0f} % of "
            f"them {self.classes[best]} leads. Right in the large, but no border is finer than "
            "a place.",
            upright(maps_of(scores.shape)),
        )
        return self.scores_stage("scores", scores, self.reach, below, words)

    @step(each="skips")
    def skip(self, entry: _Skip) -> Step:
        number, index, reach = entry
        enlarged = self.outputs[f"twice.{number}"]
        finer = self.outputs[f"skip_scores.{number}"]
        both = self.inputs[_enlargements(self.network)[number + 1]]
        changed = float((class_mask(enlarged) != class_mask(both)).mean())
        sizes = [float(one.abs().mean()) for one in (enlarged, finer)]
        count, height, width = both.shape
        row, column = self.grid_place(height, width)
        best = int(both[:, row, column].argmax())
        order = np.argsort(-class_shares(class_mask(both), count), kind="stable")[:4].tolist()
        parts = [(enlarged, ""), (finer, ", finer"), (both, ", sum")]
        rows = [self._named(scores, order, suffix) for scores, suffix in parts]
        below = (self.classes_of(enlarged, "before"), self.classes_of(both, "after"))
        return StageStep(
            f"Scores of stage {index + 1} are added",
            f"A transposed convolution brings the scores to {width} x {height}. A 1 x 1 "
            f"convolution scores the maps of stage {index + 1}, which lie as dense, "
            f"{reach.stride:g} px apart. Their sum, as below for {self.classes[best]} at the "
            f"followed place, changes the class at {100 * changed:.1f} % of the places.",
            (
                self.shown(reach, rows, below),
                bars("Mean size of a score", ("enlarged", f"of stage {index + 1}"), sizes),
            ),
            adding_up([float(one[best, row, column]) for one in (enlarged, finer)]),
            Stage(f"+ stage {index + 1}", (count, height, width), reach),
        )

    @step
    def enlarged(self) -> Step:
        layer = self.network.enlarge
        kernel, factor = layer.kernel_size[0], layer.stride[0]
        before, scores = self.inputs["enlarge"], self.outputs["enlarge"]
        height, width = scores.shape[1:]
        rows, columns = self.mask.shape
        cut = (
            ""
            if (rows, columns) == (height, width)
            else f" What lies beyond the picture is cut off, {columns} x {rows} stay."
        )
        below = (self.classes_of(before, "before"), self.classes_of(scores, "after"))
        words = (
            f"Enlarged {factor} times",
            f"The last transposed convolution spreads every score over {kernel} x {kernel} pixels, "
            f"{factor} px apart, which began as bilinear enlargement: from {before.shape[2]} x "
            f"{before.shape[1]} to {width} x {height}.{cut}",
            rf"{before.shape[1]}\cdot{factor}={height}",
        )
        return self.scores_stage("enlarged", scores, self.last_reach, below, words)

    @step
    def compared(self) -> Step:
        from torch.nn import functional

        padded, (rows, columns) = self.padding, self.mask.shape
        masks, names = [], []
        for name in _enlargements(self.network):
            scores = self.inputs[name]
            size = (padded.height, padded.width)
            large = functional.interpolate(
                scores[None], size=size, mode="bilinear", align_corners=False
            )
            masks.append(class_mask(large[0, :, :rows, :columns]))
            names.append(f"stride {padded.height // scores.shape[1]}")
        changes = shares_of_change(self.mask, masks)
        return self.changes(
            "What the finer scores are for",
            "The scores of each grid, enlarged bilinearly in one go: with those of the coarsest "
            f"alone {changes[0]:.1f} % of the pixels would have another class. "
            f"With those of stride {names[-1].split()[-1]} it is {changes[-1]:.1f} %, which is "
            "what the last enlargement learned beyond the bilinear one.",
            masks,
            names,
        )

    def _named(self, scores: Tensor, order: list[int], suffix: str) -> list[Tile]:
        return [*heats(reduced(scores[order]), [self.classes[at] + suffix for at in order])]


def _enlargements(network: Any) -> list[str]:
    return [*(f"twice.{number}" for number in range(len(network.twice))), "enlarge"]
