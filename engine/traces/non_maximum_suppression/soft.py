"""One round of soft-NMS: the best box left is kept and lowers the scores of its neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import SuppressionConfig
from engine.api.traces import BarsMark, CurveMark, Mark, Role, Step
from engine.layers.non_maximum_suppression import Ranks, soft_factors
from engine.traces.non_maximum_suppression.board import (
    BARS_UP_TO,
    CAPTIONS_UP_TO,
    Board,
    without_empty,
)
from engine.traces.wording import compare, listing, sentence

Overlaps = NDArray[np.float32]  # IoU with the keeper, by rank
Scores = NDArray[np.float64]


def soft_round(board: Board, round_index: int) -> Step:
    """Keep one box and multiply the scores of the others by what their overlap demands."""
    record, keeper = board.record, int(board.record.keepers[round_index])
    overlaps = record.columns.iou_with(keeper)
    before = record.scores_before(round_index)
    after = record.scores_after(round_index, before)
    lowered = np.flatnonzero(after < before)
    lowered = lowered[np.argsort(after[lowered] - before[lowered], kind="stable")]
    is_gone = record.decided_in == round_index
    is_gone[keeper] = False
    fallen, weaker = lowered[is_gone[lowered]], lowered[~is_gone[lowered]]
    untouched = np.flatnonzero((record.decided_in > round_index) & (after == before))
    marks: list[Mark] = [
        board.boxes_mark(untouched, "candidate"),
        *board.settled_marks(round_index),
        board.boxes_mark(weaker, "candidate", _changes(board, weaker, before, after)),
        board.boxes_mark(fallen, "removed", _changes(board, fallen, before, after)),
        board.keeper_mark(round_index),
        board.soft_table(round_index, after),
    ]
    marks.append(_score_bars(board, lowered[:BARS_UP_TO], before, after))
    marks += _decay_curves(board, keeper, overlaps, np.sort(weaker), fallen)
    formula = _formula(board, int(lowered[0]), overlaps, before) if len(lowered) else ""
    title = f"Keep {board.labels[keeper]} {before[keeper]:.2f}"
    if len(lowered):
        title += f", lower {len(lowered)}"
    text = (
        _kept_text(board, keeper, before)
        + _lowered_text(board, lowered, before, after)
        + _fallen_text(board, fallen)
    )
    return Step(title, text, without_empty(marks), formula)


def _kept_text(board: Board, keeper: int, before: Scores) -> str:
    text = f"{sentence(board.full_name(keeper))} has the best score left, {before[keeper]:.2f}"
    if before[keeper] < board.scores[keeper]:
        text += f" of the {board.scores[keeper]:.2f} that it began with"
    return f"{text}, so it is kept."


def _lowered_text(board: Board, lowered: Ranks, before: Scores, after: Scores) -> str:
    if not len(lowered):
        is_linear = board.config.method == "soft-linear"
        extent = f" by {board.config.iou_threshold:.2f} or more" if is_linear else ""
        other = (
            "other box of its class" if board.config.class_aware and board.has_classes else "other"
        )
        return f" No {other} that is left overlaps it{extent}, so no score falls."
    most = int(lowered[0])
    fall = f"from {before[most]:.2f} to {after[most]:.2f}"
    if len(lowered) == 1:
        return f" The more a box overlaps it, the more its score falls: {board.name(most)} {fall}."
    return (
        f" The more a box overlaps it, the more its score falls: {len(lowered)} do, "
        f"most of all {board.name(most)}, {fall}."
    )


def _fallen_text(board: Board, fallen: Ranks) -> str:
    if not len(fallen):
        return ""
    named = [board.name(rank) for rank in fallen[:3].tolist()]
    verbs = ("ends", "is") if len(fallen) == 1 else ("end", "are")
    return (
        f" {sentence(listing(named, len(fallen)))} {verbs[0]} below the score threshold of "
        f"{board.config.score_threshold:.2f} and {verbs[1]} dropped."
    )


def _changes(board: Board, ranks: Ranks, before: Scores, after: Scores) -> list[str]:
    return [
        f"{board.numbers[rank]}: {before[rank]:.2f} → {after[rank]:.2f}"
        for rank in ranks[: CAPTIONS_UP_TO + 1].tolist()
    ]


def _score_bars(board: Board, ranks: Ranks, before: Scores, after: Scores) -> BarsMark:
    roles: tuple[Role, ...] = tuple(
        "removed" if after[rank] < board.score_limit else "candidate" for rank in ranks.tolist()
    )
    return BarsMark(
        board.bar_names(ranks),
        after[ranks],
        "Score, before and after",
        roles,
        before=before[ranks],
        limit=board.config.score_threshold,
        limit_name="score threshold",
    )


def decay_curve(config: SuppressionConfig, x_title: str = "IoU with the keeper") -> CurveMark:
    """What a score is multiplied with, over the IoU."""
    x = np.linspace(0.0, 1.0, 201, dtype=np.float32)
    factors = soft_factors(x, config)
    return CurveMark(x.astype(np.float64), factors, "decay", x_title, "factor")


def _decay_curves(
    board: Board, keeper: int, overlaps: Overlaps, weaker: Ranks, fallen: Ranks
) -> list[Mark]:
    """The decay, and where the boxes of this round lie on it."""
    line = decay_curve(board.config, f"IoU with box {board.numbers[keeper]}")
    curves: list[Mark] = [line]
    groups: tuple[tuple[Ranks, str, Role], ...] = (
        (weaker, "lowered", "candidate"),
        (fallen, "dropped", "removed"),
    )
    for ranks, name, role in groups:
        if len(ranks):
            at = overlaps[ranks]
            points = at.astype(np.float64), soft_factors(at, board.config)
            curves.append(CurveMark(*points, name, line.x_title, line.y_title, role, "points"))
    return curves


def _formula(board: Board, rank: int, overlaps: Overlaps, before: Scores) -> str:
    overlap, score = overlaps[rank], before[rank]
    lowered = score * float(soft_factors(overlaps[rank : rank + 1], board.config)[0])
    if board.config.method == "soft-linear":
        general, filled = r"s\,(1-\mathrm{IoU})", rf"{score:.2f}\,(1-{overlap:.2f})"
    else:
        general = r"s\,e^{-\mathrm{IoU}^2/\sigma}"
        filled = rf"{score:.2f}\,e^{{-{overlap:.2f}^2/{board.config.sigma:.2f}}}"
    if lowered < board.score_limit:
        result = compare(lowered, board.score_limit)
    else:
        result = f"{lowered:.2f}"
    return rf"s_{{{board.numbers[rank]}}}={general}={filled}={result}"
