"""One round: the best box left is kept, and removes its duplicates or lowers their scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import SuppressionConfig
from engine.api.traces import BarsMark, CurveMark, Mark, Step
from engine.layers.non_maximum_suppression import Ranks, soft_factors
from engine.traces.marks import bars, curve, points
from engine.traces.non_maximum_suppression.ranked_boxes import (
    BARS_UP_TO,
    CAPTIONS_UP_TO,
    RankedBoxes,
    without_empty,
)
from engine.traces.steps import explain
from engine.traces.wording import apart, area, compare, count, listing, sentence

Overlaps = NDArray[np.float32]  # IoU with the keeper, by rank
Scores = NDArray[np.float64]


def greedy_round(ranked: RankedBoxes, round_index: int) -> Step:
    """Keep one box and remove those that overlap it by more than the IoU threshold."""
    record, keeper = ranked.record, int(ranked.record.keepers[round_index])
    overlaps = record.columns.iou_with(keeper)
    rivals = np.flatnonzero(record.rivals(round_index))
    rivals = rivals[np.argsort(-overlaps[rivals], kind="stable")]  # closest first
    removed = rivals[record.decided_in[rivals] == round_index]
    touching = rivals[overlaps[rivals] > 0]
    left = np.flatnonzero(record.decided_in > round_index)
    captions = [f"{ranked.numbers[r]}: IoU {_iou_text(ranked, overlaps[r])}" for r in removed[:99]]
    marks: list[Mark] = [
        ranked.boxes_mark(left, "candidate"),
        *ranked.settled_marks(round_index),
        ranked.boxes_mark(removed, "removed", captions),
        ranked.keeper_mark(round_index),
        ranked.table(round_index),
        _overlap_bars(ranked, keeper, touching[:BARS_UP_TO], overlaps, len(removed)),
    ]
    formula = _iou_formula(ranked, keeper, int(touching[0])) if len(touching) else ""
    title = f"Keep {ranked.labels[keeper]} {ranked.scores[keeper]:.2f}"
    if len(removed):
        title += f", remove {len(removed)}"
    text = (
        f"{sentence(ranked.full_name(keeper))} has the best score left, "
        f"{ranked.scores[keeper]:.2f}, so it is kept."
        + (_removed_text(ranked, removed, overlaps) or _nearest_text(ranked, rivals, overlaps))
        + _spared_text(ranked, round_index, overlaps)
        + f" {sentence(count(len(left), 'box'))} {'is' if len(left) == 1 else 'are'} left."
    )
    return explain(title, text, *without_empty(marks), formula=formula)


def soft_round(ranked: RankedBoxes, round_index: int) -> Step:
    """Keep one box and multiply the scores of the others by what their overlap demands."""
    record, keeper = ranked.record, int(ranked.record.keepers[round_index])
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
        ranked.boxes_mark(untouched, "candidate"),
        *ranked.settled_marks(round_index),
        ranked.boxes_mark(weaker, "candidate", _changes(ranked, weaker, before, after)),
        ranked.boxes_mark(fallen, "removed", _changes(ranked, fallen, before, after)),
        ranked.keeper_mark(round_index),
        ranked.soft_table(round_index, after),
        _score_bars(ranked, lowered[:BARS_UP_TO], before, after),
        *_decay_curves(ranked, keeper, overlaps, np.sort(weaker), fallen),
    ]
    formula = _formula(ranked, int(lowered[0]), overlaps, before) if len(lowered) else ""
    title = f"Keep {ranked.labels[keeper]} {before[keeper]:.2f}"
    if len(lowered):
        title += f", lower {len(lowered)}"
    text = (
        _kept_text(ranked, keeper, before)
        + _lowered_text(ranked, lowered, before, after)
        + _fallen_text(ranked, fallen)
    )
    return explain(title, text, *without_empty(marks), formula=formula)


def decay_curve(config: SuppressionConfig, x_title: str = "IoU with the keeper") -> CurveMark:
    """What a score is multiplied with, over the IoU."""
    x = np.linspace(0.0, 1.0, 201, dtype=np.float32)
    return curve(x, soft_factors(x, config), "decay", x_title=x_title, y_title="factor")


def _iou_text(ranked: RankedBoxes, overlap: np.float32) -> str:
    return apart(float(overlap), ranked.config.iou_threshold)[0]


def _removed_text(ranked: RankedBoxes, removed: Ranks, overlaps: Overlaps) -> str:
    if not len(removed):
        return ""
    limit = ranked.config.iou_threshold
    threshold = apart(float(overlaps[removed].min()), limit)[1]
    named = [ranked.name(r, f"IoU {_iou_text(ranked, overlaps[r])}") for r in removed[:3].tolist()]
    fate = "a duplicate, so it is removed"
    if len(removed) > 1:
        fate = "duplicates, so they are removed"
    return f" It overlaps {listing(named, len(removed))} by more than {threshold}: {fate}."


def _nearest_text(ranked: RankedBoxes, rivals: Ranks, overlaps: Overlaps) -> str:
    """How close the round came to removing something."""
    if not len(rivals):
        return ""
    other = (
        "other box of its class" if ranked.config.class_aware and ranked.has_classes else "other"
    )
    nearest = int(rivals[0])
    if overlaps[nearest] == 0:
        return f" No {other} touches it."
    most, threshold = apart(float(overlaps[nearest]), ranked.config.iou_threshold)
    if most == threshold:  # exactly at it
        name = sentence(ranked.name(nearest))
        return f" {name} has an IoU of exactly {most}: not more, so it stays."
    return f" No {other} overlaps it by more than {threshold}; the closest is " + (
        f"{ranked.name(nearest, f'IoU {most}')}."
    )


def _spared_text(ranked: RankedBoxes, round_index: int, overlaps: Overlaps) -> str:
    """Name the box that only its class saves."""
    record = ranked.record
    keeper = record.keepers[round_index]
    is_other = record.class_indices != record.class_indices[keeper]
    is_waiting = record.decided_in > round_index
    is_over = overlaps > np.float64(ranked.config.iou_threshold)
    spared = np.flatnonzero(is_other & is_waiting & is_over)
    if not len(spared):
        return ""
    most = int(spared[overlaps[spared].argmax()])
    return (
        f" {sentence(ranked.full_name(most))} has an IoU of {_iou_text(ranked, overlaps[most])} "
        "with it but is of another class, so it stays."
    )


def _overlap_bars(
    ranked: RankedBoxes, keeper: int, ranks: Ranks, overlaps: Overlaps, removed: int
) -> BarsMark:
    return bars(
        f"IoU with box {ranked.numbers[keeper]}",
        ranked.bar_names(ranks),
        overlaps[ranks],
        roles=["removed" if place < removed else "candidate" for place in range(len(ranks))],
        limit=ranked.config.iou_threshold,
        limit_name="IoU threshold",
    )


def _iou_formula(ranked: RankedBoxes, keeper: int, other: int) -> str:
    pair = ranked.record.columns.overlap(keeper, other)
    return (
        rf"\mathrm{{IoU}}({ranked.numbers[keeper]},{ranked.numbers[other]})="
        r"\dfrac{|A\cap B|}{|A\cup B|}="
        rf"\dfrac{{{area(pair.intersection)}}}{{{area(pair.union)}}}="
        + compare(pair.iou, ranked.config.iou_threshold)
    )


def _kept_text(ranked: RankedBoxes, keeper: int, before: Scores) -> str:
    text = f"{sentence(ranked.full_name(keeper))} has the best score left, {before[keeper]:.2f}"
    if before[keeper] < ranked.scores[keeper]:
        text += f" of the {ranked.scores[keeper]:.2f} that it began with"
    return f"{text}, so it is kept."


def _lowered_text(ranked: RankedBoxes, lowered: Ranks, before: Scores, after: Scores) -> str:
    if not len(lowered):
        is_linear = ranked.config.method == "soft-linear"
        extent = f" by {ranked.config.iou_threshold:.2f} or more" if is_linear else ""
        other = (
            "other box of its class"
            if ranked.config.class_aware and ranked.has_classes
            else "other"
        )
        return f" No {other} that is left overlaps it{extent}, so no score falls."
    most = int(lowered[0])
    fall = f"from {before[most]:.2f} to {after[most]:.2f}"
    if len(lowered) == 1:
        return f" The more a box overlaps it, the more its score falls: {ranked.name(most)} {fall}."
    return (
        f" The more a box overlaps it, the more its score falls: {len(lowered)} do, "
        f"most of all {ranked.name(most)}, {fall}."
    )


def _fallen_text(ranked: RankedBoxes, fallen: Ranks) -> str:
    if not len(fallen):
        return ""
    named = [ranked.name(rank) for rank in fallen[:3].tolist()]
    verbs = ("ends", "is") if len(fallen) == 1 else ("end", "are")
    return (
        f" {sentence(listing(named, len(fallen)))} {verbs[0]} below the score threshold of "
        f"{ranked.config.score_threshold:.2f} and {verbs[1]} dropped."
    )


def _changes(ranked: RankedBoxes, ranks: Ranks, before: Scores, after: Scores) -> list[str]:
    return [
        f"{ranked.numbers[rank]}: {before[rank]:.2f} → {after[rank]:.2f}"
        for rank in ranks[: CAPTIONS_UP_TO + 1].tolist()
    ]


def _score_bars(ranked: RankedBoxes, ranks: Ranks, before: Scores, after: Scores) -> BarsMark:
    return bars(
        "Score, before and after",
        ranked.bar_names(ranks),
        after[ranks],
        roles=["removed" if score < ranked.score_limit else "candidate" for score in after[ranks]],
        before=before[ranks],
        limit=ranked.config.score_threshold,
        limit_name="score threshold",
    )


def _decay_curves(
    ranked: RankedBoxes, keeper: int, overlaps: Overlaps, weaker: Ranks, fallen: Ranks
) -> list[Mark]:
    """The decay, and where the boxes of this round lie on it."""
    title = f"IoU with box {ranked.numbers[keeper]}"
    curves: list[Mark] = [decay_curve(ranked.config, title)]
    for ranks, name, role in ((weaker, "lowered", "candidate"), (fallen, "dropped", "removed")):
        if len(ranks):
            at, factors = overlaps[ranks], soft_factors(overlaps[ranks], ranked.config)
            curves.append(points(at, factors, name, x_title=title, y_title="factor", role=role))
    return curves


def _formula(ranked: RankedBoxes, rank: int, overlaps: Overlaps, before: Scores) -> str:
    overlap, score = overlaps[rank], before[rank]
    lowered = score * float(soft_factors(overlaps[rank : rank + 1], ranked.config)[0])
    if ranked.config.method == "soft-linear":
        general, filled = r"s\,(1-\mathrm{IoU})", rf"{score:.2f}\,(1-{overlap:.2f})"
    else:
        general = r"s\,e^{-\mathrm{IoU}^2/\sigma}"
        filled = rf"{score:.2f}\,e^{{-{overlap:.2f}^2/{ranked.config.sigma:.2f}}}"
    if lowered < ranked.score_limit:
        result = compare(lowered, ranked.score_limit)
    else:
        result = f"{lowered:.2f}"
    return rf"s_{{{ranked.numbers[rank]}}}={general}={filled}={result}"
