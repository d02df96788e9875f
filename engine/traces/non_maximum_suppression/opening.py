"""The steps before the first box is kept."""

from __future__ import annotations

import numpy as np

from engine.api.traces import BarsMark, Mark, Role, Step
from engine.traces.non_maximum_suppression.ranked_boxes import (
    BARS_UP_TO,
    BEFORE_ANY,
    BEFORE_ROUNDS,
    RankedBoxes,
    without_empty,
)
from engine.traces.non_maximum_suppression.soft import decay_curve
from engine.traces.steps import explain
from engine.traces.wording import apart, compare, count, sentence


def no_boxes() -> Step:
    """Say that there is nothing to do."""
    return explain(
        "No boxes",
        "There is nothing to suppress: the list of boxes is empty. Run a detector, draw boxes, or "
        "load them from a file.",
    )


def sorted_list(ranked: RankedBoxes) -> Step:
    """Show every box, best first."""
    how_many = sentence(count(len(ranked), "box"))
    text = f"{how_many}, the best with a score of {ranked.scores[0]:.2f}"
    if len(ranked) > 1:
        text += f", the weakest with {ranked.scores[-1]:.2f}"
    if ranked.has_classes:
        text += f", in {count(len(set(ranked.labels)), 'class')}"
    text += ". A detector often answers with several boxes around one object; suppression leaves "
    text += "the best of each group. It begins with the best box of all, because that one cannot "
    text += "be a duplicate of a better one."
    everyone = np.arange(len(ranked))
    marks: list[Mark] = [
        ranked.boxes_mark(everyone, "candidate"),
        ranked.table(BEFORE_ANY),
        _score_bars(ranked, 0, "candidate"),
    ]
    if ranked.record.is_soft:
        marks.append(decay_curve(ranked.config))
    return explain(f"{how_many}, sorted by score", text, *tuple(marks))


def score_threshold(ranked: RankedBoxes) -> Step:
    """Drop the boxes that score too little."""
    passed, limit = ranked.record.passed, ranked.score_limit
    dropped = np.arange(passed, len(ranked))
    score, threshold = apart(ranked.scores[passed], limit)
    how_many = sentence(count(len(dropped), "box"))
    verb, be = ("scores", "is") if len(dropped) == 1 else ("score", "are")
    text = (
        f"{how_many} out of {len(ranked)} {verb} less than {threshold} and {be} dropped before any "
        f"overlap is computed; the best of them is {ranked.full_name(passed)} with {score}. "
    )
    if passed:
        text += f"{sentence(count(passed, 'box'))} {'goes' if passed == 1 else 'go'} on."
    else:
        text += "Nothing is left: lower the score threshold to keep some."
    captions = [
        f"{ranked.numbers[rank]}: {ranked.scores[rank]:.2f}" for rank in dropped[:99].tolist()
    ]
    start = max(0, min(passed - BARS_UP_TO // 2, len(ranked) - BARS_UP_TO))  # both sides of it
    marks: list[Mark] = [
        ranked.boxes_mark(np.arange(passed), "candidate"),
        ranked.boxes_mark(dropped, "removed", captions),
        ranked.table(BEFORE_ROUNDS),
        _score_bars(ranked, start, "removed", current=passed),
    ]
    if ranked.record.is_soft:
        marks.append(decay_curve(ranked.config))
    return explain(
        f"{how_many} {verb} too little",
        text,
        *without_empty(marks),
        formula=rf"\mathrm{{score}}({ranked.numbers[passed]})="
        + compare(ranked.scores[passed], limit),
    )


def _score_bars(
    ranked: RankedBoxes, start: int, below: Role, current: int | None = None
) -> BarsMark:
    """Scores from rank `start` on; `below` is the role of those under the threshold."""
    ranks = np.arange(start, min(start + BARS_UP_TO, len(ranked)))
    passed = ranked.record.passed
    return BarsMark(
        ranked.bar_names(ranks),
        ranked.scores[ranks],
        "Score",
        tuple("candidate" if rank < passed else below for rank in ranks.tolist()),
        current=None if current is None else current - start,
        limit=ranked.config.score_threshold,
        limit_name="score threshold",
    )
