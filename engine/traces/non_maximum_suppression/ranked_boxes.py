"""How boxes are named, drawn and listed while they are suppressed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import SuppressionConfig
from engine.api.tasks import TaskContext
from engine.api.traces import BoxesMark, BuildTrace, Mark, Role, TableMark
from engine.layers.non_maximum_suppression import Ranks, record_suppression
from engine.traces.steps import Topic

CAPTIONS_UP_TO = 40
"""With more boxes in view, their captions would hide the picture."""
BARS_UP_TO = 20
SOFT_QUICK_UP_TO = 2000
"""With more boxes a step of soft-NMS, which sorts the list anew, takes more than 10 ms."""

BEFORE_ANY, BEFORE_ROUNDS = -2, -1
"""What the table shows ahead of round 0: the bare list, and the list after the score threshold."""

Row = tuple[str, ...]


def without_empty(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Leave out the marks that draw nothing."""
    return tuple(m for m in marks if not isinstance(m, BoxesMark) or len(m.boxes_xyxy))


class RankedBoxes(Topic):
    """The boxes by rank: 0 has the best score. Texts call a box by its index as given.

    The result has `kept`, indices into the given boxes in the order kept, with their `labels` and
    `scores`; `dropped`, those below the score threshold; `removed`, each with the box that did it
    and their IoU.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        detections = request.detections
        assert detections is not None  # the card asks for them
        self.config: SuppressionConfig = request.config
        self.record = record = record_suppression(detections, self.config)
        labels = detections.labels
        self.numbers: list[int] = record.order.tolist()
        self.labels = [labels[number] for number in self.numbers]
        self.boxes = detections.boxes_xyxy[record.order]
        self.scores = detections.scores[record.order].astype(np.float64)
        self.score_limit = float(np.float32(self.config.score_threshold))
        self.has_classes = len(set(labels)) > 1
        self.first_round = 2 if record.passed < len(self) else 1
        self.rounds = range(len(record.keepers))
        self.is_quick = not record.is_soft or len(self) <= SOFT_QUICK_UP_TO
        removed, keepers = record.removed, record.keepers
        columns = (record.order[removed], record.order[keepers[record.decided_in[removed]]])
        triples = zip(*columns, record.overlaps[removed], strict=True)
        self.result = {
            "kept": record.order[keepers],
            "labels": [self.labels[rank] for rank in keepers.tolist()],
            "scores": record.keeper_scores.astype(np.float32),
            "dropped": record.order[record.passed :],
            "removed": [{"box": box, "by": keeper, "iou": iou} for box, keeper, iou in triples],
        }

    def __len__(self) -> int:
        return len(self.numbers)

    def name(self, rank: int, remark: str = "") -> str:
        """Return "box 4", with its class where classes mix, and a remark in brackets."""
        remarks = [remark] if remark else []
        if self.has_classes and not self.config.class_aware:
            remarks.insert(0, self.labels[rank])
        return f"box {self.numbers[rank]}" + (f" ({', '.join(remarks)})" if remarks else "")

    def full_name(self, rank: int) -> str:
        """Return "box 4 (dog)"."""
        return f"box {self.numbers[rank]} ({self.labels[rank]})"

    def bar_names(self, ranks: Ranks) -> tuple[str, ...]:
        """What stands beside bars."""
        if not self.has_classes or self.config.class_aware:
            return tuple(f"box {self.numbers[rank]}" for rank in ranks.tolist())
        return tuple(f"{self.numbers[rank]} {self.labels[rank]}" for rank in ranks.tolist())

    def boxes_mark(self, ranks: Ranks, role: Role, captions: Sequence[str] = ()) -> BoxesMark:
        """Draw boxes; without captions they are numbered as long as that stays readable."""
        if len(ranks) > CAPTIONS_UP_TO:
            captions = ()
        elif not captions and len(self) <= CAPTIONS_UP_TO:
            captions = [str(self.numbers[rank]) for rank in ranks.tolist()]
        return BoxesMark(self.boxes[ranks], role, tuple(captions))

    def settled_marks(self, round_index: int) -> tuple[BoxesMark, ...]:
        """Draw the boxes that earlier rounds kept."""
        return (self.boxes_mark(self.record.keepers[:round_index], "kept"),)

    def keeper_mark(self, round_index: int) -> BoxesMark:
        """Draw the box that this round keeps."""
        rank = int(self.record.keepers[round_index])
        score = self.record.keeper_scores[round_index]
        return self.boxes_mark(
            np.array([rank]), "current", [f"{self.numbers[rank]} {self.labels[rank]} {score:.2f}"]
        )

    def table(self, round_index: int) -> TableMark:
        """List every box with what has become of it when a round is over."""
        record = self.record
        if record.is_soft:
            rounds_done = min(max(round_index + 1, 0), len(record.keepers))
            return self.soft_table(round_index, record.scores_before(rounds_done))
        is_known = np.zeros(len(self), bool)
        is_known[: record.passed] = record.decided_in <= round_index
        is_known[record.passed :] = round_index >= BEFORE_ROUNDS
        pairs = zip(is_known.tolist(), self._waiting_rows, self._decided_rows, strict=True)
        rows = tuple(decided if known else waiting for known, waiting, decided in pairs)
        roles = self._roles(is_known, round_index)
        current = self._current(round_index)
        columns = ("box", "class", "score", "fate")
        return TableMark(columns, rows, roles, current, tuple(self.numbers), self._decided_steps)

    def _keeper_in(self, round_index: int) -> int | None:
        is_round = 0 <= round_index < len(self.record.keepers)
        return int(self.record.keepers[round_index]) if is_round else None

    def _current(self, round_index: int) -> int | None:
        """The box to look at: the keeper, or the best of those that score too little."""
        return self.record.passed if round_index == BEFORE_ROUNDS else self._keeper_in(round_index)

    def _roles(self, is_known: NDArray[np.bool_], round_index: int) -> tuple[Role, ...]:
        decided = zip(is_known.tolist(), self._decided_roles, strict=True)
        roles: list[Role] = [role if known else "candidate" for known, role in decided]
        keeper = self._keeper_in(round_index)
        if keeper is not None:
            roles[keeper] = "current"
        return tuple(roles)

    @cached_property
    def _waiting_rows(self) -> list[Row]:
        columns = zip(self.numbers, self.labels, self.scores.tolist(), strict=True)
        return [(str(number), label, f"{score:.2f}", "") for number, label, score in columns]

    @cached_property
    def _decided_rows(self) -> list[Row]:
        rows = zip(self._waiting_rows, self._fates, strict=True)
        return [(*waiting[:3], fate) for waiting, fate in rows]

    @cached_property
    def _fates(self) -> list[str]:
        """What becomes of each box in the end."""
        record = self.record
        keepers = record.keepers.tolist()
        rounds, overlaps = record.decided_in.tolist(), record.overlaps.tolist()
        fates = []
        for rank, (round_index, overlap) in enumerate(zip(rounds, overlaps, strict=True)):
            if keepers[round_index] == rank:
                fates.append("kept")
            else:
                by = self.numbers[keepers[round_index]]
                verb = "dropped after" if record.is_soft else "removed by"
                fates.append(f"{verb} {by}, IoU {overlap:.2f}")
        return fates + ["score too low"] * (len(self) - record.passed)

    @cached_property
    def _decided_roles(self) -> list[Role]:
        return ["kept" if fate == "kept" else "removed" for fate in self._fates]

    @cached_property
    def _decided_steps(self) -> tuple[int, ...]:
        steps: list[int] = (self.record.decided_in + self.first_round).tolist()
        return tuple(steps + [1] * (len(self) - self.record.passed))

    def soft_table(self, round_index: int, scores: NDArray[np.float64]) -> TableMark:
        """As the list of soft-NMS is sorted anew each round: kept, waiting by score, gone.

        Args:
            scores: of the boxes that passed the threshold when the round is over, (P,).
        """
        record = self.record
        now = np.r_[scores, self.scores[record.passed :]]
        is_known = np.zeros(len(self), bool)
        is_known[: record.passed] = record.decided_in <= round_index
        is_known[record.passed :] = round_index >= BEFORE_ROUNDS
        keepers = record.keepers[: max(round_index + 1, 0)]
        waiting = np.flatnonzero(~is_known)
        waiting = waiting[np.argsort(-now[waiting], kind="stable")]
        is_gone = is_known.copy()
        is_gone[keepers] = False
        shown: list[int] = np.r_[keepers, waiting, np.flatnonzero(is_gone)].astype(int).tolist()
        roles = self._roles(is_known, round_index)
        rows = [*self._decided_soft_rows]
        for rank, score in zip(waiting.tolist(), now[waiting].tolist(), strict=True):
            rows[rank] = (*self._waiting_rows[rank][:3], f"{score:.2f}", "")
        current = self._current(round_index)
        return TableMark(
            ("box", "class", "score", "now", "fate"),
            tuple([rows[rank] for rank in shown]),
            tuple([roles[rank] for rank in shown]),
            None if current is None else shown.index(current),
            tuple([self.numbers[rank] for rank in shown]),
            tuple([self._decided_steps[rank] for rank in shown]),
        )

    @cached_property
    def _decided_soft_rows(self) -> list[Row]:
        """Once decided, a box keeps the score that it had then."""
        record = self.record
        last = np.r_[record.scores_before(len(record.keepers)), self.scores[record.passed :]]
        columns = zip(self._decided_rows, last.tolist(), strict=True)
        return [(*row[:3], f"{score:.2f}", row[3]) for row, score in columns]
