"""Non-maximum suppression: one step a kept box, with whom it removes and by how much they overlap.

`ranked_boxes` says how boxes are called and drawn; the other files write the steps.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from engine.api.detection import SuppressionConfig
from engine.api.traces import BarsMark, CurveMark, Mark, Role, Step, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars
from engine.traces.non_maximum_suppression.ranked_boxes import (
    BARS_UP_TO,
    BEFORE_ANY,
    BEFORE_ROUNDS,
    RankedBoxes,
    without_empty,
)
from engine.traces.non_maximum_suppression.rounds import decay_curve, greedy_round, soft_round
from engine.traces.steps import explain, step
from engine.traces.wording import apart, compare, count, listing, sentence


@TRACES.register(
    TraceCard(
        key="nms",
        title="Non-maximum suppression",
        summary="How many overlapping boxes around one object become one: greedy or soft, per "
        "class.",
        needs="detections",
        config_type=SuppressionConfig,
        order=20,
    )
)
class NonMaximumSuppression(RankedBoxes):
    """The list, the score threshold, the rounds, the summary; one step where there are no boxes."""

    @step(when=lambda self: not len(self))
    def no_boxes(self) -> Step:
        return explain(
            "No boxes",
            "There is nothing to suppress: the list of boxes is empty. Run a detector, draw boxes, "
            "or load them from a file.",
        )

    @step(when=lambda self: len(self) > 0)
    def sorted_list(self) -> Step:
        how_many = sentence(count(len(self), "box"))
        text = f"{how_many}, the best with a score of {self.scores[0]:.2f}"
        if len(self) > 1:
            text += f", the weakest with {self.scores[-1]:.2f}"
        if self.has_classes:
            text += f", in {count(len(set(self.labels)), 'class')}"
        return explain(
            f"{how_many}, sorted by score",
            f"{text}. A detector often answers with several boxes around one object; suppression "
            "leaves the best of each group. It begins with the best box of all, because that one "
            "cannot be a duplicate of a better one.",
            self.boxes_mark(np.arange(len(self)), "candidate"),
            self.table(BEFORE_ANY),
            self._score_bars(0, "candidate"),
            *self._decay(),
        )

    @step(when=lambda self: self.record.passed < len(self))
    def score_threshold(self) -> Step:
        passed, limit = self.record.passed, self.score_limit
        dropped = np.arange(passed, len(self))
        score, threshold = apart(self.scores[passed], limit)
        how_many = sentence(count(len(dropped), "box"))
        verb, be = ("scores", "is") if len(dropped) == 1 else ("score", "are")
        fate = (
            f"{sentence(count(passed, 'box'))} {'goes' if passed == 1 else 'go'} on."
            if passed
            else "Nothing is left: lower the score threshold to keep some."
        )
        captions = [
            f"{self.numbers[rank]}: {self.scores[rank]:.2f}" for rank in dropped[:99].tolist()
        ]
        start = max(0, min(passed - BARS_UP_TO // 2, len(self) - BARS_UP_TO))  # both sides of it
        shown: list[Mark] = [
            self.boxes_mark(np.arange(passed), "candidate"),
            self.boxes_mark(dropped, "removed", captions),
            self.table(BEFORE_ROUNDS),
            self._score_bars(start, "removed", current=passed),
            *self._decay(),
        ]
        return explain(
            f"{how_many} {verb} too little",
            f"{how_many} out of {len(self)} {verb} less than {threshold} and {be} dropped before "
            f"any overlap is computed; the best of them is {self.full_name(passed)} with {score}. "
            f"{fate}",
            *without_empty(shown),
            formula=rf"\mathrm{{score}}({self.numbers[passed]})="
            + compare(self.scores[passed], limit),
        )

    @step(each="rounds")
    def round(self, index: int) -> Step:
        return (soft_round if self.record.is_soft else greedy_round)(self, index)

    @step(when=lambda self: len(self) > 0)
    def summary(self) -> Step:
        record = self.record
        ranks, scores = record.keepers.tolist(), record.keeper_scores.tolist()
        captions = [f"{self.labels[r]} {score:.2f}" for r, score in zip(ranks, scores, strict=True)]
        gone = np.r_[record.removed, np.arange(record.passed, len(self))]
        shown: list[Mark] = [
            self.boxes_mark(gone, "removed"),
            self.boxes_mark(record.keepers, "kept", captions),
            self.table(len(ranks)),
            self._class_bars(),
        ]
        title = f"{len(ranks) or 'None'} of {count(len(self), 'box')} kept"
        return explain(title, self._text(), *without_empty(shown))

    def _decay(self) -> list[CurveMark]:
        return [decay_curve(self.config)] if self.record.is_soft else []

    def _score_bars(self, start: int, below: Role, current: int | None = None) -> BarsMark:
        """Scores from rank `start` on; `below` is the role of those under the threshold."""
        ranks = np.arange(start, min(start + BARS_UP_TO, len(self)))
        passed = self.record.passed
        return bars(
            "Score",
            self.bar_names(ranks),
            self.scores[ranks],
            roles=["candidate" if rank < passed else below for rank in ranks.tolist()],
            current=None if current is None else current - start,
            limit=self.config.score_threshold,
            limit_name="score threshold",
        )

    def _text(self) -> str:
        record = self.record
        kept, removed, dropped = len(record.keepers), len(record.removed), len(self) - record.passed
        parts = []
        if dropped:
            parts.append(f"{dropped} scored too little from the start")
        if removed:
            fate = "fell below the score threshold" if record.is_soft else "went as duplicates"
            parts.append(f"{removed} {fate}")
        text = (
            f"Of {count(len(self), 'box')}, {kept or 'none'} {'remains' if kept == 1 else 'remain'}"
        )
        text += f": {listing(parts)}." if parts else "; nothing was removed."
        if kept and self.has_classes:
            classes = Counter(self.labels[rank] for rank in record.keepers.tolist()).most_common()
            named = [f"{label} ({number})" for label, number in classes[:6]]
            text += f" Kept: {listing(named, len(classes))}."
        return text + self._advice()

    def _advice(self) -> str:
        """What to try next."""
        if len(self.record.keepers) < 2 and not len(self.record.removed):
            return ""
        if self.config.method == "soft-gaussian":
            return " A smaller sigma lowers the scores of overlapping boxes more."
        if self.record.is_soft:
            return " A lower IoU threshold lowers the scores of more boxes."
        if len(self.record.removed):
            return " A higher IoU threshold leaves more neighbours standing, a lower one fewer."
        return " A lower IoU threshold removes more."

    def _class_bars(self) -> BarsMark:
        before = Counter(self.labels)
        after = Counter(self.labels[rank] for rank in self.record.keepers.tolist())
        names = [name for name, _ in before.most_common(BARS_UP_TO)]
        kept, given = ([counts[name] for name in names] for counts in (after, before))
        roles = ["kept"] * len(names)
        return bars("Boxes of each class", names, kept, roles=roles, before=given)
