"""Non-maximum suppression: one step a kept box, with whom it removes and by how much they overlap.

`board` says how boxes are called and drawn; `opening`, `greedy`, `soft` and `closing` write steps.
"""

from __future__ import annotations

import numpy as np

from engine.api.detection import Detections, SuppressionConfig
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Step, Trace, TraceCard
from engine.core.registry import TRACES
from engine.layers.non_maximum_suppression import (
    SuppressionRecord,
    record_suppression,
    suppress,
)
from engine.traces.non_maximum_suppression.board import Board
from engine.traces.non_maximum_suppression.closing import summary
from engine.traces.non_maximum_suppression.greedy import greedy_round
from engine.traces.non_maximum_suppression.opening import no_boxes, score_threshold, sorted_list
from engine.traces.non_maximum_suppression.soft import soft_round

__all__ = ["CARD", "suppress", "trace"]

CARD = TraceCard(
    key="nms",
    title="Non-maximum suppression",
    summary="How many overlapping boxes around one object become one: greedy or soft, per class.",
    needs="detections",
    config_type=SuppressionConfig,
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
    board = Board(detections, record)
    if not len(detections):
        return Trace(CARD.key, 1, lambda _: no_boxes(), _result(board, record))
    rounds = len(record.keepers)

    def build(index: int) -> Step:
        round_index = index - board.first_round
        if index == 0:
            return sorted_list(board)
        if round_index < 0:
            return score_threshold(board)
        if round_index == rounds:
            return summary(board)
        return (soft_round if record.is_soft else greedy_round)(board, round_index)

    steps = board.first_round + rounds + 1
    is_quick = not record.is_soft or len(detections) <= SOFT_QUICK_UP_TO
    return Trace(CARD.key, steps, build, _result(board, record), is_quick)


def _result(board: Board, record: SuppressionRecord) -> dict[str, object]:
    numbers, removed = record.order, record.removed
    triples = zip(
        numbers[removed].tolist(),
        numbers[record.keepers[record.decided_in[removed]]].tolist(),
        record.overlaps[removed].tolist(),
        strict=True,
    )
    return {
        "kept": numbers[record.keepers].tolist(),
        "labels": [board.labels[rank] for rank in record.keepers.tolist()],
        "scores": record.keeper_scores.astype(np.float32).tolist(),
        "dropped": numbers[record.passed :].tolist(),
        "removed": [{"box": box, "by": keeper, "iou": iou} for box, keeper, iou in triples],
    }
