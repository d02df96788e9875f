"""The steps before the first box is kept."""

from __future__ import annotations

import numpy as np

from engine.api.traces import BarsMark, Mark, Role, Step
from engine.traces.non_maximum_suppression.board import (
    BARS_UP_TO,
    BEFORE_ANY,
    BEFORE_ROUNDS,
    Board,
    without_empty,
)
from engine.traces.non_maximum_suppression.soft import decay_curve
from engine.traces.wording import apart, compare, count, sentence


def no_boxes() -> Step:
    """Say that there is nothing to do."""
    return Step(
        "No boxes",
        "There is nothing to suppress: the list of boxes is empty. Run a detector, draw boxes, or "
        "load them from a file.",
    )


def sorted_list(board: Board) -> Step:
    """Show every box, best first."""
    how_many = sentence(count(len(board), "box"))
    text = f"{how_many}, the best with a score of {board.scores[0]:.2f}"
    if len(board) > 1:
        text += f", the weakest with {board.scores[-1]:.2f}"
    if board.has_classes:
        text += f", in {count(len(set(board.labels)), 'class')}"
    text += ". A detector often answers with several boxes around one object; suppression leaves "
    text += "the best of each group. It begins with the best box of all, because that one cannot "
    text += "be a duplicate of a better one."
    everyone = np.arange(len(board))
    marks: list[Mark] = [
        board.boxes_mark(everyone, "candidate"),
        board.table(BEFORE_ANY),
        _score_bars(board, 0, "candidate"),
    ]
    if board.record.is_soft:
        marks.append(decay_curve(board.config))
    return Step(f"{how_many}, sorted by score", text, tuple(marks))


def score_threshold(board: Board) -> Step:
    """Drop the boxes that score too little."""
    passed, limit = board.record.passed, board.score_limit
    dropped = np.arange(passed, len(board))
    score, threshold = apart(board.scores[passed], limit)
    how_many = sentence(count(len(dropped), "box"))
    verb, be = ("scores", "is") if len(dropped) == 1 else ("score", "are")
    text = (
        f"{how_many} out of {len(board)} {verb} less than {threshold} and {be} dropped before any "
        f"overlap is computed; the best of them is {board.full_name(passed)} with {score}. "
    )
    if passed:
        text += f"{sentence(count(passed, 'box'))} {'goes' if passed == 1 else 'go'} on."
    else:
        text += "Nothing is left: lower the score threshold to keep some."
    captions = [
        f"{board.numbers[rank]}: {board.scores[rank]:.2f}" for rank in dropped[:99].tolist()
    ]
    start = max(0, min(passed - BARS_UP_TO // 2, len(board) - BARS_UP_TO))  # both sides of it
    marks: list[Mark] = [
        board.boxes_mark(np.arange(passed), "candidate"),
        board.boxes_mark(dropped, "removed", captions),
        board.table(BEFORE_ROUNDS),
        _score_bars(board, start, "removed", current=passed),
    ]
    if board.record.is_soft:
        marks.append(decay_curve(board.config))
    return Step(
        f"{how_many} {verb} too little",
        text,
        without_empty(marks),
        rf"\mathrm{{score}}({board.numbers[passed]})={compare(board.scores[passed], limit)}",
    )


def _score_bars(board: Board, start: int, below: Role, current: int | None = None) -> BarsMark:
    """Scores from rank `start` on; `below` is the role of those under the threshold."""
    ranks = np.arange(start, min(start + BARS_UP_TO, len(board)))
    passed = board.record.passed
    return BarsMark(
        board.bar_names(ranks),
        board.scores[ranks],
        "Score",
        tuple("candidate" if rank < passed else below for rank in ranks.tolist()),
        current=None if current is None else current - start,
        limit=board.config.score_threshold,
        limit_name="score threshold",
    )
