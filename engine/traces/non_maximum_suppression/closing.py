"""The last step: what is left, and why the rest went."""

from __future__ import annotations

from collections import Counter

import numpy as np

from engine.api.traces import BarsMark, Mark, Role, Step
from engine.traces.non_maximum_suppression.board import BARS_UP_TO, Board, without_empty
from engine.traces.wording import count, listing


def summary(board: Board) -> Step:
    """Compare the boxes before and after."""
    record = board.record
    ranks, scores = record.keepers.tolist(), record.keeper_scores.tolist()
    captions = [f"{board.labels[r]} {score:.2f}" for r, score in zip(ranks, scores, strict=True)]
    gone = np.r_[record.removed, np.arange(record.passed, len(board))]
    marks: list[Mark] = [
        board.boxes_mark(gone, "removed"),
        board.boxes_mark(record.keepers, "kept", captions),
        board.table(len(ranks)),
        _class_bars(board),
    ]
    title = f"{len(ranks) or 'None'} of {count(len(board), 'box')} kept"
    return Step(title, _text(board), without_empty(marks))


def _text(board: Board) -> str:
    record = board.record
    kept, removed, dropped = len(record.keepers), len(record.removed), len(board) - record.passed
    parts = []
    if dropped:
        parts.append(f"{dropped} scored too little from the start")
    if removed:
        fate = "fell below the score threshold" if record.is_soft else "went as duplicates"
        parts.append(f"{removed} {fate}")
    text = f"Of {count(len(board), 'box')}, {kept or 'none'} {'remains' if kept == 1 else 'remain'}"
    text += f": {listing(parts)}." if parts else "; nothing was removed."
    if kept and board.has_classes:
        classes = Counter(board.labels[rank] for rank in record.keepers.tolist()).most_common()
        named = [f"{label} ({number})" for label, number in classes[:6]]
        text += f" Kept: {listing(named, len(classes))}."
    return text + _advice(board)


def _advice(board: Board) -> str:
    """What to try next."""
    if len(board.record.keepers) < 2 and not len(board.record.removed):
        return ""
    if board.config.method == "soft-gaussian":
        return " A smaller sigma lowers the scores of overlapping boxes more."
    if board.record.is_soft:
        return " A lower IoU threshold lowers the scores of more boxes."
    if len(board.record.removed):
        return " A higher IoU threshold leaves more neighbours standing, a lower one fewer."
    return " A lower IoU threshold removes more."


def _class_bars(board: Board) -> BarsMark:
    before = Counter(board.labels)
    after = Counter(board.labels[rank] for rank in board.record.keepers.tolist())
    names = tuple(name for name, _ in before.most_common(BARS_UP_TO))
    kept: Role = "kept"
    return BarsMark(
        names,
        np.array([after[name] for name in names], np.float64),
        "Boxes of each class",
        (kept,) * len(names),
        before=np.array([before[name] for name in names], np.float64),
    )
