"""Non-maximum suppression: one step a kept box, with whom it removes and by how much they overlap.

`ranked_boxes` says how boxes are called and drawn; the other files write the steps.
"""

from __future__ import annotations

import numpy as np

from engine.api.detection import Detections, SuppressionConfig
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Step, Trace, TraceCard
from engine.core.registry import TRACES
from engine.layers.non_maximum_suppression import SuppressionRecord, record_suppression, suppress
from engine.traces.non_maximum_suppression.closing import summary
from engine.traces.non_maximum_suppression.greedy import greedy_round
from engine.traces.non_maximum_suppression.opening import no_boxes, score_threshold, sorted_list
from engine.traces.non_maximum_suppression.ranked_boxes import RankedBoxes
from engine.traces.non_maximum_suppression.soft import soft_round
from engine.traces.steps import step, trace_of

__all__ = ["CARD", "suppress", "trace"]

CARD = TraceCard(
    key="nms",
    title="Non-maximum suppression",
    summary="How many overlapping boxes around one object become one: greedy or soft, per class.",
    needs="detections",
    config_type=SuppressionConfig,
    order=20,
)
SOFT_QUICK_UP_TO = 2000
"""With more boxes a step of soft-NMS, which sorts the list anew, takes more than 10 ms."""


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    if request.detections is None:
        raise TypeError("the card asks for detections")
    return trace(request.detections, request.config)


def trace(detections: Detections, config: SuppressionConfig) -> Trace:
    """Return the steps: the sorted list, the score threshold, one a kept box, the summary.

    The result has `kept`, indices into the given boxes in the order kept, with their `labels` and
    `scores`; `dropped`, those below the score threshold; `removed`, each with the box that did it
    and their IoU.
    """
    record = record_suppression(detections, config)
    ranked = RankedBoxes(detections, record)
    is_quick = not record.is_soft or len(detections) <= SOFT_QUICK_UP_TO
    return trace_of(CARD, _Suppression(ranked), _result(ranked, record), is_quick=is_quick)


class _Suppression:
    """The list, the score threshold, the rounds, the summary; one step where there are no boxes."""

    def __init__(self, ranked: RankedBoxes) -> None:
        self.ranked = ranked
        self.rounds = range(len(ranked.record.keepers))
        self.has_boxes = len(ranked) > 0

    @step(when=lambda self: not self.has_boxes)
    def nothing(self) -> Step:
        return no_boxes()

    @step(when=lambda self: self.has_boxes)
    def sorted_list(self) -> Step:
        return sorted_list(self.ranked)

    @step(when=lambda self: self.has_boxes and self.ranked.record.passed < len(self.ranked))
    def threshold(self) -> Step:
        return score_threshold(self.ranked)

    @step(each="rounds")
    def round(self, index: int) -> Step:
        return (soft_round if self.ranked.record.is_soft else greedy_round)(self.ranked, index)

    @step(when=lambda self: self.has_boxes)
    def summary(self) -> Step:
        return summary(self.ranked)


def _result(ranked: RankedBoxes, record: SuppressionRecord) -> dict[str, object]:
    numbers, removed = record.order, record.removed
    triples = zip(
        numbers[removed].tolist(),
        numbers[record.keepers[record.decided_in[removed]]].tolist(),
        record.overlaps[removed].tolist(),
        strict=True,
    )
    return {
        "kept": numbers[record.keepers].tolist(),
        "labels": [ranked.labels[rank] for rank in record.keepers.tolist()],
        "scores": record.keeper_scores.astype(np.float32).tolist(),
        "dropped": numbers[record.passed :].tolist(),
        "removed": [{"box": box, "by": keeper, "iou": iou} for box, keeper, iou in triples],
    }
