"""The last step: what is left, and why the rest went."""

from __future__ import annotations

from collections import Counter

import numpy as np

from engine.api.traces import BarsMark, Mark, Role, Step
from engine.traces.non_maximum_suppression.ranked_boxes import (
    BARS_UP_TO,
    RankedBoxes,
    without_empty,
)
from engine.traces.steps import explain
from engine.traces.wording import count, listing


def summary(ranked: RankedBoxes) -> Step:
    """Compare the boxes before and after."""
    record = ranked.record
    ranks, scores = record.keepers.tolist(), record.keeper_scores.tolist()
    captions = [f"{ranked.labels[r]} {score:.2f}" for r, score in zip(ranks, scores, strict=True)]
    gone = np.r_[record.removed, np.arange(record.passed, len(ranked))]
    marks: list[Mark] = [
        ranked.boxes_mark(gone, "removed"),
        ranked.boxes_mark(record.keepers, "kept", captions),
        ranked.table(len(ranks)),
        _class_bars(ranked),
    ]
    title = f"{len(ranks) or 'None'} of {count(len(ranked), 'box')} kept"
    return explain(title, _text(ranked), *without_empty(marks))


def _text(ranked: RankedBoxes) -> str:
    record = ranked.record
    kept, removed, dropped = len(record.keepers), len(record.removed), len(ranked) - record.passed
    parts = []
    if dropped:
        parts.append(f"{dropped} scored too little from the start")
    if removed:
        fate = "fell below the score threshold" if record.is_soft else "went as duplicates"
        parts.append(f"{removed} {fate}")
    text = (
        f"Of {count(len(ranked), 'box')}, {kept or 'none'} {'remains' if kept == 1 else 'remain'}"
    )
    text += f": {listing(parts)}." if parts else "; nothing was removed."
    if kept and ranked.has_classes:
        classes = Counter(ranked.labels[rank] for rank in record.keepers.tolist()).most_common()
        named = [f"{label} ({number})" for label, number in classes[:6]]
        text += f" Kept: {listing(named, len(classes))}."
    return text + _advice(ranked)


def _advice(ranked: RankedBoxes) -> str:
    """What to try next."""
    if len(ranked.record.keepers) < 2 and not len(ranked.record.removed):
        return ""
    if ranked.config.method == "soft-gaussian":
        return " A smaller sigma lowers the scores of overlapping boxes more."
    if ranked.record.is_soft:
        return " A lower IoU threshold lowers the scores of more boxes."
    if len(ranked.record.removed):
        return " A higher IoU threshold leaves more neighbours standing, a lower one fewer."
    return " A lower IoU threshold removes more."


def _class_bars(ranked: RankedBoxes) -> BarsMark:
    before = Counter(ranked.labels)
    after = Counter(ranked.labels[rank] for rank in ranked.record.keepers.tolist())
    names = tuple(name for name, _ in before.most_common(BARS_UP_TO))
    kept: Role = "kept"
    return BarsMark(
        names,
        np.array([after[name] for name in names], np.float64),
        "Boxes of each class",
        (kept,) * len(names),
        before=np.array([before[name] for name in names], np.float64),
    )
