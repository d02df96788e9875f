"""Intersection over union of two boxes, and the generalised form that also tells far from near.

Rezatofighi et al. 2019, https://arxiv.org/abs/1902.09630
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.api.errors import ConfigError
from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark, BoxesMark, BuildTrace, Step, TraceCard
from engine.core.boxes import BoxColumns, Overlap
from engine.core.registry import TRACES
from engine.traces.marks import bars
from engine.traces.steps import Topic, explain, step
from engine.traces.wording import area


@dataclass(frozen=True, slots=True)
class IouConfig(Parameters):
    """Which two boxes are compared."""

    first: int = parameter(0, low=0, note="index of box A")
    second: int = parameter(1, low=0, note="index of box B")


@TRACES.register(
    TraceCard(
        key="iou",
        title="Intersection over union",
        summary="How much two boxes agree, from 0 (apart) to 1 (the same).",
        needs="detections",
        config_type=IouConfig,
        order=10,
    )
)
class IntersectionOverUnion(Topic):
    """Boxes A and B, (2, 4), and the areas between them.

    The result has `intersection`, `union` and `hull` in square pixels, `iou` in [0, 1] and `giou`
    in (-1, 1].

    Raises:
        ConfigError: there is no box of one of the two indices.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        assert request.detections is not None  # the card asks for them
        config: IouConfig = request.config
        found = len(request.detections)
        for name, index in (("first", config.first), ("second", config.second)):
            if index >= found:
                raise ConfigError(
                    f"{name} = {index}: there are {found} boxes, counted from 0; draw or load "
                    "another, or choose a lower number"
                )
        self.pair = pair = request.detections.boxes_xyxy[[config.first, config.second]]
        self.overlap: Overlap = BoxColumns(pair).overlap(0, 1)
        sides = (pair[:, 2:] - pair[:, :2]).astype(np.float64)
        self.sides: list[list[float]] = sides.tolist()
        self.areas: list[float] = sides.prod(axis=1).tolist()
        self.hull = np.concatenate([pair[:, :2].min(axis=0), pair[:, 2:].max(axis=0)])
        self.hull_area = float((self.hull[2:] - self.hull[:2]).astype(np.float64).prod())
        self.empty = self.hull_area - self.overlap.union
        beyond = self.empty / self.hull_area if self.hull_area else 0.0
        self.generalised = self.overlap.iou - beyond
        self.result = {
            "intersection": self.overlap.intersection,
            "union": self.overlap.union,
            "hull": self.hull_area,
            "iou": self.overlap.iou,
            "giou": self.generalised,
        }

    @step
    def boxes(self) -> Step:
        sizes = [
            f"{width:.0f} x {height:.0f} = {area(size)} square pixels"
            for (width, height), size in zip(self.sides, self.areas, strict=True)
        ]
        return explain(
            "Two boxes",
            f"Box A covers {sizes[0]}, box B {sizes[1]}. How well do they agree? One number should "
            "say it, whatever the size of the boxes.",
            self._both(),
            self._bars(2),
        )

    @step
    def intersection(self) -> Step:
        shared = self.overlap.intersection
        corners = np.concatenate([self.pair[:, :2].max(axis=0), self.pair[:, 2:].min(axis=0)])
        marks = (self._both(), self._bars(3))
        if not shared:
            text = "They share nothing: their IoU is 0, whether they are near or far."
            return explain("The intersection is empty", text, *marks)
        width, height = (corners[2:] - corners[:2]).tolist()
        mark = BoxesMark(corners[None], "current", ("A and B",))
        return explain(
            "What they share: the intersection",
            f"It begins at the larger of the left and top sides and ends at the smaller of the "
            f"right and bottom sides: {width:.0f} x {height:.0f} = {area(shared)} square pixels.",
            *marks,
            mark,
            formula=rf"|A\cap B|={width:.0f}\cdot{height:.0f}={area(shared)}",
        )

    @step
    def union(self) -> Step:
        a, b, shared, union = (*self.areas, self.overlap.intersection, self.overlap.union)
        return explain(
            "What they cover together: the union",
            f"The two areas add up to {area(a + b)} square pixels, but that counts the shared "
            f"{area(shared)} twice. Taking it away once leaves {area(union)}.",
            self._both(),
            self._bars(4),
            formula=rf"|A\cup B|=|A|+|B|-|A\cap B|"
            rf"={area(a)}+{area(b)}-{area(shared)}={area(union)}",
        )

    @step
    def iou(self) -> Step:
        shared, union, iou = self.overlap
        percent = f"{100 * iou:.0f} %"
        return explain(
            f"IoU = {iou:.2f}",
            f"Of the {area(union)} square pixels that the boxes cover together, they share "
            f"{area(shared)}: {percent}. It is 1 only for equal boxes; 0.5, the usual threshold, "
            "is already a good fit.",
            self._both(),
            self._bars(4),
            formula=rf"\mathrm{{IoU}}=\dfrac{{|A\cap B|}}{{|A\cup B|}}=\dfrac{{{area(shared)}}}"
            rf"{{{area(union)}}}={iou:.2f}",
        )

    @step
    def giou(self) -> Step:
        hull = BoxesMark(self.hull[None], "neutral", ("hull",))
        return explain(
            f"GIoU = {self.generalised:.2f}",
            f"IoU cannot tell boxes that just miss from boxes far apart. The smallest box around "
            f"both covers {area(self.hull_area)} square pixels, {area(self.empty)} of them empty; "
            "GIoU takes away that share, so it goes on falling, towards -1, as boxes move apart.",
            hull,
            self._both(),
            self._bars(5),
            formula=rf"\mathrm{{GIoU}}={self.overlap.iou:.2f}-\dfrac{{{area(self.empty)}}}"
            rf"{{{area(self.hull_area)}}}={self.generalised:.2f}",
        )

    def _both(self) -> BoxesMark:
        return BoxesMark(self.pair, "prediction", ("A", "B"))

    def _bars(self, shown: int) -> BarsMark:
        names = ("A", "B", "intersection", "union", "hull")[:shown]
        values = [*self.areas, self.overlap.intersection, self.overlap.union, self.hull_area]
        return bars("Area in square pixels", names, values[:shown], current=shown - 1)
