"""Non-maximum suppression, greedy and soft, with a record of who removed whom in which round.

Greedy: a box is removed when its IoU with a better box of its class is strictly above the
threshold, as in torchvision. Soft: Bodla et al. 2017, https://arxiv.org/abs/1704.04503, lowers the
score of such a box instead; it goes only when the score falls below the score threshold.

The record counts boxes by rank: 0 is the best score, ties in the order given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections, Suppressed, SuppressionConfig
from engine.core.boxes import BoxColumns

Ranks = NDArray[np.int64]


def soft_factors(overlaps: NDArray[np.float32], config: SuppressionConfig) -> NDArray[np.float64]:
    """What soft-NMS multiplies a score with, by IoU with the keeper: section 3, same shape.

    Linear: 1 - IoU from the threshold on (at it as well, unlike greedy), 1 below.
    Gaussian: exp(-IoU^2 / sigma); knows no threshold.
    """
    wide = overlaps.astype(np.float64)
    if config.method == "soft-linear":
        return np.where(wide >= config.iou_threshold, 1.0 - wide, 1.0)
    return np.exp(-np.square(wide) / config.sigma)


@dataclass(frozen=True, slots=True, eq=False)
class SuppressionRecord:
    """Everything that happened; arrays over ranks unless said.

    Attributes:
        config: the thresholds and the method.
        order: index into the given detections, (N,).
        columns: the boxes that reach the score threshold, (P,).
        class_indices: theirs, (P,); all 0 when classes do not matter.
        keepers: rank of the box kept in each round, (K,).
        keeper_scores: its score then, (K,) float64.
        decided_in: round in which a box was kept or removed, (P,).
        overlaps: IoU with the keeper of that round, (P,); 0 for keepers.
        checkpoints: scores before every `checkpoint_rounds(P)`-th round, each (P,); one if greedy.
    """

    config: SuppressionConfig
    order: NDArray[np.int64]
    columns: BoxColumns
    class_indices: NDArray[np.int64]
    keepers: Ranks
    keeper_scores: NDArray[np.float64]
    decided_in: NDArray[np.int64]
    overlaps: NDArray[np.float32]
    checkpoints: tuple[NDArray[np.float64], ...]

    @property
    def passed(self) -> int:
        """How many boxes reach the score threshold: the ranks below this number."""
        return len(self.decided_in)

    @property
    def is_soft(self) -> bool:
        """Whether scores fall."""
        return self.config.method != "greedy"

    @property
    def removed(self) -> Ranks:
        """Boxes that reached the score threshold and were not kept, by round, then by rank."""
        is_removed = np.ones(self.passed, bool)
        is_removed[self.keepers] = False
        ranks = np.flatnonzero(is_removed)
        return ranks[np.argsort(self.decided_in[ranks], kind="stable")]

    def rivals(self, round_index: int) -> NDArray[np.bool_]:
        """Who is still undecided, and may be suppressed, when a round begins; (P,)."""
        keeper = self.keepers[round_index]
        rivals = self.decided_in >= round_index
        rivals &= self.class_indices == self.class_indices[keeper]
        rivals[keeper] = False
        return rivals

    def scores_before(self, round_index: int) -> NDArray[np.float64]:
        """Scores when a round begins, (P,); those of decided boxes stay as they were then."""
        if not self.is_soft:
            return self.checkpoints[0]
        if not self.checkpoints:
            return np.zeros(0)
        every = checkpoint_rounds(self.passed)
        start = min(round_index // every, len(self.checkpoints) - 1)
        scores = self.checkpoints[start]
        for earlier in range(start * every, round_index):
            scores = self.scores_after(earlier, scores)
        return scores

    def scores_after(
        self, round_index: int, scores_before: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Scores (P,) when a round of soft-NMS ends, by those when it began."""
        rivals = self.rivals(round_index)
        overlaps = self.columns.iou_with(int(self.keepers[round_index]))[rivals]
        scores = scores_before.copy()
        scores[rivals] *= soft_factors(overlaps, self.config)
        return scores


def checkpoint_rounds(boxes: int) -> int:
    """After how many rounds scores are remembered: any round is a short replay away.

    Rarer with many boxes, so that 10,000 of them take 20 MB at most.
    """
    return max(4, boxes // 256)


def record_suppression(detections: Detections, config: SuppressionConfig) -> SuppressionRecord:
    """Suppress duplicates and remember each round."""
    order = np.argsort(-detections.scores, kind="stable")
    # In single precision, as scores are: a score read as 0.7 reaches a threshold of 0.7.
    limit = np.float32(config.score_threshold)
    passed = order[detections.scores[order] >= limit]
    columns = BoxColumns(detections.boxes_xyxy[passed])
    class_indices = detections.class_indices[passed]
    if not config.class_aware:
        class_indices = np.zeros_like(class_indices)
    scores = detections.scores[passed].astype(np.float64)
    return SuppressionRecord(
        config, order, columns, class_indices, *_run(columns, class_indices, scores, config)
    )


def _run(
    columns: BoxColumns,
    class_indices: NDArray[np.int64],
    scores: NDArray[np.float64],
    config: SuppressionConfig,
) -> tuple[Ranks, NDArray[np.float64], Ranks, NDArray[np.float32], tuple[NDArray[np.float64], ...]]:
    """Algorithm 1 of the paper over boxes sorted by score; answers the record's last fields."""
    is_soft, every = config.method != "greedy", checkpoint_rounds(len(scores))
    decided_in = np.full(len(scores), -1)
    removed_with = np.zeros(len(scores), np.float32)
    waiting = np.ones(len(scores), bool)
    keepers: list[int] = []
    keeper_scores: list[float] = []
    checkpoints = [] if is_soft else [scores]
    while waiting.any():
        if is_soft and len(keepers) % every == 0:
            checkpoints.append(scores.copy())
        keeper = int(np.where(waiting, scores, -1.0).argmax())  # the first of equals
        waiting[keeper] = False
        decided_in[keeper] = len(keepers)
        overlaps = columns.iou_with(keeper)
        fallen = waiting & (class_indices == class_indices[keeper])  # its rivals, to begin with
        if is_soft:
            scores[fallen] *= soft_factors(overlaps[fallen], config)
            fallen &= scores < float(np.float32(config.score_threshold))
        else:
            # Compared in double precision, as torchvision does.
            fallen &= overlaps > np.float64(config.iou_threshold)
        waiting[fallen] = False
        decided_in[fallen] = len(keepers)
        removed_with[fallen] = overlaps[fallen]
        keepers.append(keeper)
        keeper_scores.append(float(scores[keeper]))
    ranks, kept_scores = np.array(keepers, np.int64), np.array(keeper_scores)
    return ranks, kept_scores, decided_in, removed_with, tuple(checkpoints)


def suppress(detections: Detections, config: SuppressionConfig) -> Suppressed:
    """Drop weak boxes, then duplicates.

    The kept boxes come best first over all classes, in the order of torchvision.ops.batched_nms;
    soft-NMS lowers the scores of what it keeps.
    """
    record = record_suppression(detections, config)
    kept = record.order[record.keepers]
    found = detections.take(kept)
    return Suppressed(kept, replace(found, scores=record.keeper_scores.astype(np.float32)))
